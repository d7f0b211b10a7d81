"""Ports and passwords stay from one start to the next where they can."""

import json
import socket
from pathlib import Path

import pytest

from cti_server.sandbox.stage.kept import FIRST_WEB_PORT, hold, passwords_for, ports_for
from cti_server.sandbox.state import SandboxError


def test_passwords_stay_and_new_logins_get_one(tmp_path: Path) -> None:
    file = tmp_path / "passwords.json"
    first = passwords_for(file, ["a", "b"])
    assert passwords_for(file, ["a", "b", "c"])["a"] == first["a"]
    assert set(passwords_for(file, ["c"])) == {"c"}
    assert passwords_for(file, ["a"]) == {"a": first["a"]}
    assert first["a"] != first["b"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_password_never_holds_its_login(tmp_path: Path) -> None:
    for n in range(200):
        assert "q" not in passwords_for(tmp_path / f"{n}.json", ["q"])["q"]


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00"])
def test_a_broken_file_is_written_anew(tmp_path: Path, text: str) -> None:
    file = tmp_path / "passwords.json"
    file.write_text(text)
    assert passwords_for(file, ["a"]) == json.loads(file.read_text())


def test_ports_stay(tmp_path: Path) -> None:
    first = ports_for(tmp_path / "ports.json", None)
    assert ports_for(tmp_path / "ports.json", None) == first
    assert len(set(first.values())) == 6
    assert first["web"] >= FIRST_WEB_PORT


def test_a_port_that_is_taken_meanwhile_is_given_up(tmp_path: Path) -> None:
    first = ports_for(tmp_path / "ports.json", None)
    with socket.socket() as web, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip:
        web.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        web.bind(("127.0.0.1", first["web"]))
        web.listen()
        sip.bind(("127.0.0.1", first["sip"]))
        again = ports_for(tmp_path / "ports.json", None)
    assert again["web"] != first["web"]
    assert again["sip"] != first["sip"]
    assert again["ami"] == first["ami"]


def test_the_port_that_was_asked_for_is_taken_or_refused(tmp_path: Path) -> None:
    with socket.socket() as web:
        web.bind(("127.0.0.1", 0))
        web.listen()
        port = web.getsockname()[1]
        with pytest.raises(SandboxError, match=f"Port {port}"):
            ports_for(tmp_path / "ports.json", port)
    assert ports_for(tmp_path / "ports.json", port)["web"] == port


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with hold(tmp_path), pytest.raises(SandboxError, match=r"runs from .* already"):
        hold(tmp_path)
    hold(tmp_path).close()
