"""Which keys can be kept for which actions (pure). What the actions do, and their defaults, only the consoles know."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cti_server.core.errors import BadInput, Conflict

MOST_KEYS: Final = 100
_ACTION = re.compile(r"[a-z][A-Za-z]{0,39}")
# As the consoles write them: modifiers in this order, then one sign or the name of a function key.
_KEY = re.compile(r"(Ctrl\+)?(Alt\+)?(Shift\+)?([^\s\x00-\x1f\x7f]|F([1-9]|1[0-2]))")


@dataclass(frozen=True, slots=True)
class KeysJson:
    """The keys of a user by action; an empty key: the action has none. `own` False: he works with the defaults."""

    keys: Mapping[str, str]
    own: bool


def checked_keys(keys: Mapping[str, str]) -> dict[str, str]:
    """Keys fit to be kept. Raises BadInput, and Conflict (shortcut_clash) when two actions would have the same."""
    if len(keys) > MOST_KEYS:
        raise BadInput("There are too many keys.", field="keys", allowed=f"at most {MOST_KEYS}")
    taken: dict[str, str] = {}
    for action, key in keys.items():
        if not _ACTION.fullmatch(action):
            raise BadInput("There is no such action.", field="keys", allowed="names of actions, in letters")
        if not key:
            continue
        if not _KEY.fullmatch(key):
            raise BadInput(
                f"{key!r} is no key.", field=f"keys.{action}", allowed="such as H, Alt+H or F2", code="bad_key"
            )
        if key in taken:
            sentence = f"{key} would do two things: {taken[key]} and {action}."
            allowed = f"a key other than that of {taken[key]}"
            raise Conflict(sentence, code="shortcut_clash", field=f"keys.{action}", allowed=allowed)
        taken[key] = action
    return dict(keys)
