"""What the PBX tells of a recording comes out as a change with its call, and leaves no trace in the model."""

from cti_server.ami.translate import translate
from cti_server.live import facts
from cti_server.live.changes import RecordingChanged
from cti_server.live.facts import Channel, RecordingTold
from cti_server.live.pbx import Pbx
from cti_server.live.words import RecordingWord

CHANNEL = {"Channel": "PJSIP/trunk-0001", "ChannelState": "6", "ChannelStateDesc": "Up", "CallerIDNum": "138",
           "CallerIDName": "", "ConnectedLineNum": "", "ConnectedLineName": "", "Language": "en", "AccountCode": "",
           "Context": "cti-record", "Exten": "s", "Priority": "9", "Uniqueid": "1.0", "Linkedid": "1.0"}  # fmt: skip


def told(event: str, **more: str) -> object:
    found = told_or_none(event, **more)
    assert found is not None
    return found


def told_or_none(event: str, **more: str) -> object | None:
    lines = {"Event": event, "Privilege": "call,all", "Timestamp": "100.5", **CHANNEL, **more}
    found = translate("\r\n".join(f"{key}: {value}" for key, value in lines.items()).encode() + b"\r\n", 100.5, 0.0)
    return found[0] if found else None


def test_start_refusal_mute_and_stop() -> None:
    began = told("UserEvent", UserEvent="CtiRecording", Name="1.0+1.0+100500", Consent="yes")
    assert isinstance(began, RecordingTold)
    assert (began.word, began.name, began.consent, began.channel.id) == ("started", "1.0+1.0+100500", "yes", "1.0")
    assert getattr(told("UserEvent", UserEvent="CtiRecording", Name="", Consent="no"), "word", "") == "refused"
    assert getattr(told("MixMonitorMute", Direction="both", State="1"), "word", "") == "muted"
    assert getattr(told("MixMonitorMute", Direction="both", State="0"), "word", "") == "unmuted"
    assert getattr(told("MixMonitorStop"), "word", "") == "stopped"
    assert told_or_none("MixMonitorStop", Context="cti-record-renew") is None, "the recording goes on"


def test_a_key_is_told_without_saying_which() -> None:
    key = told("DTMFEnd", Digit="7", DurationMs="120", Direction="Received")
    assert isinstance(key, RecordingTold)
    assert (key.word, key.name, key.consent) == ("key", "", "")
    assert told_or_none("DTMFEnd", Digit="7", DurationMs="120", Direction="Sent") is None
    assert told_or_none("DTMFBegin", Digit="7", Direction="Received") is None


def test_the_change_names_call_and_channel() -> None:
    pbx = Pbx("main")
    channel = Channel(*[CHANNEL.get(key, "") for key in facts.CHANNEL_KEYS]) if hasattr(facts, "CHANNEL_KEYS") else None
    fact = told("MixMonitorMute", Direction="both", State="1")
    assert isinstance(fact, RecordingTold)
    changes = [change for change in pbx.apply(fact, 100.5) if isinstance(change, RecordingChanged)]
    assert [(c.word, c.call.id, c.leg_id, c.channel) for c in changes] == [
        (RecordingWord.MUTED, "main:1.0", "1.0", "PJSIP/trunk-0001")
    ]
    assert not [c for c in pbx.apply(fact, 101.0) if not isinstance(c, RecordingChanged)]
    assert channel is None or channel.id == "1.0"
