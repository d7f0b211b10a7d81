import pytest

from bench.ami_feed import AGENTS, READERS, measured, one_mix
from bench.report import Report
from bench.talk import Traffic, chunks, recommended
from cti_server.ami.translate import translate
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.pbx import Pbx
from cti_server.live.things.devices import DeviceRules


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("size", [1, 700, 1 << 16])
def test_every_reader_reads_every_event_whatever_the_reads(name: str, size: int) -> None:
    events = Traffic(2).events(60)
    assert READERS[name](chunks(events, size)) == len(events)


def test_a_reader_that_loses_events_is_not_measured() -> None:
    with pytest.raises(AssertionError, match="read 0 of"):
        measured(lambda reads: 0, Traffic(1).events(5))


@pytest.mark.parametrize("filters", [[], recommended()], ids=["as recorded", "filtered"])
def test_the_traffic_is_real_to_the_model(filters: list[object]) -> None:
    """Each call is one call to the model, none is left over: else it would be measured on nonsense."""
    traffic = Traffic(5, filters=filters)  # type: ignore[arg-type]
    pbx, ended = Pbx("bench", devices=DeviceRules(AGENTS)), []
    spoken = list(traffic.calls(1_795_400_000.0, 20.0))
    for raw in [*traffic.members(), *(one.raw for one in spoken)]:
        told = translate(raw, 0.0)
        for change in pbx.apply(*told) if told else ():
            if isinstance(change, CallChanged) and change.kind is CallKind.CLEARED:
                ended.append(change.call)
    assert len(ended) == len({one.call for one in spoken})
    assert not pbx.calls
    assert len({call.id for call in ended}) == len(ended)
    assert sum(call.answered_at is not None for call in ended) > len(ended) / 2


def test_a_mix_is_told_with_its_goal(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report("ami_feed")
    one_mix(report, "tiny", "a few", Traffic(1).events(40))
    assert set(report.results["tiny"]) == set(READERS)
    assert report.results["tiny"]["panoramisk"]["ratio"] == {"median": 1.0, "min": 1.0, "max": 1.0}
    assert len(report.goals) == 1
    assert "÷ panoramisk" in capsys.readouterr().out
