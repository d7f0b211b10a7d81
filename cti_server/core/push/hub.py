"""The topics, who may hear them, and the telling of changes.

Everything here is plain calls: publishing waits for nobody. Changes of one turn of the event loop are written to each
browser in one go, each encoded once for all of them.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import structlog
from prometheus_client import Counter

from cti_server.core.auth.model import Session
from cti_server.core.auth.scope import Scope
from cti_server.core.clock import Clock
from cti_server.core.metrics import Metrics
from cti_server.core.push.frames import Encoded
from cti_server.core.push.messages import MAX_TOPICS, write
from cti_server.core.push.sights import Sight, Variant
from cti_server.core.push.topics import Listener, Topic

log = structlog.get_logger(__name__)

OWN_FAMILY: Final = "user"
OWN: Final = "me"
"""What browsers call their own user's topic; `user:<id>` inside."""

Part = Callable[..., object]


@dataclass(slots=True)
class _Kind:
    """What was registered: one topic, or a family of topics with a number each."""

    may: Callable[..., bool]
    snapshot: Part | None
    history: int
    sight: Sight | None = None


@dataclass(slots=True)
class _Sources:
    kinds: dict[str, _Kind] = field(default_factory=dict)
    parts: dict[str, dict[str, Part]] = field(default_factory=dict)

    def collect(self, name: str, *member: int) -> object:
        """The snapshot of a topic: what its room gives, with the parts of other rooms beside it."""
        kind = self.kinds[name]
        whole = kind.snapshot(*member) if kind.snapshot is not None else {}
        parts = self.parts.get(name)
        if not parts:
            return whole
        if not isinstance(whole, dict):
            raise TypeError(f"the snapshot of {name!r} must be a dict to take further parts")
        return {**whole, **{key: part(*member) for key, part in parts.items()}}


class PushHub:
    """Rooms register topics, add parts to their snapshots and publish; connections subscribe.

    `linger` is for how many seconds the changes of a topic are kept after its last listener left. The family `user`
    with its own-user rule is there from the start.
    """

    def __init__(self, clock: Clock, metrics: Metrics, *, linger: float = 900.0) -> None:
        self._clock = clock
        self._metrics = metrics
        self._linger = linger
        self._sources = _Sources()
        self._families: dict[str, _Kind] = {}
        self._topics: dict[str, Topic] = {}
        self._heard: dict[Listener, dict[str, str]] = {}
        self._unsent: dict[str, Topic] = {}
        self._counters: dict[str, Counter] = {}
        self._variants: dict[str, dict[str, Variant]] = {}
        self._scopes: dict[Scope, int] = {}
        self._watchers: dict[str, list[Callable[[int, bool], None]]] = {}
        self.register_family(OWN_FAMILY, may=lambda session, user_id: session.user_id == user_id)

    def register_topic(
        self,
        name: str,
        *,
        may: Callable[[Session], bool],
        snapshot: Callable[[], object] | None = None,
        history: int = 1000,
        sight: Sight | None = None,
    ) -> None:
        """A topic that all who `may` hear alike; with `sight` each scope hears its part of it.

        Raises ValueError when the name is taken or has a colon or hash.
        """
        if name in self._topics or ":" in name or "#" in name or name == OWN:
            raise ValueError(f"a topic cannot be called {name!r}, or is already")
        self._sources.kinds[name] = _Kind(may, snapshot, history, sight)
        self._topics[name] = Topic(name, history, lambda: self._sources.collect(name))

    def register_family(
        self,
        name: str,
        *,
        may: Callable[[Session, int], bool],
        snapshot: Callable[[int], object] | None = None,
        history: int = 200,
    ) -> None:
        """Topics `name:<number>`, made when somebody listens. Registering one again replaces its rules."""
        self._families[name] = self._sources.kinds[name] = _Kind(may, snapshot, history)

    def add_part(self, topic: str, key: str, part: Part) -> None:
        """Put `part()` (for a family `part(number)`) under `key` into the topic's snapshot. The topic may come later.

        Raises ValueError when the key is taken.
        """
        parts = self._sources.parts.setdefault(topic, {})
        if key in parts:
            raise ValueError(f"the snapshot of {topic!r} has a part {key!r} already")
        parts[key] = part

    def watch_family(self, name: str, heard: Callable[[int, bool], None]) -> None:
        """Call `heard(number, True)` when the first listener of `name:<number>` joins, `(number, False)` when the last
        one has left. It must not wait; one that raises is logged. What it publishes the newcomer has in its snapshot.
        """
        self._watchers.setdefault(name, []).append(heard)

    def hears(self, topic: str) -> bool:
        """Whether somebody listens to a topic, or may come back for what he has missed. What nobody hears need not be
        made: who comes later gets a snapshot. Raises ValueError for a topic that nobody registered.
        """
        found = self._topics.get(topic)
        if found is None and topic.partition(":")[0] not in self._families:
            raise ValueError(f"there is no topic {topic!r}")
        if found is None:
            return False
        return found.remembers or any(each.topic.remembers for each in self._variants.get(topic, {}).values())

    def publish(self, topic: str, type: str, data: object, ts: float) -> None:
        """Tell a change to all who listen; `ts` unix seconds. `data` must not be altered afterwards.

        Costs next to nothing when nobody listens. Raises ValueError for a topic that nobody registered.
        """
        found = self._topics.get(topic)
        if found is None:
            if topic.partition(":")[0] not in self._families:
                raise ValueError(f"there is no topic {topic!r}")
            return
        self._add(topic, found, type, data, ts)
        for inside, variant in self._variants.get(topic, {}).items():
            try:
                told = variant.cut(type, data)
            except Exception:
                self._cannot_tell(variant.topic)
                continue
            if told is not None:
                self._add(inside, variant.topic, *told, ts)

    def _add(self, inside: str, topic: Topic, type: str, data: object, ts: float) -> None:
        topic.add(type, data, ts)
        if topic.unsent:
            if not self._unsent:
                asyncio.get_running_loop().call_soon(self.flush)
            self._unsent[inside] = topic

    def flush(self) -> None:
        """Write out what was published. Runs by itself at the end of the loop's turn."""
        unsent, self._unsent = self._unsent, {}
        for topic in unsent.values():
            self._send(topic)

    def subscribe(self, listener: Listener, names: Iterable[str], since: dict[str, str]) -> None:
        """Let a connection hear topics: what it missed, or a snapshot, then every change."""
        for name in dict.fromkeys(names):
            inside = self._permitted(listener.session, name)
            heard = self._heard.setdefault(listener, {})
            if inside is None or (name not in heard and len(heard) >= MAX_TOPICS):
                code = "forbidden" if inside is None else "too_many_topics"
                self._tell(listener, Encoded(write(type="refused", topic=name, code=code)))
                continue
            self._join(listener, name, inside, since.get(name))

    def unsubscribe(self, listener: Listener, names: Iterable[str]) -> None:
        """Let a connection hear topics no longer; those it does not hear are no error."""
        heard = self._heard.get(listener, {})
        for name in names:
            inside = heard.pop(name, None)
            if inside is not None:
                self._part(listener, inside)

    def leave(self, listener: Listener) -> None:
        """A connection is gone. May be called twice."""
        for inside in self._heard.pop(listener, {}).values():
            self._part(listener, inside)

    def sweep(self) -> None:
        """Forget what nobody came back for. Called every second or so."""
        now = self._clock.monotonic()
        for name, topic in list(self._topics.items()):
            if topic.empty_since is not None and now - topic.empty_since >= self._linger:
                topic.forget()
                if ":" in name or "#" in name:
                    del self._topics[name]
                    self._variants.get(name.partition("#")[0], {}).pop(name, None)

    def _permitted(self, session: Session, name: str) -> str | None:
        """The inside name of a topic that this session may hear, else None: unknown and forbidden look alike."""
        if name == OWN:
            name = f"{OWN_FAMILY}:{session.user_id}"
        elif name.startswith(f"{OWN_FAMILY}:"):
            return None
        base, colon, member = name.partition(":")
        if not colon:
            return self._permitted_topic(session, name)
        if base not in self._families or not (member.isascii() and member.isdigit() and len(member) <= 18):
            return None
        number = int(member)
        return f"{base}:{number}" if self._families[base].may(session, number) else None

    def _permitted_topic(self, session: Session, name: str) -> str | None:
        kind = self._sources.kinds.get(name)
        if kind is None or name not in self._topics or not kind.may(session):
            return None
        if kind.sight is None or session.scope.whole:
            return name
        return f"{name}#{self._scopes.setdefault(session.scope, len(self._scopes))}"

    def _open_variant(self, inside: str, scope: Scope) -> Topic:
        name = inside.partition("#")[0]
        kind = self._sources.kinds[name]
        assert kind.sight is not None
        topic = Topic(name, kind.history, lambda: variant.snapshot(self._sources.collect(name)))
        variant = Variant(topic, scope, kind.sight)
        self._topics[inside] = topic
        self._variants.setdefault(name, {})[inside] = variant
        return topic

    def _join(self, listener: Listener, name: str, inside: str, since: str | None) -> None:
        topic = self._topics.get(inside) or self._open(inside, listener.session.scope)
        if not topic.listeners:
            self._tell_watchers(inside, True)
        self._send(topic)  # what is unsent is in the snapshot, or in what was missed
        self._heard[listener][name] = inside
        topic.listeners[listener] = None
        topic.empty_since = None
        missed = topic.missed(since)
        if missed is None:
            self._send_snapshot(topic, listener)
            return
        try:
            frames = [change.encoded() for change in missed]
        except Exception:
            self._cannot_tell(topic)
            return
        resumed = Encoded(write(type="resumed", topic=name, epoch=topic.epoch, ts=self._clock.now()))
        self._tell(listener, resumed, *frames)

    def _open(self, inside: str, scope: Scope) -> Topic:
        if "#" in inside:
            return self._open_variant(inside, scope)
        base, _, member = inside.partition(":")
        number = int(member)
        wire = OWN if base == OWN_FAMILY else inside
        topic = Topic(wire, self._families[base].history, lambda: self._sources.collect(base, number))
        self._topics[inside] = topic
        return topic

    def _part(self, listener: Listener, inside: str) -> None:
        topic = self._topics.get(inside)
        if topic is None:
            return
        if topic.listeners.pop(listener, 0) == 0:
            return
        if not topic.listeners:
            topic.empty_since = self._clock.monotonic()
            topic.unsent.clear()
            self._tell_watchers(inside, False)

    def _tell_watchers(self, inside: str, listening: bool) -> None:
        base, _, member = inside.partition(":")
        for heard in self._watchers.get(base, ()):
            try:
                heard(int(member), listening)
            except Exception:
                log.exception("push_watcher_failed", topic=inside)

    def _send(self, topic: Topic) -> None:
        changes, topic.unsent = topic.unsent, []
        if not changes or not topic.listeners:
            return
        try:
            encoded = [change.encoded() for change in changes]
        except Exception:
            self._cannot_tell(topic)
            return
        listeners = list(topic.listeners)
        plain = b"".join(each.plain for each in encoded) if any(not each.packs for each in listeners) else b""
        packed = b"".join(each.packed for each in encoded) if any(each.packs for each in listeners) else b""
        for listener in listeners:
            listener.push(packed if listener.packs else plain)
        counter = self._counters.get(topic.wire)
        if counter is None:
            counter = self._counters[topic.wire] = self._metrics.push_changes.labels(topic.wire)
        counter.inc(len(changes))
        self._metrics.push_frames.inc(len(changes) * len(listeners))
        self._metrics.push_lag.observe(max(0.0, self._clock.now() - changes[0].ts))

    def _cannot_tell(self, topic: Topic) -> None:
        """A change has no JSON form: a fault of ours. The listeners get the whole state instead of a hole."""
        log.exception("push_change_not_encodable", topic=topic.wire)
        self._metrics.push_faults.inc()
        topic.restart()
        for listener in list(topic.listeners):
            self._send_snapshot(topic, listener)

    def _send_snapshot(self, topic: Topic, listener: Listener) -> None:
        try:
            encoded = topic.snapshot(self._clock.now())
        except Exception:
            log.exception("push_snapshot_failed", topic=topic.wire)
            self._metrics.push_faults.inc()
            self.unsubscribe(listener, [topic.wire])
            self._tell(listener, Encoded(write(type="refused", topic=topic.wire, code="unavailable")))
            return
        listener.push(encoded.packed if listener.packs else encoded.plain, snapshot=True)
        self._metrics.push_frames.inc()

    def _tell(self, listener: Listener, *encoded: Encoded) -> None:
        listener.push(b"".join(each.packed if listener.packs else each.plain for each in encoded))
        self._metrics.push_frames.inc(len(encoded))
