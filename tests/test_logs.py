"""What the server says of itself: one line an event, no secrets, nothing that drives a terminal."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from cti_server.logs import set_up_logs

HOSTILE = "王\r\n2026 [error] forged\x1b[2Jname\x9b31m\u2028"


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    """The logs of the other tests are theirs."""
    root = logging.getLogger()
    before = list(root.handlers), root.level
    root.handlers = []
    yield
    structlog.reset_defaults()
    root.handlers, root.level = before


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_event_is_one_line_whatever_its_values(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", form)
    structlog.get_logger().info("call", name=HOSTILE, seconds=1.5)
    written = capsys.readouterr()
    assert written.out == ""
    assert len(written.err.splitlines()) == 1
    assert "\x1b" not in written.err
    assert "\x9b" not in written.err
    assert "王" in written.err


def test_json_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "json")
    structlog.get_logger().warning("link", pbx="main", up=False)
    told = json.loads(capsys.readouterr().err)
    assert (told["event"], told["level"], told["pbx"], told["up"]) == ("link", "warning", "main", False)
    assert told["timestamp"].endswith("Z")


def test_an_exception_stays_on_its_line_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "json")
    try:
        raise ValueError("odd")
    except ValueError:
        structlog.get_logger().exception("fault")
    told = json.loads(capsys.readouterr().err)
    assert "ValueError: odd" in told["exception"]


@pytest.mark.parametrize("key", ["secret", "password", "token", "ticket", "authorization", "cookie"])
def test_secrets_are_hidden_by_their_names(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "text")
    structlog.get_logger().info("sign_in", **{key: "hunter2"})
    err = capsys.readouterr().err
    assert "hunter2" not in err
    assert "(hidden)" in err


def test_the_level_is_kept_and_libraries_speak_from_warning_on(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("critical", "text")
    set_up_logs("warning", "text")  # the second word counts
    structlog.get_logger().info("unheard")
    structlog.get_logger().warning("heard")
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("trouble")
    err = capsys.readouterr().err
    assert "unheard" not in err
    assert "heard" in err
    assert "chatter" not in err
    assert "WARNING some.library trouble" in err
