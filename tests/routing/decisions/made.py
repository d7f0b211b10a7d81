"""Callers, members and sessions made by hand."""

from typing import Any

import msgspec

from cti_server.core.auth.model import Session
from cti_server.live.words import AgentState
from cti_server.routing.decisions.model import Caller, Member
from cti_server.routing.decisions.policy import Policy

NOW = 1_800_000_000.0


def caller(n: int = 1, waited: float = 0.0, **more: Any) -> Caller:
    """Somebody who has waited so long at `NOW`."""
    known = {
        "call_id": f"main:{n}",
        "leg_id": f"{n}",
        "channel": f"PJSIP/trunk-{n}",
        "position": n,
        "joined_at": NOW - waited,
        "visited": frozenset({"support"}),
    }
    return Caller(**{**known, **more})


def member(n: int = 1, **more: Any) -> Member:
    """An agent who is ready."""
    return Member(**{"device": f"PJSIP/100{n}", "penalty": 0, "state": AgentState.READY, "user_id": n, **more})


def signed_in(user_id: int = 1, *roles: str) -> Session:
    return Session(1, user_id, f"u{user_id}", f"U{user_id}", frozenset(roles or ("admin",)), "en", False, "", 0.0, 0.0)


def rules(**parts: Any) -> Policy:
    """A policy as the API takes it."""
    return msgspec.convert(parts, Policy)
