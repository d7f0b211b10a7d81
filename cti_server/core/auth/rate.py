"""A sliding window that counts tries (pure; time is an argument)."""

from collections import OrderedDict, deque

from cti_server.core.errors import TooMany


class TryLimit:
    """At most `most` tries of a key within `window` seconds; remembers at most `keys` keys, the idle ones go first."""

    def __init__(self, *, most: int, window: float, keys: int = 10_000) -> None:
        self._most = most
        self._window = window
        self._keys = keys
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, key: str, now: float) -> None:
        """Book one try. Raises TooMany when the window is full already."""
        tries = self._tries.setdefault(key, deque())
        self._tries.move_to_end(key)
        while tries and tries[0] <= now - self._window:
            tries.popleft()
        if len(tries) >= self._most:
            wait = tries[0] + self._window - now
            raise TooMany("Too many tries. Please wait before the next one.", retry_after=wait, code="too_many_tries")
        tries.append(now)
        while len(self._tries) > self._keys:
            self._tries.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Take back the newest try of `key`: it succeeded."""
        tries = self._tries.get(key)
        if tries:
            tries.pop()
