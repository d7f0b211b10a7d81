"""Where a prompt is played: looked for in the drafts and in the versions that calls follow."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from cti_server.routing.prompts.model import Use, nodes_playing


class FlowBook(Protocol):
    """What is needed of the flows. Documents are structs that msgspec can write."""

    async def listing(self) -> Sequence[Any]:
        """All flows: `key`, `title`. Raises Unavailable."""
        ...

    async def show(self, key: str) -> Any:
        """One flow: `draft` is its document. Raises NotFound, Unavailable."""
        ...

    def live(self, key: str) -> Any:
        """What new calls follow: `document`; None when nothing is published."""
        ...


class UsesInFlows:
    """Says where prompts are used."""

    def __init__(self, flows: FlowBook) -> None:
        self._flows = flows

    async def uses_of_prompt(self, name: str) -> list[Use]:
        """Where the prompt of this name is played; a node that plays it in both is named once, as published."""
        found: list[Use] = []
        for row in await self._flows.listing():
            live = self._flows.live(row.key)
            published = [] if live is None else nodes_playing(msgspec.to_builtins(live.document), name)
            draft = nodes_playing(msgspec.to_builtins((await self._flows.show(row.key)).draft), name)
            found += [Use(row.key, row.title, node, "published") for node in published]
            found += [Use(row.key, row.title, node, "draft") for node in draft if node not in published]
        return found
