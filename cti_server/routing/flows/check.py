"""What is wrong with a flow, before callers meet it (pure). An error forbids publishing, a warning does not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from cti_server.routing.flows import handing, nodes
from cti_server.routing.flows.asking import DataTest, ListTest
from cti_server.routing.flows.document import Flow
from cti_server.routing.flows.engine import target_of
from cti_server.routing.flows.nodes import KEYS, Node, Per
from cti_server.routing.flows.speech import AnyPart, PromptPart, TextPart, in_language
from cti_server.routing.flows.values import KNOWN, names_in

SPEECHES: Final = (
    "speech",
    "on_invalid",
    "on_timeout",
    "pin_speech",
    "on_wrong",
    "announcement",
    "number_speech",
    "time_speech",
)
NEEDED: Final = ("queue", "calendar", "switch", "survey", "flow", "into", "number", "cases", "data")
"""Settings that a draft may leave empty and a published flow may not."""
# Exits by which a caller goes on because he (or time) decided; a loop over any of these is no trap.
_CHOSEN: Final[Mapping[type[Node], frozenset[str]]] = {
    nodes.Menu: frozenset(KEYS),
    nodes.Collect: frozenset({"done"}),
    nodes.Identify: frozenset({"known"}),
    handing.ToQueue: frozenset({"timeout", "key", "after"}),
    handing.ToAgent: frozenset({"after"}),
    handing.ToNumber: frozenset({"after"}),
    handing.Voicemail: frozenset({"done"}),
    handing.Callback: frozenset({"done"}),
}


class Finding(Struct, frozen=True):
    """One thing that is wrong. `code` is stable; `node` "" is the whole flow; `about`: exit, prompt, queue …"""

    severity: Literal["error", "warning"]
    code: str
    node: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is outside the flow; None: it cannot be told now, and is not held against the flow.

    `prompts`: id → the languages in which it has a file. `endings`: published flow → its endings; `uses`: flow → the
    flows that it goes through. `host_allowed` says whether a look-up may go to an address.
    """

    prompts: Mapping[str, frozenset[str]] | None = None
    queues: frozenset[str] | None = None
    calendars: frozenset[str] | None = None
    switches: frozenset[str] | None = None
    lists: frozenset[str] | None = None
    agents: frozenset[str] | None = None
    surveys: frozenset[str] | None = None
    endings: Mapping[str, frozenset[str]] | None = None
    uses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    host_allowed: Callable[[str], bool] | None = None


def check(flow: Flow, known: Known, *, key: str = "") -> list[Finding]:
    """Everything that is wrong, errors first; `key` is the flow's own, so that it cannot go through itself."""
    found = [*_whole(flow, key, known)]
    for name, node in flow.nodes.items():
        found += _exits(name, node, flow, known)
        found += _settings(name, node, known)
        found += _speech(name, node, flow, known)
    found += _data(flow)
    found += [Finding("error", "loop_without_choice", name) for name in trapped(flow)]
    return sorted(set(found), key=lambda each: (each.severity, each.node, each.code, each.about))


def _error(code: str, node: str, about: str = "") -> Finding:
    return Finding("error", code, node, about)


def _whole(flow: Flow, key: str, known: Known) -> Iterator[Finding]:
    if flow.start not in flow.nodes:
        yield _error("start_missing", "", flow.start)
        return
    reached = reachable(flow)
    for name in flow.nodes:
        if name not in reached:
            yield Finding("warning", "unreachable", name)
    if len(set(flow.languages)) < len(flow.languages):
        yield _error("language_twice", "")
    for name, node in flow.nodes.items():
        if isinstance(node, handing.SubFlow) and key and _leads_back(node.flow, key, known.uses):
            yield _error("flow_through_itself", name, node.flow)


def _leads_back(start: str, key: str, uses: Mapping[str, frozenset[str]]) -> bool:
    seen, open_ = set[str](), [start]
    while open_:
        here = open_.pop()
        if here == key:
            return True
        if here not in seen:
            seen.add(here)
            open_ += uses.get(here, ())
    return False


def reachable(flow: Flow) -> set[str]:
    """The nodes that a caller can come to."""
    seen, open_ = set[str](), [flow.start]
    while open_:
        here = open_.pop()
        if here not in seen and here in flow.nodes:
            seen.add(here)
            open_ += flow.nodes[here].exits.values()
    return seen


def exits_of(node: Node, endings: frozenset[str] | None = None) -> frozenset[str] | None:
    """The exits that a node can have; None: any, since its sub-flow is not known."""
    names = {each.name for each in node.EXITS}
    if node.PER is Per.KEY:
        names |= set(KEYS)
    if isinstance(node, nodes.Condition):
        names |= {case.name for case in node.cases}
    if node.PER is Per.ENDING:
        return None if endings is None else frozenset(names | endings)
    return frozenset(names)


def _exits(name: str, node: Node, flow: Flow, known: Known) -> Iterator[Finding]:
    endings = (known.endings or {}).get(node.flow) if isinstance(node, handing.SubFlow) else None
    allowed = exits_of(node, endings)
    for exit_, target in node.exits.items():
        if allowed is not None and exit_ not in allowed:
            yield _error("exit_unknown", name, exit_)
        if target not in flow.nodes:
            yield _error("target_missing", name, exit_)
    yield from _connected(name, node)
    if isinstance(node, handing.SubFlow):
        for ending in sorted(endings or ()):
            if target_of(node, ending) is None and "done" not in node.exits:
                yield _error("exit_unconnected", name, ending)


def _connected(name: str, node: Node) -> Iterator[Finding]:
    for each in node.EXITS:
        if each.needed and each.name not in node.exits:
            menu = isinstance(node, nodes.Menu) and each.name == "timeout"
            yield _error("menu_without_timeout" if menu else "exit_unconnected", name, each.name)
    if isinstance(node, nodes.Menu) and not set(node.exits) & set(KEYS):
        yield _error("menu_without_keys", name)
    if isinstance(node, nodes.Condition):
        yield from _cases(name, node)
    if isinstance(node, handing.ToQueue) and target_of(node, "timeout") is None and node.max_wait_seconds:
        yield Finding("warning", "overflow_to_safe_queue", name, "timeout")


def _cases(name: str, node: nodes.Condition) -> Iterator[Finding]:
    names = [case.name for case in node.cases]
    for case in node.cases:
        if not all(getattr(test, "any", getattr(test, "starts", ("",))) for test in case.when) or not case.when:
            yield _error("case_empty", name, case.name)
        if case.name not in node.exits:
            yield _error("exit_unconnected", name, case.name)
        if names.count(case.name) > 1 or case.name == "else":
            yield _error("case_twice", name, case.name)


def _settings(name: str, node: Node, known: Known) -> Iterator[Finding]:
    for kind, code, there in (
        ("queue", "queue_unknown", known.queues),
        ("calendar", "calendar_unknown", known.calendars),
        ("switch", "switch_unknown", known.switches),
        ("survey", "survey_unknown", known.surveys),
    ):
        value = getattr(node, kind, None)
        if value and there is not None and value not in there:
            yield _error(code, name, str(value))
    for setting in NEEDED:
        if getattr(node, setting, None) in ("", (), {}):
            yield _error("setting_missing", name, setting)
    yield from _named(name, node, known)
    yield from _values(name, node, known)


def _named(name: str, node: Node, known: Known) -> Iterator[Finding]:
    if isinstance(node, handing.SubFlow) and known.endings is not None and node.flow not in known.endings:
        yield _error("flow_unknown", name, node.flow)
    if isinstance(node, handing.ToAgent) and node.who == "named":
        if not node.agent:
            yield _error("agent_missing", name)
        elif known.agents is not None and node.agent not in known.agents:
            yield _error("agent_unknown", name, node.agent)
    if isinstance(node, nodes.Condition) and known.lists is not None:
        wanted = {test.list for case in node.cases for test in case.when if isinstance(test, ListTest)}
        for each in sorted(wanted - known.lists):
            yield _error("list_unknown", name, each)


def _values(name: str, node: Node, known: Known) -> Iterator[Finding]:
    if isinstance(node, nodes.Collect | nodes.Identify) and node.min_digits > node.max_digits:
        yield _error("digits_impossible", name)
    if isinstance(node, nodes.Identify) and node.pin_digits and not node.url:
        yield _error("pin_without_url", name)
    url = getattr(node, "url", "")
    if isinstance(node, nodes.LookUp) and not url:
        yield _error("setting_missing", name, "url")
    if url and known.host_allowed is not None and not known.host_allowed(url):
        yield _error("host_not_allowed", name, url[:100])
    if isinstance(node, handing.Callback):
        keys = [key for key in (node.confirm_key, node.other_key, node.later_key, node.decline_key) if key]
        if len(set(keys)) < len(keys):
            yield _error("key_twice", name)


def speeches(node: Node) -> Iterator[tuple[str, tuple[AnyPart, ...]]]:
    """Name and parts of everything that a node says."""
    for setting in SPEECHES:
        speech = getattr(node, setting, ())
        if speech:
            yield setting, speech


def prompts_of(flow: Flow) -> frozenset[str]:
    """The ids of all prompts that a flow uses."""
    return frozenset(
        part.prompt
        for node in flow.nodes.values()
        for _, speech in speeches(node)
        for part in speech
        if isinstance(part, PromptPart)
    )


def _speech(name: str, node: Node, flow: Flow, known: Known) -> Iterator[Finding]:
    for _, speech in speeches(node):
        for language in flow.languages:
            for part in in_language(speech, language):
                yield from _part(name, part, language, known)
    yield from _asking(name, node, flow)


def _part(name: str, part: AnyPart, language: str, known: Known) -> Iterator[Finding]:
    if isinstance(part, TextPart) and language not in part.text:
        yield _error("text_language_missing", name, language)
    if isinstance(part, PromptPart) and known.prompts is not None:
        if part.prompt not in known.prompts:
            yield _error("prompt_missing", name, part.prompt)
        elif language not in known.prompts[part.prompt]:
            yield _error("prompt_language_missing", name, f"{part.prompt} {language}")


def _asking(name: str, node: Node, flow: Flow) -> Iterator[Finding]:
    asks = isinstance(node, nodes.Menu | nodes.Collect | nodes.Identify | handing.Callback)
    asks = asks or (isinstance(node, nodes.ChooseLanguage) and bool(node.keys))
    if asks and not getattr(node, "speech", ()):
        yield Finding("warning", "asks_in_silence", name)
    if isinstance(node, nodes.ChooseLanguage):
        for language in {*node.keys.values(), *([node.set] if node.set else [])} - set(flow.languages):
            yield _error("language_unknown", name, language)
        if not node.keys and not node.set:
            yield _error("language_missing", name)


def _data(flow: Flow) -> Iterator[Finding]:
    """Fields that are read but never written in this flow (a sub-flow's caller may have written them)."""
    written = set(KNOWN)
    for node in flow.nodes.values():
        written |= {getattr(node, "into", "")} | set(getattr(node, "answer", ())) | set(getattr(node, "data", ()))
    for name, node in flow.nodes.items():
        read = {place for text in _texts(msgspec.to_builtins(node)) for place in names_in(text)}
        if isinstance(node, nodes.Condition):
            read |= {test.name for case in node.cases for test in case.when if isinstance(test, DataTest)}
        for each in sorted(read - written):
            yield Finding("warning", "data_never_set", name, each)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def trapped(flow: Flow) -> set[str]:
    """The nodes of loops in which a caller who does nothing would go round for ever."""
    after: dict[str, set[str]] = {}
    for name, node in flow.nodes.items():
        chosen = _CHOSEN.get(type(node), frozenset())
        if isinstance(node, nodes.ChooseLanguage) and node.keys and "timeout" in node.exits:
            chosen = frozenset({"next"})
        ways = {exit_ for exit_ in node.exits if exit_ not in chosen} | {each.name for each in node.EXITS} - chosen
        after[name] = {target for exit_ in ways if (target := target_of(node, exit_)) in flow.nodes and target}
    return {name for name in after if _comes_back(name, after)}


def _comes_back(start: str, after: Mapping[str, set[str]]) -> bool:
    seen, open_ = set[str](), [*after[start]]
    while open_:
        here = open_.pop()
        if here == start:
            return True
        if here not in seen:
            seen.add(here)
            open_ += after[here]
    return False
