"""A flow as a document: what is drawn, stored, exported and followed (pure). `docs/flows.md` explains it to people."""

from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from cti_server.core.errors import BadInput
from cti_server.core.web.shapes import explained
from cti_server.routing.flows.handing import (
    AskSurvey,
    Callback,
    Hangup,
    Return,
    SafeQueue,
    SubFlow,
    ToAgent,
    ToNumber,
    ToQueue,
    Voicemail,
)
from cti_server.routing.flows.nodes import (
    ChooseLanguage,
    Collect,
    Condition,
    EmergencySwitch,
    Hours,
    Identify,
    LookUp,
    Menu,
    Node,
    Play,
    SetData,
)
from cti_server.routing.flows.words import Language, NodeId, Part

FORMAT: Final = 1
MOST_NODES: Final = 500
LARGEST: Final = 1024 * 1024
"""Bytes of a document."""

AnyNode: TypeAlias = (
    Play
    | Menu
    | Collect
    | ChooseLanguage
    | Hours
    | EmergencySwitch
    | Condition
    | LookUp
    | SetData
    | Identify
    | ToQueue
    | ToAgent
    | ToNumber
    | Voicemail
    | Callback
    | AskSurvey
    | SubFlow
    | Return
    | SafeQueue
    | Hangup
)
KINDS: Final[tuple[type[Node], ...]] = AnyNode.__args__


class Flow(Part, frozen=True, kw_only=True):
    """One flow. `languages`: the first is spoken until another is chosen. No places on a screen."""

    format: Literal[1]
    title: Annotated[str, Meta(min_length=1, max_length=100)]
    languages: Annotated[tuple[Language, ...], Meta(min_length=1, max_length=10)]
    start: NodeId
    nodes: Annotated[dict[NodeId, AnyNode], Meta(min_length=1, max_length=MOST_NODES)]
    note: Annotated[str, Meta(max_length=2000)] = ""


def read_flow(raw: bytes) -> Flow:
    """A document from JSON; says nothing yet about whether it can be published. Raises BadInput with the field."""
    if len(raw) > LARGEST:
        raise BadInput("This flow is too large.", field="$", allowed=f"at most {LARGEST} bytes", code="bad_flow")
    try:
        plain = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadInput("This is not JSON in UTF-8.", field="$", allowed="one flow as JSON", code="bad_flow") from None
    return flow_of(plain)


def flow_of(plain: Any) -> Flow:
    """The same from plain dicts and lists. Raises BadInput with the field."""
    try:
        return msgspec.convert(plain, Flow)
    except msgspec.ValidationError as error:
        raise _told(error, plain) from None


def write_flow(flow: Flow) -> bytes:
    """The document as JSON: keys in the order of declaration, defaults left out."""
    return msgspec.json.encode(flow)


def schema() -> dict[str, Any]:
    """JSON schema (2020-12) of a document; `x-form` tells which field of a form fits a value."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Flow)}


def _told(error: msgspec.ValidationError, plain: Any) -> BadInput:
    """msgspec does not say in which node it was, so each is looked at alone."""
    nodes = plain.get("nodes") if isinstance(plain, dict) else None
    for name, node in nodes.items() if isinstance(nodes, dict) else ():
        try:
            msgspec.convert(name, NodeId)
            msgspec.convert(node, AnyNode)
        except msgspec.ValidationError as inside:
            kind = node.get("kind") if isinstance(node, dict) else None
            cls = next((each for each in KINDS if each.__struct_config__.tag == kind), Node)
            found = explained(inside, cls)
            field = f"nodes.{name[:40]}" + ("" if found.field in (None, "$") else f".{found.field}")
            return BadInput(f"The node {name[:40]!r}: {inside}.", field=field, allowed=found.allowed, code="bad_flow")
    found = explained(error, Flow)
    return BadInput(found.sentence, field=found.field, allowed=found.allowed, code="bad_flow")
