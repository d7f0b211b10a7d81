"""What each kind of node does with what it is told: an act, or the exit by which it is left (pure)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cti_server.routing.flows import handing, nodes
from cti_server.routing.flows.acts import (
    Act,
    Ask,
    AskCaller,
    BookCallback,
    CallerTold,
    DialNumber,
    Enter,
    Fetch,
    Fetched,
    FindAccount,
    Keys,
    Left,
    LookAtQueue,
    NextQuestion,
    Question,
    Queueing,
    QueueSeen,
    RingAgent,
    Say,
    TakeMessage,
    Told,
)
from cti_server.routing.flows.calendars import state_at
from cti_server.routing.flows.deciding import first_that_holds, needs_caller
from cti_server.routing.flows.speech import AnyPart
from cti_server.routing.flows.values import filled, filled_url, next_time, right, storable
from cti_server.routing.flows.walk import Walk, World

NOT_FOUND: Final = 404
WRONG: Final = frozenset({401, 403, 404})
MOST_QUESTIONS: Final = 10


@dataclass(frozen=True, slots=True)
class Leave:
    """The node is left by this exit."""

    exit: str


def act_of(walk: Walk, node: nodes.Node, told: Told, world: World, now: float) -> Act | Leave:
    """What the node does now. Changes the walk's data, phase and tries."""
    return _DOING[type(node)](walk, node, told, world, now)


def _play(walk: Walk, node: nodes.Play, told: Told, world: World, now: float) -> Act | Leave:
    if isinstance(told, Enter):
        sounds = walk.sounds(node.speech)
        return Say(sounds, node.barge_in) if sounds and not walk.typed else Leave("next")
    if isinstance(told, Keys):
        walk.typed += told.digits
    return Leave("next")


# -- keys


def _menu(walk: Walk, node: nodes.Menu, told: Told, world: World, now: float) -> Act | Leave:
    if isinstance(told, Enter):
        typed = _typed(walk, 1)
        if typed is None:
            return _ask_key(walk, node, node.speech)
        told = typed
    key = told.digits[:1] if isinstance(told, Keys) else ""
    if key and key in node.exits:
        return Leave(key)
    walk.tries += 1
    if walk.tries >= node.tries:
        return Leave("invalid" if key else "timeout")
    return _ask_key(walk, node, (*(node.on_invalid if key else node.on_timeout), *node.speech))


def _ask_key(walk: Walk, node: nodes.Menu | nodes.ChooseLanguage, speech: tuple[AnyPart, ...]) -> Ask:
    return Ask(walk.sounds(speech), node.barge_in, 1, "", node.timeout_seconds, node.timeout_seconds)


def _typed(walk: Walk, most: int) -> Keys | None:
    """Keys that he pressed before, as far as this node takes them."""
    if not walk.typed:
        return None
    keys, walk.typed = walk.typed[:most], walk.typed[most:]
    return Keys(keys)


def _language(walk: Walk, node: nodes.ChooseLanguage, told: Told, world: World, now: float) -> Act | Leave:
    languages = walk.frames[-1].published.document.languages
    if not node.keys:
        if node.set in languages:
            walk.language = node.set
        return Leave("next")
    if isinstance(told, Enter):
        typed = _typed(walk, 1)
        if typed is None:
            return _ask_key(walk, node, node.speech)
        told = typed
    key = told.digits[:1] if isinstance(told, Keys) else ""
    if key in node.keys:
        if node.keys[key] in languages:
            walk.language = node.keys[key]
        return Leave("next")
    walk.tries += 1
    return Leave("timeout") if walk.tries >= node.tries else _ask_key(walk, node, node.speech)


def _collect(walk: Walk, node: nodes.Collect, told: Told, world: World, now: float) -> Act | Leave:
    if isinstance(told, Enter):
        return _ask_digits(walk, node, node.speech)
    digits = told.digits if isinstance(told, Keys) else ""
    if len(digits) >= node.min_digits and right(node.check, digits):
        if node.secret:
            walk.secret = {**walk.secret, node.into: digits}
        else:
            walk.data = {**walk.data, node.into: digits}
        return Leave("done")
    walk.tries += 1
    if walk.tries >= node.tries:
        return Leave("invalid" if digits else "timeout")
    return _ask_digits(walk, node, (*(node.on_invalid if digits else node.on_timeout), *node.speech))


def _ask_digits(walk: Walk, node: nodes.Collect, speech: tuple[AnyPart, ...]) -> Ask:
    typed, walk.typed = walk.typed[: node.max_digits], walk.typed[node.max_digits :]
    return Ask(walk.sounds(speech), node.barge_in, node.max_digits, node.terminator, node.timeout_seconds,
               node.between_seconds, typed, node.secret)  # fmt: skip


def _identify(walk: Walk, node: nodes.Identify, told: Told, world: World, now: float) -> Act | Leave:
    if isinstance(told, Enter):
        return _ask_number(walk, node, node.speech)
    if walk.phase == "number":
        digits = told.digits if isinstance(told, Keys) else ""
        if len(digits) < node.min_digits:
            return _wrong(walk, node)
        walk.kept = digits
        if node.pin_digits:
            walk.phase = "pin"
            return Ask(walk.sounds(node.pin_speech), True, node.pin_digits, "#", node.timeout_seconds,
                       node.between_seconds, secret=True)  # fmt: skip
        return _prove(walk, node, "")
    if walk.phase == "pin":
        pin = told.digits if isinstance(told, Keys) else ""
        return _prove(walk, node, pin) if pin else _wrong(walk, node)
    if isinstance(told, Fetched):
        walk.status = str(told.status)
        if told.status == 200:
            _take_answer(walk, node.answer, told.answer)
            return _identified(walk, node)
        return _wrong(walk, node) if told.status in WRONG else Leave("failed")
    if isinstance(told, CallerTold):
        if told.known:
            walk.caller = told
            return _identified(walk, node)
        return _wrong(walk, node)
    return Leave("failed")


def _ask_number(walk: Walk, node: nodes.Identify, speech: tuple[AnyPart, ...]) -> Ask:
    walk.phase, walk.kept = "number", ""
    return Ask(walk.sounds(speech), True, node.max_digits, "#", node.timeout_seconds, node.between_seconds)


def _prove(walk: Walk, node: nodes.Identify, pin: str) -> Act:
    """Ask whether number and PIN are right. The PIN is in this act and nowhere else."""
    walk.phase = "proof"
    if node.url:
        return Fetch(filled_url(node.url, walk.values()), "POST", {"number": walk.kept, "pin": pin}, 5.0)
    return FindAccount(walk.kept)


def _identified(walk: Walk, node: nodes.Identify) -> Leave:
    walk.data = {**walk.data, node.into: walk.kept}
    return Leave("known")


def _wrong(walk: Walk, node: nodes.Identify) -> Act | Leave:
    walk.tries += 1
    return Leave("unknown") if walk.tries >= node.tries else _ask_number(walk, node, (*node.on_wrong, *node.speech))


# -- decisions and data


def _hours(walk: Walk, node: nodes.Hours, told: Told, world: World, now: float) -> Leave:
    calendar = world.calendars.get(node.calendar)
    # A calendar that is gone shuts nobody out.
    return Leave("open" if calendar is None else state_at(calendar, now))


def _switch(walk: Walk, node: nodes.EmergencySwitch, told: Told, world: World, now: float) -> Leave:
    return Leave("on" if world.switches.get(node.switch) else "off")


def _condition(walk: Walk, node: nodes.Condition, told: Told, world: World, now: float) -> Act | Leave:
    if isinstance(told, CallerTold):
        walk.caller = told
    if walk.caller is None and needs_caller(node.cases) and isinstance(told, Enter):
        return AskCaller()
    return Leave(first_that_holds(node.cases, walk, walk.caller or CallerTold()))


def _lookup(walk: Walk, node: nodes.LookUp, told: Told, world: World, now: float) -> Act | Leave:
    if isinstance(told, Enter):
        values = walk.values()
        body = {name: filled(text, values) for name, text in node.body.items()}
        return Fetch(filled_url(node.url, values), node.method, body, node.timeout_seconds)
    if not isinstance(told, Fetched):
        return Leave("failed")
    walk.status = str(told.status)
    if told.status == NOT_FOUND:
        return Leave("none")
    if not 200 <= told.status < 300:
        return Leave("failed")
    _take_answer(walk, node.answer, told.answer)
    return Leave("done")


def _take_answer(walk: Walk, wanted: Mapping[str, str], answer: Any) -> None:
    found = {name: found_at(answer, place) for name, place in wanted.items()}
    walk.data = {**walk.data, **{name: storable(value) for name, value in found.items() if value is not None}}


def found_at(answer: Any, place: str) -> str | None:
    """The plain value at a place such as `cards.0.state`, as text; None when there is none."""
    for part in place.split("."):
        if isinstance(answer, dict) and part in answer:
            answer = answer[part]
        elif isinstance(answer, list) and part.isdecimal() and len(part) < 9 and int(part) < len(answer):
            answer = answer[int(part)]
        else:
            return None
    if isinstance(answer, bool):
        return "true" if answer else "false"
    return str(answer) if isinstance(answer, str | int | float) else None


def _set(walk: Walk, node: nodes.SetData, told: Told, world: World, now: float) -> Leave:
    values = {**walk.values(), **{name: "" for name in walk.secret}}  # what is secret stays here
    walk.data = {**walk.data, **{name: storable(filled(text, values)) for name, text in node.data.items()}}
    return Leave("next")


# -- handing on


def _queue(walk: Walk, node: handing.ToQueue, told: Told, world: World, now: float) -> Act | Leave:
    if isinstance(told, Enter):
        if node.tier_priority and walk.caller is None:
            return AskCaller()
        return _look(walk, node)
    if isinstance(told, CallerTold):
        walk.caller = told
        return _look(walk, node)
    if isinstance(told, QueueSeen):
        if node.max_waiting and told.waiting is not None and told.waiting >= node.max_waiting:
            return Leave("full")
        if node.when_nobody_works == "leave" and told.agents == 0:
            return Leave("empty")
        return _join(walk, node)
    result = told.result if isinstance(told, Left) else "timeout"
    walk.spoken = walk.spoken or result == "after"
    return Leave(result if result in ("timeout", "full", "empty", "key", "after") else "timeout")


def _look(walk: Walk, node: handing.ToQueue) -> Act:
    walk.queue = node.queue
    if node.max_waiting or node.when_nobody_works == "leave":
        return LookAtQueue(node.queue)
    return _join(walk, node)


def _join(walk: Walk, node: handing.ToQueue) -> Act:
    tier = walk.caller.tier if walk.caller is not None else ""
    return Queueing(
        queue=node.queue,
        priority=node.priority + node.tier_priority.get(tier, 0),
        skills=node.skills,
        last_agent_seconds=node.last_agent_seconds,
        seconds=node.max_wait_seconds,
        announce_position=node.announce_position,
        announce_wait=node.announce_wait,
        sounds=walk.sounds(node.announcement),
        music=node.music,
        leave_key=node.leave_key,
        go_on="after" in node.exits,
    )


def _agent(walk: Walk, node: handing.ToAgent, told: Told, world: World, now: float) -> Act | Leave:
    if isinstance(told, Enter):
        return RingAgent(node.who, node.agent, node.ring_seconds, "after" in node.exits)
    return _after(walk, told)


def _external(walk: Walk, node: handing.ToNumber, told: Told, world: World, now: float) -> Act | Leave:
    if isinstance(told, Enter):
        return DialNumber(filled(node.number, walk.values()), node.ring_seconds, "after" in node.exits)
    return _after(walk, told)


def _after(walk: Walk, told: Told) -> Leave:
    if isinstance(told, Left) and told.result == "after":
        walk.spoken = True
        return Leave("after")
    return Leave("failed")


def _voicemail(walk: Walk, node: handing.Voicemail, told: Told, world: World, now: float) -> Act | Leave:
    if isinstance(told, Enter):
        return TakeMessage(node.queue, walk.sounds(node.speech), node.max_seconds, node.silence_seconds,
                           node.finish_key)  # fmt: skip
    return Leave("done" if isinstance(told, Left) and told.result == "done" else "failed")


def _callback(walk: Walk, node: handing.Callback, told: Told, world: World, now: float) -> Act | Leave:
    if isinstance(told, Left):
        return Leave("done" if told.result == "done" else "failed")
    if isinstance(told, Enter):
        walk.phase = "offer"
        return _offer(walk, node)
    key = told.digits if isinstance(told, Keys) else ""
    if walk.phase == "number" and 5 <= len(key) <= 20:
        return BookCallback(node.queue, key, float(walk.kept) if walk.kept else None)
    if walk.phase == "time" and (due := next_time(key, now, world.zone)) is not None:
        walk.kept = str(due)
        return _book_own(walk, node, due)
    if walk.phase == "offer":
        if key == node.confirm_key:
            return _book_own(walk, node, None)
        if key and key == node.other_key:
            return _other_number(walk, node)
        if key and key == node.later_key:
            walk.phase = "time"
            return Ask(walk.sounds(node.time_speech), True, 4, "#", node.timeout_seconds, 3.0)
        if key == node.decline_key:
            return Leave("declined")
    walk.tries += 1
    walk.phase, walk.kept = "offer", ""
    return Leave("declined") if walk.tries >= node.tries else _offer(walk, node)


def _book_own(walk: Walk, node: handing.Callback, due_at: float | None) -> Act:
    """To the number that he calls from; who withholds it has to type one."""
    return BookCallback(node.queue, walk.call.number, due_at) if walk.call.number else _other_number(walk, node)


def _other_number(walk: Walk, node: handing.Callback) -> Ask:
    walk.phase = "number"
    return Ask(walk.sounds(node.number_speech), True, 20, "#", node.timeout_seconds, 3.0)


def _offer(walk: Walk, node: handing.Callback) -> Ask:
    return Ask(walk.sounds(node.speech), True, 1, "", node.timeout_seconds, node.timeout_seconds)


def _survey(walk: Walk, node: handing.AskSurvey, told: Told, world: World, now: float) -> Act | Leave:
    if isinstance(told, Enter):
        return NextQuestion(node.survey, 0, "")
    if isinstance(told, Question):
        return Ask(told.sounds, True, told.most, "#" if told.most > 1 else "", told.timeout, 2.0)
    if isinstance(told, Keys):
        walk.tries += 1
        if walk.tries < MOST_QUESTIONS:
            return NextQuestion(node.survey, walk.tries, told.digits)
    return Leave("done")


_DOING: Final[Mapping[type[Any], Callable[[Walk, Any, Told, World, float], Act | Leave]]] = {
    nodes.Play: _play,
    nodes.Menu: _menu,
    nodes.Collect: _collect,
    nodes.ChooseLanguage: _language,
    nodes.Hours: _hours,
    nodes.EmergencySwitch: _switch,
    nodes.Condition: _condition,
    nodes.LookUp: _lookup,
    nodes.SetData: _set,
    nodes.Identify: _identify,
    handing.ToQueue: _queue,
    handing.ToAgent: _agent,
    handing.ToNumber: _external,
    handing.Voicemail: _voicemail,
    handing.Callback: _callback,
    handing.AskSurvey: _survey,
}
