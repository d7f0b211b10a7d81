"""Writes the history: hears every change of a call and puts what must not be lost into the journal."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import structlog

from cti_server.calls.events import CustomerIdentified
from cti_server.calls.model import CustomerRef, KnownCall, Live, People, signature_of
from cti_server.calls.picture import Row, call_of, customer_of, ended_unseen, newest, row_of
from cti_server.core.clock import Clock
from cti_server.live.changes import CallChanged
from cti_server.live.views import CallView
from cti_server.live.words import CallState

log = structlog.get_logger(__name__)

CALL = "call"
"""Kind of the journal's rows that hold the picture of a call."""
CALL_CUSTOMER = "call_customer"
"""Kind of the rows that name the customer of a call that is over."""


class Journal(Protocol):
    """Where rows are safe before the database has them."""

    def append(self, kind: str, row: dict[str, Any]) -> int:
        """Keep a row; never waits."""


class CallWriter:
    """Journals the picture of a call at its opening, whenever a leg or segment begins or ends, and at its end."""

    def __init__(
        self, journal: Journal, live: Live, people: People, clock: Clock, number_key: Callable[[str], str]
    ) -> None:
        self._journal = journal
        self._live = live
        self._people = people
        self._clock = clock
        self._number_key = number_key
        self.known: dict[str, KnownCall] = {}

    def remember(self, rows: Iterable[Row]) -> list[CallView]:
        """Take up the calls of these pictures that are not over, each at its newest; returns them.

        Later pictures of these calls get higher revisions than any of the given ones.
        """
        found = []
        for row in newest(list(rows)):
            call = _readable(row)
            if call is not None and call.ended_at is None and call.state is not CallState.CLEARED:
                self.known[call.id] = KnownCall(row["revision"], signature_of(call), customer_of(row))
                found.append(call)
        return found

    def customer(self, call_id: str) -> CustomerRef | None:
        """Who the other side of a live call is, as far as known."""
        known = self.known.get(call_id)
        return known.customer if known else None

    def meet(self, call_id: str) -> KnownCall:
        """What is remembered of a call, from its first change on."""
        known = self.known.get(call_id)
        if known is None:
            known = self.known[call_id] = KnownCall()
        return known

    def hear(self, change: CallChanged) -> None:
        """Write the call when something changed that must not be lost."""
        known = self.meet(change.call.id)
        if signature_of(change.call) != known.signature:
            self._write(change.call, known)

    def forget(self, call_id: str) -> None:
        """A call is over and everybody has been told."""
        self.known.pop(call_id, None)

    def identify(self, event: CustomerIdentified) -> CallView | None:
        """Keep whose call it is. Returns the call while it lives: then it is written when it is heard of next."""
        customer = CustomerRef(event.customer_id, event.name)
        call = self._live.calls.get(event.call_id)
        if call is not None and call.state is not CallState.CLEARED:
            known = self.meet(call.id)
            if known.customer != customer:
                known.customer, known.signature = customer, ()
            return call
        pbx, _, linkedid = event.call_id.rpartition(":")
        self._journal.append(
            CALL_CUSTOMER,
            {"pbx": pbx, "linkedid": linkedid, "customer_id": customer.id, "name": customer.name.replace("\x00", "")},
        )
        return None

    def end_unseen(self, row: Row) -> None:
        """Write the end of a call that no PBX knows of, on top of its last picture."""
        call = _readable(row)
        if call is None:
            return
        # Only one more than that picture: whatever else is written of this call, now or on its way, is truer.
        revision = row["revision"] + 1
        ended = ended_unseen(call)
        self._journal.append(CALL, row_of(ended, revision, customer_of(row), self._people, self._number_key))

    def _write(self, call: CallView, known: KnownCall) -> None:
        # Microseconds of the clock rise over restarts without being kept anywhere; the counter guards against a clock
        # that was set back.
        known.revision = max(known.revision + 1, int(self._clock.now() * 1e6))
        known.signature = signature_of(call)
        self._journal.append(CALL, row_of(call, known.revision, known.customer, self._people, self._number_key))


def _readable(row: Mapping[str, Any]) -> CallView | None:
    try:
        return call_of(dict(row))
    except ValueError as fault:  # msgspec.ValidationError is one: a row of another version must not stop the start
        log.error("open_call_unreadable", pbx=row.get("pbx"), linkedid=row.get("linkedid"), reason=str(fault))
        return None
