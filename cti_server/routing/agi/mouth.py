"""Speaks a flow to Asterisk: one short conversation per step, between which the dialplan plays, queues and dials.

The dialplan (`cti-flow` in extensions_cti.conf) tells what came of the last act, the engine says what is next, and the
answer is set as channel variables, the act as `CTI_ANSWER` last. Nothing is ever waited for long here: what
takes time goes on in a task, and the dialplan comes back for it (`wait`). A call that is not known (the server was
restarted) gets no answer and so goes to its safe queue.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

import structlog

from cti_server.core.clock import Clock
from cti_server.core.tasks import Tasks
from cti_server.routing.agi.model import CallBegan
from cti_server.routing.agi.server import AgiSession
from cti_server.routing.agi.speaking import Rooms, answers_itself, variables_of
from cti_server.routing.flows.acts import Act, Ask, CallFacts, End, Enter, Keys, Left, Queueing, RingAgent, Told
from cti_server.routing.flows.engine import begin, hang_up, step
from cti_server.routing.flows.walk import Published, Walk, World

log = structlog.get_logger(__name__)

PATIENCE: Final = 0.7
"""Seconds that a step waits for something slow before it lets the dialplan wait instead."""
LONGEST_WAY: Final = 6 * 3600.0
"""Seconds after which a call of which nothing was heard is forgotten."""
MOST_DATA: Final = 1500
"""Bytes of the data on a channel; fields that do not fit any more stay with the flow."""
QUEUE_ENDS: Final = {
    "TIMEOUT": "timeout",
    "FULL": "full",
    "JOINEMPTY": "empty",
    "LEAVEEMPTY": "empty",
    "JOINUNAVAIL": "empty",
    "LEAVEUNAVAIL": "empty",
    "CONTINUE": "after",
    "KEY": "key",
    "WITHDRAW": "timeout",
    "ANSWER": "after",
    "RECORDED": "done",
}
"""What the dialplan says came of an act → what the engine is told; everything else failed."""


@dataclass(slots=True)
class Going:
    """One call that is in a flow."""

    pbx: str
    uniqueid: str
    linkedid: str
    walk: Walk
    touched: float
    told_data: str = ""
    secret: bool = False
    """What is asked now is nobody's business."""
    slow: "asyncio.Task[Told] | None" = None

    @property
    def call(self) -> str:
        """Its name elsewhere."""
        return f"{self.pbx}:{self.linkedid}"


class FlowMouth:
    """Answers agi://…/flow. `pick(did)`: the version that a new call on this number follows, None for none."""

    def __init__(
        self,
        *,
        pick: Callable[[str], Published | None],
        world: Callable[[], World],
        rooms: Rooms,
        clock: Clock,
        tasks: Tasks,
        pbx: str = "main",
        most: int = 1000,
        patience: float = PATIENCE,
    ) -> None:
        self._pick = pick
        self._world = world
        self._rooms = rooms
        self._clock = clock
        self._tasks = tasks
        self._pbx = pbx
        self._most = most
        self._patience = patience
        self.going: dict[tuple[str, str], Going] = {}
        self.own_seconds: Callable[[float], None] = lambda seconds: None
        """Told how long each step took of our own time."""

    async def __call__(self, session: AgiSession) -> None:
        """One step of one call."""
        said, pbx, heard, did, linkedid = (*session.arguments, "", "", "", "", "")[:5]
        key = (pbx or self._pbx, session.header.get("uniqueid", ""))
        if said == "begin":
            going = self._enter(session, key, did, linkedid)
            told: Told | None = Enter()
        else:
            going = self.going.get(key)
            told = await self._heard(session, going, said, heard) if going is not None else None
        if going is None:
            log.info("flow_call_not_known", uniqueid=key[1], said=said)
            return
        going.touched = self._clock.monotonic()
        act = await self._go_on(going, told)
        if isinstance(act, RingAgent):
            act = await self._rooms.person_for(act, going.walk)
        elif isinstance(act, Queueing):
            await self._rooms.met(act, going.pbx, going.uniqueid, going.walk)
        await self._answer(session, going, act)

    def _enter(self, session: AgiSession, key: tuple[str, str], did: str, linkedid: str) -> Going | None:
        published = self._pick(did)
        if published is None or len(self.going) >= self._most:
            return None
        number = session.header.get("callerid", "")
        number = "" if number == "unknown" else number
        linkedid = linkedid or key[1]
        now = self._clock.now()
        walk = begin(published, CallFacts(number=number, did=did), now)
        going = Going(*key, linkedid, walk, self._clock.monotonic())
        self.going[key] = going
        began = CallBegan(*key, linkedid, did, number, published.flow, published.version, now)
        self._rooms.figures.began(began)
        return going

    async def _heard(self, session: AgiSession, going: Going, said: str, heard: str) -> Told | None:
        """What the dialplan says came of the last act; None: nothing yet, it only waited."""
        if said == "wait":
            return None
        if said == "keys":
            if going.secret:  # a card number does not stay on the channel
                heard = await session.get("CTI_KEYS")
                await session.set("CTI_KEYS", "")
            return Keys("".join(sign for sign in heard if sign in "0123456789*#")[:40])
        if heard == "RECORDED" and self._rooms.messages is not None:
            self._rooms.messages.over(going.pbx, going.uniqueid)
        return Left(QUEUE_ENDS.get(heard, "failed"))

    async def _go_on(self, going: Going, told: Told | None) -> Act | None:
        """Run the engine until the dialplan is needed; None: something slow is not there yet."""
        until = self._clock.monotonic() + self._patience
        while True:
            if told is None:
                if going.slow is None:
                    return End(safe=True, reason="lost")
                await asyncio.wait({going.slow}, timeout=max(0.0, until - self._clock.monotonic()))
                if not going.slow.done():
                    return None
                told, going.slow = going.slow.result(), None
            begun = self._clock.monotonic()
            going.walk, act = step(going.walk, told, self._world(), self._clock.now())
            self.own_seconds(self._clock.monotonic() - begun)
            self._tell_figures(going, act)
            if not answers_itself(act):
                going.secret = isinstance(act, Ask) and act.secret
                return act
            going.slow = self._tasks.start("flow-step", self._rooms.answer(act, going.pbx, going.call, going.walk))
            told = None

    async def _answer(self, session: AgiSession, going: Going, act: Act | None) -> None:
        """Tell the dialplan what to do; `CTI_ANSWER`, the act, last, so that half an answer counts as none."""
        if act is None:
            await session.set("CTI_ANSWER", "wait")
        else:
            if isinstance(act, End):
                self.going.pop((going.pbx, going.uniqueid), None)
            told: list[tuple[str, str]] = []
            data = data_text(going.walk)
            if data != going.told_data:
                told.append(("__CTI_DATA", data))
            wish = self._rooms.decided(act, going.pbx, going.uniqueid, going.walk)
            if isinstance(wish, Queueing):
                going.walk = replace(going.walk, priority=wish.priority)
            told += variables_of(wish, self._rooms, going.pbx, going.linkedid, going.walk, going.uniqueid)
            await session.set_all(told)
            going.told_data = data

    def _tell_figures(self, going: Going, act: Act) -> None:
        if going.walk.visits:
            self._rooms.figures.passed(going.pbx, going.uniqueid, going.walk.visits)
            going.walk = replace(going.walk, visits=())
        if isinstance(act, End):
            self._rooms.figures.ended(going.pbx, going.uniqueid, act.reason, self._clock.now())

    # -- the end of calls

    def gone(self, pbx: str, uniqueid: str) -> None:
        """The caller has hung up; nothing happens for calls that are in no flow."""
        going = self.going.pop((pbx, uniqueid), None)
        if going is None:
            return
        if going.slow is not None:
            going.slow.cancel()
        now = self._clock.now()
        walk = hang_up(going.walk, now)
        if walk.visits:
            self._rooms.figures.passed(pbx, uniqueid, walk.visits)
        last = walk.visits[-1].exit if walk.visits else "gone"
        self._rooms.figures.ended(pbx, uniqueid, last, now)

    def forget_old(self) -> None:
        """Forget calls of which nothing was heard for hours; their end went by unseen."""
        before = self._clock.monotonic() - LONGEST_WAY
        for key in [key for key, going in self.going.items() if going.touched < before]:
            self.gone(*key)


def data_text(walk: Walk) -> str:
    """The data as they are carried on the channel: `field=value&…`, percent-coded; secret ones are not in it."""
    fields: dict[str, str] = {}
    for name, value in walk.data.items():
        if name not in walk.secret and value and len(urlencode({**fields, name: value})) <= MOST_DATA:
            fields[name] = value
    return urlencode(fields)
