"""Keeps the consoles, the health probes and the metrics told of how the links stand."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from prometheus_client import Counter, Histogram

from cti_server.ami.feed import Feed
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.health import Health, Link
from cti_server.core.metrics import Metrics
from cti_server.links.model import DatabaseJson, Live, PbxJson, Rate, ServerJson, SiteJson
from cti_server.live.changes import LinkChanged

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Database

TOPIC = "system"


class LinksService:
    """Topic `system`; also the watcher of the feeds."""

    def __init__(
        self,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Live,
        db: "Database",
        clock: Clock,
        metrics: Metrics,
        health: Health,
        site: SiteJson,
        version: str,
    ) -> None:
        self._hub = hub
        self._live = live
        self._db = db
        self._clock = clock
        self._metrics = metrics
        self._health = health
        self._site = site
        self._version = version
        self._started_at = clock.now()
        self._feeds: dict[str, Feed] = {}
        self._rates: dict[str, Rate] = {}
        self._counters: dict[str, tuple[Counter, Histogram]] = {}
        bus.subscribe(LinkChanged, self._on_link)
        db.listen(self._on_database)
        hub.register_topic(TOPIC, may=lambda session: True, snapshot=self._snapshot)
        health.register("database", self._probe_database)

    def watch(self, feed: Feed) -> None:
        """Tell of this feed too."""
        self._feeds[feed.name] = feed
        self._counters[feed.name] = (
            self._metrics.ami_events.labels(feed.name),
            self._metrics.feed_lag.labels(feed.name),
        )
        self._rates[feed.name] = Rate(self._clock.monotonic())
        self._health.register(f"pbx {feed.name}", self._probe_of(feed.name))

    def batch(self, pbx: str, events: int, lag: float) -> None:
        """A feed has applied `events`, the newest of which had waited `lag` seconds."""
        events_read, feed_lag = self._counters[pbx]
        events_read.inc(events)
        feed_lag.observe(max(0.0, lag))
        self._rates[pbx].add(events, self._clock.monotonic())

    def listing(self) -> Sequence[PbxJson]:
        """Every PBX as operators see it."""
        return [self._pbx_json(feed) for feed in self._feeds.values()]

    def _pbx_json(self, feed: Feed) -> PbxJson:
        link, connection, rate = self._live.links[feed.name], feed.connection, self._rates[feed.name]
        return PbxJson(
            pbx=feed.name,
            host=connection.settings.host,
            port=connection.settings.port,
            state=connection.state.value,
            up=link.up,
            since=link.since,
            reason=link.reason,
            next_try=connection.status.next_try,
            version=connection.identity.asterisk_version,
            system_name=connection.identity.system_name,
            warnings=connection.identity.warnings,
            calls=sum(1 for call in self._live.calls.values() if call.pbx == feed.name),
            agents=sum(1 for pbx, _ in self._live.agents if pbx == feed.name),
            queues=sum(1 for pbx, _ in self._live.queues if pbx == feed.name),
            events=rate.total,
            events_per_second=round(rate.per_second(self._clock.monotonic()), 2),
            reconnects=max(0, connection.reconnects - 1),
            comparisons=feed.comparisons,
            faults=feed.faults,
        )

    def _snapshot(self) -> dict[str, object]:
        return {
            "links": list(self._live.links.values()),
            "server": ServerJson(self._version, self._started_at, self._clock.now()),
            "site": self._site,
            "database": DatabaseJson(self._db.up, self._db.since),
        }

    def _on_link(self, change: LinkChanged) -> None:
        self._hub.publish(TOPIC, "system.link", change.link, self._clock.now())

    def _on_database(self, up: bool, since: float) -> None:
        self._hub.publish(TOPIC, "system.database", DatabaseJson(up, since), self._clock.now())

    def _probe_database(self) -> Link:
        return Link("database", self._db.up, self._db.since, self._db.reason)

    def _probe_of(self, pbx: str) -> Callable[[], Link]:
        def probe() -> Link:
            link = self._live.links[pbx]
            return Link(pbx, link.up, link.since, link.reason)

        return probe
