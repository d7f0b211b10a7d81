"""A private, real Asterisk: own folders, own ports on 127.0.0.1, own secrets; gone when its parent is gone."""

import asyncio
import contextlib
import secrets
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cti_server.sandbox.asterisk_config import AMI_USER, Layout, Plan, Tls, write_config
from cti_server.sandbox.asterisk_program import AsteriskProgram, find_asterisk
from cti_server.sandbox.certificate import Certificate
from cti_server.sandbox.process import Child, run
from cti_server.sandbox.progress import QUIET, Progress
from cti_server.sandbox.state import SandboxError, ShortFolder, State, free_port, free_port_range, private

START_LIMIT = 30.0
FIRST_AGENT = 1001
# Asterisk's control socket, the longest name in its run folder.
CONTROL = "asterisk.ctl"


@dataclass(frozen=True)
class Wishes:
    """What a caller may choose; a port 0 means a free one. With a `certificate` SIP over websocket is wss, too."""

    name: str = "asterisk"
    agents: int = 10
    agi: str = ""
    ami_port: int = 0
    sip_port: int = 0
    http_port: int = 0
    trunk_port: int = 0
    rtp_ports: int = 400
    system_name: str = "pbx1"
    extra: Mapping[str, str] | None = None
    certificate: Certificate | None = None
    records: bool = False


class Asterisk:
    """One running PBX. Start it by `Asterisk.start()`; `stop()`, `kill()` and `restart()` keep ports and secrets.

    The dialplan is the one in `config/asterisk`: 4000 support, 4001 sales, 4002 vip from the trunk (any INVITE to
    `sip_port` with the header `X-Trunk: 1`); agents 1001 … dial each other, 8XXX conferences and 9<number> for the
    trunk, which calls `127.0.0.1:trunk_port`.
    """

    host = "127.0.0.1"
    ami_user = AMI_USER

    def __init__(self, program: AsteriskProgram, layout: Layout, plan: Plan, state: State, short: ShortFolder) -> None:
        self._program = program
        self._layout = layout
        self._plan = plan
        self._state = state
        self._short = short
        self._child: Child | None = None

    @classmethod
    async def start(
        cls,
        state: State,
        *,
        progress: Progress = QUIET,
        program: AsteriskProgram | None = None,
        wishes: Wishes | None = None,
    ) -> "Asterisk":
        """Find or fetch the program, write a fresh configuration and start; returns when it is fully booted.

        A PBX of the same name must not run already: its folder below the state folder is made anew.
        Raises SandboxError when it cannot be had or is not up within 30 s.
        """
        wishes = wishes or Wishes()
        program = program or await find_asterisk(state, progress)
        root = state.folder("asterisk") / wishes.name
        await asyncio.to_thread(shutil.rmtree, root, True)
        private(root)
        short = ShortFolder(root / "run", CONTROL)
        pbx = cls(program, Layout(root, short.path), make_plan(wishes), state, short)
        try:
            write_config(program, pbx._layout, pbx._plan)
            await pbx._boot()
        except BaseException:
            await pbx.stop()
            raise
        return pbx

    @property
    def version(self) -> str:
        """Such as "22.10.1"."""
        return ".".join(map(str, self._program.version))

    @property
    def ami_port(self) -> int:
        """TCP port of the AMI."""
        return self._plan.ami_port

    @property
    def ami_secret(self) -> str:
        """The secret of `ami_user`, made at random."""
        return self._plan.ami_secret

    @property
    def sip_port(self) -> int:
        """UDP port for SIP."""
        return self._plan.sip_port

    @property
    def http_port(self) -> int:
        """TCP port of Asterisk's http server; SIP over websocket at /ws."""
        return self._plan.http_port

    @property
    def https_port(self) -> int:
        """TCP port of the same over TLS. Raises SandboxError when no certificate was given."""
        if self._plan.tls is None:
            raise SandboxError("This Asterisk was started without a certificate.")
        return self._plan.tls.port

    @property
    def trunk_port(self) -> int:
        """UDP port at which the PBX expects the provider when it dials out; a phone of the test binds it."""
        return self._plan.trunk_port

    @property
    def passwords(self) -> Mapping[str, str]:
        """Agents' numbers ("1001" …) and their SIP passwords."""
        return self._plan.passwords

    @property
    def recordings(self) -> Path:
        """Where MixMonitor writes."""
        return self._layout.recordings

    @property
    def log(self) -> Path:
        """The PBX's own log of notices, warnings and errors."""
        return self._layout.logs / "messages"

    @property
    def pid(self) -> int:
        """The process id; for signals of a test. Raises SandboxError when it does not run."""
        if self._child is None:
            raise SandboxError("This Asterisk does not run.")
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self._child is not None and self._child.code is None

    async def stop(self) -> None:
        """End it in order (it tells its AMI peers "Shutdown"), then by force. May be called twice."""
        if self._child is not None:
            await self._child.stop(limit=10.0)
        self._child = None
        self._short.remove()

    async def discard(self) -> None:
        """End it at once and remove all that it kept."""
        await self.kill()
        await self.stop()
        await asyncio.to_thread(shutil.rmtree, self._layout.root, True)

    async def kill(self) -> None:
        """End it at once, as a crash would; `restart()` brings it back."""
        if self._child is not None:
            await self._child.kill()
        self._child = None

    async def restart(self) -> None:
        """Stop if it runs, and start again with the same ports, secrets and configuration."""
        if self._child is not None:
            await self._child.stop(limit=10.0)
            self._child = None
        await self._boot()

    async def cli(self, command: str) -> str:
        """What Asterisk's own command line answers to `command`, such as "core show channels"."""
        argv: list[str | Path] = [self._program.command, "-C", self._layout.config / "asterisk.conf", "-rx", command]
        return (await run(argv, limit=15, env=self._environment(), check=f"asterisk -rx '{command}'")).out

    async def wait_booted(self, limit: float = START_LIMIT) -> None:
        """Return when a real sign-in at the AMI is answered by FullyBooted; SandboxError after `limit` seconds."""
        try:
            async with asyncio.timeout(limit):
                while not await self._is_booted():
                    if self._child is None or self._child.code is not None:
                        raise SandboxError(f"Asterisk ended while starting: {self._last_words()}")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise SandboxError(f"Asterisk was not ready within {limit:.0f} s: {self._last_words()}") from None

    async def _boot(self) -> None:
        self._short.renew()
        argv: list[str | Path] = [self._program.command, "-C", self._layout.config / "asterisk.conf", "-f"]
        log = self._layout.logs / "console"
        self._child = Child.start("Asterisk", argv, log=log, env=self._environment(), cwd=self._layout.root)
        await self.wait_booted()

    async def _is_booted(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection(self.host, self.ami_port, limit=1 << 20)
        except OSError:
            return False
        try:
            sign_in = f"Action: Login\r\nUsername: {self.ami_user}\r\nSecret: {self.ami_secret}\r\nEvents: on\r\n\r\n"
            writer.write(sign_in.encode())
            async with asyncio.timeout(5.0):
                while line := await reader.readline():
                    if line == b"Event: FullyBooted\r\n":
                        return True
                    if line == b"Response: Error\r\n":
                        raise SandboxError("The fresh Asterisk refuses its own AMI account; look at its log.")
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 1.0)
        return False

    def _environment(self) -> dict[str, str]:
        return {**self._state.environment(), "LC_ALL": "C.UTF-8", "HOME": str(self._layout.root)}

    def _last_words(self) -> str:
        child_log = self._child.last_log() if self._child else "no log"
        return f"{child_log} (log: {self._layout.logs})"


def make_plan(wishes: Wishes) -> Plan:
    """Choose free ports and random secrets for what was not asked for."""
    numbers = [str(FIRST_AGENT + n) for n in range(wishes.agents)]
    first = free_port_range(wishes.rtp_ports)
    plan = Plan(
        ami_port=wishes.ami_port or free_port(),
        ami_secret=secrets.token_urlsafe(24),
        sip_port=wishes.sip_port or free_port(socket.SOCK_DGRAM),
        http_port=wishes.http_port or free_port(),
        trunk_port=wishes.trunk_port or free_port(socket.SOCK_DGRAM),
        rtp_ports=(first, first + wishes.rtp_ports - 1),
        passwords={number: secrets.token_urlsafe(12) for number in numbers},
        system_name=wishes.system_name,
        agi=wishes.agi,
        tls=Tls(free_port(), wishes.certificate) if wishes.certificate else None,
        records=wishes.records,
    )
    return replace(plan, extra=dict(wishes.extra)) if wishes.extra else plan
