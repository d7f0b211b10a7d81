"""The simulated queue does what the rules say, and what queueing theory says."""

import json
import math
from pathlib import Path

import msgspec
import pytest

from bench.bank_calls import made_up, mean_patience, read, staffing
from bench.queueing import Arrival, Simulation, plain
from bench.report import Report
from bench.routing import ERLANG_C, STRATEGIES, compare, erlang, estimates, shifts
from cti_server.routing.decisions.policy import Policy, checked

ONE = [(0.0, frozenset({"A"}))]
HEADER = (
    "vru+line\tcall_id\tcustomer_id\tpriority\ttype\tdate\tvru_entry\tvru_exit\tvru_time\tq_start\tq_exit\tq_time\t"
    "outcome\tser_start\tser_exit\tser_time\tserver"
)


def test_a_known_day_by_hand() -> None:
    """One agent, calls of 60 s: who comes at 10 waits 50, who comes at 20 has no patience and goes at 35."""
    calls = [Arrival(0, 60, 99), Arrival(10, 60, 99), Arrival(20, 60, 15)]
    done = Simulation(plain(), calls, ONE).run()
    assert [one.waited for one in calls] == [0, 50, 15]
    assert calls[2].gave_up_at == 35
    assert done.occupancy() == {"A": 1.0}


def test_tiers_pass_and_aging_gives_back() -> None:
    def order(policy: Policy) -> list[str]:
        calls = [Arrival(0, 100, 9e9), Arrival(1, 10, 9e9), Arrival(95, 10, 9e9, "gold")]
        Simulation(policy, calls, ONE).run()
        return [
            "rest" if one.tier == "" else one.tier for one in sorted(calls[1:], key=lambda one: one.answered_at or 0)
        ]

    assert order(plain()) == ["rest", "gold"]
    tiers = msgspec.convert({"tiers": {"add": {"gold": 10}}}, Policy)
    assert order(tiers) == ["gold", "rest"]
    aged = msgspec.convert({"tiers": {"add": {"gold": 10}}, "aging": {"every_seconds": 10, "add": 2}}, Policy)
    assert order(aged) == ["rest", "gold"]


def test_a_narrow_ring_lets_wait_until_it_is_widened() -> None:
    policy = msgspec.convert({"skills": ["main"], "level": 4, "relaxing": [{"after_seconds": 20, "level": 0}]}, Policy)
    calls = [Arrival(0, 10, 99)]
    Simulation(policy, calls, ONE, {"A": {"main": 1}}).run()
    assert calls[0].waited == 20


def test_the_last_agent_is_waited_for_and_not_longer() -> None:
    policy = msgspec.convert({"prefer": "lastAgent", "prefer_seconds": 20}, Policy)
    staff = [(0.0, frozenset({"A", "B"}))]

    def taken(busy: float) -> tuple[str, float]:
        calls = [Arrival(0, busy, 99, customer=1), Arrival(5, 10, 99, customer=2)]
        Simulation(policy, calls, staff, last_agents={1: "A", 2: "A"}).run()
        return calls[1].agent, calls[1].waited

    assert taken(15) == ("A", 10)
    assert taken(60) == ("B", 20)


def test_the_simulator_gives_erlang_c() -> None:
    runs = [erlang(14, 8_000, seed) for seed in range(100, 103)]
    wait, level, _ = ERLANG_C[14]
    assert sum(run[0] for run in runs) / 3 == pytest.approx(wait, abs=0.04)
    assert sum(run[1] for run in runs) / 3 == pytest.approx(level, abs=0.04)


def test_the_file_of_the_bank_is_read(tmp_path: Path) -> None:
    rows = [
        "AA\t1\t5.0E+03\t2\tPS\t990103\t8:00:00\t8:00:05\t5\t8:00:05\t8:00:25\t20\tAGENT\t8:00:25\t8:01:25\t60\tGILI",
        "AA\t2\t0\t0\tPS\t990103\t8:10:00\t8:10:05\t5\t8:10:05\t8:10:45\t40\tHANG\t0:00:00\t0:00:00\t0\tNO_SERVER",
        "AA\t3\t0\t0\tPS\t990103\t8:20:00\t8:20:05\t5\t0:00:00\t0:00:00\t0\tHANG\t0:00:00\t0:00:00\t0\tNO_SERVER",
    ]
    path = tmp_path / "calls.txt"
    path.write_text("\n".join([HEADER, *rows]), encoding="ascii")
    calls = read(path)
    assert [(one.joined, one.waited, one.agent, one.customer) for one in calls] == [
        (28805.0, 20.0, "GILI", 5000), (29405.0, 40.0, "", 0),
    ]  # fmt: skip
    assert mean_patience(calls) == 60.0
    assert staffing(calls) == {16: {"GILI"}}
    assert shifts(calls)[0] == (28800.0, frozenset({"GILI"}))
    path.write_text("a\tb\n", encoding="ascii")
    with pytest.raises(ValueError, match="not the file"):
        read(path)


def test_it_tells_without_the_file_and_twice_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for _ in range(2):
        report = Report("routing")
        calls = made_up(days=1)
        compare(report, calls)
        estimates(report, calls)
        told.append(json.loads(report.close()))
    assert told[0] == told[1]
    assert set(STRATEGIES) <= set(told[0]["results"])
    assert "longest idle" in capsys.readouterr().out
    assert all(checked(policy, "bench") for policy in STRATEGIES.values())
    assert math.isfinite(told[0]["results"]["tiers"]["all"]["mean"])
