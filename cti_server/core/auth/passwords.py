"""Argon2id hashes, made beside the loop: one takes about 120 ms of a core, so two at once and no more."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Passwords:
    """Hashes and verifies. An unknown user costs the same time as a known one."""

    def __init__(self, *, at_once: int = 2) -> None:
        self._hasher = PasswordHasher()
        self._slots = asyncio.Semaphore(at_once)
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """The argon2id hash of `password` in its usual text form."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether `password` gives `kept`. With None (no such user) the same work is done and the answer is False."""
        if self._decoy is None:
            self._decoy = await self.hash("a password that nobody has")
        async with self._slots:
            right = await asyncio.to_thread(self._matches, kept or self._decoy, password)
        return right and kept is not None

    def _matches(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
