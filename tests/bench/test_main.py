import importlib
import sys
from types import SimpleNamespace

import pytest

from bench.__main__ import BENCHES, main
from bench.report import Report
from cti_server.sandbox.state import SandboxError


def pretend(
    monkeypatch: pytest.MonkeyPatch, name: str, *, reached: bool = True, fault: Exception | None = None
) -> None:
    def run() -> Report:
        if fault is not None:
            raise fault
        return Report(name, goals={"some": {"reached": reached}})

    monkeypatch.setitem(sys.modules, f"bench.{name}", SimpleNamespace(run=run))


@pytest.mark.parametrize("name", BENCHES)
def test_each_bench_is_there(name: str) -> None:
    assert callable(importlib.import_module(f"bench.{name}").run)


def test_an_unknown_name_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["ami_fed"])
    assert "ami_feed, push_fanout" in capsys.readouterr().err


def test_a_missed_goal_and_a_missing_part_are_told_by_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pretend(monkeypatch, "ami_feed")
    assert main(["ami_feed"]) == 0
    pretend(monkeypatch, "push_fanout", reached=False)
    assert main(["ami_feed", "push_fanout"]) == 1
    pretend(monkeypatch, "pop_in_dom", fault=SandboxError("No Asterisk."))
    assert main(["push_fanout", "pop_in_dom", "ami_feed"]) == 2
    assert "not run: No Asterisk." in capsys.readouterr().err
