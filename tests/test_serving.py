"""Preparing the database and running as a process."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from cti_server import serving
from cti_server.core.audit.model import Operator
from cti_server.core.auth.service import AccountsService
from cti_server.core.errors import CtiError, Unavailable
from tests.test_app import settings


@pytest.mark.database
async def test_a_database_is_brought_up_to_date_once(tmp_path: Path, empty_database_url: str) -> None:
    site = settings(tmp_path, **{"database.url": empty_database_url})
    with pytest.raises(CtiError, match="Run: cti-server migrate"):
        await serving._prepare_database(site, migrate_first=False)
    assert (await serving.bring_up_to_date(site))[0] == "0001_accounts.sql"
    assert await serving.bring_up_to_date(site) == []
    assert await serving._prepare_database(site, migrate_first=False)


async def test_one_that_is_away_is_no_reason_not_to_start(tmp_path: Path) -> None:
    assert await serving._prepare_database(settings(tmp_path), migrate_first=True) is False


async def test_what_cannot_be_prepared_later_keeps_the_database_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> bool:
        raise CtiError("The database lacks 3 migrations.")

    monkeypatch.setattr(serving, "_prepare_database", refuse)
    with pytest.raises(Unavailable, match="lacks 3 migrations"):
        await serving._prepare_late(settings(tmp_path), migrate_first=False)


@pytest.mark.database
async def test_the_operator_at_the_command_line_is_in_the_audit_log(tmp_path: Path, database_url: str) -> None:
    async def act(accounts: AccountsService, operator: Operator) -> str:
        await accounts.create_user("anna", "Anna", frozenset({"qa"}), by=operator)
        return (await accounts.find_user("anna")).login

    assert await serving.with_accounts(settings(tmp_path, **{"database.url": database_url}), act) == "anna"


@pytest.mark.database
async def test_it_runs_until_it_is_told_to_stop(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "set_up_logs", lambda *_: None)
    site = settings(tmp_path, **{"database.url": database_url})
    running = asyncio.get_running_loop().create_task(serving.serve(site))
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", site.web.port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)
        assert await running == 0
