"""A hotline of 25 nodes, published by an admin on the real server; each prompt is a tone of its own by language."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from cti_server.app import App
from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.phones.phone import Phone
from cti_server.settings import load_settings
from tests.routing.agi.line import Tones
from tests.whole.site import PASSWORD, TRUNK, Site, poll

DID = "4800"
HEARD = {
    "language": (600, 600), "welcome": (500, 700), "menu": (650, 850), "card": (950, 1050), "answer": (750, 1200),
    "outage": (1500, 1550), "sorry": (1600, 1660), "closed": (1700, 1750), "holiday": (1800, 1850),
    "offer": (1900, 1950), "overflow": (2000, 2050), "how": (2200, 2250), "bye": (2400, 2450),
}  # fmt: skip
"""Prompt → Hz in Chinese and in English."""
ALWAYS = [{"begins": "00:00", "ends": "24:00"}]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OPEN = {"zone": "Asia/Shanghai", "week": dict.fromkeys(DAYS, ALWAYS)}
SHUT = {"zone": "Asia/Shanghai", "week": {}}


def say(prompt: str) -> list[dict[str, str]]:
    return [{"say": "prompt", "prompt": prompt}]


SUB = {
    "format": 1, "title": "sub", "languages": ["zh-CN", "en"], "start": "note",
    "nodes": {"note": {"kind": "set", "data": {"way": "sub-${call.did}"}, "exits": {"next": "back"}},
              "back": {"kind": "return", "ending": "done"}},
}  # fmt: skip
SURVEY = {"title": "Service", "questions": [{"kind": "csat", "speech": say("how"), "timeout_seconds": 4}]}


def document(url: str, start: str = "language") -> dict[str, Any]:
    return {
        "format": 1, "title": "25 nodes", "languages": ["zh-CN", "en"], "start": start,
        "nodes": {
            "language": {"kind": "language", "speech": say("language"), "keys": {"1": "zh-CN", "2": "en"},
                         "exits": {"next": "welcome"}},
            "welcome": {"kind": "play", "speech": say("welcome"), "barge_in": True, "exits": {"next": "emergency"}},
            "emergency": {"kind": "switch", "switch": "outage", "exits": {"on": "outage", "off": "hours"}},
            "outage": {"kind": "play", "speech": say("outage"), "exits": {"next": "hours"}},
            "hours": {"kind": "hours", "calendar": "office",
                      "exits": {"open": "who", "closed": "closed", "holiday": "holiday"}},
            "closed": {"kind": "play", "speech": say("closed"), "exits": {"next": "message"}},
            "holiday": {"kind": "play", "speech": say("holiday"), "exits": {"next": "bye"}},
            "message": {"kind": "voicemail", "queue": "support", "silence_seconds": 10, "exits": {"done": "bye"}},
            "who": {"kind": "condition", "cases": [
                {"name": "blocked", "when": [{"ask": "list", "list": "blacklist"}]},
                {"name": "gold", "when": [{"ask": "tier", "any": ["gold"]}]}],
                "exits": {"blocked": "bye", "gold": "vip", "else": "menu"}},
            "menu": {"kind": "menu", "speech": say("menu"), "timeout_seconds": 10.0,
                     "exits": {"1": "card", "2": "sales", "3": "deep", "4": "back", "5": "nobody",
                               "timeout": "support"}},
            "back": {"kind": "callback", "queue": "support", "speech": say("offer"), "timeout_seconds": 10,
                     "exits": {"done": "bye", "declined": "support"}},
            "card": {"kind": "collect", "into": "card", "secret": True, "min_digits": 4, "max_digits": 8,
                     "speech": say("card"), "timeout_seconds": 10, "exits": {"done": "ask", "timeout": "support"}},
            "ask": {"kind": "lookup", "url": url + "?card=${card}", "answer": {"level": "customer.level"},
                    "exits": {"done": "level", "failed": "sorry", "none": "sorry"}},
            "sorry": {"kind": "play", "speech": say("sorry"), "exits": {"next": "sales"}},
            "level": {"kind": "condition", "cases": [
                {"name": "rich", "when": [{"ask": "data", "name": "level", "is": "more", "value": "5"}]}],
                "exits": {"rich": "found", "else": "support"}},
            "found": {"kind": "play", "speech": say("answer"), "exits": {"next": "mark"}},
            "mark": {"kind": "set", "data": {"topic": "card ${level}"}, "exits": {"next": "deep"}},
            "deep": {"kind": "subflow", "flow": "sub", "exits": {"done": "vip"}},
            "vip": {"kind": "queue", "queue": "vip", "max_wait_seconds": 1,
                    "exits": {"timeout": "overflow", "after": "ask-how"}},
            "overflow": {"kind": "play", "speech": say("overflow"), "exits": {"next": "support"}},
            "support": {"kind": "queue", "queue": "support", "exits": {"after": "ask-how"}},
            "sales": {"kind": "queue", "queue": "sales", "exits": {"after": "ask-how"}},
            "ask-how": {"kind": "survey", "survey": "service", "exits": {"done": "bye"}},
            "bye": {"kind": "hangup", "speech": say("bye")},
            "nobody": {"kind": "safe"},
        },
    }  # fmt: skip


class Crm:
    """A program of the company that flows ask. It keeps its answer back until `may` is set."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may = asyncio.Event()
        self.status = "200 OK"
        self.url = ""
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/card"

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode())
        await self.may.wait()
        body = json.dumps({"customer": {"level": 7}}).encode()
        writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()


class Hotline:
    """The server in this process, a PBX, the line of callers, one agent at 1001 in the queue vip."""

    def __init__(self, site: Site, pbx: Asterisk, crm: Crm, folder: Path) -> None:
        self.site, self.pbx, self.crm = site, pbx, crm
        asked = {"LOOKUP_HOSTS": json.dumps([crm.url.split("/")[2]]), "LOOKUP_NETWORKS": '["127.0.0.0/8"]'}
        env = {f"CTI__ROUTING__{name}": value for name, value in asked.items()}
        self.app = App(load_settings(site.write_config(), env=env))
        self.tones = Tones(folder)
        for prompt, (chinese, english) in HEARD.items():
            self.tones.add(prompt, {"zh-CN": chinese, "en": english}, seconds=0.4)
        self.app.routing.rooms.prompts = self.tones
        self.app.routing.prompt_languages = lambda: {name: frozenset({"zh-CN", "en"}) for name in HEARD}
        self.revision = 0

    async def open(self) -> None:
        await self.app.start()
        await self.pbx.cli(f"dialplan set global CTI_AGI 127.0.0.1:{self.app.routing.port}")
        await self.pbx.cli("dialplan set global CTI_STEP_SECONDS 10")  # a busy machine sends nobody to the safe queue
        token = await self.app.accounts.new_setup_token()
        assert token is not None
        await self.app.accounts.set_up(token, "admin", "刘洋", PASSWORD)
        self.admin = self.site.browser("admin")
        await self.admin.sign_in()
        self.phone = await self.site.phone("1001", self.pbx)
        self.agent = await self.site.agent("1001", "PJSIP/1001", ["vip"])
        await self.pause(True)
        self.trunk = await Phone.open(
            "trunk", sip_port=self.pbx.sip_port, tone=1000, pacer=self.site.pacer, port=self.pbx.trunk_port
        )
        self.site.phones["trunk"] = self.trunk
        await self._fill()

    async def _fill(self) -> None:
        """What an admin makes, by the addresses of the page."""
        put, post = self.admin.put, self.admin.post
        await put("/flow-calendars/office", {"label": "Office", "value": OPEN})
        await put("/flow-switches/outage", {"label": "Outage", "value": {"on": False}})
        await put("/caller-lists/blacklist", {"label": "Blacklist"})
        await put("/surveys/service", {"survey": SURVEY})
        made = await post("/flows", {"key": "sub", "draft": SUB})
        await post("/flows/sub/publish", {"revision": made["revision"], "note": ""})
        made = await post("/flows", {"key": "hotline", "draft": document(self.crm.url)})
        assert len(made["draft"]["nodes"]) == 25
        assert made["findings"] == []
        self.revision = made["revision"]
        await self.publish(None)
        await put(f"/flows/numbers/{DID}", {"flow": "hotline"})

    async def publish(self, draft: dict[str, Any] | None) -> int:
        """Publish the draft, or this one; the number of the version."""
        if draft is not None:
            body = {"revision": self.revision, "draft": draft}
            self.revision = (await self.admin.put("/flows/hotline/draft", body))["revision"]
        shown = await self.admin.post("/flows/hotline/publish", {"revision": self.revision, "note": ""})
        self.revision = shown["revision"]
        return int(shown["published"])

    async def pause(self, on: bool) -> None:
        """Keep the agent from being rung, on the PBX's own console."""
        word = "pause" if on else "unpause"
        await self.pbx.cli(f"queue {word} member PJSIP/1001 queue vip")

    async def close(self) -> None:
        """Leave the PBX as it was."""
        await self.admin.ask("DELETE", f"/agents/{self.agent.user_id}")
        await self.pbx.cli("dialplan set global CTI_STEP_SECONDS 2")
        await self.site.stop()
        await self.app.stop()

    # -- what a caller does and what is seen of him

    async def call(self, number: str) -> Call:
        call = self.trunk.call(DID, caller=number, headers=TRUNK)
        await call.answered()
        return call

    async def hears(self, call: Call, prompt: str, language: str = "en") -> None:
        """He hears this prompt in this language."""
        hz = HEARD[prompt][0 if language == "zh-CN" else 1]
        assert await call.hears(hz, within=10), f"{prompt} in {language} is not heard"

    async def waits_in(self, queue: str) -> None:
        """The PBX says that a caller waits there."""

        async def look() -> bool | None:
            view = self.app.live.queues.get(("main", queue))
            return True if view is not None and view.waiting else None

        await poll(look, f"a caller in {queue}", 10.0)

    async def path(self, number: str, calls: int = 1) -> list[str]:
        """The nodes that the last of so many calls of a number passed, with the exits, once all are over."""

        async def look() -> list[dict[str, Any]] | None:
            ends = await self.site.sql(
                "select pbx, uniqueid from flow_call where number_key like '%' || $1 and ended_at is not null"
                " order by began_at desc", number
            )  # fmt: skip
            if len(ends) < calls:
                return None
            return await self.site.sql(
                "select node, exit from flow_visit where pbx = $1 and uniqueid = $2 order by n", *ends[0].values()
            )

        rows = await poll(look, f"the way of {number}", 10.0)
        return [f"{row['node']}:{row['exit']}" for row in rows]

    async def until(self, look: Callable[[], Awaitable[bool]], what: str) -> None:
        async def found() -> bool | None:
            return await look() or None

        await poll(found, what, 10.0)

    async def quiet(self) -> None:
        """End all calls and see them end."""
        for phone in self.site.phones.values():
            for call in list(phone.calls.values()):
                call.hangup()

        async def over() -> bool:
            return not self.app.live.calls

        await self.until(over, "the end of all calls")
        for phone in self.site.phones.values():
            phone._waiting.clear()
