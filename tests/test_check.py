"""`cti-server check` on a good site, and on sites that lack one thing: each line names the fix."""

import json
import re
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_server.check import findings
from cti_server.core.storage.migrate import migrate
from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.process import run
from cti_server.sandbox.state import State, free_port, repository
from cti_server.settings import load_settings
from tests.conftest import running_asterisk
from tests.whole.foreign import ForeignPbx
from tests.whole.site import clean_environment

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pbx(pytestconfig: pytest.Config, state: State, asterisk_program: AsteriskProgram) -> AsyncIterator[Asterisk]:
    async for running in running_asterisk(pytestconfig, state, asterisk_program, "check"):
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(postgres: Postgres, migrated_template: str) -> AsyncIterator[str]:
    yield await postgres.create_database("check_good", migrated_template)
    await postgres.drop_database("check_good")


@pytest.fixture
def good(tmp_path: Path, database: str, pbx: Asterisk) -> dict[str, str]:
    """The overrides of a configuration of which nothing is wrong."""
    return {
        "web.port": str(free_port()),
        "database.url": database,
        "state.dir": str(tmp_path / "var"),
        "recording.dir": str(pbx.recordings),
        "prompts.espeak": "cat",  # only whether there is such a program is asked
        "pbx.0.port": str(pbx.ami_port),
        "pbx.0.secret": pbx.ami_secret,
    }


async def lines_of(overrides: dict[str, str], file: Path | None = None) -> dict[str, Any]:
    path = file or overrides_file(overrides)
    return {line.what: line async for line in findings(lambda: load_settings(path, env={}, overrides=overrides))}


def overrides_file(overrides: dict[str, str]) -> Path:
    path = Path(overrides["state.dir"]).parent / "cti.toml"
    path.write_text("[[pbx]]\n", encoding="utf-8")
    return path


def bad(lines: dict[str, Any]) -> dict[str, str]:
    """What is red, and its fix."""
    return {what: line.fix for what, line in lines.items() if line.verdict == "bad"}


async def test_a_good_site_is_green(good: dict[str, str]) -> None:
    lines = await lines_of(good)
    assert [line for line in lines.values() if line.verdict != "ok"] == []
    assert list(lines) == [
        "configuration",
        f"port 127.0.0.1:{good['web.port']}",
        "journal folder",
        "recording folder",
        "prompts folder",
        "text to speech",
        "PostgreSQL",
        f"main: AMI 127.0.0.1:{good['pbx.0.port']}",
        "main: queues",
        'main: read class "user"',
        'main: read class "call"',
        'main: read class "agent"',
        "main: timestampevents",
        "main: clock",
        "main: event filters",
    ]


async def test_it_leaves_no_trace_on_the_pbx(good: dict[str, str], pbx: Asterisk) -> None:
    before = await pbx.cli("queue show"), await pbx.cli("devstate list")
    await lines_of(good)
    assert await pbx.cli("queue show") == before[0]
    assert "cti-check" not in (await pbx.cli("queue show"))


async def test_the_output_and_the_exit_code(good: dict[str, str]) -> None:
    code, out, err = await checked(good, "--json")
    assert (code, err) == (0, "")
    told = [json.loads(line) for line in out.splitlines()]
    assert {line["verdict"] for line in told} == {"ok"}
    assert {"what", "verdict", "found", "fix"} == set(told[0])
    code, out, err = await checked({**good, "database.url": "postgresql://nobody@127.0.0.1:1/none"})
    assert (code, err) == (1, "")
    assert re.search(r"^BAD  PostgreSQL: .+\n     → Check database\.url", out, re.MULTILINE), out
    assert "\x1b" not in out


async def checked(overrides: dict[str, str], *more: str) -> tuple[int, str, str]:
    """The command itself; exit code, output, errors."""
    sets = [word for key, value in overrides.items() for word in ("--set", f"{key}={value}")]
    argv = [sys.executable, "-m", "cti_server", "check", "--config", overrides_file(overrides), *sets, *more]
    done = await run(argv, limit=60, env=clean_environment())
    return done.code, done.out, done.err


async def test_a_key_that_does_not_exist_is_named(good: dict[str, str]) -> None:
    lines = await lines_of({**good, "web.prot": "80"})
    assert list(lines) == ["configuration"]
    assert "web.prot" in lines["configuration"].found
    assert "port" in lines["configuration"].found
    assert lines["configuration"].verdict == "bad"


async def test_a_wrong_secret(good: dict[str, str], pbx: Asterisk) -> None:
    wrong = bad(await lines_of({**good, "pbx.0.secret": "not the one"}))
    assert list(wrong) == [f"main: AMI 127.0.0.1:{pbx.ami_port}"]
    assert "secret" in wrong[f"main: AMI 127.0.0.1:{pbx.ami_port}"]


async def test_nobody_at_the_port_of_the_pbx(good: dict[str, str]) -> None:
    port = free_port()
    lines = await lines_of({**good, "pbx.0.port": str(port)})
    assert list(bad(lines)) == [f"main: AMI 127.0.0.1:{port}"]
    assert str(port) in lines[f"main: AMI 127.0.0.1:{port}"].found


async def test_a_port_that_is_taken(good: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        wrong = bad(await lines_of({**good, "web.port": str(port)}))
    assert list(wrong) == [f"port 127.0.0.1:{port}"]
    assert "web.port" in wrong[f"port 127.0.0.1:{port}"]


async def test_a_database_without_tables_and_none_at_all(good: dict[str, str], postgres: Postgres) -> None:
    url = await postgres.create_database("check_empty")
    try:
        lines = await lines_of({**good, "database.url": url})
        assert bad(lines) == {"PostgreSQL": "Run: cti-server migrate (serve does it by itself too)."}
        assert "migrations are missing" in lines["PostgreSQL"].found
        await migrate(url, repository() / "cti_server/migrations")
        assert bad(await lines_of({**good, "database.url": url})) == {}
    finally:
        await postgres.drop_database("check_empty")
    away = bad(await lines_of({**good, "database.url": url}))
    assert "pg_hba.conf" in away["PostgreSQL"]


async def test_a_folder_that_cannot_be_written(good: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    lines = await lines_of({**good, "prompts.espeak": "no-such-espeak"})
    assert (lines["text to speech"].verdict, "[prompts] espeak" in lines["text to speech"].fix) == ("advice", True)
    wrong = bad(await lines_of({**good, "recording.dir": str(tmp_path / "file" / "below")}))
    assert list(wrong) == ["recording folder"]
    assert "recording.dir" in wrong["recording folder"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lacking(state: State, asterisk_program: AsteriskProgram) -> AsyncIterator[ForeignPbx]:
    """A PBX without timestamps, with accounts that lack classes: `deaf` cannot hear, `dumb` can do nothing."""
    root = Path(tempfile.mkdtemp(prefix="cti-check-", dir="/tmp"))
    pbx = ForeignPbx(root, asterisk_program)
    pbx.accounts = {
        "deaf": ("system,user,reporting", "call,agent,user,reporting,originate"),
        "dumb": ("system,call,agent,user,reporting", "user,reporting"),
    }
    try:
        await pbx.start(state)
        yield pbx
    finally:
        await pbx.discard()


async def test_an_account_that_does_not_hear_and_a_pbx_without_timestamps(
    good: dict[str, str], lacking: ForeignPbx
) -> None:
    account = {"pbx.0.port": str(lacking.ami_port), "pbx.0.user": "deaf", "pbx.0.secret": lacking.ami_secret}
    lines = await lines_of({**good, **account})
    wrong = bad(lines)
    for name in ("agent", "call"):
        assert f"Add {name} to read= of the AMI user 'deaf'" in wrong.get(f'main: read class "{name}"', ""), wrong
    assert "timestampevents = yes" in wrong["main: timestampevents"]
    assert lines['main: read class "user"'].verdict == "ok"
    assert set(wrong) == {'main: read class "agent"', 'main: read class "call"', "main: timestampevents"}, lines


async def test_an_account_that_may_do_nothing(good: dict[str, str], lacking: ForeignPbx) -> None:
    account = {"pbx.0.port": str(lacking.ami_port), "pbx.0.user": "dumb", "pbx.0.secret": lacking.ami_secret}
    found = [
        line
        async for line in findings(lambda: load_settings(overrides_file(good), env={}, overrides={**good, **account}))
    ]
    missing = " ".join(line.found for line in found if line.what == "main: AMI account" and line.verdict == "bad")
    assert 'write class "agent"' in missing
    assert 'write class "call"' in missing
    assert all("manager_cti.conf" in line.fix for line in found if line.what == "main: AMI account")
    untried = [line.what for line in found if "cannot be tried out" in line.found]
    assert untried == ['main: read class "call"', 'main: read class "agent"']
