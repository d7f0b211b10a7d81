"""The configuration is made of the pieces that a site includes."""

from pathlib import Path

import pytest

from cti_server.sandbox.asterisk import Wishes, make_plan
from cti_server.sandbox.asterisk_config import Layout, write_config
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.certificate import Certificate
from cti_server.sandbox.state import repository

PIECES = repository() / "config/asterisk"


@pytest.fixture
def program(tmp_path: Path) -> AsteriskProgram:
    for folder in ("modules", "share/documentation", "share/sounds/en"):
        (tmp_path / folder).mkdir(parents=True)
    for module in ("app_queue.so", "chan_sip.so", "res_config_odbc.so"):
        (tmp_path / "modules" / module).touch()
    return AsteriskProgram(tmp_path / "asterisk", (22, 10, 1), tmp_path / "modules", tmp_path / "share")


def written(tmp_path: Path, program: AsteriskProgram, wishes: Wishes) -> dict[str, str]:
    path = write_config(program, Layout(tmp_path / "pbx", tmp_path / "run"), make_plan(wishes))
    return {file.name: file.read_text() for file in path.parent.iterdir()}


@pytest.mark.parametrize("piece", sorted(file.name for file in PIECES.glob("*.conf")))
def test_every_shipped_piece_is_used(tmp_path: Path, program: AsteriskProgram, piece: str) -> None:
    old = AsteriskProgram(program.command, (18, 10), program.modules, program.data)
    texts = [*written(tmp_path, program, Wishes()).values(), *written(tmp_path, old, Wishes()).values()]
    # manager_cti.conf is taken in whole, because the file of filters that it names depends on the version.
    marks = {"manager_cti.conf": "\n[cti]\n"}
    assert any(marks.get(piece, f'/{piece}"') in text for text in texts)


def test_secrets_differ_and_stand_in_private_files(tmp_path: Path, program: AsteriskProgram) -> None:
    first, second = make_plan(Wishes(agents=3)), make_plan(Wishes(agents=3))
    secrets = [first.ami_secret, second.ami_secret, *first.passwords.values(), *second.passwords.values()]
    assert len(set(secrets)) == 8
    path = write_config(program, Layout(tmp_path / "pbx", tmp_path / "run"), first)
    for name in ("manager.conf", "pjsip.conf"):
        assert (path.parent / name).stat().st_mode & 0o777 == 0o600


def test_no_piece_holds_a_secret() -> None:
    for file in PIECES.glob("*.conf"):
        for line in file.read_text().splitlines():
            assert not line.startswith(("secret", "password")), f"{file.name}: {line}"


def test_with_a_certificate_the_websocket_is_offered_over_tls_too(tmp_path: Path, program: AsteriskProgram) -> None:
    assert "tlsenable" not in written(tmp_path, program, Wishes())["http.conf"]
    files = Certificate(tmp_path / "a.pem", tmp_path / "c.pem", tmp_path / "k.pem")
    text = written(tmp_path, program, Wishes(certificate=files))["http.conf"]
    assert f"tlscertfile = {files.cert}\ntlsprivatekey = {files.key}\n" in text
    assert "tlsbindaddr = 127.0.0.1:" in text


def test_everything_listens_on_the_loopback(tmp_path: Path, program: AsteriskProgram) -> None:
    files = written(tmp_path, program, Wishes(agents=2))
    assert "bindaddr = 127.0.0.1" in files["manager.conf"]
    assert "bindaddr = 127.0.0.1" in files["http.conf"]
    assert files["pjsip.conf"].count("bind_rtp_to_media_address = yes") == 5
    assert "0.0.0.0" not in files["pjsip.conf"]


def test_unwanted_modules_stay_out_and_queues_come_in(tmp_path: Path, program: AsteriskProgram) -> None:
    modules = written(tmp_path, program, Wishes())["modules.conf"]
    assert "noload = chan_sip.so" in modules
    assert "noload = res_config_odbc.so" in modules
    assert "app_queue" not in modules


def test_what_a_test_adds_stands_at_the_end(tmp_path: Path, program: AsteriskProgram) -> None:
    wishes = Wishes(agi="127.0.0.1:4573", extra={"queues.conf": "[night]\nstrategy = ringall\n"})
    files = written(tmp_path, program, wishes)
    assert files["queues.conf"].endswith("[night]\nstrategy = ringall\n")
    assert "CTI_AGI = 127.0.0.1:4573\n" in files["extensions.conf"]


def test_browser_phones_have_an_endpoint_without_a_password_and_audio_on_the_loopback(
    tmp_path: Path, program: AsteriskProgram
) -> None:
    files = written(tmp_path, program, Wishes(agents=1))
    assert "[1001w](browser-endpoint)" in files["pjsip.conf"]
    assert "[1001w](agent-auth)" not in files["pjsip.conf"]
    assert "sorcery_cti.conf" in files["sorcery.conf"]
    assert "[ice_host_candidates]" in files["rtp.conf"]
    shown = files["rtp.conf"].partition("[ice_host_candidates]")[2].split("\n")
    assert all(line.endswith(" => 127.0.0.1") for line in shown if line)
