"""What a kept search is (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cti_server.core.auth.model import Role, Session
from cti_server.core.errors import BadInput, Forbidden
from cti_server.core.signs import is_one_line

MOST_NAME: Final = 60
MOST_VALUE: Final = 100
MOST_OWN: Final = 50
FILTERS: Final = (
    "from", "to", "number", "customer", "agent", "extension", "queue", "direction", "outcome", "state", "tag",
    "call_id", "min_seconds", "max_seconds", "min_held", "min_silence", "min_talk_over", "said",
)  # fmt: skip
"""As the list of recordings names them."""
_SHARES: Final = frozenset({Role.SUPERVISOR, Role.QA, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class SavedJson:
    """A kept search. `roles`: who sees it beside its owner; `own`: whether it is the asker's."""

    id: int
    name: str
    filters: dict[str, str]
    roles: tuple[str, ...]
    owner_id: int
    owner_name: str
    own: bool
    updated_at: float


def checked_name(name: str) -> str:
    """A name fit to be shown. Raises BadInput."""
    clean = " ".join(name.split())
    if not 1 <= len(clean) <= MOST_NAME or not is_one_line(clean):
        raise BadInput("A search needs a name.", field="name", allowed=f"1 to {MOST_NAME} characters")
    return clean


def checked_filters(filters: Mapping[str, str]) -> dict[str, str]:
    """What was typed, without what is empty. Raises BadInput."""
    for name, value in filters.items():
        if name not in FILTERS:
            raise BadInput("There is no such filter.", field=f"filters.{name}", allowed=", ".join(FILTERS))
        if len(value) > MOST_VALUE or not is_one_line(value):
            raise BadInput("This cannot be looked for.", field=f"filters.{name}", allowed=f"{MOST_VALUE} characters")
    kept = {name: filters[name].strip() for name in FILTERS if filters.get(name, "").strip()}
    if not kept:
        raise BadInput("Search for something first.", field="filters", allowed="one filter at least")
    return kept


def checked_roles(roles: list[Role], who: Session) -> list[str]:
    """With whom it is shared. Raises Forbidden: agents keep theirs for themselves."""
    if roles and not who.roles & _SHARES:
        raise Forbidden("Your role does not share searches.")
    return sorted({role.value for role in roles})
