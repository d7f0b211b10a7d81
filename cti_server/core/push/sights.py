"""What of a topic somebody with a limited scope is told (pure).

Everybody with the same scope hears one variant of the topic, which is encoded once for all of them.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cti_server.core.auth.scope import Scope
from cti_server.core.push.topics import Topic


@dataclass(frozen=True, slots=True)
class Sight:
    """How a room's topic is cut to a scope."""

    items: tuple[str, ...]
    """Names of the lists in the topic's snapshot; things of all of them go through the functions below."""
    key: Callable[[Any], Hashable | None]
    """What names a thing among those of all lists; None for data that is about none and that everybody may hear."""
    shown: Callable[[Scope, Any], Any]
    """The thing as this scope may see it, perhaps with less in it; None when not at all."""
    gone: Callable[[Any], tuple[str, object]]
    """Type and data by which a console hears that a thing is out of its sight."""


@dataclass(slots=True, eq=False)
class Variant:
    """A topic as one scope sees it."""

    topic: Topic
    scope: Scope
    sight: Sight
    _seen: set[Hashable] = field(default_factory=set)
    """Keys of the things that its listeners know of."""

    def snapshot(self, whole: Any) -> dict[str, Any]:
        """The part of a snapshot, or of a message that carries the whole list, that lies within."""
        self._seen = set()
        return {**whole, **{name: self._shown(whole[name]) for name in self.sight.items}}

    def _shown(self, things: Iterable[Any]) -> list[Any]:
        shown = [(self.sight.key(one), self.sight.shown(self.scope, one)) for one in things]
        self._seen.update(key for key, one in shown if one is not None)
        return [one for _, one in shown if one is not None]

    def cut(self, type: str, data: Any) -> tuple[str, object] | None:
        """A change as it is told here; None when it is not. What leaves the scope is told to be gone, once."""
        if isinstance(data, Mapping) and all(name in data for name in self.sight.items):
            return type, self.snapshot(data)
        key = self.sight.key(data)
        if key is None:
            return type, data
        shown = self.sight.shown(self.scope, data)
        if shown is not None:
            self._seen.add(key)
            return type, shown
        if key not in self._seen:
            return None
        self._seen.discard(key)
        return self.sight.gone(data)
