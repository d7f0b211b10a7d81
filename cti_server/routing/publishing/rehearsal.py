"""The dry run: the same engine without a phone (pure). It is played from the start each time, so that it keeps nothing.

What the caller does is a list of texts: keys for a node that asks ("" is silence), the result for one that hands him on
("timeout", "after", "done", "failed" …). Where the list ends before the flow does, the answer says what is waited for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from msgspec import Struct, field

from cti_server.routing.flows.acts import (
    Act,
    Ask,
    AskCaller,
    BookCallback,
    CallerTold,
    CallFacts,
    End,
    Enter,
    Fetch,
    Fetched,
    FindAccount,
    Keys,
    Left,
    LookAtQueue,
    NextQuestion,
    QueueSeen,
    Say,
    Sounds,
    Told,
)
from cti_server.routing.flows.engine import begin, step
from cti_server.routing.flows.walk import Published, Walk, World

MOST_STEPS: Final = 2000
MOST_SHOWN: Final = 500


class Heard(Struct, frozen=True):
    """One thing that the caller hears; `value` filled in."""

    say: str
    value: str
    language: str
    style: str = ""


class StepJson(Struct, frozen=True, omit_defaults=True):
    """One act of the path. `exit`: by which way he came to the next node; `given`: what was pressed or said."""

    flow: str
    node: str
    act: str
    heard: tuple[Heard, ...] = ()
    given: str | None = None
    exit: str | None = None
    about: dict[str, Any] = field(default_factory=dict)


class RehearsalJson(Struct, frozen=True):
    """The whole path. `awaits` the act that needs the next input, null when it is over: then `ended` says how."""

    steps: tuple[StepJson, ...]
    visits: tuple[dict[str, Any], ...]
    awaits: StepJson | None
    ended: str | None
    safe: bool
    data: dict[str, str]
    language: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What the world says in this run: by node id for look-ups, by name for queues."""

    caller: CallerTold
    fetched: Mapping[str, Fetched]
    queues: Mapping[str, QueueSeen]


def rehearse(
    published: Published, call: CallFacts, world: World, setting: Setting, inputs: list[str], now: float
) -> RehearsalJson:
    """Play it. `now`: what o'clock it is taken to be, unix seconds."""
    walk, told = begin(published, call, now), None
    steps: list[StepJson] = []
    left = list(inputs)
    given: Told = Enter()
    for _ in range(MOST_STEPS):
        frame_before = len(walk.visits)
        walk, act = step(walk, given, world, now)
        shown = _shown(walk, act)
        if steps and len(walk.visits) > frame_before:
            steps[-1] = _with_exit(steps[-1], walk.visits[frame_before].exit)
        if isinstance(act, End):
            return _result([*steps, shown], walk, None, act)
        told = _told(act, walk, setting, left)
        if told is None:
            return _result(steps, walk, shown, None)
        steps.append(_with_given(shown, told))
        given = told
    return _result(steps, walk, None, End(safe=True, reason="loop"))


def _told(act: Act, walk: Walk, setting: Setting, left: list[str]) -> Told | None:
    """What the act is answered; None when the caller has to say more."""
    if isinstance(act, Say):
        return Keys()
    if isinstance(act, AskCaller):
        return setting.caller
    if isinstance(act, LookAtQueue):
        return setting.queues.get(act.queue, QueueSeen(0, 1))
    if isinstance(act, Fetch):
        return setting.fetched.get(walk.frames[-1].node, Fetched(0))
    if isinstance(act, FindAccount):
        return setting.caller
    if isinstance(act, BookCallback | NextQuestion):
        return Left("done")
    if not left:
        return None
    word = left.pop(0)
    return Keys(act.typed + word) if isinstance(act, Ask) else Left(word)


def _shown(walk: Walk, act: Act) -> StepJson:
    """An act as people are shown it; what is secret is not in it."""
    frame = walk.frames[-1]
    sounds: Sounds = getattr(act, "sounds", ())
    about = {
        name: getattr(act, name)
        for name in ("queue", "priority", "most", "timeout", "url", "number", "agent", "who", "reason", "barge_in")
        if hasattr(act, name)
    }
    heard = tuple(Heard(each.say, each.value, each.language, each.style) for each in sounds)
    return StepJson(frame.published.flow, frame.node, type(act).__name__, heard, None, None, about)


def _with_exit(before: StepJson, exit_: str) -> StepJson:
    return StepJson(before.flow, before.node, before.act, before.heard, before.given, exit_, before.about)


def _with_given(before: StepJson, told: Told) -> StepJson:
    given = told.digits if isinstance(told, Keys) else told.result if isinstance(told, Left) else None
    return StepJson(before.flow, before.node, before.act, before.heard, given, None, before.about)


def _result(steps: list[StepJson], walk: Walk, awaits: StepJson | None, end: End | None) -> RehearsalJson:
    visits = tuple({"flow": each.flow, "node": each.node, "kind": each.kind, "exit": each.exit} for each in walk.visits)
    return RehearsalJson(
        steps=tuple(steps[:MOST_SHOWN]),
        visits=visits[:MOST_SHOWN],
        awaits=awaits,
        ended=None if end is None else end.reason,
        safe=end is not None and end.safe,
        data=dict(walk.data),
        language=walk.language,
    )
