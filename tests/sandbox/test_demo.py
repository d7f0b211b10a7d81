"""The command `demo`: what it refuses, what it prints, and that Ctrl-C leaves nothing behind."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from cti_server.core.errors import BadInput
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.demo import find_scenario, run_demo, scenario_names
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.state import OWNER_VARIABLE, State


def test_every_scenario_can_be_played() -> None:
    assert "pop" in scenario_names()
    for name in scenario_names():
        assert asyncio.iscoroutinefunction(find_scenario(name).play)


def test_an_unknown_scenario_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match=r"no scenario 'pip'. There are: .*pop"):
        run_demo(check=True, scenarios=["pop", "pip"])


def test_scenarios_without_check_are_refused() -> None:
    with pytest.raises(BadInput, match="--check"):
        run_demo(scenarios=["pop"])


@pytest.mark.parametrize("agents", [0, -1, 41])
def test_a_number_of_agents_that_cannot_be_done_is_refused(agents: int) -> None:
    with pytest.raises(BadInput, match="--agents"):
        run_demo(agents=agents)


def processes_of(root: Path) -> list[str]:
    marker = f"{OWNER_VARIABLE}={root}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and marker in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # ended meanwhile, or not ours to read
    return found


async def read_until(stream: asyncio.StreamReader, text: str, limit: float) -> str:
    said = ""
    async with asyncio.timeout(limit):
        while text not in said:
            line = await stream.readline()
            assert line, said
            said += line.decode()
    return said


@pytest.mark.pbx
@pytest.mark.database
async def test_it_shows_logins_that_work_and_ctrl_c_leaves_nothing(
    tmp_path: Path, state: State, asterisk_program: AsteriskProgram, postgres: Postgres
) -> None:
    own = tmp_path / "s"
    own.mkdir(mode=0o700)
    (own / "prefix").symlink_to(state.root / "prefix")  # unpacked once is enough
    env = {**os.environ, "CTI_STATE": str(own), "CTI_CACHE": str(state.cache)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cti_server", "demo", "--agents", "2",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=env,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        steps = await read_until(process.stderr, "The server: ready", 90.0)
        said = await read_until(process.stdout, "Ctrl-C stops everything", 5.0)
        assert "PostgreSQL: ready (" in steps
        passwords = json.loads((own / "demo/passwords.json").read_text())
        for login in ("agent1001", "supervisor", "qa", "admin"):
            assert f"{login:<11} {passwords[login]}" in said
        assert len(processes_of(own)) >= 3
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), 30.0)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    assert processes_of(own) == []
