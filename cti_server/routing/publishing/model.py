"""What people are shown of flows, and what may be done with them (pure)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from cti_server.core.errors import BadInput
from cti_server.routing.flows.check import Finding, Known
from cti_server.routing.flows.document import Flow
from cti_server.routing.flows.handing import Return, SubFlow

KEY: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RESERVED: Final = frozenset({"kinds", "schema", "numbers", "figures"})
DID: Final = re.compile(r"[+*#0-9A-Za-z]{1,40}")


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A flow in the list. `published` its live version, `changed` when the draft is newer than that. Unix seconds."""

    key: str
    title: str
    revision: int
    draft_by: int
    draft_by_name: str
    draft_at: float
    published: int | None
    published_at: float | None
    changed: bool
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlowJson:
    """A flow with its draft. `revision` must be named by who saves."""

    key: str
    revision: int
    draft: Flow
    draft_by: int
    draft_by_name: str
    draft_at: float
    published: int | None
    numbers: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class VersionJson:
    """A version that was published once. `live`: new calls follow it now."""

    version: int
    title: str
    note: str
    published_by: int
    published_by_name: str
    published_at: float
    live: bool


@dataclass(frozen=True, slots=True)
class NumberJson:
    """A number of ours and the flow that its calls follow."""

    did: str
    flow: str
    set_by_name: str
    set_at: float


class Surroundings(Protocol):
    """What stands outside of flows; see flows.check.Known. Must not wait for anything."""

    def known(self) -> Known:
        """What there is now, without the flows themselves."""


class Speaker(Protocol):
    """Who makes the fixed texts of a flow into speech."""

    async def prepare(self, flow: object) -> None:
        """Have a file for each of its texts, or raise CtiError that says which could not be had."""


def checked_key(text: str) -> str:
    """A key for a new flow. Raises BadInput."""
    if not KEY.fullmatch(text) or text in RESERVED:
        raise BadInput(
            "A flow's key is short and plain.", field="key", allowed="a-z, 0-9, - and _, at most 64, none of "
            + ", ".join(sorted(RESERVED)),
        )  # fmt: skip
    return text


def checked_did(text: str) -> str:
    """A number of ours. Raises BadInput."""
    if not DID.fullmatch(text):
        raise BadInput("This is no number that can be dialled.", field="did", allowed="digits and letters, at most 40")
    return text


def endings_of(flow: Flow) -> frozenset[str]:
    """The endings by which a sub-flow comes back."""
    return frozenset(node.ending for node in flow.nodes.values() if isinstance(node, Return)) or frozenset({"done"})


def uses_of(flow: Flow) -> frozenset[str]:
    """The flows that a flow goes through."""
    return frozenset(node.flow for node in flow.nodes.values() if isinstance(node, SubFlow))


def with_flows(known: Known, published: Mapping[str, Flow]) -> Known:
    """What is known, with the published flows added."""
    return Known(
        prompts=known.prompts,
        queues=known.queues,
        calendars=known.calendars,
        switches=known.switches,
        lists=known.lists,
        agents=known.agents,
        surveys=known.surveys,
        endings={key: endings_of(flow) for key, flow in published.items()},
        uses={key: uses_of(flow) for key, flow in published.items()},
        host_allowed=known.host_allowed,
    )
