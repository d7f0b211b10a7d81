"""A call that is heard while it goes on, as quality needs it, and what becomes of its answers (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec

from cti_server.recording.qa.forms.model import Answer, Form, prefilled


class Hearing(Protocol):
    """What somebody listens to: `call_id` `<pbx>:<Linkedid>`, whose part of it, and since when the call lasts."""

    @property
    def call_id(self) -> str: ...  # noqa: D102

    @property
    def agent_id(self) -> int: ...  # noqa: D102

    @property
    def queue(self) -> str | None: ...  # noqa: D102

    @property
    def began(self) -> float: ...  # noqa: D102


class Listening(Protocol):
    """Who listens to what."""

    def heard_by(self, user_id: int) -> Hearing | None:
        """The call that this user hears now; None: none."""

    def goes_on(self, call_id: str) -> bool:
        """Whether a call is not over."""


@dataclass(frozen=True, slots=True)
class Bindable:
    """A score that began live, and the recording that has been filed of its call. Times in unix seconds."""

    id: int
    grader_id: int
    state: str
    version: int
    version_id: int
    answers: dict[str, Answer]
    began: float
    recording_id: int
    started_at: float
    figures: Mapping[str, float | None]


def bound_answers(
    form: Form, answers: Mapping[str, Answer], measured: Mapping[str, float], shift: float
) -> dict[str, Answer]:
    """The answers on the recording: moments count from its beginning (`shift` seconds later than the call's), and what
    was measured fills in what the grader has left open.
    """
    moved = {
        key: answer if answer.at is None else msgspec.structs.replace(answer, at=max(0.0, round(answer.at - shift, 1)))
        for key, answer in answers.items()
    }
    filled = prefilled(form, measured)
    return moved | {key: answer for key, answer in filled.items() if _open(moved.get(key))}


def _open(answer: Answer | None) -> bool:
    return answer is None or (answer.value is None and not answer.na and not answer.comment)
