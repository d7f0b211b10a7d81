"""A whole site: real PostgreSQL, one or more real Asterisks, the server as a process of its own, phones and people."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import aiohttp
import asyncpg

from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.phones.rtp import Pacer
from cti_server.sandbox.process import Child
from cti_server.sandbox.state import free_port, repository
from tests.whole.people import Person

T = TypeVar("T")
TRUNK = {"X-Trunk": "1"}
READY_LIMIT = 30.0
PASSWORD = "correct horse battery"


class PbxPlace(Protocol):
    """Where a PBX is reached."""

    @property
    def ami_port(self) -> int: ...

    @property
    def ami_user(self) -> str: ...

    @property
    def ami_secret(self) -> str: ...


@dataclass
class Site:
    """Everything that runs. `start()` brings the server up, `stop()` ends what this site started itself."""

    folder: Path
    database: str
    pbxs: Mapping[str, PbxPlace]
    pbx_keys: Mapping[str, str] = field(default_factory=dict)
    """Further keys of each [[pbx]] block, as TOML."""
    settings: str = ""
    """Further TOML at the end of the configuration."""
    port: int = field(default_factory=free_port)
    agi_port: int = 0
    """Where flows are asked for; 0: any that is free, so that servers side by side do not meet."""
    pacer: Pacer = field(default_factory=Pacer)
    phones: dict[str, Phone] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    server: Child | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def config(self) -> Path:
        return self.folder / "cti.toml"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def journal(self) -> Path:
        return self.folder / "var/journal"

    # -- the server

    def write_config(self) -> Path:
        """The configuration of a server for these parts."""
        blocks = "".join(
            f'[[pbx]]\nname = "{name}"\nport = {pbx.ami_port}\nuser = "{pbx.ami_user}"\nsecret = "{pbx.ami_secret}"\n'
            f"{self.pbx_keys.get(name, '')}\n"
            for name, pbx in self.pbxs.items()
        )
        self.config.write_text(
            f"""[web]
port = {self.port}
[database]
url = {json.dumps(self.database)}
[state]
dir = {json.dumps(str(self.folder / "var"))}
{blocks}
[site]
area_code = "10"
[routing]
port = {self.agi_port}
[log]
format = "json"
{self.settings}
""",
            encoding="utf-8",
        )
        return self.config

    async def start(self, *, ready: bool = True, arguments: Sequence[str] = ()) -> None:
        """Start the server; with `ready` wait until /readyz is green, else until it listens."""
        self.write_config()
        argv = [sys.executable, "-m", "cti_server", "serve", "--config", self.config, *arguments]
        self.server = Child.start("The server", argv, log=self.log, env=clean_environment(), cwd=self.folder)
        await self.serves(ready=ready)

    async def serves(self, *, ready: bool = True, limit: float = READY_LIMIT) -> Any:
        """Wait until the server answers (and, with `ready`, says that all links are up); its /readyz."""

        async def look() -> Any:
            assert self.server is not None
            assert self.server.code is None, f"the server ended: {self.last_words()}"
            answer = await self.readyz()
            return answer if answer is not None and (answer["ready"] or not ready) else None

        return await poll(look, "the server to be ready" if ready else "the server to answer", limit, self.last_words)

    async def readyz(self) -> Any:
        """What /readyz says; None while nobody listens."""
        try:
            async with aiohttp.request("GET", f"{self.url}/readyz", timeout=aiohttp.ClientTimeout(total=3)) as response:
                answer = await response.json()
                assert (response.status == 200) == answer["ready"]
                return answer
        except (aiohttp.ClientConnectionError, TimeoutError):
            return None

    async def kill_server(self) -> None:
        """kill -9, no good-bye."""
        assert self.server is not None
        os.kill(self.server.pid, signal.SIGKILL)
        assert await self.server.ended(5)

    def last_words(self) -> str:
        return self.server.last_log(8) if self.server else "it was never started"

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines of the server's log of one event."""
        lines = (json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{"))
        return [line for line in lines if line["event"] == event]

    def check_log(self, *expected: str) -> None:
        """Nothing went wrong inside the server but what is `expected` (names of events). Call after `stop`."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        wrong = [line for line in lines if line["level"] in ("error", "critical") and line["event"] not in expected]
        assert not wrong, "the server complained: " + "\n".join(
            f"{line['event']} {line.get('exception', line)}" for line in wrong[:3]
        )
        stray = [line for line in self.log.read_text().splitlines() if line and not line.startswith("{")]
        assert not stray, f"lines that are no log lines: {stray[:5]}"

    async def stop(self) -> None:
        for person in self.people.values():
            await person.close()
        for phone in self.phones.values():
            await phone.close()
        if self.server is not None:
            await self.server.stop(limit=10)

    # -- people

    async def first_admin(self) -> Person:
        """Make the first admin with the link that the server printed."""

        async def look() -> str | None:
            lines = self.logged("no_admin_yet")
            return str(lines[-1]["open_once_within_a_day"]) if lines else None

        token = (await poll(look, "the link for the first admin", 5.0)).rpartition("#setup=")[2]
        admin = self.browser("admin", PASSWORD)
        await admin.post("/setup", {"token": token, "login": "admin", "name": "刘洋", "password": PASSWORD})
        await admin.sign_in()
        return admin

    def browser(self, login: str, password: str = PASSWORD) -> Person:
        """A person who has not signed in yet."""
        person = Person(self.url, login, password, several=len(self.pbxs) > 1)
        self.people[login] = person
        return person

    async def hire(self, login: str, role: str, name: str = "") -> Person:
        """Make an account as admin and sign in with it."""
        made = await self.people["admin"].post(
            "/users", {"login": login, "name": name or login, "roles": [role], "password": PASSWORD}
        )
        person = self.browser(login)
        person.user_id = made["user"]["id"]
        await person.sign_in()
        return person

    async def limited(self, login: str, role: str, limits: Mapping[str, Sequence[str]]) -> Person:
        """Somebody who reaches some teams and queues only, signed in."""
        person = await self.hire(login, role)
        await self.people["admin"].patch(f"/users/{person.user_id}", dict(limits))
        await person.get("/me", expect=401)
        await person.sign_in()
        person.role = role
        return person

    async def agent(
        self, login: str, device: str, queues: Sequence[str | dict[str, Any]], *, pbx: str = "main", name: str = ""
    ) -> Person:
        """An agent with a device and memberships."""
        person = await self.hire(login, "agent", name)
        saved = await self.people["admin"].put(
            f"/agents/{person.user_id}", {"pbx": pbx, "device": device, "queues": list(queues)}
        )
        assert all(change["done"] for change in saved["members"]), saved
        return person

    # -- phones

    async def phone(self, user: str, pbx: Asterisk, tone: int = 440, *, key: str = "") -> Phone:
        """A registered phone of an agent."""
        phone = await Phone.open(user, pbx.passwords[user], sip_port=pbx.sip_port, tone=tone, pacer=self.pacer)
        self.phones[key or user] = phone
        await phone.register()
        return phone

    async def trunk(self, sip_port: int, *, key: str = "trunk") -> Phone:
        """The line by which callers come in."""
        phone = await Phone.open("trunk", sip_port=sip_port, tone=1000, pacer=self.pacer)
        self.phones[key] = phone
        return phone

    def call_in(self, number: str, caller: str, *, name: str = "", withheld: bool = False, by: str = "trunk") -> Call:
        """A caller rings us up."""
        return self.phones[by].call(number, caller=caller, name=name, withheld=withheld, headers=TRUNK)

    # -- the database

    async def sql(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """What the database holds."""
        connection = await asyncpg.connect(self.database)
        try:
            return [dict(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close()

    async def history(self, call_id: str, *, limit: float = 10.0) -> dict[str, Any]:
        """The row of a call that is over, with its legs and segments, as soon as it is written."""
        pbx, _, linkedid = call_id.rpartition(":")

        async def look() -> dict[str, Any] | None:
            rows = await self.sql(
                "select * from call where pbx = $1 and linkedid = $2 and ended_at is not null", pbx, linkedid
            )
            return rows[0] if rows else None

        row = await poll(look, f"the history of {call_id}", limit)
        row["legs"] = await self.sql("select * from call_leg where call_id = $1 order by started_at", row["id"])
        row["segments"] = await self.sql("select * from call_segment where call_id = $1 order by n", row["id"])
        return row


async def poll(
    look: Callable[[], Awaitable[T | None]], what: str, limit: float, otherwise: Callable[[], str] = lambda: ""
) -> T:
    """Ask another process again and again, which has no other way to tell. Raises AssertionError."""
    until = time.monotonic() + limit
    while (found := await look()) is None:
        assert time.monotonic() < until, f"waited {limit} s in vain for {what}. {otherwise()}"
        await asyncio.sleep(0.03)
    return found


def clean_environment() -> dict[str, str]:
    """The machine's environment without settings of a server, for a server of this very tree."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CTI__")}
    return {**kept, "PYTHONPATH": str(repository())}
