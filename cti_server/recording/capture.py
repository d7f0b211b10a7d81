"""Recordings of calls that live: what the rules say of each, pauses, and what agents are shown of them.

The PBX records from the start, whatever becomes of this server. What a rule or a pause keeps out is silence in the
file: the PBX's own mute, so that times in the file are times of the call. A pause ends by itself after a limit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog

from cti_server.ami.actions import Action, Reply, mute_recording
from cti_server.core.auth.model import Role, Session
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, CtiError, NotFound
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, CallKind, RecordingChanged
from cti_server.live.views import CallView, LegView
from cti_server.live.words import LegRole, RecordingWord, SegmentKind
from cti_server.recording.model import Live, MarkKind, MyRecordingJson, OpenRecording, People, parts_of
from cti_server.recording.policy import CallFacts, Rule, Verdict, decide

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub

log = structlog.get_logger(__name__)

ROW: Final = "recording"
"""Kind of the journal's rows."""
CHANGED: Final = "recording.changed"
RETRY: Final = 2.0
WATCH: Final = 1.0
"""Seconds between two looks whether what runs is written."""
GRACE: Final = 20.0
"""Seconds in which the PBX's files must have been seen: it opens them with the first sound, a network drive is late."""
MOST_KEYS: Final = 500
"""Marks of keys on one recording; a fax or a broken phone sends thousands."""
_MARKED: Final = {CallKind.HELD: MarkKind.HELD, CallKind.RETRIEVED: MarkKind.RETRIEVED}
_OF_PAUSES: Final = frozenset(MarkKind) - {MarkKind.HELD, MarkKind.RETRIEVED, MarkKind.KEY}
_TALKS: Final = frozenset({SegmentKind.TALK, SegmentKind.CONFERENCE})


class Audit(Protocol):
    """The log of who did what."""

    async def note(self, who: Session, action: str, subject: str, details: dict[str, object] | None = None) -> None:
        """Add a line. Raises Unavailable."""


@dataclass(slots=True)
class _Tape:
    """A recording that runs. `muted` is what the PBX said last, `paused_at` since when somebody wants it so."""

    pbx: str
    name: str
    leg_id: str
    consent: str
    begun: float
    since: float
    verdict: Verdict = Verdict.KEEP
    decided: bool = False
    demanded: bool = False
    muted: bool = False
    paused_at: float | None = None
    asked_by: int | None = None
    timer: asyncio.Task[None] | None = None
    keys: int = 0
    trouble: str = ""

    @property
    def state(self) -> str:
        """As an agent reads it."""
        if not self.muted:
            return "on"
        return "paused" if self.paused_at is not None else "silent"

    @property
    def silent_by_rule(self) -> bool:
        """Whether the rules want silence."""
        return self.verdict is not Verdict.KEEP and not self.demanded


class Capture:
    """The recordings that run. `rules()` gives the rules as they stand; `pause_limit` seconds of one pause.

    `trouble(pbx, name, due)`: why nothing of a recording is written, empty when it is; `due`: its files must be there.
    """

    def __init__(
        self,
        *,
        live: Live,
        people: People,
        hub: "PushHub",
        append: Callable[[str, dict[str, Any]], int],
        send: Callable[[str, Action], Awaitable[Reply]],
        audit: Audit,
        tasks: Tasks,
        clock: Clock,
        rules: Callable[[], Iterable[Rule]],
        pause_limit: float,
        over: Callable[[], None],
        trouble: Callable[[str, str, bool], str] = lambda pbx, name, due: "",
    ) -> None:
        self._live = live
        self._people = people
        self._hub = hub
        self._append = append
        self._send = send
        self._audit = audit
        self._tasks = tasks
        self._clock = clock
        self._rules = rules
        self._limit = pause_limit
        self._over = over
        self._trouble = trouble
        self._tapes: dict[tuple[str, str], _Tape] = {}
        """By PBX and Uniqueid of the channel."""
        self._told: dict[int, set[str]] = {}
        hub.add_part("user", "recording", self.of_user)

    def start(self) -> None:
        """Begin to look whether what runs is written."""
        self._tasks.start("watch-running-recordings", self._watch())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH)
            self.look()

    def look(self) -> None:
        """One look at all that run: the PBX does not say that it cannot write."""
        now = self._clock.now()
        for tape in list(self._tapes.values()):
            if self._is_news(tape, now):
                for call in self._live.calls.values():
                    if self._tape_of(call) is tape:
                        self._tell(call, now)

    def _is_news(self, tape: _Tape, now: float) -> bool:
        """Whether it can be written again, or cannot any more, which is then kept."""
        trouble = self._trouble(tape.pbx, tape.name, now - tape.begun >= GRACE)
        if trouble == tape.trouble:
            return False
        tape.trouble = trouble
        if trouble:
            log.error("recording_not_written", pbx=tape.pbx, name=tape.name, reason=trouble)
            self._row(tape.pbx, tape.name, what="trouble", trouble=trouble)
        return True

    # -- what the PBX tells

    def heard(self, change: RecordingChanged) -> None:
        """Something of a recording was told."""
        if change.word is RecordingWord.KEY:
            self._key(change)
            return
        key = (change.call.pbx, change.leg_id)
        if change.word in (RecordingWord.STARTED, RecordingWord.REFUSED):
            self._began(key, change)
            return
        tape = self._tapes.get(key)
        if tape is None:
            return
        if change.word is RecordingWord.STOPPED:
            self._ended(key, tape, change.at)
        else:
            self._muted(tape, change)
        self._tell(change.call, change.at)

    def _key(self, change: RecordingChanged) -> None:
        tape = self._tape_of(change.call)
        if tape is not None and tape.keys < MOST_KEYS:
            tape.keys += 1
            self._mark(tape, MarkKind.KEY, change.at)

    def _mark(self, tape: _Tape, kind: MarkKind, at: float, user_id: int | None = None) -> None:
        self._row(tape.pbx, tape.name, what="mark", at=at, kind=kind.value, user_id=user_id)

    def _began(self, key: tuple[str, str], change: RecordingChanged) -> None:
        refused = change.word is RecordingWord.REFUSED
        name = f"refused+{change.leg_id}" if refused else change.name
        parts = parts_of(name)
        if parts is None and not refused:
            log.warning("recording_of_no_name_of_ours", pbx=key[0], name=name[:80])
            return
        self._row(
            key[0], name, what="began", at=change.at, linkedid=change.call.linkedid, uniqueid=change.leg_id,
            consent=change.consent[:40], refused=refused,
        )  # fmt: skip
        if not refused:
            self._tapes[key] = _Tape(key[0], name, change.leg_id, change.consent, change.at, change.at)
            self._is_news(self._tapes[key], change.at)
            self._judge(self._tapes[key], change.call)
            self._tell(change.call, change.at)

    def _muted(self, tape: _Tape, change: RecordingChanged) -> None:
        muted = change.word is RecordingWord.MUTED
        if muted == tape.muted:
            return
        tape.muted, tape.since = muted, change.at
        kind = MarkKind.RESUMED
        if muted:
            # What somebody else mutes (another program) is a pause too: it ends by itself like ours.
            kind = MarkKind.SILENCED if tape.silent_by_rule and tape.asked_by is None else MarkKind.PAUSED
            if kind is MarkKind.PAUSED:
                tape.paused_at = change.at
                tape.timer = self._tasks.start(f"resume {tape.name}", self._resume_later(tape, change.at + self._limit))
        else:
            if tape.paused_at is None and tape.demanded:
                kind = MarkKind.DEMANDED
            elif tape.asked_by is None:
                kind = MarkKind.RESUMED_BY_LIMIT
            self._no_longer_paused(tape)
        self._mark(tape, kind, change.at, tape.asked_by)
        tape.asked_by = None

    def _no_longer_paused(self, tape: _Tape) -> None:
        tape.paused_at = None
        timer, tape.timer = tape.timer, None
        if timer is not None and timer is not asyncio.current_task():
            timer.cancel()

    def heard_call(self, change: CallChanged) -> None:
        """A call changed: the rules may know more of it now, or a recording is over."""
        call = change.call
        if change.kind in (CallKind.CLEARED, CallKind.CONNECTION_CLEARED):
            for leg in call.legs:
                if leg.ended_at is not None and (tape := self._tapes.get((call.pbx, leg.id))) is not None:
                    self._ended((call.pbx, leg.id), tape, leg.ended_at)
        tape = self._tape_of(call)
        if tape is not None and change.kind in (CallKind.ESTABLISHED, CallKind.CONFERENCED):
            self._judge(tape, call)
        if tape is not None and change.kind in _MARKED:
            self._mark(tape, _MARKED[change.kind], change.at)
        if tape is not None or self._told:
            self._tell(call, change.at)

    def _ended(self, key: tuple[str, str], tape: _Tape, at: float) -> None:
        self._tapes.pop(key, None)
        self._no_longer_paused(tape)
        self._is_news(tape, at)
        self._row(tape.pbx, tape.name, what="ended", at=at)
        self._over()

    # -- what the rules say

    def _judge(self, tape: _Tape, call: CallView) -> None:
        """Decide again by all who have talked so far; once it is kept it stays kept."""
        facts = facts_of(call, self._people, tape.consent)
        if not facts.user_ids:
            return  # whose call it is, and of which queue, shows when somebody answers; until then it is recorded
        verdict = decide(self._rules(), facts)
        if tape.decided and list(Verdict).index(verdict) >= list(Verdict).index(tape.verdict):
            return
        tape.verdict, tape.decided = verdict, True
        self._row(tape.pbx, tape.name, what="verdict", verdict=verdict.value)
        if tape.silent_by_rule != tape.muted and tape.paused_at is None:
            self._tasks.start(f"silence {tape.name}", self._mute(tape, tape.silent_by_rule))

    async def _mute(self, tape: _Tape, on: bool) -> None:
        channel = self._channel(tape)
        if channel is None:
            return
        try:
            await self._send(tape.pbx, mute_recording(channel, on))
        except CtiError as fault:
            log.warning("recording_not_muted", pbx=tape.pbx, name=tape.name, on=on, reason=fault.sentence)

    # -- what people do

    async def pause(self, who: Session, call_id: str) -> MyRecordingJson:
        """Write silence until resumed, or until the limit. Raises NotFound, Conflict, and what sending raises."""
        tape, leg = self._mine(who, call_id)
        if tape.muted:
            raise Conflict("The recording is paused already.", code="recording_paused")
        await self._ask(who, tape, leg, True, "recording.pause")
        return self._json(call_id, tape)

    async def resume(self, who: Session, call_id: str) -> MyRecordingJson:
        """Record again; of a recording that a rule keeps silent: ask for it. Raises as `pause` does."""
        tape, leg = self._mine(who, call_id)
        if not tape.muted:
            raise Conflict("The recording runs already.", code="recording_runs")
        demanding = tape.paused_at is None
        if demanding and tape.verdict is Verdict.DROP:
            raise Conflict("The rules do not let this call be recorded.", code="recording_ruled_out")
        if demanding:
            tape.demanded = True
        await self._ask(who, tape, leg, False, "recording.demand" if demanding else "recording.resume")
        if demanding:
            self._row(tape.pbx, tape.name, what="verdict", verdict=Verdict.KEEP.value)
        return self._json(call_id, tape)

    async def _ask(self, who: Session, tape: _Tape, leg: LegView, on: bool, action: str) -> None:
        tape.asked_by = who.user_id
        try:
            await self._send(tape.pbx, mute_recording(leg.channel, on))
        except BaseException:
            tape.asked_by = None
            raise
        # Beside the command: the phones do not wait for the database.
        self._tasks.start(f"audit {action}", self._note(who, action, tape))

    async def _note(self, who: Session, action: str, tape: _Tape) -> None:
        while True:
            try:
                await self._audit.note(who, action, tape.name, {"pbx": tape.pbx})
                return
            except CtiError as fault:
                log.warning("deed_not_audited_yet", action=action, name=tape.name, reason=fault.sentence)
                await asyncio.sleep(RETRY)

    def _mine(self, who: Session, call_id: str) -> tuple[_Tape, LegView]:
        call = self._live.calls.get(call_id)
        own = call is not None and who.user_id in _users(call, self._people)
        if call is None or not (own or who.roles & {Role.SUPERVISOR, Role.ADMIN}):
            raise NotFound("There is no such call.", code="no_such_call")
        tape = self._tape_of(call)
        leg = next((one for one in call.legs if tape is not None and one.id == tape.leg_id), None)
        if tape is None or leg is None:
            raise Conflict("This call is not being recorded.", code="not_recorded")
        return tape, leg

    async def _resume_later(self, tape: _Tape, at: float) -> None:
        await asyncio.sleep(max(0.0, at - self._clock.now()))
        while tape.muted and self._channel(tape) is not None:
            await self._mute(tape, False)
            await asyncio.sleep(RETRY)

    def _channel(self, tape: _Tape) -> str | None:
        for call in self._live.calls.values():
            if call.pbx == tape.pbx:
                for leg in call.legs:
                    if leg.id == tape.leg_id and leg.ended_at is None:
                        return leg.channel
        return None

    def _tape_of(self, call: CallView) -> _Tape | None:
        return next((tape for leg in call.legs if (tape := self._tapes.get((call.pbx, leg.id))) is not None), None)

    # -- after a start

    def restore(self, opened: Iterable[OpenRecording]) -> None:
        """Take up recordings that ran when the server was last there; a pause that is over its limit ends now."""
        for one in opened:
            key = (one.pbx, one.uniqueid)
            if key in self._tapes:
                continue
            tape = _Tape(one.pbx, one.name, one.uniqueid, one.consent, one.started_at, one.started_at)
            if one.verdict:
                tape.verdict, tape.decided = Verdict(one.verdict), True
            last = next((mark for mark in reversed(one.marks) if mark[0] in _OF_PAUSES), None)
            if last is not None and last[0] in (MarkKind.PAUSED, MarkKind.SILENCED):
                tape.muted, tape.since = True, last[1]
                if last[0] == MarkKind.PAUSED:
                    tape.paused_at = last[1]
                    work = self._resume_later(tape, last[1] + self._limit)
                    tape.timer = self._tasks.start(f"resume {tape.name}", work)
            self._tapes[key] = tape

    def running(self, pbx: str, uniqueid: str) -> bool:
        """Whether this recording is known to run: its channel lives."""
        return (pbx, uniqueid) in self._tapes and self._channel(self._tapes[pbx, uniqueid]) is not None

    def forget(self, pbx: str, uniqueid: str) -> None:
        """The recording is over although nobody told so."""
        tape = self._tapes.pop((pbx, uniqueid), None)
        if tape is not None:
            self._no_longer_paused(tape)

    # -- telling

    def of_user(self, user_id: int) -> list[MyRecordingJson]:
        """The recordings of a user's calls."""
        seat = self._people.device_of(user_id)
        if seat is None:
            return []
        calls = [call for call in self._live.calls.values() if call.pbx == seat[0] and _has(call, seat[1])]
        return [self._json(call.id, tape) for call in calls if (tape := self._tape_of(call)) is not None]

    def _tell(self, call: CallView, at: float) -> None:
        tape = self._tape_of(call)
        users = _users(call, self._people)
        for user_id in users:
            known = self._told.setdefault(user_id, set())
            if tape is not None:
                known.add(call.id)
                self._hub.publish(f"user:{user_id}", CHANGED, self._json(call.id, tape), at)
            elif call.id in known:
                known.discard(call.id)
                self._hub.publish(f"user:{user_id}", CHANGED, MyRecordingJson(call.id, "off", at), at)
        for user_id, known in list(self._told.items()):
            if user_id not in users:
                known.discard(call.id)
            if not known:
                del self._told[user_id]

    def _json(self, call_id: str, tape: _Tape) -> MyRecordingJson:
        resumes = None if tape.paused_at is None else tape.paused_at + self._limit
        return MyRecordingJson(call_id, tape.state, tape.since, resumes, tape.trouble)

    def _row(self, pbx: str, name: str, **more: Any) -> None:
        self._append(ROW, {"pbx": pbx, "name": name, **more})


def _has(call: CallView, device: str) -> bool:
    return any(leg.device == device and leg.ended_at is None for leg in call.legs)


def _users(call: CallView, people: People) -> set[int]:
    """The users whose devices are on the call now."""
    devices = {leg.device for leg in call.legs if leg.role is not LegRole.SYSTEM and leg.ended_at is None}
    return {user_id for device in devices if (user_id := people.user_of(call.pbx, device)) is not None}


def facts_of(call: CallView, people: People, consent: str) -> CallFacts:
    """What the rules may know of a call that lives."""
    talks = [part for part in call.segments if part.kind in _TALKS and part.device is not None]
    users = {user_id for part in talks if (user_id := people.user_of(call.pbx, part.device or "")) is not None}
    queues = {part.queue for part in call.segments if part.queue} | ({call.queue} if call.queue else set())
    return CallFacts(call.id, call.direction.value, call.dialled, frozenset(queues), frozenset(users), consent)
