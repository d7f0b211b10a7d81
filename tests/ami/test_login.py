import asyncio
import hashlib
import shutil
import ssl

import pytest

from cti_server.ami.connection import LinkState
from cti_server.ami.login import NEEDED, LinkSettings, missing_classes
from tests.fakes.ami_server import FakeAmi


async def test_the_secret_does_not_cross_the_wire_with_md5(pbx, connect) -> None:
    await connect(pbx).reach(LinkState.READY)
    assert all(b"geheim" not in action.raw for action in pbx.received)
    assert pbx.of("Login")[0].get("Key") == hashlib.md5(b"571815685geheim").hexdigest()


async def test_a_plain_login_is_possible(pbx, connect) -> None:
    await connect(pbx, md5=False, events="system,call,agent").reach(LinkState.READY)
    login = pbx.of("Login")[0]
    assert (login.get("Secret"), login.get("Events")) == ("geheim", "system,call,agent")


async def test_a_wrong_secret_names_the_setting_and_is_not_hammered(pbx, connect) -> None:
    pbx.secret = "changed"
    watcher = connect(pbx, times={"retry_login": 30.0, "retry_first": 0.01})
    lost = await watcher.reach(LinkState.LOST)
    assert lost.code == "pbx_login_refused"
    assert '"secret" of [[pbx]] name = "main"' in lost.reason
    assert "geheim" not in lost.reason
    assert lost.next_try is not None
    assert lost.next_try - lost.since > 29
    assert len(pbx.logins) == 1


async def test_it_comes_back_by_itself_after_the_secret_was_repaired(pbx, connect) -> None:
    pbx.secret = "changed"
    watcher = connect(pbx, times={"retry_login": 0.02})
    await watcher.reach(LinkState.LOST, 2)
    pbx.secret = "geheim"
    await watcher.reach(LinkState.READY)
    assert watcher.connection.status.reason == ""


async def test_a_login_that_is_never_answered_is_given_up(pbx, connect) -> None:
    pbx.mute = {"Challenge"}
    watcher = connect(pbx, times={"login": 0.05})
    assert (await watcher.reach(LinkState.LOST)).code == "pbx_timeout"


async def test_a_secret_with_a_line_break_is_never_sent(pbx, connect) -> None:
    watcher = connect(pbx, md5=False, secret="x\r\n\r\nAction: Command")
    assert (await watcher.reach(LinkState.LOST)).code == "bad_input"
    assert [action.name for action in pbx.received] == []


async def test_a_missing_class_is_named(pbx, connect) -> None:
    pbx.commands = " ".join(name for name, group in NEEDED.items() if group != "agent")
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    (warning,) = watcher.connection.identity.warnings
    assert 'write class "agent"' in warning
    assert "QueueAdd, QueueRemove, QueuePause, QueuePenalty" in warning


async def test_an_account_that_may_ask_nothing_still_gets_ready(pbx, connect) -> None:
    refusal = b"Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n"
    pbx.scripts = dict.fromkeys(("CoreSettings", "CoreStatus", "ListCommands"), lambda action: refusal)
    watcher = connect(pbx)
    await watcher.reach(LinkState.READY)
    assert watcher.connection.identity.ami_version == "11.0.0"
    assert watcher.connection.identity.asterisk_version == ""


def test_all_there_means_nothing_missing() -> None:
    assert missing_classes(dict.fromkeys(NEEDED, "")) == {}


def test_a_module_that_is_not_loaded_is_no_fault_of_the_account() -> None:
    granted = dict.fromkeys(NEEDED, "")
    del granted["ParkedCalls"]
    assert missing_classes(granted) == {}
    del granted["Setvar"]
    assert missing_classes(granted) == {"call": ["ParkedCalls", "Setvar"]}


def test_settings_do_not_print_the_secret() -> None:
    assert "geheim" not in repr(LinkSettings(name="main", host="h", user="u", secret="geheim"))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program to make a certificate")
async def test_a_link_over_tls_and_a_certificate_that_is_not_trusted(tmp_path, connect) -> None:
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    made = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
        *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await made.wait() == 0
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    async with FakeAmi(tls=server) as pbx:
        await connect(pbx, tls=ssl.create_default_context(cafile=certificate)).reach(LinkState.READY)
        lost = await connect(pbx, tls=ssl.create_default_context()).reach(LinkState.LOST)
    assert lost.code == "pbx_unreachable"
    assert "certificate" in lost.reason
