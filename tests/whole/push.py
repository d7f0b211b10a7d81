"""A console's push connection: everything that came, and what a console would show of it."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

LIMIT = 10.0
Message = dict[str, Any]
LISTED = ("calls", "agents", "queues", "pops", "links")
"""What is folded here; further parts of a snapshot and their changes are in `heard` as they came."""


@dataclass(frozen=True)
class Heard:
    """A message and when it came in (unix seconds)."""

    at: float
    message: Message

    @property
    def type(self) -> str:
        return str(self.message["type"])

    @property
    def topic(self) -> str:
        return str(self.message.get("topic"))

    @property
    def data(self) -> Any:
        return self.message.get("data")


class Push:
    """Folds snapshots and changes into `state[topic]`, as a console does; `heard` keeps every message.

    What a snapshot lists is kept by key: `calls["main:1.2"]`, `agents["PJSIP/1001"]`, `queues["support"]`,
    `links["main"]`; on a site with several PBXs the keys of agents and queues are `<pbx>/<name>`.
    """

    def __init__(self, who: str, url: str, ticket: str, *, several: bool = False) -> None:
        self.who = who
        self.url = url
        self.heard: list[Heard] = []
        self.state: dict[str, Any] = {}
        self.close_code: int | None = None
        self._ticket = ticket
        self._several = several
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()

    async def open(self, *topics: str) -> "Push":
        """Connect, authenticate, subscribe; returns when each topic was answered."""
        address = self.url.replace("http", "ws", 1) + "/push"
        self._socket = await connect(address, origin=self.url, proxy=None, max_size=1 << 24)  # type: ignore[arg-type]
        await self._say(type="auth", ticket=self._ticket)
        self._reader = asyncio.get_running_loop().create_task(self._read(self._socket))
        await self.until(lambda: any(heard.type == "ready" for heard in self.heard), "ready")
        await self.subscribe(*topics)
        return self

    async def subscribe(self, *topics: str) -> None:
        await self._say(type="subscribe", topics=list(topics))
        for topic in topics:
            await self.until(lambda topic=topic: bool(self.of("snapshot", topic) + self.of("refused", topic)), topic)  # type: ignore[misc]

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader

    async def closed(self, limit: float = LIMIT) -> int | None:
        """Wait until the server has closed the connection; the code."""
        assert self._reader is not None
        await asyncio.wait_for(asyncio.shield(self._reader), limit)
        return self.close_code

    # -- waiting

    async def until(self, holds: Callable[[], Any], what: str, limit: float = LIMIT) -> None:
        """Return as soon as `holds()`. Raises AssertionError that says what there was instead."""
        try:
            async with asyncio.timeout(limit), self._changed:
                await self._changed.wait_for(lambda: bool(holds()))
        except TimeoutError:
            last = [f"{heard.topic}:{heard.type}" for heard in self.heard[-15:]]
            shown = {name: _short(state) for name, state in self.state.items()}
            raise AssertionError(
                f"{self.who} did not see {what} within {limit} s; last messages: {last}; shown: {shown}"
            ) from None

    async def first(
        self,
        kind: str,
        topic: str,
        fits: Callable[[Any], bool] = lambda data: True,
        *,
        mark: int = 0,
        limit: float = LIMIT,
    ) -> Any:
        """The data of the first message of a kind after `mark` that fits, as soon as it is there."""

        def found() -> list[Heard]:
            return [heard for heard in self.of(kind, topic, mark) if fits(heard.data)]

        await self.until(found, f"{topic}:{kind}", limit)
        return found()[0].data

    def of(self, kind: str, topic: str, mark: int = 0) -> list[Heard]:
        """The messages of one kind on one topic after `mark`."""
        return [heard for heard in self.heard[mark:] if heard.type == kind and heard.topic == topic]

    @property
    def mark(self) -> int:
        """A place in `heard`, for `since`, `of` and `first`."""
        return len(self.heard)

    def since(self, mark: int) -> list[Heard]:
        """What came after a mark, without heartbeats."""
        return [heard for heard in self.heard[mark:] if heard.type != "ping"]

    # -- what a console would show

    @property
    def me(self) -> Any:
        return self.state["me"]

    @property
    def calls(self) -> dict[str, Any]:
        return dict(self.state["calls"]["calls"])

    @property
    def agents(self) -> dict[str, Any]:
        return dict(self.state["agents"]["agents"])

    @property
    def queues(self) -> dict[str, Any]:
        return dict(self.state["queues"]["queues"])

    @property
    def links(self) -> dict[str, Any]:
        return dict(self.state["system"]["links"])

    async def _say(self, **message: object) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(message))

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                message = json.loads(text)
                self.heard.append(Heard(time.time(), message))
                if message["type"] == "ping":
                    await self._say(type="pong")
                elif "topic" in message and message["type"] != "refused":
                    self._fold(message["topic"], message["type"], message["data"])
                async with self._changed:
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        finally:
            self.close_code = socket.close_code

    # -- folding

    def _fold(self, topic: str, kind: str, data: Any) -> None:
        if kind == "snapshot":
            self.state[topic] = {
                key: {self._key(key, one): one for one in value} if key in LISTED else value
                for key, value in data.items()
            }
            return
        name, _, what = kind.partition(".")
        if what == "removed":
            self.state[topic][f"{name}s"].pop(self._key(f"{name}s", data), None)
        elif kind != "agent.moved":  # what was done, not what he is
            self._fold_change(self.state[topic], topic, kind, data)

    def _fold_change(self, state: dict[str, Any], topic: str, kind: str, data: Any) -> None:
        match kind.partition(".")[0]:
            case "call":
                _put_call(state["calls"], data)
            case "agent" if topic == "me":
                state["agent"] = data
            case "agent":
                state["agents"][self._key("agents", data)] = data
            case "queue":
                state["queues"][self._key("queues", data)] = data
            case "pop" if kind == "pop.hide":
                state["pops"].pop(data["call_id"], None)
            case "pop":
                state["pops"][data["call_id"]] = data
            case "system" if kind == "system.link":
                state["links"][data["pbx"]] = data
            case "system" if kind == "system.database":
                state["database"] = data

    def _key(self, kind: str, one: Any) -> str:
        match kind:
            case "calls":
                return str(one["id"])
            case "pops":
                return str(one["call_id"])
            case "links":
                return str(one["pbx"])
        name = str(one["device"] if kind == "agents" else one["name"])
        return f"{one['pbx']}/{name}" if self._several else name


def _put_call(calls: dict[str, Any], call: Any) -> None:
    if call["ended_at"] is None and call.get("my_leg_state") != "cleared":
        calls[call["id"]] = call
    else:
        calls.pop(call["id"], None)


def _short(state: dict[str, Any]) -> dict[str, Any]:
    """What a failed test tells of a topic: the keys of what is listed, and the states."""
    return {
        name: {key: one.get("state") or one.get("up") for key, one in value.items() if isinstance(one, dict)}
        for name, value in state.items()
        if isinstance(value, dict)
    }
