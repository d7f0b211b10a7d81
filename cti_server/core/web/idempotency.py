"""Commands that are asked for twice and carried out once.

A browser that lost its connection after sending cannot know whether the command arrived; it sends it again with the
same `Idempotency-Key` and gets the first answer. Kept in memory, per user, for ten minutes.
"""

import asyncio
import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass, field

from cti_server.core.clock import Clock
from cti_server.core.errors import BadInput, Conflict, TimedOut

_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")


def checked_key(text: str | None) -> str:
    """The key of a command. Raises BadInput."""
    if text is None or not _KEY.fullmatch(text):
        raise BadInput(
            "A command needs an Idempotency-Key.",
            field="Idempotency-Key",
            allowed="8 to 128 letters, digits, - or _, new for every command",
            code="idempotency_key",
        )
    return text


@dataclass(slots=True)
class Answer:
    """The stored answer of a command, once there is one."""

    digest: bytes
    expires: float
    status: int = 0
    body: bytes = b""
    content_type: str = ""
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Answers:
    """The answers to the commands of the last minutes. The oldest go first when there are more than `size`."""

    def __init__(self, clock: Clock, *, keep: float = 600.0, size: int = 10_000, wait: float = 10.0) -> None:
        self._clock = clock
        self._keep = keep
        self._size = size
        self._wait = wait
        self._known: OrderedDict[tuple[int, str, str], Answer] = OrderedDict()

    async def claim(self, user_id: int, command: str, key: str, body: bytes) -> tuple[Answer, bool]:
        """(answer, first): when `first`, the caller carries the command out and calls `store`.

        Else the answer is the stored one; waits for it when the first request is still under way. Raises Conflict
        when the key was used with another body, TimedOut when the first one takes too long.
        """
        self._forget_old()
        digest = hashlib.sha256(body).digest()
        known = self._known.get((user_id, command, key))
        if known is None:
            answer = Answer(digest, self._clock.monotonic() + self._keep)
            self._known[(user_id, command, key)] = answer
            return answer, True
        if known.digest != digest:
            raise Conflict("This Idempotency-Key was used for another command.", code="idempotency_key_reused")
        try:
            async with asyncio.timeout(self._wait):
                await known.done.wait()
        except TimeoutError:
            raise TimedOut("The command is still being carried out.", code="still_running") from None
        return known, False

    @staticmethod
    def store(answer: Answer, status: int, body: bytes, content_type: str) -> None:
        """Remember what the command came to; also a failure, since it may have been carried out in part."""
        answer.status, answer.body, answer.content_type = status, body, content_type
        answer.done.set()

    def _forget_old(self) -> None:
        now = self._clock.monotonic()
        while self._known:
            oldest = next(iter(self._known))
            if len(self._known) < self._size and self._known[oldest].expires > now:
                return
            del self._known[oldest]
