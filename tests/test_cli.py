"""The command `cti-server` as operators type it: a process, its output, its exit code."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cti_server import __version__
from cti_server.cli import main
from cti_server.core.storage.database import Database
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.process import Finished, run
from cti_server.sandbox.state import free_port
from tests.whole.people import Person
from tests.whole.site import Site, clean_environment


async def cti_server(*words: str | Path, cwd: Path | None = None) -> Finished:
    """Run the command to its end."""
    return await run([sys.executable, "-m", "cti_server", *words], limit=60, env=clean_environment(), cwd=cwd)


def config_for(folder: Path, database: str, more: str = "") -> Path:
    path = folder / "cti.toml"
    path.write_text(
        f'[web]\nport = {free_port()}\n[database]\nurl = "{database}"\n[state]\ndir = "{folder / "var"}"\n'
        f"[routing]\nport = 0\n{more}",
        encoding="utf-8",
    )
    return path


async def test_the_help_names_every_command() -> None:
    done = await cti_server("--help")
    assert done.code == 0
    for command in ("serve", "demo", "migrate", "check", "users", "keys", "audit", "version"):
        assert re.search(rf"^    {command} ", done.out, re.MULTILINE), done.out
    assert "first steps:" in done.out


@pytest.mark.parametrize(
    "command",
    [
        "serve",
        "demo",
        "migrate",
        "check",
        "users",
        "users create",
        "keys rotate",
        "audit check",
        "deliver",
        "deliver-token",
        "version",
    ],
)
def test_each_command_has_its_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*command.split(), "--help"])
    assert end.value.code == 0
    assert f"cti-server {command}" in capsys.readouterr().out


async def test_the_version() -> None:
    assert (await cti_server("version")).out == f"cti-server {__version__}\n"


async def test_wrong_usage_is_told_in_a_sentence_and_no_trace(tmp_path: Path) -> None:
    done = await cti_server("serve", "--config", tmp_path / "none.toml")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"cti-server: {tmp_path}/none.toml: there is no such file."
        " Copy config/cti.toml there, or name yours with --config.\n"
    )
    assert (await cti_server("fly")).code == 2
    done = await cti_server("check", "--set", "nonsense", cwd=tmp_path)
    assert done.code == 1
    assert "section.key=value" in done.out + done.err


def test_a_key_of_the_command_line_counts_more_than_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti_server.cli.set_up_logs", lambda *_: None)
    path = config_for(tmp_path, "postgresql://x")
    assert main(["migrate", "--config", str(path), "--set", "site.region=Germany"]) == 1
    assert "site.region" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)
    assert main(["migrate", "--set", "log.level=loud"]) == 1, "./cti.toml is taken when none is named"
    assert "log.level" in capsys.readouterr().err


@pytest.mark.database
async def test_migrate_says_what_it_did(tmp_path: Path, empty_database_url: str) -> None:
    path = config_for(tmp_path, empty_database_url)
    first = await cti_server("migrate", "--config", path)
    assert first.code == 0
    assert "applied 0001_accounts.sql" in first.out.splitlines()
    assert first.err == ""
    second = await cti_server("migrate", "--config", path)
    assert (second.code, second.out) == (0, "The database is up to date.\n")


@pytest.mark.database
async def test_serve_may_refuse_an_old_database(tmp_path: Path, empty_database_url: str) -> None:
    done = await cti_server("serve", "--config", config_for(tmp_path, empty_database_url), "--no-migrate")
    assert done.code == 1
    assert "Run: cti-server migrate." in done.err
    assert "Traceback" not in done.err


@pytest.mark.database
async def test_a_port_that_is_taken_ends_the_start_with_a_sentence(tmp_path: Path, database_url: str) -> None:
    path = config_for(tmp_path, database_url)
    site = Site(tmp_path / "first", database_url, {})
    site.folder.mkdir()
    await site.start()
    try:
        done = await cti_server("serve", "--config", path, "--set", f"web.port={site.port}")
        assert done.code == 1
        assert f"127.0.0.1:{site.port}" in done.err.splitlines()[-1]
        assert "Traceback" not in done.err
    finally:
        await site.stop()
    site.check_log()


@pytest.mark.database
async def test_two_servers_do_not_share_a_journal(tmp_path: Path, database_url: str) -> None:
    site = Site(tmp_path, database_url, {})
    await site.start()
    try:
        done = await cti_server("serve", "--config", site.config, "--set", f"web.port={free_port()}")
        assert done.code == 1
        assert "in use by another process" in done.err.splitlines()[-1]
    finally:
        await site.stop()


def test_the_audit_log_is_checked_and_a_key_is_made(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti_server.cli.set_up_logs", lambda *_: None)
    assert main(["keys", "new"]) == 0
    key = capsys.readouterr().out.strip()
    config = ["--config", str(config_for(tmp_path, database_url))]
    assert main(["keys", "rotate", *config]) == 1
    assert "recording.keys" in capsys.readouterr().err
    assert main(["keys", "rotate", *config, "--set", f"recording.keys={key}"]) == 0
    assert main(["audit", "check", *config]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if "[info" not in line] == ["0 keys wrapped anew.", "The audit log is whole."]

    async def forge() -> None:
        db = Database(database_url, pool_size=2, timeout=5.0)
        await db.open()
        await db.execute("alter table audit_entry disable trigger user")
        await db.execute("update audit_entry set login = 'somebody'")
        await db.close()

    asyncio.run(forge())
    assert main(["audit", "check", *config]) == 1
    assert "Entry 1" in capsys.readouterr().out


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, migrated_template: str
) -> AsyncIterator[Site]:
    """A server without a PBX, for the accounts."""
    url = await postgres.create_database("whole_cli", migrated_template)
    here = Site(tmp_path_factory.mktemp("site"), url, {})
    try:
        await here.start()
        yield here
    finally:
        await here.stop()
        await postgres.drop_database("whole_cli")
    here.check_log()


def password_in(text: str) -> str:
    found = re.search(r": password (\S+)", text)
    assert found, text
    return found.group(1)


async def sign_in(site: Site, login: str, password: str) -> Person:
    person = site.browser(login, password)
    await person.sign_in()
    return person


@pytest.mark.database
@pytest.mark.asyncio(loop_scope="session")
async def test_users_are_made_reset_and_disabled_while_the_server_runs(site: Site) -> None:
    config = ("--config", site.config)
    made = await cti_server("users", "create", "anna", "--name", "Anna 王", "--role", "admin", *config)
    assert (made.code, made.err) == (0, "")
    first = password_in(made.out)
    person = await sign_in(site, "anna", first)
    me = await person.get("/me")
    assert me["user"]["must_change_password"]
    assert (me["user"]["roles"], me["user"]["name"]) == (["admin"], "Anna 王")
    await person.get("/users", expect=403)  # nothing but the change is open
    await person.post("/push-ticket", expect=403)
    await person.post("/me/password", {"old": first, "new": "a much better one"})
    await person.get("/users")

    reset = await cti_server("users", "reset", "anna", *config)
    second = password_in(reset.out)
    assert second != first
    again = await sign_in(site, "anna", second)
    assert (await again.get("/me"))["user"]["must_change_password"]
    await again.post("/me/password", {"old": second, "new": "still another one"})
    await person.post("/sign-in", {"login": "anna", "password": "a much better one"}, expect=401)

    # The last admin cannot be put out of the door.
    last = await cti_server("users", "disable", "anna", *config)
    assert last.code == 1
    assert "last admin" in last.err
    assert (await cti_server("users", "create", "boss", "--name", "Boss", "--role", "admin", *config)).code == 0
    done = await cti_server("users", "disable", "anna", *config)
    assert (done.code, done.out) == (0, "anna: disabled\n")
    await again.post("/sign-in", {"login": "anna", "password": "still another one"}, expect=401)
    await again.get("/me", expect=401)


@pytest.mark.database
@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_refused_is_told_in_a_sentence(site: Site) -> None:
    config = ("--config", site.config)
    for words, sentence in (
        (("reset", "nobody"), "There is no user 'nobody'."),
        (("disable", "nobody"), "There is no user 'nobody'."),
        (("create", "a b", "--name", "A", "--role", "qa"), "login"),
    ):
        done = await cti_server("users", *words, *config)
        assert done.code == 1, words
        assert sentence in done.err
        assert "Traceback" not in done.err
    await cti_server("users", "create", "twice", "--name", "T", "--role", "qa", *config)
    done = await cti_server("users", "create", "twice", "--name", "T", "--role", "qa", *config)
    assert (done.code, done.err) == (1, "cti-server: There is already a user twice.\n")
    away = await cti_server("users", "reset", "twice", *config, "--set", "database.url=postgresql://x@127.0.0.1:1/x")
    assert (away.code, away.err) == (1, "cti-server: The database is away.\n")
