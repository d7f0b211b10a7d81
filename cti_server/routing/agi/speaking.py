"""From the engine's acts to what the dialplan is told, and to the rooms that answer what no caller is needed for."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from cti_server.core.errors import CtiError
from cti_server.routing.agi.announcing import announced
from cti_server.routing.agi.model import (
    Agents,
    Callbacks,
    CallBegan,
    Callers,
    Decisions,
    Figures,
    Messages,
    Prompts,
    QueuesSeen,
    Surveys,
    Web,
)
from cti_server.routing.agi.sounds import files_of
from cti_server.routing.flows.acts import (
    Act,
    Ask,
    AskCaller,
    BookCallback,
    CallerTold,
    DialNumber,
    End,
    Fetch,
    Fetched,
    FindAccount,
    Left,
    LookAtQueue,
    NextQuestion,
    Queueing,
    QueueSeen,
    RingAgent,
    Say,
    Sounds,
    TakeMessage,
    Told,
    Visit,
)
from cti_server.routing.flows.walk import Walk

log = structlog.get_logger(__name__)

_ANSWERED_HERE: Final = (AskCaller, LookAtQueue, Fetch, FindAccount, BookCallback, NextQuestion)
PERSON_LIMIT: Final = 0.5
"""Seconds to find out with whom a caller spoke last."""
FINISH: Final = {"#": "", "*": "t"}
"""Key that ends a message → option of Record(); `y` takes any key."""
LONGEST_SOUNDS: Final = 1800
"""Bytes of a list of files: what one command of AGI takes."""


class NoPrompts:
    """When nobody keeps prompts: callers hear nothing of them."""

    def prompt_file(self, prompt: str, language: str) -> str | None:
        """None."""
        return None

    def text_file(self, text: str, language: str) -> str | None:
        """None."""
        return None


class NoFigures:
    """When nobody counts."""

    def began(self, row: CallBegan) -> None:
        """Nothing."""

    def passed(self, pbx: str, uniqueid: str, visits: tuple[Visit, ...]) -> None:
        """Nothing."""

    def ended(self, pbx: str, uniqueid: str, outcome: str, at: float) -> None:
        """Nothing."""


@dataclass(slots=True)
class Rooms:
    """Who answers what. A room that is not there makes its nodes fail in their own way."""

    prompts: Prompts = field(default_factory=NoPrompts)
    figures: Figures = field(default_factory=NoFigures)
    callers: Callers | None = None
    queues: QueuesSeen | None = None
    web: Web | None = None
    agents: Agents | None = None
    decisions: Decisions | None = None
    callbacks: Callbacks | None = None
    messages: Messages | None = None
    surveys: Surveys | None = None
    person: Callable[[str, str], Awaitable[str]] | None = None
    """`last` or `owner`, and the caller's number → the login of that agent, empty for nobody. Raises CtiError."""
    outside: Callable[[str], str] | None = None
    """A number outside → what the dialplan dials for it. Raises CtiError when it must not be dialled: flows may hold
    numbers that callers have typed. Absent: none is dialled."""

    async def answer(self, act: Act, pbx: str, call: str, walk: Walk) -> Told:
        """What the rooms say to an act that needs no caller. Never raises: what fails is told as failed."""
        try:
            return await self._answer(act, pbx, call, walk)
        except CtiError as fault:
            log.warning("flow_room_failed", act=type(act).__name__, reason=fault.code)
        except Exception:
            log.exception("flow_room_broke", act=type(act).__name__)
        return _failed(act)

    async def _answer(self, act: Act, pbx: str, call: str, walk: Walk) -> Told:
        if isinstance(act, AskCaller) and self.callers is not None:
            told = await self.callers.of_number(walk.call.number)
            return await self._with_callback(told, walk.call.number)
        if isinstance(act, FindAccount) and self.callers is not None:
            return await self.callers.of_account(act.account)
        if isinstance(act, LookAtQueue) and self.queues is not None:
            return self.queues.seen(pbx, act.queue)
        if isinstance(act, Fetch) and self.web is not None:
            body = act.body if act.method == "POST" else None
            return Fetched(*await self.web.fetch(act.url, method=act.method, body=body, timeout=act.timeout))
        if isinstance(act, BookCallback) and self.callbacks is not None:
            kept = await self.callbacks.book(
                queue=act.queue,
                number=act.number,
                caller=walk.caller or CallerTold(),
                call=call,
                did=walk.call.did,
                language=walk.language,
                priority=walk.priority,
                due_at=act.due_at,
            )
            return Left("done" if kept else "failed")
        if isinstance(act, NextQuestion) and self.surveys is not None:
            question = await self.surveys.question(act.survey, act.asked, act.key, call, walk.language)
            return question or Left("done")
        return _failed(act)

    async def met(self, act: Queueing, pbx: str, uniqueid: str, walk: Walk) -> None:
        """Let the room of decisions learn who is about to wait."""
        if self.decisions is not None:
            try:
                await self.decisions.meet(pbx, uniqueid, walk.call.number, act)
            except Exception:
                log.exception("flow_caller_not_met", queue=act.queue)

    async def _with_callback(self, told: CallerTold, number: str) -> CallerTold:
        """With it whether a callback to him is open."""
        if self.callbacks is None or not number:
            return told
        return replace(told, open_callback=await self.callbacks.has_open(number))

    def decided(self, act: Act, pbx: str, uniqueid: str, walk: Walk) -> Act:
        """The act as the room of decisions wants it; its own faults never keep a caller."""
        if not isinstance(act, Queueing) or self.decisions is None:
            return act
        try:
            return self.decisions.joining(pbx, uniqueid, act, walk.caller or CallerTold(), walk.data)
        except Exception:
            log.exception("flow_decision_failed", queue=act.queue)
            return act

    async def person_for(self, act: RingAgent, walk: Walk) -> RingAgent:
        """Who spoke last with the caller or looks after him, by name; named nobody when that is not known in time."""
        if act.who == "named":
            return act
        login = ""
        if self.person is not None and walk.call.number:
            try:
                async with asyncio.timeout(PERSON_LIMIT):
                    login = await self.person(act.who, walk.call.number)
            except (CtiError, TimeoutError) as fault:
                log.info("agent_of_caller_not_found", who=act.who, reason=str(fault))
        return replace(act, who="named", agent=login)

    def waiting(self, pbx: str, queue: str) -> int | None:
        """How many wait in a queue, None when that is not known."""
        return None if self.queues is None else self.queues.seen(pbx, queue).waiting


def answers_itself(act: Act) -> bool:
    """Is it an act for which no caller is needed?"""
    return isinstance(act, _ANSWERED_HERE)


def _failed(act: Act) -> Told:
    if isinstance(act, AskCaller | FindAccount):
        return CallerTold()
    if isinstance(act, LookAtQueue):
        return QueueSeen()
    return Fetched(0) if isinstance(act, Fetch) else Left("failed")


def variables_of(
    act: Act, rooms: Rooms, pbx: str, linkedid: str, walk: Walk, uniqueid: str = ""
) -> Iterator[tuple[str, str]]:
    """The channel variables by which the dialplan is told an act."""
    yield from _told(act, rooms, pbx, (linkedid, uniqueid or linkedid), walk)


def _sounds(sounds: Sounds, rooms: Rooms, pbx: str, more: Sequence[str] = ()) -> tuple[str, str]:
    files = [*files_of(sounds, rooms.prompts, lambda queue: rooms.waiting(pbx, queue)), *more]
    while len("&".join(files).encode()) > LONGEST_SOUNDS:
        files.pop()
    return "CTI_SOUNDS", "&".join(files)


def _told(act: Act, rooms: Rooms, pbx: str, ids: tuple[str, str], walk: Walk) -> Iterator[tuple[str, str]]:
    language = walk.language.split("-")[0]
    if isinstance(act, Say | Ask):
        yield _asked(act, language)
        yield _sounds(act.sounds, rooms, pbx)
        yield "CTI_ANSWER", "say" if isinstance(act, Say) and not act.barge_in else "ask"
    elif isinstance(act, Queueing):
        yield from _queue(act)
        told = announced(act, walk.language, rooms.prompts.text_file)
        yield _sounds(act.sounds, rooms, pbx, told)
        yield "CTI_ASK", f"0:0:0:0:{language}:::"
        yield "CTI_ANSWER", "queue"
    elif isinstance(act, RingAgent | DialNumber):
        yield from _ring(act, rooms, pbx, walk)
    elif isinstance(act, TakeMessage):
        yield from _record(act, rooms, pbx, ids, walk)
    elif isinstance(act, End):
        yield _sounds(act.sounds, rooms, pbx)
        yield "CTI_ANSWER", "safe" if act.safe else "hangup"


def _asked(act: Say | Ask, language: str) -> tuple[str, str]:
    barge = int(act.barge_in)
    if isinstance(act, Say):
        return "CTI_ASK", f"{barge}:1:0:0:{language}:::"
    secret = "s" if act.secret else ""
    ask = f"{barge}:{act.most}:{act.timeout:g}:{act.between:g}:{language}:{act.terminator}:{secret}:{act.typed}"
    return "CTI_ASK", ask


def _queue(act: Queueing) -> Iterator[tuple[str, str]]:
    yield "CTI_QUEUE", act.queue
    yield "CTI_PRIORITY", str(act.priority)
    yield "CTI_SECONDS", str(act.seconds)
    yield "CTI_MUSIC", act.music
    yield "CTI_GO_ON", "c" if act.go_on else ""
    yield from act.variables.items()


def _ring(act: RingAgent | DialNumber, rooms: Rooms, pbx: str, walk: Walk) -> Iterator[tuple[str, str]]:
    target: str | None = ""
    number = "0"
    if isinstance(act, RingAgent):
        customer = walk.caller.customer_id if walk.caller is not None else ""
        target = None
        if rooms.agents is not None:
            target = rooms.agents.device_for(pbx, act.who, act.agent, customer, walk.call.number)
    else:
        number = _outside(act.number, rooms)
    if target is None or not number:
        yield "CTI_LEFT", "NOBODY"
        yield "CTI_ANSWER", "left"
        return
    yield "CTI_TARGET", target
    yield "CTI_NUMBER", number
    yield "CTI_RING_SECONDS", str(act.seconds)
    yield "CTI_GO_ON", "g" if act.go_on else ""
    yield "CTI_ANSWER", "ring"


def _outside(number: str, rooms: Rooms) -> str:
    """What to dial, empty when it must not be dialled."""
    if rooms.outside is None or not number:
        return ""
    try:
        return rooms.outside(number)
    except CtiError as refused:
        log.warning("flow_number_refused", reason=refused.code)
        return ""


def _record(act: TakeMessage, rooms: Rooms, pbx: str, ids: tuple[str, str], walk: Walk) -> Iterator[tuple[str, str]]:
    file = ""
    if rooms.messages is not None:
        file = rooms.messages.begin(
            pbx=pbx, uniqueid=ids[1], linkedid=ids[0], queue=act.queue, number=walk.call.number, did=walk.call.did
        )
    if not file:
        yield "CTI_LEFT", "NOBODY"
        yield "CTI_ANSWER", "left"
        return
    yield _sounds(act.sounds, rooms, pbx)
    yield "CTI_FILE", file
    yield "CTI_FINISH", FINISH.get(act.finish_key, "y")
    yield "CTI_SECONDS", str(act.seconds)
    yield "CTI_SILENCE", str(act.silence)
    yield "CTI_ANSWER", "record"
