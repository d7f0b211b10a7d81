"""The flows as the consoles see them: kept in a dict, but checked and played by the real engine."""

import time
from typing import Any

import msgspec

from cti_server.core.errors import CtiError
from cti_server.core.web.endpoint import encoder
from cti_server.routing.flows.calendars import OpeningHours
from cti_server.routing.flows.check import Known, check
from cti_server.routing.flows.document import Flow, flow_of, schema
from cti_server.routing.flows.kinds import catalogue
from cti_server.routing.flows.walk import Published, World
from cti_server.routing.publishing import api
from cti_server.routing.publishing.model import with_flows
from tests.fakes.console_server import ConsoleServer, Json, problem
from tests.routing.prompts.made import tone

KNOWN = Known(
    prompts={"welcome": frozenset({"zh-CN", "en"})},
    queues=frozenset({"support", "sales", "vip"}),
    calendars=frozenset({"office"}),
    switches=frozenset({"storm"}),
    lists=frozenset({"vip"}),
)
OFFICE = msgspec.convert(
    {"zone": "Asia/Shanghai", "week": {day: [{"begins": "09:00", "ends": "18:00"}] for day in ("mon", "tue", "wed")}},
    OpeningHours,
)
BOB = "Bob Miller"


class MadeFlows(dict[tuple[str, str], Any]):
    """Answers for `ConsoleServer.answers`. `flows` key → what a flow is; `versions` key → documents."""

    def __init__(self, server: ConsoleServer) -> None:
        super().__init__()
        self.flows: dict[str, Json] = {}
        self.history: dict[str, list[Json]] = {}
        self.numbers: list[Json] = []
        self.figures: Json | None = None
        self.prompts: list[Json] = [prompt(1, "welcome", "欢迎词 Welcome")]
        server.answers = self

    def get(self, key: tuple[str, str], default: Any = None) -> Any:
        if key in self:
            return super().get(key)
        method, path = key
        parts = path.split("/")
        if parts[0] in ("flows", "prompts", "speech", "flow-calendars", "flow-switches", "caller-lists"):
            return lambda body: self._safely(method, parts, body)
        return default

    def add(self, key: str, draft: Json) -> None:
        self.flows[key] = {"key": key, "draft": draft, "revision": 1, "by": "王小明", "at": time.time(), "live": None}
        self.history[key] = []

    def saved_by_other(self, key: str, draft: Json) -> None:
        """Somebody else saves meanwhile."""
        self.flows[key] |= {"draft": draft, "revision": self.flows[key]["revision"] + 1, "by": BOB}

    def _safely(self, method: str, parts: list[str], body: Any) -> tuple[int, Any]:
        try:
            told = self._answer(method, parts, body)
        except CtiError as error:
            return problem(error.status, error.code, sentence=error.sentence)
        return told if isinstance(told, tuple) else (200, told)

    def _answer(self, method: str, parts: list[str], body: Any) -> Any:
        if parts[0] in ("prompts", "speech"):
            return self._prompts(method, parts, body)
        if parts[0] != "flows":
            return named(parts[0])
        if parts == ["flows"]:
            if method == "POST":
                flow_of(body["draft"])
                self.add(body["key"], body["draft"])
                return 201, self._shown(body["key"])
            return [self._row(key) for key in self.flows]
        if parts[1] in ("kinds", "schema", "numbers"):
            return self._fixed(parts, body)
        return self._flow(method, parts[1], parts[2:], body)

    def _fixed(self, parts: list[str], body: Any) -> Any:
        if parts[1] == "numbers":
            if body:
                self.numbers = [{"did": parts[2], "flow": body["flow"], "set_by_name": BOB, "set_at": time.time()}]
            return self.numbers
        return plain(catalogue() if parts[1] == "kinds" else schema())

    def _flow(self, method: str, key: str, rest: list[str], body: Any) -> Any:
        flow = self.flows[key]
        if not rest:
            return self._shown(key)
        if rest[0] == "versions":
            found = self.history[key]
            return (
                found[int(rest[1]) - 1]["document"]
                if rest[1:]
                else [self._version(key, n) for n in range(len(found), 0, -1)]
            )
        if rest[0] == "figures":
            return self.figures
        if rest[0] == "check":
            return plain(check(flow_of(body["draft"]), with_flows(KNOWN, self._live()), key=key))
        if rest[0] == "try":
            asked = msgspec.convert(body, api.TryBody)
            live = self._live()
            world = World({"office": OFFICE}, {"storm": False},
                          lambda name: Published(name, 1, live[name]) if name in live else None)  # fmt: skip
            return plain(api._rehearsed(key, flow_of(body["draft"]), asked, world, asked.at or time.time()))
        if body["revision"] != flow["revision"]:
            return problem(409, "flow_changed", by=flow["by"], at=flow["at"], revision=flow["revision"])
        if rest[0] == "draft":
            flow_of(body["draft"])
            flow |= {"draft": body["draft"], "by": "王小明", "at": time.time()}
        elif rest[0] == "publish":
            self.history[key].append({"document": flow["draft"], "note": body["note"], "at": time.time()})
            flow["live"] = len(self.history[key])
        elif rest[0] == "roll-back":
            flow["live"] = body["version"]
        flow["revision"] += 1
        return self._shown(key)

    def _live(self) -> dict[str, Flow]:
        """What new calls follow."""
        pointed = ((key, flow["live"]) for key, flow in self.flows.items() if flow["live"])
        return {key: flow_of(self.history[key][live - 1]["document"]) for key, live in pointed}

    def _row(self, key: str) -> Json:
        shown = self._shown(key)
        live = self.flows[key]["live"]
        changed = not live or self.history[key][live - 1]["document"] != shown["draft"]
        return {**shown, "title": shown["draft"]["title"], "published_at": time.time(), "changed": changed}

    def _shown(self, key: str) -> Json:
        flow = self.flows[key]
        findings = plain(check(flow_of(flow["draft"]), with_flows(KNOWN, self._live()), key=key))
        head = {"key": key, "revision": flow["revision"], "draft": flow["draft"], "draft_by": 1, "findings": findings}
        return {**head, "draft_by_name": flow["by"], "draft_at": flow["at"], "published": flow["live"], "numbers": []}

    def _version(self, key: str, version: int) -> Json:
        one = self.history[key][version - 1]
        live = self.flows[key]["live"] == version
        head = {"version": version, "title": one["document"]["title"], "note": one["note"], "published_by": 1}
        return {**head, "published_by_name": "王小明", "published_at": one["at"], "live": live}

    def _prompts(self, method: str, parts: list[str], body: Any) -> Any:
        if parts[0] == "speech" or (parts[2:3] == ["audio"] and method == "GET"):
            return tone(seconds=0.2)
        if parts[2:3] == ["uses"]:
            used = {"flow": "hotline", "flow_name": "Hotline", "node": "hello", "state": "published"}
            return {"items": [used] if parts[1] == "1" else []}
        if method == "POST" and len(parts) == 1:
            self.prompts.append({**prompt(len(self.prompts) + 1, body["name"], body["label"]), "audio": []})
            return 201, self.prompts[-1]
        if method in ("PUT", "POST"):
            one = next(each for each in self.prompts if str(each["id"]) == parts[1])
            source = body.get("source", "speech")
            others = [each for each in one["audio"] if each["language"] != parts[3]]
            one["audio"] = [*others, audio(parts[3], source, body.get("text", ""), body.get("file_name", ""))]
            return one
        return {"items": self.prompts, "speech": ""}


def plain(value: Any) -> Any:
    return msgspec.json.decode(encoder.encode(value))


def prompt(number: int, name: str, label: str) -> Json:
    sounds = [audio("zh-CN", "speech", "您好，欢迎致电。"), audio("en", "upload", "", "welcome.wav")]
    return {"id": number, "name": name, "label": label, "created_at": time.time(), "audio": sounds}


def audio(language: str, source: str, text: str = "", file_name: str = "") -> Json:
    head = {"language": language, "version": 1, "source": source, "text": text, "file_name": file_name}
    return {**head, "seconds": 2.5, "gain": 1.0, "created_at": time.time(), "created_by": 1}


def named(place: str) -> list[Json]:
    one = {"revision": 1, "changed_by_name": BOB, "changed_at": time.time()}
    return {
        "flow-calendars": [{**one, "name": "office", "label": "办公时间 Office", "value": plain(OFFICE)}],
        "flow-switches": [{**one, "name": "storm", "label": "台风 Storm", "value": {"on": False}}],
        "caller-lists": [{**one, "name": "vip", "label": "贵宾 VIP", "value": {}}],
    }[place]
