"""A call as a row of the journal, and back (pure).

A row holds the whole picture of one call with its legs and segments, so that a reader of the tables never sees a call
without its parts, and the newest row alone is enough to know an open call again after a restart.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import msgspec

from cti_server.calls.model import CustomerRef, People, seconds_of
from cti_server.live.views import CallView
from cti_server.live.words import CallState, LegState, Outcome, SegmentKind, SegmentResult

Row = dict[str, Any]


def _clean(text: str) -> str:
    # PostgreSQL keeps no NUL in text: one in a caller's name must not cost the whole call.
    return text.replace("\x00", "") if "\x00" in text else text


def row_of(
    call: CallView,
    revision: int,
    customer: CustomerRef | None,
    people: People,
    number_key: Callable[[str], str],
) -> Row:
    """The picture of `call` as JSON; names in it are those of CallView, and `user_id` on legs and segments."""
    row: Row = msgspec.to_builtins(call)
    held = sum(part.held_seconds for part in call.segments)
    row.update(
        revision=revision,
        number=_clean(call.number),
        name=_clean(call.name),
        dialled=_clean(call.dialled),
        data={_clean(key): _clean(value) for key, value in call.data.items()},
        number_key=number_key(call.number),
        wait_seconds=seconds_of(call, SegmentKind.QUEUE),
        talk_seconds=max(0.0, seconds_of(call, SegmentKind.TALK) - held),
        held_seconds=held,
        customer_id=customer.id if customer else None,
        customer_name=_clean(customer.name) if customer else None,
    )
    for leg in row["legs"]:
        leg["user_id"] = people.user_of(call.pbx, leg["device"])
        leg["number"], leg["name"] = _clean(leg["number"]), _clean(leg["name"])
    for part in row["segments"]:
        part["user_id"] = people.user_of(call.pbx, part["device"]) if part["device"] else None
    return row


def call_of(row: Row) -> CallView:
    """The CallView that a row was made of. Raises msgspec.ValidationError for a row that is none."""
    return msgspec.convert(row, CallView)


def customer_of(row: Row) -> CustomerRef | None:
    """The customer that a row names."""
    return CustomerRef(row["customer_id"], row["customer_name"] or "") if row.get("customer_id") is not None else None


def ended_unseen(call: CallView) -> CallView:
    """The call as it must have ended, at the latest moment that is known of it."""
    moments = [call.started_at, *(part.ended_at or part.started_at for part in call.segments)]
    moments += [at for leg in call.legs for at in (leg.started_at, leg.answered_at, leg.ended_at) if at is not None]
    end = max(moments)
    return replace(
        call,
        state=CallState.CLEARED,
        ended_at=end,
        outcome=call.outcome or Outcome.INTERRUPTED,
        exact=False,
        legs=tuple(
            leg if leg.ended_at is not None else replace(leg, state=LegState.CLEARED, ended_at=end) for leg in call.legs
        ),
        segments=tuple(
            part
            if part.ended_at is not None
            else replace(part, ended_at=end, result=SegmentResult.INTERRUPTED, exact=False)
            for part in call.segments
        ),
    )


def still_open(rows: Iterable[Row]) -> list[Row]:
    """Of pictures in the order in which they were written the last one of each call that is not over."""
    open_: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (row["pbx"], row["linkedid"])
        if row["ended_at"] is None:
            open_[key] = row
        else:
            open_.pop(key, None)
    return list(open_.values())


def newest(rows: list[Row]) -> list[Row]:
    """One row per call, the one with the highest revision; the calls in the order in which they first appear."""
    best: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (row["pbx"], row["linkedid"])
        if key not in best or best[key]["revision"] < row["revision"]:
            best[key] = row
    return list(best.values())
