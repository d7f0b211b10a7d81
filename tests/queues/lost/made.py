"""Calls and contacts made by hand."""

from dataclasses import replace
from typing import Any

from cti_server.core.auth.model import Session
from cti_server.live.views import CallView, LegView, SegmentView
from cti_server.live.words import CallState, Direction, LegRole, LegState, Outcome, SegmentKind, SegmentResult

AT = 1_800_000_000.0


def lost_call(
    n: int = 1, number: str = "13800000001", at: float = 100.0, outcome: Outcome = Outcome.ABANDONED, **more: Any
) -> CallView:
    """A caller who waited 30 s in `support` and gave up."""
    end = AT + at
    return CallView(
        id=f"main:1.{n}",
        pbx="main",
        linkedid=f"1.{n}",
        state=CallState.CLEARED,
        direction=Direction.INBOUND,
        number=number,
        name="王",
        withheld=not number,
        dialled="4000",
        queue="support",
        started_at=end - 35,
        ended_at=end,
        outcome=outcome,
        segments=(SegmentView(1, SegmentKind.QUEUE, end - 30, end, SegmentResult.ABANDONED, "support"),),
        **more,
    )


def answered_call(n: int = 2, number: str = "13800000001", at: float = 200.0, seconds: float | None = 60.0) -> CallView:
    """Somebody talked with the other side from `at` on; `seconds` None: they still do."""
    begun = AT + at
    leg = LegView("c", "PJSIP/trunk-1", "PJSIP/trunk", LegRole.CUSTOMER, LegState.CONNECTED, number, "", begun, begun)
    return replace(
        lost_call(n, number, at),
        state=CallState.ESTABLISHED if seconds is None else CallState.CLEARED,
        started_at=begun - 10,
        answered_at=begun,
        ended_at=None if seconds is None else begun + seconds,
        outcome=None if seconds is None else Outcome.ANSWERED,
        legs=(leg,),
    )


def signed_in(user_id: int = 1, *roles: str) -> Session:
    return Session(
        1, user_id, f"u{user_id}", f"U{user_id}", frozenset(roles or ("supervisor",)), "en", False, "", 0.0, 0.0
    )
