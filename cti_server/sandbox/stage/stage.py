"""Starts the real parts and joins them: PostgreSQL, Asterisk, the server, phones, sample data; and takes them away."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar

import aiohttp

from cti_server.business.customers.numbers import Numbering
from cti_server.core.audit.model import Operator
from cti_server.core.auth.service import AccountsService
from cti_server.core.errors import NotFound
from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.phones.call import Call, PhoneError
from cti_server.sandbox.phones.call import Stage as CallStage
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.phones.rtp import Pacer
from cti_server.sandbox.phones.tone import HEARD
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.process import Child
from cti_server.sandbox.progress import QUIET, Progress
from cti_server.sandbox.stage.console import Console
from cti_server.sandbox.stage.flow import publish_sample
from cti_server.sandbox.stage.kept import hold, passwords_for, ports_for
from cti_server.sandbox.stage.people import CUSTOMERS, Worker, workers
from cti_server.sandbox.stage.sample import load_customers
from cti_server.sandbox.stage.speech import PACKAGE, find_espeak
from cti_server.sandbox.state import SandboxError, State, write_private
from cti_server.serving import bring_up_to_date, with_accounts
from cti_server.settings import Settings, load_settings

T = TypeVar("T")

PBX = "main"
TRUNK = {"X-Trunk": "1"}
CALLER_HZ = 1000
FRESH = "fresh"
READY_LIMIT = 30.0
SITE = Numbering(region="CN", area_code="010")


@dataclass(slots=True)
class Agent:
    """An agent: the person, his user number and his phone."""

    worker: Worker
    phone: Phone
    user_id: int = 0

    @property
    def device(self) -> str:
        """As the PBX calls his phone."""
        return f"PJSIP/{self.worker.number}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be started. `name` is the folder below the state folder; `durable` False is for tests and checks.

    `fresh`: begin with an empty database.
    """

    name: str = "demo"
    agents: int = 8
    web_port: int | None = None
    durable: bool = True
    fresh: bool = False


@dataclass(slots=True)
class Stage:
    """Everything that runs. Start it by `Stage.open()`, end it by `stop()`."""

    plan: Plan
    state: State
    progress: Progress
    folder: Path
    ports: Mapping[str, int]
    passwords: Mapping[str, str]
    workers: list[Worker]
    lock: IO[str]
    pacer: Pacer = field(default_factory=Pacer)
    agents: list[Agent] = field(default_factory=list)
    user_ids: dict[str, int] = field(default_factory=dict)
    _database: str = ""
    _espeak: str = PACKAGE
    _postgres: Postgres | None = None
    _pbx: Asterisk | None = None
    _server: Child | None = None
    _trunk: Phone | None = None

    @classmethod
    def prepare(cls, state: State, plan: Plan, progress: Progress = QUIET) -> Stage:
        """Choose ports and passwords; nothing runs yet. Raises SandboxError."""
        folder = state.folder(plan.name)
        lock = hold(folder)
        try:
            staff = workers(plan.agents)
            ports = ports_for(folder / "ports.json", plan.web_port)
            passwords = passwords_for(folder / "passwords.json", [worker.login for worker in staff])
        except BaseException:
            lock.close()
            raise
        return cls(plan, state, progress, folder, ports, passwords, staff, lock)

    # -- the parts

    @property
    def url(self) -> str:
        """Where the consoles are."""
        return f"http://127.0.0.1:{self.ports['web']}"

    @property
    def pbx(self) -> Asterisk:
        """The PBX. Raises SandboxError when it does not run."""
        if self._pbx is None:
            raise SandboxError("Asterisk has not been started.")
        return self._pbx

    @property
    def postgres(self) -> Postgres:
        """The database server. Raises SandboxError when it does not run."""
        if self._postgres is None:
            raise SandboxError("PostgreSQL has not been started.")
        return self._postgres

    @property
    def server(self) -> Child:
        """The server's process. Raises SandboxError when it was not started."""
        if self._server is None:
            raise SandboxError("The server has not been started.")
        return self._server

    @property
    def trunk(self) -> Phone:
        """The line from outside, by which callers come in."""
        if self._trunk is None:
            raise SandboxError("The line from outside has not been opened.")
        return self._trunk

    @property
    def server_log(self) -> Path:
        """What the server says."""
        return self.folder / "server.log"

    @property
    def config(self) -> Path:
        """The server's configuration."""
        return self.folder / "cti.toml"

    def agent_of(self, phone: Phone) -> Agent:
        """Whose phone it is."""
        return next(agent for agent in self.agents if agent.phone is phone)

    async def next_ring(self, phones: Sequence[Phone], limit: float) -> Phone:
        """The first of these phones that rings. Raises TimeoutError."""
        async with asyncio.timeout(limit):
            while True:
                for phone in phones:
                    if phone.rings:
                        return phone
                await asyncio.sleep(0.005)

    async def any_heard(self, caller: Call, within: float) -> bool:
        """Whether the caller hears any agent's tone within so many seconds."""
        tones = [agent.phone.tone for agent in self.agents]
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while loop.time() < until and caller.stage is not CallStage.ENDED:
            if max(caller.levels(*tones).values()) >= HEARD:
                return True
            await asyncio.sleep(min(0.5, within / 20))
        return False

    async def until_found(self, look: Callable[[], Awaitable[T | None]], limit: float, what: str) -> T:
        """Ask again until there is something. Raises TimeoutError that says what there was not."""
        try:
            async with asyncio.timeout(limit):
                while (found := await look()) is None:  # noqa: ASYNC110 (what is asked tells nobody when it changes)
                    await asyncio.sleep(0.05)
                return found
        except TimeoutError:
            raise TimeoutError(f"{what}: not within {limit} s") from None

    @asynccontextmanager
    async def console(self, login: str) -> AsyncIterator[Console]:
        """A signed-in person's browser without the page."""
        async with Console(self.url, login, self.passwords[login]) as console:
            yield console

    # -- start

    async def start(self) -> None:
        """Start everything in order, telling each step. Raises SandboxError with what is wrong and where to look."""
        async with self._step("PostgreSQL"):
            await self._start_postgres()
        async with self._step("Asterisk"):
            await self._start_pbx()
        async with self._step("Text to speech"):
            await self._find_espeak()
        settings = self._write_settings()
        async with self._step("Tables"):
            await bring_up_to_date(settings)
        async with self._step("Logins and sample customers"):
            await self._make_accounts(settings)
            agents = {self.user_ids[one.login]: one.name for one in self.workers if one.number}
            await load_customers(self._database, CUSTOMERS, agents, time.time(), SITE)
        async with self._step(f"{self.plan.agents} agents' phones"):
            await self.open_phones()
        async with self._step("The server"):
            await self.start_server()
            await self._give_devices()
            await self._publish_sample()

    @asynccontextmanager
    async def _step(self, name: str) -> AsyncIterator[None]:
        begun = time.monotonic()
        yield
        self.progress.step(f"  {name}: ready ({time.monotonic() - begun:.1f} s)")

    async def _start_postgres(self) -> None:
        name = f"{self.plan.name}/postgres"
        self._postgres = await Postgres.start(self.state, name=name, durable=self.plan.durable, progress=self.progress)
        self._database = self._postgres.dsn
        if self.plan.fresh:
            # The server keeps rows that the last database did not get any more; they are not for the new one.
            await asyncio.to_thread(shutil.rmtree, self.folder / "server", True)
            await self._postgres.drop_database(FRESH)
            self._database = await self._postgres.create_database(FRESH)

    async def _start_pbx(self) -> None:
        wishes = Wishes(
            name=self.plan.name,
            agents=self.plan.agents + 1,  # one number to spare, for own_phone()
            agi=f"127.0.0.1:{self.ports['agi']}",
            ami_port=self.ports["ami"],
            sip_port=self.ports["sip"],
            http_port=self.ports["http"],
            trunk_port=self.ports["trunk"],
            records=True,
        )
        self._pbx = await Asterisk.start(self.state, progress=self.progress, wishes=wishes)

    async def _find_espeak(self) -> None:
        try:
            self._espeak = str(await find_espeak(self.state, self.progress))
        except SandboxError as error:
            # All else works without it, and the console says what is missing where it would be used.
            self.progress.step(error.sentence)

    def _write_settings(self) -> Settings:
        labels = {"support": "客服热线 Support", "sales": "销售 Sales", "vip": "贵宾 VIP"}
        quoted = {key: json.dumps(text, ensure_ascii=False) for key, text in labels.items()}
        text = f"""# Written anew at each start of the {self.plan.name}.
[web]
port = {self.ports["web"]}
[database]
url = {json.dumps(self._database)}
[state]
dir = {json.dumps(str(self.folder / "server"))}
[[pbx]]
name = "{PBX}"
port = {self.ports["ami"]}
user = "{self.pbx.ami_user}"
secret = "{self.pbx.ami_secret}"
[site]
region = "{SITE.region}"
area_code = "{SITE.area_code.lstrip("0")}"
[dialling]
outside_prefix = "9"
[queues]
labels = {{ {", ".join(f"{key} = {label}" for key, label in quoted.items())} }}
[routing]
port = {self.ports["agi"]}
[recording]
dir = {json.dumps(str(self.pbx.recordings))}
min_free_mb = 64
[prompts]
espeak = {json.dumps(self._espeak)}
"""
        write_private(self.config, text)
        return load_settings(self.config, env={})

    async def _make_accounts(self, settings: Settings) -> None:
        async def make(accounts: AccountsService, operator: Operator) -> str:
            async def one(worker: Worker) -> None:
                self.user_ids[worker.login] = await self._user_id(accounts, operator, worker)

            await asyncio.gather(*(one(worker) for worker in self.workers))
            return ""

        await with_accounts(settings, make)

    async def _user_id(self, accounts: AccountsService, operator: Operator, worker: Worker) -> int:
        """The worker's account, made if there is none."""
        try:
            return (await accounts.find_user(worker.login)).id
        except NotFound:
            roles, password = frozenset({worker.role}), self.passwords[worker.login]
            user, _ = await accounts.create_user(worker.login, worker.name, roles, by=operator, password=password)
            await accounts.set_language(user.id, worker.language)
            return user.id

    async def open_phones(self) -> None:
        """Open and register the agents' phones and the line from outside. Raises SandboxError."""
        sip = self.pbx.sip_port
        try:
            for place, worker in enumerate(one for one in self.workers if one.number):
                password = self.pbx.passwords[worker.number]
                tone = 400 + 50 * (place % 8)
                phone = await Phone.open(worker.number, password, sip_port=sip, tone=tone, pacer=self.pacer)
                self.agents.append(Agent(worker, phone, self.user_ids[worker.login]))
                await phone.register()
            self._trunk = await Phone.open(
                "trunk", sip_port=sip, tone=CALLER_HZ, pacer=self.pacer, port=self.ports["trunk"]
            )
        except (OSError, PhoneError) as error:
            raise SandboxError(f"A phone cannot be started: {error}") from error

    async def register_again(self) -> None:
        """After a restart of the PBX: drop the calls that it forgot, register anew."""
        for phone in [self.trunk, *(agent.phone for agent in self.agents)]:
            phone.drop_calls()
        for agent in self.agents:
            await agent.phone.register()

    async def start_server(self) -> None:
        """Start the server and wait until it is ready; also after it ended. Raises SandboxError with its last words."""
        if self.server_log.exists() and self._server is None:
            self.server_log.replace(self.server_log.with_suffix(".before.log"))
        # The operator's own settings in the environment are not meant for this server.
        env = {key: value for key, value in self.state.environment().items() if not key.startswith("CTI__")}
        argv: list[str | Path] = [sys.executable, "-m", "cti_server", "serve", "--config", self.config]
        self._server = Child.start("The server", argv, log=self.server_log, env=env, cwd=self.folder)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2.0), trust_env=False) as session:
            try:
                async with asyncio.timeout(READY_LIMIT):
                    while not await self._is_ready(session):  # noqa: ASYNC110 (another process)
                        await asyncio.sleep(0.05)
            except TimeoutError:
                raise SandboxError(
                    f"The server was not ready within {READY_LIMIT:.0f} s: {self._last_words()}"
                ) from None

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        if self.server.code is not None:
            raise SandboxError(f"The server ended with code {self.server.code}: {self._last_words()}")
        try:
            async with session.get(f"{self.url}/readyz") as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _last_words(self) -> str:
        return f"{self.server.last_log(5)} (log: {self.server_log})"

    async def _give_devices(self) -> None:
        """Give each agent his device and queues, as an admin does on the page."""
        async with self.console("admin") as admin:
            await self._free_devices(admin)
            for agent in self.agents:
                worker = agent.worker
                wanted = {"pbx": PBX, "device": agent.device, "queues": list(worker.queues), "team": worker.team}
                saved = await admin.put(f"/agents/{agent.user_id}", wanted)
                refused = [change for change in saved["members"] if not change["done"]]
                if refused:
                    raise SandboxError(f"The PBX refused {worker.login} as a member: {refused}")

    async def _free_devices(self, admin: Console) -> None:
        """Take back devices that an earlier run, with another number of agents or killed, left with somebody else."""
        owners = {agent.device: agent.user_id for agent in self.agents}
        for profile in (await admin.get("/agents"))["items"]:
            if owners.get(profile["device"], profile["user_id"]) != profile["user_id"]:
                await admin.ask("DELETE", f"/agents/{profile['user_id']}")

    async def _publish_sample(self) -> None:
        """The sample flow on 4800, unless somebody has made one there."""
        async with self.console("admin") as admin:
            try:
                await publish_sample(admin)
            except SandboxError as error:
                if shutil.which(self._espeak):
                    raise
                # Its texts cannot be spoken; all but the sample flow is there.
                self.progress.step(f"The sample flow is not published: {error.sentence}")

    # -- end

    async def discard(self) -> None:
        """Stop and remove everything, sample data included."""
        pbx, postgres = self._pbx, self._postgres
        await self.stop()
        if pbx is not None:
            await pbx.discard()
        if postgres is not None:
            await postgres.discard()
        await asyncio.to_thread(shutil.rmtree, self.folder, True)

    async def stop(self) -> None:
        """End everything in order, at most some seconds. May be called twice, and after a start that failed."""
        phones = [agent.phone for agent in self.agents] + ([self._trunk] if self._trunk else [])
        await asyncio.gather(*(phone.close() for phone in phones))
        self.agents, self._trunk = [], None
        if self._server is not None:
            await self._server.stop(limit=10.0)
        if self._pbx is not None:
            await self._pbx.stop()
        if self._postgres is not None:
            await self._postgres.stop()
        self._server = self._pbx = self._postgres = None
        self.lock.close()

    def kill(self) -> None:
        """End every process at once, without waiting: for the second Ctrl-C."""
        for part in (self._server, self._pbx, self._postgres):
            if part is not None:
                _kill(part)


def _kill(part: Child | Asterisk | Postgres) -> None:
    try:
        os.killpg(part.pid, 9)
    except (OSError, SandboxError):
        return  # it has ended already, which was the goal
