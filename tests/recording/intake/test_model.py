"""Which files are finished, and what is odd about their length."""

from cti_server.recording.intake.model import CallOf, CallPart, Job, Seen, length_notes, names_of, tries_again, watched


def job(**more: object) -> Job:
    plain = {"id": 1, "pbx": "main", "name": "n", "linkedid": "l", "uniqueid": "u", "started_at": 100.0,
             "stopped_at": None, "verdict": "", "consent": "", "attempts": 1, "waits": 0.0}  # fmt: skip
    return Job(**{**plain, **more})  # type: ignore[arg-type]


ROW = {"pbx": "main", "linkedid": "l", "direction": "inbound", "dialled": "4000", "queue": "vip", "ended_at": 130.0}


def test_files_belong_together_by_name_and_what_grows_is_young() -> None:
    assert names_of([("a-r.wav", 10), ("a-t.wav", 5), ("b-r.wav", 1), ("notes.txt", 9)]) == {"a": 15, "b": 1}
    seen = watched({}, {"a": 15}, 1.0)
    seen = watched(seen, {"a": 15, "b": 1}, 2.0)
    assert seen == {"a": Seen(15, 1.0), "b": Seen(1, 2.0)}
    assert watched(seen, {"a": 16}, 3.0) == {"a": Seen(16, 3.0)}


def test_a_recording_is_as_long_as_what_it_records() -> None:
    call = CallOf(ROW, (), 130.0)
    assert length_notes(30.4, job(), call) == []
    assert length_notes(28.9, job(), call) == ["short"]
    assert length_notes(31.1, job(), call) == ["long"]
    assert length_notes(20.5, job(stopped_at=120.0), call) == []
    assert length_notes(5.0, job(), None) == []


def test_who_talked_and_in_which_queues() -> None:
    parts = (CallPart("queue", "vip", None, None), CallPart("ring", "vip", "PJSIP/1002", 8),
             CallPart("talk", "vip", "PJSIP/1001", 7), CallPart("conference", None, "PJSIP/1001", 7))  # fmt: skip
    call = CallOf(ROW, parts, None)
    assert (call.user_ids, call.devices, call.over) == ((7,), ("1001",), True)
    facts = call.facts("yes")
    assert (facts.call_id, facts.queues, facts.user_ids) == ("main:l", frozenset({"vip"}), frozenset({7}))


def test_what_may_get_better_is_tried_again() -> None:
    assert tries_again("noRoom", True, 50) == 15.0
    assert tries_again("workerDied", True, 2) == 4.0
    assert tries_again("workerDied", True, 5) is None
    assert tries_again("notWav", False, 1) is None
