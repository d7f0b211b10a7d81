"""Recordings as subjects of quality: what may be scored, heard, and shown without whose it is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from cti_server.core.auth.model import Session
from cti_server.core.errors import NotFound
from cti_server.recording.listening import Purpose
from cti_server.recording.model import RecordingDetail
from cti_server.recording.qa.model import RECORDING, Playing, Subject
from cti_server.recording.service import Recordings

_FIGURES: Final = {"silence": "silence", "longest_silence": "longestSilence", "talk_over": "talkOver",
                   "seconds": "length", "agent_share": "agentShare", "rate_agent": "agentRate"}  # fmt: skip


def measured(figures: Mapping[str, float | None]) -> dict[str, float]:
    """What was measured of a recording, as forms name it."""
    return {_FIGURES[name]: value for name, value in figures.items() if name in _FIGURES and value is not None}


class RecordedCalls:
    """`Subjects` over the service of recordings: it asks who may hear what."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings

    async def subject(self, who: Session, subject_id: str) -> Subject:
        """A recording that can be heard. Raises NotFound, Forbidden, Unavailable."""
        detail = await self._recordings.detail(who, _number(subject_id))
        one = detail.recording
        if one.state != "ready" or not one.user_ids:
            raise NotFound("This recording cannot be scored.", code="qa_not_scorable")
        figures = {name: getattr(one, name) for name in _FIGURES if name != "rate_agent"}
        figures["rate_agent"] = detail.rate_agent
        return Subject(RECORDING, str(one.id), one.user_ids, one.queue, one.started_at, one.seconds, measured(figures))

    def going_on(self, subject_id: str) -> bool:
        """Never: what is filed is over."""
        return False

    async def shown(self, who: Session, subject_id: str, *, blind: bool) -> RecordingDetail:
        """As the player draws it. Raises NotFound, Forbidden, Unavailable."""
        detail = await self._recordings.detail(who, _number(subject_id))
        return _blinded(detail) if blind else detail

    async def listen(self, who: Session, subject_id: str) -> str:
        """A key, audited. Raises NotFound, Forbidden, Unavailable."""
        return await self._recordings.listen(who, _number(subject_id), Purpose.LISTEN, "qa")

    async def sound(self, who: Session, subject_id: str, key: str) -> Playing:
        """What a key opens. Raises NotFound, Unavailable."""
        sound, _ = await self._recordings.sound(who, _number(subject_id), key)
        return Playing(sound.size, sound.sha256, lambda first, last: self._recordings.read(sound, first, last))

    def lends(self, who: Session) -> bool:
        """Whether `who` may hear at all what is in the library."""
        return self._recordings.lends(who)

    async def lent(self, who: Session, subject_id: str) -> RecordingDetail:
        """Without whose customer it is. Raises NotFound, Forbidden."""
        return _without_customer(await self._recordings.lent(who, _number(subject_id)))

    async def lend(self, who: Session, subject_id: str) -> str:
        """A key, audited. Raises NotFound, Forbidden, Unavailable."""
        return await self._recordings.lend(who, _number(subject_id), "qa library")


def _number(subject_id: str) -> int:
    if not subject_id.isascii() or not subject_id.isdigit() or len(subject_id) > 18:
        raise NotFound("There is no such recording.", code="no_such_recording")
    return int(subject_id)


def _without_customer(detail: RecordingDetail) -> RecordingDetail:
    """With the agent, who has agreed, and without the customer, whom nobody has asked."""
    row = replace(
        detail.recording, id=0, call_id="", devices=(), tags=(), hold="", number="", customer_id=None,
        customer_name=None,
    )  # fmt: skip
    marks = tuple(mark for mark in detail.marks if mark.kind != "note")
    parts = tuple(replace(part, device=None) for part in detail.parts)
    return replace(detail, recording=row, sha256="", marks=marks, parts=parts, may_manage=False)


def _blinded(detail: RecordingDetail) -> RecordingDetail:
    """Without the agent, and without what would lead to the call elsewhere."""
    row = replace(
        detail.recording, id=0, call_id="", agents=(), user_ids=(), devices=(), tags=(), hold="", started_at=0.0,
        number="", customer_id=None, customer_name=None,
    )  # fmt: skip
    return replace(
        detail,
        recording=row,
        sha256="",
        marks=tuple(replace(mark, user_name="", text="", id=None) for mark in detail.marks if mark.kind != "note"),
        parts=tuple(replace(part, device=None, agent_name="") for part in detail.parts),
        may_manage=False,
    )
