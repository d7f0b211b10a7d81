"""The recorded call is scored as the pages do it: what was measured stands already, a kept draft comes back, the sum is
that of the form, the agent is told and acknowledges.
"""

from __future__ import annotations

import time
from typing import Any

from cti_server.sandbox.stage.console import Console
from cti_server.sandbox.stage.stage import Stage
from cti_server.sandbox.stage.steps import Steps

LIMIT = 5.0
LANGUAGE = "en"
SHARE = 0.8
"""Of the points of each scale; all else is answered with the most."""


async def score(stage: Stage, steps: Steps, agent: Console, recording: dict[str, Any]) -> None:
    """Score a recording whose agent is signed in at `agent`, who hears his topic `me`."""
    async with stage.console("qa") as grader:
        begun = await _opened(steps, grader, recording)
        number, answers = begun["evaluation"]["id"], begun["answers"] | _answers(begun["form"])
        version = await _kept(steps, grader, number, answers, begun["evaluation"]["version"])
        score = await _locked(steps, grader, agent, number, {"answers": answers, "version": version})
        steps.check(abs(score - _sum(begun["form"], answers)) < 0.01, f"{score} is not the sum of the form")
    await _acknowledged(steps, agent, number, score)


async def _opened(steps: Steps, grader: Console, recording: dict[str, Any]) -> Any:
    with steps.step("the grader opens the call on a form; what was measured is filled in"):
        form = await _form(grader)
        at = time.monotonic()
        begun = await grader.post("/qa/evaluations", {"subject_id": str(recording["id"]), "form_id": form})
        steps.took("form", time.monotonic() - at)
        length = begun["answers"].get("length", {})
        steps.check(length.get("machine") is True, "the length is not marked as filled in by the machine")
        measured = abs(length["measured"] - recording["seconds"]) < 0.01
        steps.check(measured, f"the length is {length['measured']} s, the recording lasts {recording['seconds']} s")
    return begun


async def _form(grader: Console) -> int:
    """A published form of the house, or the one that it begins with; its number."""
    forms = (await grader.get("/qa/forms"))["items"]
    found = next((one for one in forms if one["version_id"] and not one["retired"]), None)
    if found is None:
        made = await grader.post("/qa/forms", {"name": "Standard", "template": LANGUAGE})
        found = await grader.post(f"/qa/forms/{made['id']}/publish", {})
    return int(found["id"])


async def _kept(steps: Steps, grader: Console, number: int, answers: dict[str, Any], version: int) -> int:
    with steps.step("the grader answers, and a reload finds the draft"):
        saved = await grader.put(f"/qa/evaluations/{number}/answers", {"answers": answers, "version": version})
        again = (await grader.get(f"/qa/evaluations/{number}"))["answers"]
        lost = [key for key, answer in answers.items() if again[key]["value"] != answer["value"]]
        steps.check(not lost, f"the draft lost {lost}")
    return int(saved["version"])


async def _locked(steps: Steps, grader: Console, agent: Console, number: int, body: dict[str, Any]) -> float:
    with steps.step("the score is locked and the agent is told"):
        mark, at = agent.mark, time.monotonic()
        done = await grader.post(f"/qa/evaluations/{number}/submit", {**body, "comment": "Calm and clear."})
        steps.took("submit", time.monotonic() - at)
        await agent.wait(
            lambda seen: seen.type == "qa.changed" and seen.data == {"id": number, "what": "scored"},
            LIMIT, "word of the score", mark=mark,
        )  # fmt: skip
        steps.took("told", time.monotonic() - at)
    return float(done["evaluation"]["score"])


async def _acknowledged(steps: Steps, agent: Console, number: int, score: float) -> None:
    with steps.step("the agent sees the form with its marks and acknowledges"):
        shown = await agent.get(f"/qa/evaluations/{number}")
        steps.check(shown["evaluation"]["score"] == score, f"the agent sees {shown['evaluation']['score']}")
        steps.check(bool(shown["form"]["sections"]), "the agent does not see the form")
        after = await agent.post(f"/qa/evaluations/{number}/acknowledge", {})
        state = after["evaluation"]["state"]
        steps.check(state == "acknowledged", f"the score is {state}")


def _questions(form: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for section in form["sections"] for one in section["questions"] if one["kind"] != "text"]


def _answers(form: dict[str, Any]) -> dict[str, Any]:
    """What a grader would click: of scales a share, of all else the most."""
    values = {"scale": lambda one: round(one["max"] * SHARE), "points": lambda one: one["max"]}
    best = {"yesNo": 1, "choice": 0}
    return {
        one["key"]: {"value": values[one["kind"]](one) if one["kind"] in values else best[one["kind"]]}
        for one in _questions(form)
    }


def _sum(form: dict[str, Any], answers: dict[str, Any]) -> float:
    """The score by hand: of scales their share, of all else full points."""
    counted = _questions(form)
    got = sum(
        one["weight"] * (answers[one["key"]]["value"] / one["max"] if one["kind"] == "scale" else 1) for one in counted
    )
    return float(100 * got / sum(one["weight"] for one in counted))
