"""What a person sees of a long step."""

import io

from cti_server.sandbox.progress import QUIET, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_one_line_per_quarter() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    for done in range(0, 101):
        progress.size("x", done * 1_000_000, 100_000_000)
    progress.step("end")
    assert stream.getvalue().splitlines() == [
        "x: 0 of 100 MB",
        "x: 25 of 100 MB",
        "x: 50 of 100 MB",
        "x: 75 of 100 MB",
        "x: 100 of 100 MB",
        "end",
    ]


def test_a_terminal_gets_one_moving_line_and_steps_begin_on_a_new_one() -> None:
    stream = Terminal()
    progress = Progress(stream)
    progress.size("x", 1_000_000, 9_000_000)
    progress.step("next")
    assert stream.getvalue() == "\r\x1b[Kx: 1 of 9 MB\nnext\n"


def test_an_empty_download_is_at_its_end() -> None:
    stream = io.StringIO()
    Progress(stream).size("x", 0, 0)
    assert stream.getvalue() == "x: 0 of 0 MB\n"


def test_quiet_is_quiet(capfd: object) -> None:
    QUIET.step("nothing")
    assert capfd.readouterr() == ("", "")  # type: ignore[attr-defined]
