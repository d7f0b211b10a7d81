"""Answers agi://…/overflow: callers whom a queue's rules take out, to be offered a callback or told something."""

from typing import Final, Protocol

import structlog

from cti_server.core.errors import CtiError
from cti_server.routing.agi.server import AgiSession
from cti_server.routing.agi.speaking import Rooms
from cti_server.routing.flows.acts import CallerTold

log = structlog.get_logger(__name__)

OFFER: Final = {
    "zh-CN": "现在排队的人较多。需要我们稍后给您回电，请按 1，您的位置会为您保留。继续等待请不要按键。",
    "en": "All our agents are busy. To be called back and keep your place, press 1. To go on waiting, do nothing.",
}
BOOKED: Final = {
    "zh-CN": "好的，轮到您时我们会给您回电。再见。",
    "en": "Thank you. We will call you when it is your turn. Goodbye.",
}
_OFFER_FILES: Final = "queue-periodic-announce&vm-tocallback&vm-press&digits/1"
"""What every Asterisk can say, where our texts have not been spoken."""
TEXTS: Final = (OFFER, BOOKED)


class Line(Protocol):
    """Who gives places in queues (routing/decisions)."""

    def priority_of(self, pbx: str, queue: str, leg_id: str) -> int:
        """With which he stood who was taken out."""

    def staying(self, pbx: str, queue: str, leg_id: str) -> dict[str, str]:
        """Channel variables by which he stands where he stood."""


class OverflowDoor:
    """`pbx`: the one that does not say which it is; `line` is set by who joins the rooms."""

    def __init__(self, rooms: Rooms, pbx: str) -> None:
        self._rooms = rooms
        self._pbx = pbx
        self.line: Line | None = None

    async def __call__(self, session: AgiSession) -> None:
        """`offer`: what to play, and whether he can be called back; `book` keeps it; `stay`: where he stands again."""
        said, pbx, queue, did, linkedid, target = (*session.arguments, "", "", "", "", "", "")[:6]
        pbx, uniqueid = pbx or self._pbx, session.header.get("uniqueid", "")
        language = "zh-CN" if session.header.get("language", "").startswith("zh") else "en"
        number = session.header.get("callerid", "")
        number = "" if number == "unknown" else number
        if said == "tell":
            await session.set("CTI_SOUNDS", self._prompt(target, language))
            return
        if said == "offer" and self._can_call(number):
            await session.set(
                "CTI_SOUNDS", self._prompt(target, language) or self._said(OFFER, language) or _OFFER_FILES
            )
            await session.set("CTI_ANSWER", "offer")
            return
        if said == "book" and await self._book(pbx, queue, (uniqueid, linkedid or uniqueid), number, did, language):
            await session.set("CTI_SOUNDS", self._said(BOOKED, language))
            await session.set("CTI_ANSWER", "booked")
            return
        for name, value in (self.line.staying(pbx, queue, uniqueid) if self.line is not None else {}).items():
            await session.set(name, value)

    def _prompt(self, name: str, language: str) -> str:
        return (self._rooms.prompts.prompt_file(name, language) if name else None) or ""

    def _said(self, text: dict[str, str], language: str) -> str:
        return self._rooms.prompts.text_file(text[language], language) or ""

    def _can_call(self, number: str) -> bool:
        """Whether his number is known and may be dialled."""
        if not number or self._rooms.callbacks is None or self._rooms.outside is None:
            return False
        try:
            return bool(self._rooms.outside(number))
        except CtiError:
            return False

    async def _book(self, pbx: str, queue: str, ids: tuple[str, str], number: str, did: str, language: str) -> bool:
        rooms = self._rooms
        if rooms.callbacks is None or not number:
            return False
        priority = self.line.priority_of(pbx, queue, ids[0]) if self.line is not None else 0
        try:
            caller = await rooms.callers.of_number(number) if rooms.callers is not None else CallerTold()
            return await rooms.callbacks.book(
                queue=queue, number=number, caller=caller, call=f"{pbx}:{ids[1]}", did=did, language=language,
                priority=priority,
            )  # fmt: skip
        except CtiError as fault:
            log.warning("overflow_callback_not_booked", queue=queue, reason=fault.code)
            return False
