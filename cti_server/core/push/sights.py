"""What of a topic somebody with a limited scope is told (pure).

Everybody with the same scope hears one variant of the topic, which is encoded once for all of them.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cti_server.core.auth.scope import Scope
from cti_server.core.push.topics import Topic


@dataclass(frozen=True, slots=True)
class Sight:
    """How a room's topic is cut to a scope."""

    items: str
    """Name of the list in the topic's snapshot."""
    key: Callable[[Any], Hashable | None]
    """What names a thing of the list; None for data that is about none of them and that everybody may hear."""
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
        shown = [(self.sight.key(one), self.sight.shown(self.scope, one)) for one in whole[self.sight.items]]
        self._seen = {key for key, one in shown if one is not None}
        return {**whole, self.sight.items: [one for _, one in shown if one is not None]}

    def cut(self, type: str, data: Any) -> tuple[str, object] | None:
        """A change as it is told here; None when it is not. What leaves the scope is told to be gone, once."""
        if isinstance(data, Mapping) and self.sight.items in data:
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
