"""Many agents are moved between queues of the real PBX at once, and it is taken back."""

import re

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk import Asterisk
from tests.whole.push import Push
from tests.whole.screens import Screens
from tests.whole.site import Site

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def chief(site: Site) -> Push:
    return await site.people["supervisor"].listen("agents", "moves")


async def members(site: Site, queue: str) -> dict[str, int]:
    """Device → penalty, as Asterisk itself tells it."""
    pbx = site.pbxs["main"]
    assert isinstance(pbx, Asterisk)
    shown = await pbx.cli(f"queue show {queue}")
    found = re.findall(r"(PJSIP/\d+)[^\n]*?(?:penalty (\d+)|\(dynamic\))", shown)
    return {device: int(penalty or 0) for device, penalty in found}


def penalties(push: Push, device: str) -> dict[str, int]:
    return {place["queue"]: place["penalty"] for place in push.agents[device]["queues"]}


async def test_three_agents_are_moved_and_moved_back(site: Site, screens: Screens, chief: Push) -> None:
    supervisor = site.people["supervisor"]
    users = [site.people[number].user_id for number in ("1001", "1002", "1003")]
    before = await members(site, "rush")
    assert before == {"PJSIP/1001": 0, "PJSIP/1002": 0}
    seen = await supervisor.post(
        "/agent-moves/preview", {"users": users, "change": {"kind": "add", "queues": ["rush"], "penalty": 7}}
    )
    assert [item["state"] for item in seen["items"]] == ["planned"] * 3
    assert await members(site, "rush") == before, "a preview does nothing"
    mark = screens.agent["1003"].mark
    move = await supervisor.post(
        "/agent-moves",
        {"users": users, "change": {"kind": "add", "queues": ["rush"], "penalty": 7}, "until": "today", "text": "rush"},
        command=True,
    )
    assert {item["state"] for item in move["items"]} == {"planned"}
    done = await chief.first(
        "move.changed",
        "moves",
        lambda one: one["id"] == move["id"] and all(item["state"] != "planned" for item in one["items"]),
    )
    assert {item["state"] for item in done["items"]} == {"done"}
    assert await members(site, "rush") == dict.fromkeys(("PJSIP/1001", "PJSIP/1002", "PJSIP/1003"), 7)
    await chief.until(lambda: penalties(chief, "PJSIP/1003").get("rush") == 7, "1003 in rush")
    told = await screens.agent["1003"].first("agent.moved", "me", mark=mark)
    assert (told["by"], told["text"]) == ("王建国", "rush")
    # After a reload it can still be taken back, with one click.
    fresh = await supervisor.listen("moves")
    assert move["id"] in [one["id"] for one in fresh.state["moves"]["moves"]]
    await supervisor.post(f"/agent-moves/{move['id']}/undo", command=True)
    undone = await fresh.first(
        "move.changed", "moves", lambda one: all(item["state"] == "undone" for item in one["items"])
    )
    assert undone["undone_by_name"] == "王建国"
    assert await members(site, "rush") == before
    await chief.until(lambda: penalties(chief, "PJSIP/1001").get("rush") == 0, "1001 as before")
    await supervisor.post(f"/agent-moves/{move['id']}/undo", command=True, expect=409)
    rows = await site.sql("select action from audit_entry where action like 'agent.move%' order by id")
    assert [row["action"] for row in rows] == ["agent.move"] * 3 + ["agent.moveBack"] * 3


async def test_only_this_queue_and_what_changed_meanwhile(site: Site, screens: Screens, chief: Push) -> None:
    supervisor, user = site.people["supervisor"], site.people["1003"].user_id
    profile = await site.people["admin"].get(f"/agents/{user}")
    kept = {key: profile[key] for key in ("pbx", "device", "queues", "team", "always_on")}
    body = {"users": [user], "change": {"kind": "only", "queues": ["brief"]}}
    move = await supervisor.post("/agent-moves", body, command=True)
    await chief.until(lambda: set(penalties(chief, "PJSIP/1003")) == {"brief"}, "1003 in brief alone")
    await chief.first(
        "move.changed", "moves", lambda one: one["id"] == move["id"] and one["items"][0]["state"] == "done"
    )
    await site.people["admin"].put(f"/agents/{user}", kept)  # somebody puts him back by hand
    await supervisor.post(f"/agent-moves/{move['id']}/undo", command=True)
    await chief.first(
        "move.changed", "moves", lambda one: one["id"] == move["id"] and one["items"][0]["state"] == "changed"
    )
    await chief.until(lambda: set(penalties(chief, "PJSIP/1003")) == {"support", "brief"}, "1003 as before")
    await screens.all_ready()
