"""The figures for Prometheus, in a registry of our own.

Named so that a rate and an age can be told from a count: `_total` counts since start, `_seconds` are seconds.
"""

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_FAST: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Everything the server counts. Rooms are handed the one object and touch their own lines only."""

    content_type: Final = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.ami_events = Counter("cti_ami_events", "Events read from a PBX.", ["pbx"], registry=registry)
        self.feed_lag = Histogram(
            "cti_feed_lag_seconds",
            "From reading an event to its changes having been told.",
            ["pbx"],
            buckets=_FAST,
            registry=registry,
        )
        self.actions = Counter(
            "cti_ami_actions", "Actions sent to a PBX, by result.", ["pbx", "action", "result"], registry=registry
        )
        self.push_clients = Gauge("cti_push_clients", "Browsers that listen to the push stream.", registry=registry)
        self.push_frames = Counter("cti_push_frames", "Frames handed to browsers.", registry=registry)
        self.push_changes = Counter("cti_push_changes", "Changes published, by topic.", ["topic"], registry=registry)
        self.push_closed = Counter(
            "cti_push_closed",
            "Push connections that we closed, by code; 4008 could not keep up.",
            ["code"],
            registry=registry,
        )
        self.push_refused = Counter(
            "cti_push_refused", "Push connections refused before they were open.", ["reason"], registry=registry
        )
        self.push_lag = Histogram(
            "cti_push_lag_seconds",
            "From the time of a change to its frame having been handed to the sockets.",
            buckets=_FAST,
            registry=registry,
        )
        self.push_faults = Counter("cti_push_faults", "Snapshots or changes that could not be made.", registry=registry)
        self.loop_lag = Histogram(
            "cti_loop_lag_seconds", "By how much the event loop was late.", buckets=_FAST, registry=registry
        )
        self.http_requests = Counter(
            "cti_http_requests", "HTTP requests answered.", ["method", "route", "status"], registry=registry
        )
        self.http_seconds = Histogram(
            "cti_http_request_seconds", "Time to answer an HTTP request.", ["route"], buckets=_FAST, registry=registry
        )
        self.connections = Gauge("cti_connections", "Open TCP connections on the public port.", registry=registry)
        self.connections_dropped = Counter(
            "cti_connections_dropped", "TCP connections dropped at the door.", ["reason"], registry=registry
        )

    def watch(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """A gauge whose value is asked for when it is read, such as the depth of the journal."""
        Gauge(name, help_text, registry=self.registry).set_function(value)

    def render(self) -> bytes:
        """All figures in Prometheus' text form."""
        return generate_latest(self.registry)
