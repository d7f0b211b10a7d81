"""Who may hear what: keys that open one recording for one session for a short time (pure but for the secret itself).

An address of a sound is of no use to anybody else: it needs the key and the session for which the key was made. A key
lives while it is used, and KEY_SECONDS longer; after a new start of the server the page asks for another.
"""

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cti_server.core.errors import NotFound

KEY_SECONDS: Final = 300.0
MOST_KEYS: Final = 20_000


class Purpose(StrEnum):
    """What a key is for; each is another line in the audit log."""

    LISTEN = "listen"
    DOWNLOAD = "download"


@dataclass(slots=True)
class _Key:
    recording_id: int
    session_id: int
    purpose: Purpose
    until: float


class Keys:
    """The keys that are out. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._keys: dict[str, _Key] = {}

    def give(self, recording_id: int, session_id: int, purpose: Purpose, now: float) -> str:
        """A new key."""
        if len(self._keys) >= MOST_KEYS:
            self._keys = {text: key for text, key in self._keys.items() if key.until > now}
        while len(self._keys) >= MOST_KEYS:
            del self._keys[next(iter(self._keys))]
        text = secrets.token_urlsafe(24)
        self._keys[text] = _Key(recording_id, session_id, purpose, now + KEY_SECONDS)
        return text

    def use(self, text: str, recording_id: int, session_id: int, now: float) -> Purpose:
        """What the key is for. Raises NotFound for one that is unknown, over, or somebody else's."""
        key = self._keys.get(text)
        if key is None or key.until <= now or (key.recording_id, key.session_id) != (recording_id, session_id):
            raise NotFound("This address is not good any more. Open the recording again.", code="listen_key_over")
        key.until = now + KEY_SECONDS
        return key.purpose
