"""The master keys of the site: the first seals, the others only open what was sealed before a change."""

import base64
import binascii
import hashlib
import secrets

from cti_server.core.errors import BadInput
from cti_server.recording.sealing.cipher import KEY_BYTES, NotOpened, unwrap, wrap


class Ring:
    """Master keys by their fingerprints. Nothing here shows a key."""

    def __init__(self, keys: list[bytes]) -> None:
        self._keys = {fingerprint(key): key for key in keys}
        self.first = fingerprint(keys[0]) if keys else ""
        """Fingerprint of the key that seals; empty: nothing is sealed."""

    @property
    def names(self) -> list[str]:
        """The fingerprints, the sealing one first."""
        return list(self._keys)

    def new_key(self, recording_id: int) -> tuple[bytes, bytes]:
        """A fresh key of a recording, and the same wrapped."""
        key = secrets.token_bytes(KEY_BYTES)
        return key, wrap(self._keys[self.first], recording_id, key)

    def key(self, recording_id: int, master: str, wrapped: bytes) -> bytes:
        """The key of a recording. Raises NotOpened."""
        if master not in self._keys:
            raise NotOpened(f"The master key {master} is not configured.", code="no_master_key")
        return unwrap(self._keys[master], recording_id, wrapped)

    def again(self, recording_id: int, master: str, wrapped: bytes) -> bytes:
        """A wrapped key as it is wrapped under the first master key. Raises NotOpened."""
        return wrap(self._keys[self.first], recording_id, self.key(recording_id, master, wrapped))


def fingerprint(key: bytes) -> str:
    """By which a master key is known: twelve hexadecimal digits that tell nothing of it."""
    return hashlib.sha256(b"cti-master" + key).hexdigest()[:12]


def new_master() -> str:
    """A fresh master key as it is written into its file."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def ring_of(text: str) -> Ring:
    """The keys of a setting: one or more of 32 bytes in base64, apart by blanks or lines. Raises BadInput."""
    keys = []
    for number, word in enumerate(text.split(), 1):
        try:
            key = base64.b64decode(word, validate=True)
        except binascii.Error:
            key = b""
        if len(key) != KEY_BYTES:
            raise BadInput(
                f"recording.keys: key {number} is none.",
                field="recording.keys",
                allowed="32 bytes in base64; `cti-server keys new` prints a fresh one",
            )
        keys.append(key)
    return Ring(keys)
