"""AMI bytes in: our reader, our model, panoramisk's reader and the bare limit over the same recorded talk.

Each reader is given the same 16 KB reads of some ten thousand events of queue calls in forty lanes. A figure is events
per second of the thread's own CPU time: other programs on the machine disturb it less than the wall clock.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

from bench.report import Report, interleaved
from bench.talk import BANNER, Traffic, chunks, recommended
from cti_server.ami.framing import Framer
from cti_server.ami.translate import translate
from cti_server.live.pbx import Pbx
from cti_server.live.things.devices import DeviceRules

EVENTS: Final = 20_000
LANES: Final = 40
READ: Final = 16 << 10
ROUNDS: Final = 7
PEER: Final = "panoramisk"
WHOLE: Final = "framing + translate + model"
AGENTS: Final = r"PJSIP/\d{3,6}"

Reader = Callable[[Sequence[bytes]], int]


def split_only(reads: Sequence[bytes]) -> int:
    """The limit: nothing but finding the ends of messages."""
    count, rest = 0, b""
    for data in reads:
        messages = (rest + data).split(b"\r\n\r\n")
        rest = messages.pop()
        count += len(messages)
    return count


def panoramisk(reads: Sequence[bytes]) -> int:
    """The peer: panoramisk's protocol and manager with one callback for everything."""
    manager, protocol = Manager(), AMIProtocol()
    seen = 0

    def callback(_manager: Manager, _message: object) -> None:
        nonlocal seen
        seen += 1

    manager.register_event("*", callback)
    protocol.connection_made(None)
    protocol.factory, protocol.encoding, protocol.log = manager, "utf8", manager.log
    protocol.data_received(BANNER)
    for data in reads:
        protocol.data_received(data)
    return seen


def framing(reads: Sequence[bytes]) -> int:
    """Ours: bytes into whole messages."""
    framer, count = Framer(), 0
    framer.feed(BANNER)
    for data in reads:
        count += len(framer.feed(data))
    return count


def translating(reads: Sequence[bytes]) -> int:
    """Ours: bytes into facts."""
    framer, count = Framer(), 0
    framer.feed(BANNER)
    for data in reads:
        for raw in framer.feed(data):
            translate(raw, 0.0)
            count += 1
    return count


def applying(reads: Sequence[bytes]) -> int:
    """Ours: bytes into changes of the live model."""
    framer, count = Framer(), 0
    pbx = Pbx("bench", devices=DeviceRules(AGENTS))
    framer.feed(BANNER)
    for data in reads:
        for raw in framer.feed(data):
            told = translate(raw, 0.0)
            if told is not None:
                pbx.apply(*told)
            count += 1
    return count


READERS: Final[dict[str, Reader]] = {
    "split only (limit)": split_only,
    "framing": framing,
    "framing + translate": translating,
    WHOLE: applying,
    PEER: panoramisk,
}


def measured(reader: Reader, events: Sequence[bytes]) -> float:
    """Events per second of CPU. Raises AssertionError when the reader lost any."""
    reads = chunks(events, READ)
    begin = time.thread_time()
    count = reader(reads)
    spent = time.thread_time() - begin
    assert count == len(events), f"{reader.__name__} read {count} of {len(events)} events"
    return count / spent


def one_mix(report: Report, key: str, title: str, events: Sequence[bytes]) -> None:
    """Measure all readers over one mix of events."""
    size = sum(map(len, events)) / len(events)
    report.say(f"{title}: {len(events):,} events of {size:.0f} bytes on average, {ROUNDS} rounds")
    work = {name: (lambda reader=reader: measured(reader, events)) for name, reader in READERS.items()}
    rounds = interleaved(work, ROUNDS)
    against = report.table("events/s of CPU", rounds, PEER)
    report.results[key] = {
        name: {"events_per_s": round(sorted(values)[len(values) // 2]), "ratio": against[name].json(2)}
        for name, values in rounds.items()
    }
    report.goal(f"{key}: {WHOLE} ÷ {PEER}", against[WHOLE].median, 2.0, at_least=True)
    report.say()


def run() -> Report:
    """The bench."""
    report = Report("ami_feed")
    one_mix(report, "recorded", "as recorded", Traffic(LANES).events(EVENTS))
    filtered = Traffic(LANES, filters=recommended()).events(EVENTS)
    one_mix(report, "filtered", "with the event filters of config/asterisk", filtered)
    report.close()
    return report
