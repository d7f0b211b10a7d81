"""Tickets: how a browser that is signed in by cookie proves it in the first message of its push connection.

A cookie alone would do for the browser, and for a foreign page that makes it connect. A ticket has to be fetched by a
request that a foreign page cannot make. It opens one connection, within 30 s, as one session.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass

from cti_server.core.auth.model import Session
from cti_server.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Admission:
    """Whom a ticket admits; `token` lets the connection be checked again later."""

    session: Session
    token: str
    expires: float


class Tickets:
    """The tickets that are out. When there are more than `size`, the oldest goes."""

    def __init__(self, clock: Clock, *, life: float = 30.0, size: int = 20_000) -> None:
        self._clock = clock
        self.life = life
        self._size = size
        self._out: OrderedDict[str, Admission] = OrderedDict()

    def issue(self, session: Session, token: str) -> str:
        """A new ticket for this session."""
        now = self._clock.monotonic()
        while self._out:
            oldest = next(iter(self._out))
            if len(self._out) < self._size and self._out[oldest].expires > now:
                break
            del self._out[oldest]
        ticket = secrets.token_urlsafe(32)
        self._out[ticket] = Admission(session, token, now + self.life)
        return ticket

    def redeem(self, ticket: str) -> Admission | None:
        """Whom the ticket admits, once; None when it is unknown, used or too old."""
        admission = self._out.pop(ticket, None)
        if admission is None or admission.expires <= self._clock.monotonic():
            return None
        return admission

    def drop(self, session_id: int) -> None:
        """The tickets of a session that has ended admit nobody."""
        for ticket in [each for each, held in self._out.items() if held.session.session_id == session_id]:
            del self._out[ticket]
