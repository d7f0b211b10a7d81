"""What the items of every work list have in common (pure)."""

from typing import Final, Protocol

from cti_server.core.errors import BadInput, Conflict

MOST_TEXT: Final = 200


class Item(Protocol):
    """What every list has; `revision` rises with each change."""

    @property
    def id(self) -> int: ...  # noqa: D102

    @property
    def revision(self) -> int: ...  # noqa: D102

    @property
    def state(self) -> str: ...  # noqa: D102


class Claimed(Protocol):
    """An item that somebody may have taken on himself."""

    @property
    def claimed_by(self) -> int | None: ...  # noqa: D102

    @property
    def claimed_by_name(self) -> str: ...  # noqa: D102


def check_not_anothers(item: Claimed, user_id: int, *, chief: bool = False) -> None:
    """Raise Conflict when somebody else has taken it; a supervisor may step in."""
    if item.claimed_by not in (None, user_id) and not chief:
        raise Conflict(f"{item.claimed_by_name or 'Somebody else'} has taken this already.", code="already_claimed")


def checked_reason(text: str, *, needed: bool) -> str:
    """A reason or note fit to be kept. Raises BadInput."""
    clean = text.strip()
    if (needed and not clean) or len(clean) > MOST_TEXT or (clean and not clean.isprintable()):
        low = 1 if needed else 0
        raise BadInput("Please say why.", field="reason", allowed=f"{low} to {MOST_TEXT} characters on one line")
    return clean
