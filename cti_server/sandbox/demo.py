"""`cti-server demo`: everything real on one machine, for a person to watch or, with --check, for a machine to judge."""

from __future__ import annotations

import asyncio
import importlib
import os
import pkgutil
import signal
import sys
import time
from collections.abc import Sequence
from types import ModuleType

from cti_server.core.errors import BadInput
from cti_server.sandbox import scenarios as all_scenarios
from cti_server.sandbox.phones.call import PhoneError
from cti_server.sandbox.process import last_words
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.stage.people import DEMO_AGENT
from cti_server.sandbox.stage.stage import Plan, Stage
from cti_server.sandbox.stage.steps import Result, perform
from cti_server.sandbox.stage.traffic import Traffic
from cti_server.sandbox.state import SandboxError, State

CHECK_AGENTS = 4
MOST_AGENTS = 40
LOOK_EVERY = 0.5
REVIVE_AFTER = 3.0
"""Seconds after which a part that was killed is started again: long enough to see what the screens say meanwhile."""
MOST_REVIVALS = 20


def run_demo(*, check: bool = False, scenarios: Sequence[str] = (), port: int | None = None, agents: int = 8) -> int:
    """Run until Ctrl-C, or with `check` play the named scenarios (all when none is named); the exit code.

    Raises BadInput for arguments, SandboxError when a part cannot be had or does not start.
    """
    if not 1 <= agents <= MOST_AGENTS:
        raise BadInput(f"--agents {agents} cannot be done.", field="agents", allowed=f"1 to {MOST_AGENTS}")
    if scenarios and not check:
        raise BadInput("Scenarios are played with --check.", field="scenarios", allowed="demo --check " + scenarios[0])
    plays = [(name, find_scenario(name)) for name in scenarios or scenario_names()] if check else []
    return asyncio.run(_check(plays, port) if check else _show(port, agents))


def scenario_names() -> list[str]:
    """The scenarios there are."""
    return sorted(module.name for module in pkgutil.iter_modules(all_scenarios.__path__))


def find_scenario(name: str) -> ModuleType:
    """The module of a scenario. Raises BadInput naming those there are."""
    if name not in scenario_names():
        known = ", ".join(scenario_names())
        raise BadInput(f"There is no scenario {name!r}. There are: {known}.", field="scenarios", allowed=known)
    return importlib.import_module(f"{all_scenarios.__name__}.{name}")


class CtrlC:
    """The first Ctrl-C (or SIGTERM) ends what runs in order, the second one kills it."""

    def __init__(self, stage: Stage, progress: Progress) -> None:
        self._stage = stage
        self._progress = progress
        self._main = asyncio.current_task()
        self.pressed = False
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._press)

    def _press(self) -> None:
        if self.pressed:
            self._stage.kill()
            os._exit(130)
        self.pressed = True
        self._progress.step("\nStopping … (Ctrl-C again kills)")
        if self._main is not None:
            self._main.cancel()


async def _check(plays: Sequence[tuple[str, ModuleType]], port: int | None) -> int:
    progress = Progress()
    stage = Stage.prepare(State.open(), Plan("check", CHECK_AGENTS, port, durable=False, fresh=True), progress)
    ctrl_c = CtrlC(stage, progress)
    results: list[Result] = []
    try:
        await stage.start()
        for name, module in plays:
            progress.step(f"  Scenario {name} …")
            result = await perform(name, module.play, stage)
            print(result.line(), flush=True)
            results.append(result)
    except asyncio.CancelledError:
        if not ctrl_c.pressed:
            raise
        return 130
    finally:
        await stage.stop()
    if not all(result.ok for result in results):
        progress.step(f"  The server's log: {stage.server_log}")
        return 1
    return 0


async def _show(port: int | None, agents: int) -> int:
    progress, begun = Progress(), time.monotonic()
    state = State.open()
    stage = Stage.prepare(state, Plan("demo", agents, port), progress)
    ctrl_c = CtrlC(stage, progress)
    traffic = Traffic(stage)
    try:
        await stage.start()
        traffic.start()
        print(box(stage, time.monotonic() - begun), flush=True)
        await _keep_alive(stage, progress)
    except asyncio.CancelledError:
        if not ctrl_c.pressed:
            raise
    finally:
        await traffic.stop()
        await stage.stop()
    progress.step("Stopped. Everything is kept for the next start; ./run clean removes it.")
    return 0


async def _keep_alive(stage: Stage, progress: Progress) -> None:
    """Watch over the processes; say when one dies, show its last words, and start it again."""
    for _ in range(MOST_REVIVALS):
        await _until_one_dies(stage)
        for name, log in _dead(stage):
            progress.step(f"\n{name} has ended. The last it said ({log}):\n    {_tail(log)}")
        progress.step(f"Starting again in {REVIVE_AFTER:.0f} s …")
        await asyncio.sleep(REVIVE_AFTER)
        await _revive(stage)
        progress.step("Running again.")
    raise SandboxError(f"Something ended {MOST_REVIVALS} times; the logs are in {stage.folder}.")


async def _until_one_dies(stage: Stage) -> None:
    while not _dead(stage):  # noqa: ASYNC110 (other processes)
        await asyncio.sleep(LOOK_EVERY)


def _dead(stage: Stage) -> list[tuple[str, str]]:
    parts = [
        ("PostgreSQL", stage.postgres.running, stage.postgres.log),
        ("Asterisk", stage.pbx.running, stage.pbx.log),
        ("The server", stage.server.code is None, stage.server_log),
    ]
    return [(name, str(log)) for name, runs, log in parts if not runs]


def _tail(log: str) -> str:
    try:
        with open(log, "rb") as file:
            file.seek(max(0, file.seek(0, 2) - 4000))
            return last_words(file.read().decode(errors="replace"), 5).replace(" / ", "\n    ")
    except OSError:
        return "(no log)"


async def _revive(stage: Stage) -> None:
    if not stage.postgres.running:
        await stage.postgres.restart()
    if not stage.pbx.running:
        await stage.pbx.restart()
        try:
            await stage.register_again()
        except (PhoneError, TimeoutError) as error:
            raise SandboxError(f"The phones cannot register again: {error}") from error
    if stage.server.code is not None:
        await stage.start_server()


def box(stage: Stage, seconds: float) -> str:
    """What a person needs to know, with a frame of lines around it."""
    shown = {worker.role: worker for worker in reversed(stage.workers)}
    shown["agent"] = next(worker for worker in stage.workers if worker.login == DEMO_AGENT)
    lines = [f"cti-server is running (started in {seconds:.1f} s).", "", f"Open   {stage.url}", ""]
    for role in ("agent", "supervisor", "qa", "admin"):
        worker = shown[role]
        lines.append(f"  {role:<11} {worker.login:<11} {stage.passwords[worker.login]}")
    lines += [
        "",
        f"{DEMO_AGENT} gets a call every few seconds; its phone rings 8 s, then answers by itself.",
        "All other logins and passwords:",
        f"  {stage.folder / 'passwords.json'}",
        "Logs:",
        *(f"  {log}" for log in (stage.server_log, stage.pbx.log, stage.postgres.log)),
        f"Processes: server {stage.server.pid}, Asterisk {stage.pbx.pid}, PostgreSQL {stage.postgres.pid}",
        "  (kill one and watch the screens: it is started again after some seconds)",
        "",
        "Ctrl-C stops everything.",
    ]
    width = max(len(line) for line in lines) + 2
    rule = "─" * (width + 2)
    bold, plain = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() else ("", "")
    rows = [
        f"│ {bold if line.startswith('Open') else ''}{line:<{width}}{plain if line.startswith('Open') else ''} │"
        for line in lines
    ]
    return "\n".join([f"┌{rule}┐", *rows, f"└{rule}┘"])
