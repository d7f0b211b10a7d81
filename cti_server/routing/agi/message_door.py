"""Answers agi://…/message: who overflows to voicemail without a flow (context cti-overflow-voicemail)."""

from typing import Final

from cti_server.routing.agi.server import AgiSession
from cti_server.routing.agi.speaking import Rooms

LONGEST: Final = 120
SILENCE: Final = 5
"""Seconds of a message, and of silence that ends it, where no flow says otherwise."""


class MessageDoor:
    """`pbx`: the one that does not say which it is."""

    def __init__(self, rooms: Rooms, pbx: str) -> None:
        self._rooms = rooms
        self._pbx = pbx

    async def __call__(self, session: AgiSession) -> None:
        """`begin` names the file and sets `CTI_ANSWER=record` last; `over` says that it was spoken."""
        said, pbx, queue, did, linkedid = (*session.arguments, "", "", "", "", "")[:5]
        pbx, uniqueid = pbx or self._pbx, session.header.get("uniqueid", "")
        if self._rooms.messages is None:
            return
        if said == "over":
            self._rooms.messages.over(pbx, uniqueid)
            return
        number = session.header.get("callerid", "")
        file = self._rooms.messages.begin(
            pbx=pbx,
            uniqueid=uniqueid,
            linkedid=linkedid or uniqueid,
            queue=queue,
            number="" if number == "unknown" else number,
            did=did,
        )
        if file:
            await session.set("CTI_FILE", file)
            await session.set("CTI_SECONDS", str(LONGEST))
            await session.set("CTI_SILENCE", str(SILENCE))
            await session.set("CTI_FINISH", "")
            await session.set("CTI_ANSWER", "record")
