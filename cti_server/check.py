"""`cti-server check`: what usually goes wrong on a site, a line each, green or red with the fix.

The PBX is probed with what leaves no trace: an event of our own, a device that exists for the check only, and a paused
member that is removed at once.
"""

import asyncio
import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cti_server.ami import actions
from cti_server.ami.connection import AmiConnection, LinkState
from cti_server.ami.errors import AmiRefused
from cti_server.ami.message import headers
from cti_server.app import MIGRATIONS
from cti_server.check_dialplan import Found, dialplan_lines, port_line
from cti_server.configured import link_settings
from cti_server.core.errors import CtiError
from cti_server.core.storage.migrate import pending
from cti_server.routing.prompts.speaking import Espeak
from cti_server.settings import PbxSettings, Settings

LINK_LIMIT = 15.0
PROBE_LIMIT = 3.0
MOST_SKEW = 2.0
_PROBE_MEMBER = "Local/cti-check@cti-hold"


class Verdict(StrEnum):
    """How a line ends."""

    GOOD = "ok"
    ADVICE = "advice"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """One finding; `fix` says what to do about it."""

    what: str
    verdict: Verdict
    found: str
    fix: str = ""


Lines = AsyncIterator[Line]


def good(what: str, found: str) -> Line:
    """All is well."""
    return Line(what, Verdict.GOOD, found)


async def run_checks(settings_of: Callable[[], Settings], *, as_json: bool) -> int:
    """Print the findings as they come; 0 when nothing is red, else 1. `settings_of` may raise SettingsError."""
    worst = 0
    async for line in findings(settings_of):
        print(_as_json(line) if as_json else _as_text(line, colours=sys.stdout.isatty()), flush=True)
        worst |= line.verdict is Verdict.BAD
    return int(worst)


async def findings(settings_of: Callable[[], Settings]) -> Lines:
    """All findings, in the order in which a person would mend them."""
    try:
        settings = settings_of()
    except CtiError as error:
        yield Line("configuration", Verdict.BAD, error.sentence, "Mend that key; config/cti.toml explains each.")
        return
    yield good("configuration", f"{len(settings.pbx)} PBX, site {settings.site.region}, {settings.site.timezone}")
    yield _port(settings.web.host, settings.web.port)
    if settings.routing.enabled and settings.routing.port:
        yield _line(port_line(settings.routing.host, settings.routing.port))
    yield _folder("journal folder", "state.dir", settings.state.dir)
    if settings.recording.dir:
        yield _folder("recording folder", "recording.dir", settings.recording.dir)
    elif not settings.recording.dirs:
        fix = (
            "Set recording.dir to the PBX's spool/monitor; until then a caller who overflows to voicemail just goes on."
        )
        yield Line("voicemail", Verdict.ADVICE, "no folder by which messages could be fetched", fix)
    yield _folder("prompts folder", "prompts.dir", settings.prompts.dir or str(Path(settings.state.dir) / "prompts"))
    yield _speech(settings.prompts.espeak)
    yield await _database(settings.database.url)
    if not settings.pbx:
        yield Line("PBX", Verdict.BAD, "none is configured", "Add a [[pbx]] block; config/asterisk/ has the AMI user.")
    for pbx in settings.pbx:
        async for line in _pbx(pbx, settings):
            yield line


def _port(host: str, port: int) -> Line:
    what = f"port {host}:{port}"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Line(
                what,
                Verdict.BAD,
                error.strerror or str(error),
                "Another program (perhaps a running cti-server) has it: stop that, or set web.port.",
            )
    return good(what, "free")


def _folder(what: str, key: str, text: str) -> Line:
    path = Path(text)
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".cti-check-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        return Line(
            what,
            Verdict.BAD,
            f"{path}: {error.strerror}",
            f"Let the server's user write there, or set {key} to a folder of its own.",
        )
    free = os.statvfs(path).f_bavail * os.statvfs(path).f_frsize / 2**30
    if free < 1:
        return Line(
            what, Verdict.ADVICE, f"{path}: only {free:.1f} GiB free", "Make room: what cannot be kept is lost."
        )
    return good(what, f"{path}: writable, {free:.0f} GiB free")


def _speech(program: str) -> Line:
    lack = Espeak(program).missing()
    what = "text to speech"
    if lack:
        return Line(what, Verdict.ADVICE, "flows with texts cannot be published", lack)
    return good(what, program)


async def _database(url: str) -> Line:
    try:
        missing = await pending(url, MIGRATIONS)
    except CtiError as error:
        return Line(
            "PostgreSQL",
            Verdict.BAD,
            error.sentence,
            "Check database.url, that PostgreSQL runs, and that its pg_hba.conf lets this user in.",
        )
    if missing:
        return Line(
            "PostgreSQL",
            Verdict.BAD,
            f"reachable; {len(missing)} migrations are missing",
            "Run: cti-server migrate (serve does it by itself too).",
        )
    return good("PostgreSQL", "reachable and up to date")


def _line(found: Found) -> Line:
    what, is_good, text, fix = found
    return Line(what, Verdict.ADVICE if is_good is None else Verdict.GOOD if is_good else Verdict.BAD, text, fix)


async def _pbx(pbx: PbxSettings, settings: Settings) -> Lines:
    connection = AmiConnection(link_settings(pbx))
    try:
        line = await _reach(connection, pbx)
        yield line
        if line.verdict is Verdict.GOOD:
            for warning in connection.identity.warnings:
                yield Line(
                    f"{pbx.name}: AMI account",
                    Verdict.BAD,
                    warning,
                    "Take read and write from config/asterisk/manager_cti.conf, then: manager reload.",
                )
            async for line in _probe(connection, pbx):
                yield line
            agi = settings.routing
            async for each in dialplan_lines(connection, pbx.name, agi.host, agi.port, enabled=agi.enabled):
                yield _line(each)
    finally:
        await connection.close()


async def _reach(connection: AmiConnection, pbx: PbxSettings) -> Line:
    settled = asyncio.Event()

    def look(status: object) -> None:
        if connection.state in (LinkState.READY, LinkState.LOST):
            settled.set()

    connection.on_state(look)
    connection.start()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(settled.wait(), LINK_LIMIT)
    what = f"{pbx.name}: AMI {pbx.host}:{pbx.port}"
    if connection.state is LinkState.READY:
        return good(what, f"logged in as {pbx.user}, Asterisk {connection.identity.asterisk_version or '?'}")
    return Line(
        what,
        Verdict.BAD,
        connection.status.reason or f"no answer within {LINK_LIMIT:g} s",
        "Check host, port, user and secret of this [[pbx]]; in manager.conf: enabled, bindaddr, permit.",
    )


class _Heard:
    """The events that came during a probe."""

    def __init__(self, connection: AmiConnection) -> None:
        self._connection = connection
        self.events: list[dict[str, str]] = []

    async def until(self, *wanted: str) -> bool:
        """Listen until each of `wanted` was heard, at most PROBE_LIMIT seconds."""
        end = time.monotonic() + PROBE_LIMIT
        while not self.has(*wanted):
            try:
                batch = await asyncio.wait_for(self._connection.next_batch(), max(0.0, end - time.monotonic()))
            except TimeoutError:
                return False
            self.events += [headers(raw) for _, raw in batch if raw]
        return True

    def has(self, *wanted: str) -> bool:
        return set(wanted) <= {event.get("Event") for event in self.events}

    def first(self, name: str) -> dict[str, str]:
        return next((event for event in self.events if event.get("Event") == name), {})


async def _probe(connection: AmiConnection, pbx: PbxSettings) -> Lines:
    heard = _Heard(connection)
    reply = await connection.send(actions.queue_status())
    queues = sorted({item["Queue"] for item in reply.items if item.get("Event") == "QueueParams" and "Queue" in item})
    if queues:
        yield good(f"{pbx.name}: queues", ", ".join(queues[:12]) + (" …" if len(queues) > 12 else ""))
    else:
        yield Line(
            f"{pbx.name}: queues",
            Verdict.BAD,
            "the PBX has none",
            "Define them in queues.conf (config/asterisk/queues_example.conf), then: queue reload all.",
        )
    await connection.send(actions.user_event("CtiCheck"))
    yield _class(pbx, "user", await heard.until("UserEvent"))
    yield await _call_class(connection, pbx, heard)
    if queues:
        yield await _agent_class(connection, pbx, heard, queues[0])
    for line in _manner(pbx, heard):
        yield line


async def _call_class(connection: AmiConnection, pbx: PbxSettings, heard: _Heard) -> Line:
    try:
        await connection.send(actions.probe_device("UNAVAILABLE"))
        await connection.send(actions.probe_device("NOT_INUSE"))
    except AmiRefused as refusal:
        return _untried(pbx, "call", f"{refusal.message} (module func_devstate)")
    return _class(pbx, "call", await heard.until("DeviceStateChange"))


async def _agent_class(connection: AmiConnection, pbx: PbxSettings, heard: _Heard, queue: str) -> Line:
    try:
        await connection.send(actions.queue_add(queue, _PROBE_MEMBER, name="cti-server check", paused=True))
    except AmiRefused as refusal:
        with contextlib.suppress(AmiRefused):  # left behind by a check that was cut off
            await connection.send(actions.queue_remove(queue, _PROBE_MEMBER))
        return _untried(pbx, "agent", refusal.message)
    await connection.send(actions.queue_remove(queue, _PROBE_MEMBER))
    return _class(pbx, "agent", await heard.until("QueueMemberAdded", "QueueMemberRemoved"))


def _untried(pbx: PbxSettings, name: str, why: str) -> Line:
    what = f'{pbx.name}: read class "{name}"'
    fix = f"Make sure that {name} is among read= of the AMI user; without it the consoles stay empty."
    return Line(what, Verdict.ADVICE, f"cannot be tried out here: {why}", fix)


def _class(pbx: PbxSettings, name: str, came: bool) -> Line:
    what = f'{pbx.name}: read class "{name}"'
    if came:
        return good(what, "its events arrive")
    return Line(
        what,
        Verdict.BAD,
        "its events do not arrive",
        f"Add {name} to read= of the AMI user {pbx.user!r} in manager.conf, then: manager reload.",
    )


def _manner(pbx: PbxSettings, heard: _Heard) -> list[Line]:
    """Timestamps, clock, filters: told by the events that came."""
    lines = []
    stamp = heard.first("UserEvent").get("Timestamp")
    if stamp is None:
        lines.append(
            Line(
                f"{pbx.name}: timestampevents",
                Verdict.BAD,
                "events carry no time",
                "Set timestampevents = yes in [general] of manager.conf; else a slow network lengthens calls.",
            )
        )
    else:
        lines += [good(f"{pbx.name}: timestampevents", "on"), _clock(pbx, float(stamp))]
    noise = heard.has("VarSet") or any(event.get("Device", "").startswith("Queue:") for event in heard.events)
    if noise:
        lines.append(
            Line(
                f"{pbx.name}: event filters",
                Verdict.ADVICE,
                "events arrive that nobody needs",
                "Take the eventfilter lines of config/asterisk/eventfilters_cti.conf: a third less to read.",
            )
        )
    else:
        lines.append(good(f"{pbx.name}: event filters", "on"))
    return lines


def _clock(pbx: PbxSettings, stamp: float) -> Line:
    skew = stamp - time.time()
    what = f"{pbx.name}: clock"
    if abs(skew) > MOST_SKEW:
        return Line(what, Verdict.ADVICE, f"{skew:+.1f} s from ours", "Let both machines take their time by NTP.")
    return good(what, f"{skew:+.2f} s from ours")


def _as_json(line: Line) -> str:
    return json.dumps(
        {"what": line.what, "verdict": line.verdict, "found": line.found, "fix": line.fix}, ensure_ascii=False
    )


def _as_text(line: Line, *, colours: bool) -> str:
    mark = {Verdict.GOOD: "ok   ", Verdict.ADVICE: "look ", Verdict.BAD: "BAD  "}[line.verdict]
    if colours:
        code = {Verdict.GOOD: 32, Verdict.ADVICE: 33, Verdict.BAD: 31}[line.verdict]
        mark = f"\x1b[{code}m{mark}\x1b[0m"
    text = f"{mark}{line.what}: {line.found}"
    return text if not line.fix else f"{text}\n     → {line.fix}"
