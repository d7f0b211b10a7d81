"""Recordings of calls that live, on a real PBX: who is heard where, pauses silent to the sample, rules, no server."""

import array
import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_server.ami.actions import originate, queue_add, queue_remove
from cti_server.calls.control.model import Stage
from cti_server.calls.control.numbers import Target, TargetKind
from cti_server.core.errors import Conflict, NotFound
from cti_server.live.changes import CallChanged, RecordingChanged
from cti_server.live.views import CallView
from cti_server.recording.capture import Capture
from cti_server.recording.model import OpenRecording, parts_of
from cti_server.recording.policy import Mode, Rule, Scope
from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.phones.tone import level_of
from cti_server.sandbox.state import State
from tests.calls.control.office import CUSTOMER, MUSIC, Office, session
from tests.calls.control.times import CEL
from tests.conftest import real_part, worker_name
from tests.recording.intake.sounds import tone, wav

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
LIMIT = 1.2
TELLS, ASKS_HZ = 1500, 1850
SLACK = 0.25
"""Seconds by which a stretch of silence may differ from what was told of it: half of the shortest one here."""
REFUSES = "13800000666"
ASKS = f"""
[cti-consent]
exten => s,1,ExecIf($["${{CALLERID(num)}}" = "{REFUSES}"]?Set(CTI_CONSENT=no))
 same => n,Return()
"""


class Studio(Office):
    """The office, whose calls are recorded."""

    def __init__(self, pbx: Asterisk) -> None:
        super().__init__(pbx)
        self.rows: list[dict[str, Any]] = []
        self.rules: list[Rule] = []
        self.trouble = ""
        self.capture = self.fresh()
        self.bus.subscribe(RecordingChanged, lambda change: self.capture.heard(change))
        self.bus.subscribe(CallChanged, lambda change: self.capture.heard_call(change))

    def fresh(self) -> Capture:
        return Capture(
            live=self.live, people=self.people, hub=self.hub, append=self.append, send=self.send, audit=self.audit,  # type: ignore[arg-type]
            tasks=self.tasks, clock=self.clock, rules=lambda: self.rules, pause_limit=LIMIT, over=lambda: None,
            trouble=lambda pbx, name, due: self.trouble,
        )  # fmt: skip

    def append(self, kind: str, row: dict[str, Any]) -> int:
        self.rows.append(row)
        self._stirred.set()
        return len(self.rows)

    def told(self, what: str) -> list[Any]:
        return [row.get("kind") or row.get("verdict") or row["name"] for row in self.rows if row["what"] == what]

    def state(self, user_id: int = 1) -> str:
        mine = self.capture.of_user(user_id)
        return mine[0].state if mine else ""

    async def becomes(self, state: str, limit: float = 10.0) -> None:
        await self.until(lambda: self.state() == state, f"the recording {state}", limit)

    async def tracks(self, name: str) -> "Tracks":
        """Both files once the PBX has closed them."""
        files = [self.asterisk.recordings / "cti" / f"{name}{side}" for side in ("-r.wav", "-t.wav")]
        async with asyncio.timeout(10):
            while not all(file.exists() and _closed(file) for file in files):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.02)
        parts = parts_of(name)
        assert parts is not None
        return Tracks(*(_samples(file) for file in files), parts.at)


def _closed(file: Path) -> bool:
    head = file.read_bytes()[40:44]
    return len(head) == 4 and int.from_bytes(head, "little") == file.stat().st_size - 44 > 0


def _samples(file: Path) -> Any:
    with wave.open(str(file)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1, 8000)
        return array.array("h", sound.readframes(sound.getnframes()))


class Tracks:
    def __init__(self, customer: Any, agent: Any, began: float) -> None:
        self.sides = {"customer": customer, "agent": agent}
        self.began = began

    @property
    def seconds(self) -> float:
        return len(self.sides["customer"]) / 8000

    def hears(self, side: str, hertz: int, at: float, within: float = 0.3) -> bool:
        """For 200 ms around a moment (unix seconds).

        A busy PBX writes a little late, and what it has no time for it leaves out: then all that follows lies earlier
        in the file, up to the second by which a file may be shorter than its call.
        """
        begin = int((at - self.began) * 8000)
        starts = range(max(0, begin - 8000), begin + int(within * 8000) + 1, 400)
        parts = [self.sides[side][first : first + 1600] for first in starts]
        return any(len(part) == 1600 and level_of(part, hertz) > -26 for part in parts)

    def longest_silence(self, side: str) -> float:
        """Seconds of the longest stretch in which every sample is 0."""
        longest = run = 0
        for sample in self.sides[side]:
            run = 0 if sample else run + 1
            longest = max(longest, run)
        return longest / 8000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(pytestconfig: pytest.Config, state: State, asterisk_program: AsteriskProgram) -> AsyncIterator[Studio]:
    wishes = Wishes(name=worker_name("recording"), records=True, extra={"extensions.conf": ASKS, **CEL})
    pbx = await real_part(pytestconfig, "pbx", lambda: Asterisk.start(state, program=asterisk_program, wishes=wishes))
    studio = Studio(pbx)
    try:
        await studio.open()
        yield studio
    finally:
        await studio.close()
        await pbx.discard()


@pytest_asyncio.fixture(loop_scope="module")
async def studio(shared: Studio) -> Studio:
    shared.rows.clear()
    shared.rules.clear()
    shared.audit.notes.clear()
    return shared


async def test_one_recording_through_pause_hold_and_transfer_as_long_as_the_call(studio: Studio) -> None:
    async with studio.queue_call() as (call_id, customer, _):
        await studio.becomes("on")
        talked = studio.clock.now()
        await asyncio.sleep(0.6)
        await studio.capture.pause(session(1), call_id)
        await studio.becomes("paused")
        with pytest.raises(Conflict):
            await studio.capture.pause(session(1), call_id)
        await asyncio.sleep(0.6)
        await studio.capture.resume(session(1), call_id)
        await studio.becomes("on")
        await studio.control.hold(session(1), call_id)
        await studio.stands(1, Stage.HELD)
        assert await customer.hears(MUSIC)
        held = studio.clock.now()
        await asyncio.sleep(0.6)
        await studio.control.retrieve(session(1), call_id)
        await studio.stands(1, Stage.TALKING)
        await studio.control.transfer(session(1), call_id, Target(TargetKind.AGENT, "2"))
        await studio.stands(2, Stage.TALKING)
        assert await customer.hears(620)
        assert studio.state(2) == "on"
        transferred = studio.clock.now()
        await asyncio.sleep(0.6)
        with pytest.raises(NotFound):
            await studio.capture.pause(session(1), call_id)
        customer.press("47")
        await studio.until(lambda: studio.told("mark").count("key") == 2, "the marks of the keys")
        customer.hangup()
        call = await studio.ended(call_id)
    assert len(studio.told("began")) == 1
    assert studio.told("mark") == ["paused", "resumed", "held", "retrieved", "key", "key"]
    assert {(*sorted(row), row["user_id"]) for row in studio.rows if row.get("kind") == "key"} == {
        ("at", "kind", "name", "pbx", "user_id", "what", None)
    }
    assert studio.told("ended")
    assert {note[1] for note in studio.audit.notes} >= {"recording.pause", "recording.resume"}
    paused, resumed = (
        row["at"] for row in studio.rows if row["what"] == "mark" and row["kind"] in ("paused", "resumed")
    )
    tracks = await studio.tracks(studio.told("began")[0])
    assert tracks.hears("customer", CUSTOMER, talked)
    assert tracks.hears("agent", 440, talked)
    assert not tracks.hears("customer", 440, talked)
    assert not tracks.hears("agent", CUSTOMER, talked)
    assert tracks.hears("agent", MUSIC, held)
    assert tracks.hears("customer", CUSTOMER, held)
    assert tracks.hears("agent", 620, transferred)
    for side in ("customer", "agent"):
        assert tracks.longest_silence(side) == pytest.approx(resumed - paused, abs=SLACK)
    assert tracks.seconds == pytest.approx(length(call), abs=1.0)


FALLING = (0, 30000, 20000)
"""RTP numbers of the trunk and of two agents: the second begins below the first."""


@asynccontextmanager
async def numbered(studio: Studio, trunk: int, first: int, second: int) -> AsyncIterator[None]:
    phones = studio.trunk, studio.phones["1001"], studio.phones["1002"]
    for phone, sequence in zip(phones, (trunk, first, second), strict=True):
        phone.sequence = sequence
    try:
        yield
    finally:
        for phone in phones:
            phone.sequence = None


async def hands_over(studio: Studio, way: str, call_id: str) -> None:
    """The customer of agent 1 comes to the phone 1002."""
    if way == "take-over":
        customer = next(leg for leg in studio.live.calls[call_id].legs if leg.device == "PJSIP/trunk")
        spy = originate("1002", exten="7", context="cti-spy", channel_id="boss", auto_answer=True,
                        variables={"CTI_SPY_TAKE": customer.channel})  # fmt: skip
        await studio.connection.send(spy)
        return
    if way == "consult":
        await studio.control.consulting.consult(session(1), call_id, Target(TargetKind.AGENT, "2"))
        await studio.stands(1, Stage.CONSULTING)
        await studio.control.consulting.complete(session(1), call_id)
    elif way == "queue":
        await studio.connection.send(queue_add("support", "PJSIP/1002"))
        await studio.control.transfer(session(1), call_id, Target(TargetKind.QUEUE, "support"))
    else:
        await studio.control.transfer(session(1), call_id, Target(TargetKind.AGENT, "2"))
    await studio.stands(2, Stage.TALKING)
    if way == "queue":
        await studio.connection.send(queue_remove("support", "PJSIP/1002"))
    assert studio.state(2) == "on"


@pytest.mark.parametrize("way", ["transfer", "queue", "consult", "take-over"])
async def test_the_next_agent_is_recorded_whatever_number_his_packets_begin_with(studio: Studio, way: str) -> None:
    async with numbered(studio, *FALLING), studio.queue_call() as (call_id, customer, _):
        await studio.becomes("on")
        await asyncio.sleep(0.3)
        await hands_over(studio, way, call_id)
        assert await customer.hears(620)
        heard = studio.clock.now()
        await asyncio.sleep(0.5)
        customer.hangup()
        call = await studio.ended(call_id)
    assert len(studio.told("began")) == 1
    tracks = await studio.tracks(studio.told("began")[0])
    assert tracks.hears("agent", 620, heard)
    assert tracks.seconds == pytest.approx(length(call), abs=1.0)


def length(call: CallView) -> float:
    assert call.ended_at is not None
    return call.ended_at - call.started_at


async def test_a_pause_ends_by_itself_also_after_a_new_start_of_the_server(studio: Studio) -> None:
    async with studio.queue_call() as (call_id, _, _):
        await studio.becomes("on")
        await studio.capture.pause(session(1), call_id)
        await studio.becomes("paused")
        resumes = studio.capture.of_user(1)[0].resumes_at
        assert resumes == pytest.approx(studio.clock.now() + LIMIT, abs=0.3)
        # The server falls: another one knows only what the journal had.
        began = next(row for row in studio.rows if row["what"] == "began")
        mark = next(row for row in studio.rows if row["what"] == "mark")
        studio.capture._tapes.popitem()[1].timer.cancel()  # type: ignore[union-attr]
        studio.capture = studio.fresh()
        opened = OpenRecording("main", began["name"], began["uniqueid"], began["at"], "", "", (("paused", mark["at"]),))
        studio.capture.restore([opened])
        assert studio.state() == "paused"
        await studio.becomes("on", LIMIT + 3)
        await studio.until(lambda: studio.told("mark")[-1] == "resumedByLimit", "the mark of the end")


async def test_what_a_rule_keeps_out_is_silent_until_somebody_asks(studio: Studio) -> None:
    studio.rules[:] = [Rule(Scope.QUEUE, "support", Mode.DEMAND)]
    async with studio.queue_call() as (call_id, _, _):
        await studio.becomes("silent")
        silent = studio.clock.now()
        await asyncio.sleep(0.6)
        await studio.capture.resume(session(1), call_id)
        await studio.becomes("on")
        asked = studio.clock.now()
        await asyncio.sleep(0.3)
    assert studio.told("verdict") == ["demand", "keep"]
    assert studio.told("mark") == ["silenced", "demanded"]
    tracks = await studio.tracks(studio.told("began")[0])
    # By its length and not by its place: a busy PBX writes a little late, and then sound lies where silence was.
    assert tracks.longest_silence("customer") == pytest.approx(asked - silent, abs=SLACK)
    assert tracks.hears("customer", CUSTOMER, asked)
    studio.rules[:] = [Rule(Scope.AGENT, "1", Mode.NEVER)]
    studio.rows.clear()
    async with studio.queue_call() as (call_id, _, _):
        await studio.becomes("silent")
        with pytest.raises(Conflict) as refused:
            await studio.capture.resume(session(1), call_id)
        assert refused.value.code == "recording_ruled_out"
    assert studio.told("verdict") == ["drop"]


async def test_an_agent_is_told_when_nothing_is_written_and_when_it_is_again(studio: Studio) -> None:
    async with studio.queue_call():
        await studio.becomes("on")
        for trouble in ("diskFull", ""):
            studio.trouble = trouble
            studio.capture.look()
            topic, kind, told = studio.hub.told[-1]
            assert (topic, kind, told.trouble) == ("user:1", "recording.changed", trouble)
            assert studio.capture.of_user(1)[0].trouble == trouble
    assert [row["trouble"] for row in studio.rows if row["what"] == "trouble"] == ["diskFull"]


async def test_outbound_is_recorded_on_the_customers_channel_and_stays_so_through_a_hold(studio: Studio) -> None:
    done = await studio.control.dial(session(1), "13900000002")
    await studio.stands(1, Stage.TALKING)
    await studio.becomes("on")
    await studio.control.hold(session(1), done.call_id)
    await studio.stands(1, Stage.HELD)
    await asyncio.sleep(0.3)
    await studio.control.retrieve(session(1), done.call_id)
    await studio.stands(1, Stage.TALKING)
    again = studio.clock.now()
    await asyncio.sleep(0.4)
    assert studio.state() == "on"
    await studio.control.hangup(session(1), done.call_id)
    await studio.ended(done.call_id)
    tracks = await studio.tracks(studio.told("began")[0])
    assert tracks.hears("customer", CUSTOMER, again)
    assert tracks.hears("agent", 440, again)


@asynccontextmanager
async def asking(studio: Studio, **more: str) -> AsyncIterator[None]:
    """The PBX tells and asks by tones of its own, and not by the context of this office."""
    sounds = studio.asterisk.recordings.parents[1] / "data" / "sounds"
    for name, hertz in (("tells", TELLS), ("asks", ASKS_HZ)):
        (sounds / f"{name}.wav").write_bytes(wav(tone(0.6, hertz)))
    wanted = {"CTI_ANNOUNCE": "tells", "CTI_CONSENT_SOUND": "asks", "CTI_CONSENT_SECONDS": "3", **more}
    await studio.asterisk.cli("dialplan remove context cti-consent")
    for name, value in wanted.items():
        await studio.asterisk.cli(f"dialplan set global {name} {value}")
    await studio.connection.send(queue_add("support", "PJSIP/1001"))
    try:
        yield
    finally:
        for phone in (studio.trunk, *studio.phones.values()):
            for call in list(phone.calls.values()):
                call.hangup()
        await studio.connection.send(queue_remove("support", "PJSIP/1001"))
        await studio.asterisk.cli("dialplan reload")
        await studio.until(lambda: not studio.live.calls, "the end of the call", 10.0)


async def answers(studio: Studio, key: str) -> tuple[Call, Call]:
    """A caller is told and asked before anything else, presses a key (or none), and then talks to the agent."""
    customer = studio.trunk.call("4000", caller="13800000005", headers={"X-Trunk": "1"})
    assert await customer.hears(TELLS)
    assert await customer.hears(ASKS_HZ)
    assert not studio.phones["1001"].rings, "nobody rings before he was asked"
    assert not studio.rows, "nothing is recorded before he was asked"
    if key:
        customer.press(key)
    leg = await studio.phones["1001"].incoming(15.0)
    await leg.answered(10.0)
    assert await customer.hears(440)
    assert await leg.hears(CUSTOMER)
    return customer, leg


async def test_who_agrees_by_a_key_is_recorded_from_then_on(studio: Studio) -> None:
    async with asking(studio):
        customer, _ = await answers(studio, "1")
        await studio.becomes("on")
        talked = studio.clock.now()
        await asyncio.sleep(0.4)
        customer.hangup()
        await studio.until(lambda: studio.told("ended"), "the end of the recording", 10.0)
    began = next(row for row in studio.rows if row["what"] == "began")
    assert (began["consent"], began["refused"]) == ("yes", False)
    tracks = await studio.tracks(began["name"])
    assert tracks.hears("customer", CUSTOMER, talked)
    for hertz in (TELLS, ASKS_HZ):
        assert not tracks.hears("agent", hertz, tracks.began, within=tracks.seconds), "it is before the recording"


@pytest.mark.parametrize(("key", "silence", "consent"), [("2", "yes", "no"), ("", "no", "no"), ("5", "yes", "silent")])
async def test_who_refuses_by_a_key_or_says_nothing(studio: Studio, key: str, silence: str, consent: str) -> None:
    before = set((studio.asterisk.recordings / "cti").glob("*"))
    async with asking(studio, CTI_CONSENT_SILENCE=silence, CTI_CONSENT_SECONDS="1"):
        customer, _ = await answers(studio, key)
        assert (studio.state() == "on") is (consent == "silent")
        customer.hangup()
        await customer.ended()
    began = next(row for row in studio.rows if row["what"] == "began")
    assert (began["consent"], began["refused"]) == (consent, consent == "no")
    assert (set((studio.asterisk.recordings / "cti").glob("*")) == before) is (consent == "no")


async def test_who_was_called_is_asked_as_soon_as_he_answers_and_then_hears_the_agent(studio: Studio) -> None:
    async with asking(studio):
        done = await studio.control.dial(session(1), "13900000002")
        customer = await studio.trunk.incoming(10.0)
        assert await customer.hears(TELLS)
        assert not studio.rows, "nothing is recorded before he was asked"
        assert await customer.hears(ASKS_HZ)
        customer.press("2")
        assert await customer.hears(440)
        assert studio.state() == ""
        await studio.control.hangup(session(1), done.call_id)
    (row,) = studio.rows
    assert (row["what"], row["refused"], row["consent"]) == ("began", True, "no")


async def test_who_refuses_is_not_recorded(studio: Studio) -> None:
    async with studio.queue_call(REFUSES) as (call_id, _, _):
        with pytest.raises(Conflict) as refused:
            await studio.capture.pause(session(1), call_id)
        assert refused.value.code == "not_recorded"
    (row,) = studio.rows
    assert (row["what"], row["refused"], row["consent"]) == ("began", True, "no")


async def test_without_a_server_calls_are_recorded_all_the_same(studio: Studio) -> None:
    """The last one here: the link stays closed."""
    before = set((studio.asterisk.recordings / "cti").iterdir())
    await studio.asterisk.cli("queue add member PJSIP/1001 to support")
    await studio.feed.close()
    customer = studio.trunk.call("4000", caller="13800000009", headers={"X-Trunk": "1"})
    await studio.phones["1001"].incoming()
    assert await customer.hears(440)
    heard = studio.clock.now()
    await asyncio.sleep(0.4)
    customer.hangup()
    await customer.ended()
    new = {file.name.removesuffix("-r.wav") for file in (studio.asterisk.recordings / "cti").iterdir()
           if file not in before and file.name.endswith("-r.wav")}  # fmt: skip
    tracks = await studio.tracks(new.pop())
    assert tracks.hears("customer", CUSTOMER, heard)
    assert tracks.hears("agent", 440, heard)
