"""Where a prompt is played."""

from types import SimpleNamespace
from typing import Any

from cti_server.routing.flows.document import flow_of
from cti_server.routing.prompts.model import Use
from cti_server.routing.prompts.uses import UsesInFlows


def flow(**prompts: str) -> Any:
    nodes = {name: {"kind": "play", "speech": [{"say": "prompt", "prompt": each}]} for name, each in prompts.items()}
    return flow_of({"format": 1, "title": "T", "languages": ["en"], "start": "a", "nodes": nodes})


class Book:
    async def listing(self) -> list[Any]:
        return [SimpleNamespace(key="main", title="Main"), SimpleNamespace(key="new", title="New")]

    async def show(self, key: str) -> Any:
        return SimpleNamespace(draft=flow(a="welcome", b="welcome") if key == "main" else flow(a="bye"))

    def live(self, key: str) -> Any:
        return SimpleNamespace(document=flow(a="welcome", c="bye")) if key == "main" else None


async def test_drafts_and_what_is_live() -> None:
    uses = UsesInFlows(Book())
    assert await uses.uses_of_prompt("welcome") == [
        Use("main", "Main", "a", "published"),
        Use("main", "Main", "b", "draft"),
    ]
    assert await uses.uses_of_prompt("bye") == [Use("main", "Main", "c", "published"), Use("new", "New", "a", "draft")]
    assert await uses.uses_of_prompt("nothing") == []
