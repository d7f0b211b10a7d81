"""Carries bulk changes out and takes them back."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from cti_server.agents.directory import Directory
from cti_server.agents.live_agents import may_watch
from cti_server.agents.model import Days, Live, MemberChange, Profile
from cti_server.agents.moves import store
from cti_server.agents.moves.model import (
    LONGEST,
    MOST_AGENTS,
    UNDO_SECONDS,
    Change,
    Item,
    Kind,
    Move,
    Places,
    State,
    checked_change,
    missing_queues,
    rearranged,
    taken_back,
    with_level,
)
from cti_server.agents.skills.service import SkillsService
from cti_server.core.audit.model import Actor, Operator
from cti_server.core.auth.model import Session
from cti_server.core.auth.scope import EVERYTHING, Scope
from cti_server.core.clock import Clock
from cti_server.core.errors import BadInput, Conflict, CtiError, Forbidden, NotFound
from cti_server.core.push.sights import Sight
from cti_server.core.tasks import Tasks

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

TOPIC: Final = "moves"
RETRY: Final = 5.0
_LONGEST_NAP: Final = 60.0
_REMEMBERED: Final = 86400.0
_CLOCK: Final = Operator(login="(time)")


class Roster(Protocol):
    """Who keeps the profiles and brings the PBX in step with them."""

    def rearrange(
        self,
        who: Actor,
        plan: Callable[[], Mapping[int, Places]],
        details: Mapping[str, object],
        also: "Callable[[Connection], Awaitable[None]]",
    ) -> Awaitable[Mapping[int, tuple[Profile, Profile]]]:
        """Keep other queues for several agents, all or none; `plan` is asked while nobody else changes any."""

    def follow(
        self, user_id: int, before: Profile, after: Profile, signed_in: Collection[str] | None
    ) -> Awaitable[list[MemberChange]]:
        """Bring the PBX in step with one of them; never raises."""

    def at_work(self, user_id: int) -> tuple[bool, tuple[str, ...] | None]:
        """Whether his memberships are on the PBX now, and the queues that he is signed in to (None: no shift)."""


class MovesService:
    """The use cases. Listens to time from `start()` on."""

    def __init__(
        self,
        *,
        hub: "PushHub",
        live: Live,
        db: "Database",
        clock: Clock,
        tasks: Tasks,
        days: Days,
        roster: Roster,
        directory: Directory,
        skills: SkillsService,
    ) -> None:
        self._hub = hub
        self._live = live
        self._db = db
        self._clock = clock
        self._tasks = tasks
        self._days = days
        self._roster = roster
        self._directory = directory
        self._skills = skills
        self._moves: dict[int, Move] = {}
        self._busy: set[int] = set()
        self._wake = asyncio.Event()
        sight = Sight(
            items=("moves",),
            key=lambda move: move.id,
            shown=lambda scope, move: move if self._sees(scope, move) else None,
            gone=lambda move: ("move.removed", {"id": move.id}),
        )
        hub.register_topic(TOPIC, may=may_watch, snapshot=self.snapshot, sight=sight)

    def start(self) -> None:
        """Take back by itself what was for a time."""
        self._tasks.start("moves-timer", self._keep_time())

    async def restore(self) -> None:
        """Load what can still be taken back. Raises Unavailable."""
        for move in await store.recent(self._db, self._clock.now() - _REMEMBERED):
            # What the last run did not come to, the link brings as it comes up.
            items = tuple(replace(one, state=State.DONE) if one.state is State.PLANNED else one for one in move.items)
            self._moves.setdefault(move.id, replace(move, items=items))
        self._wake.set()

    # -- what is shown

    def snapshot(self) -> dict[str, list[Move]]:
        """The changes of the last day and those for a time, the newest first."""
        return {"moves": self.listing(EVERYTHING)}

    def listing(self, scope: Scope) -> list[Move]:
        """The same within a scope."""
        return [move for _, move in sorted(self._moves.items(), reverse=True) if self._sees(scope, move)]

    def _sees(self, scope: Scope, move: Move) -> bool:
        """Whether all its agents and queues lie within; whom it took out of a queue counts as if he were there."""
        return scope.whole or all(self._sees_item(scope, item) for item in move.items)

    def _sees_item(self, scope: Scope, item: Item) -> bool:
        had = {place.queue for place in (*item.before, *item.after)}
        touched = {place.queue for place in set(item.before) ^ set(item.after)}
        key = self._directory.device_of(item.user_id)
        team, queues = self._directory.standing(*key) if key else ("", ())
        return scope.sees_agent(team, {*queues, *had}) and all(map(scope.sees_queue, touched))

    # -- what people do

    def preview(self, who: Session, users: Sequence[int], change: Change) -> list[Item]:
        """What a change would make of each agent. Raises BadInput, NotFound, Forbidden."""
        change = checked_change(change)
        if not 1 <= len(set(users)) <= MOST_AGENTS:
            raise BadInput("Choose some agents.", field="users", allowed=f"1 to {MOST_AGENTS} agents")
        for user_id in users:
            if not self._directory.sees_user(who.scope, user_id):
                raise NotFound("There is no such agent.", code="no_such_agent")
        if not all(map(who.scope.sees_queue, change.queues)):
            raise Forbidden("This queue is not one of yours.", code="not_in_scope")
        return [self._item(user_id, change, who.scope) for user_id in dict.fromkeys(users)]

    def _item(self, user_id: int, change: Change, scope: Scope) -> Item:
        name = self._directory.name_of(user_id)
        profile = self._directory.profile_of(user_id)
        if profile is None:
            return Item(user_id, name, state=State.REFUSED, reason="no_device")
        if change.kind is Kind.SKILL:
            level = self._skills.of(user_id).get(change.skill)
            item = Item(user_id, name, level_before=level, level_after=change.level)
        else:
            after = rearranged(profile.queues, change, scope.sees_queue)
            _, signed_in = self._roster.at_work(user_id)
            item = Item(user_id, name, profile.queues, after, signed_in=signed_in)
            if self._unknown(profile, item):
                return replace(item, state=State.REFUSED, reason="no_such_queue")
        return item if item.moves else replace(item, state=State.UNCHANGED)

    def _unknown(self, profile: Profile, item: Item) -> bool:
        link = self._live.links.get(profile.pbx)
        if link is None or not link.up:
            return False
        known = [name for pbx, name in self._live.queues if pbx == profile.pbx]
        return bool(missing_queues(item.after, item.before, known))

    async def apply(
        self, who: Session, users: Sequence[int], change: Change, until: float | None, text: str, *, today: bool = False
    ) -> Move:
        """Keep a change and have the PBX follow; what becomes of each agent comes by topic `moves`.

        `today`: until the business day ends. Raises BadInput, NotFound, Forbidden, Conflict, Unavailable.
        """
        now = self._clock.now()
        until = self._days.bounds(now)[1] if today else until
        if until is not None and not now < until <= now + LONGEST:
            raise BadInput("This end lies in the past, or too far.", field="until", allowed="a moment within 31 days")
        text = text.strip()
        if len(text) > 200 or (text and not text.isprintable()):
            raise BadInput("This text cannot be used.", field="text", allowed="at most 200 characters on one line")
        change = checked_change(change)
        undo = until if until is not None else now + UNDO_SECONDS
        move = Move(0, who.user_id, who.name, now, change, until, text, undo, ())

        def plan() -> tuple[Item, ...]:
            items = tuple(self.preview(who, users, change))
            if not any(item.state is State.PLANNED for item in items):
                raise Conflict("All of them have it already, or cannot have it.", code="nothing_to_change")
            return items

        return await self._carry(who, move, plan, "agent.move")

    async def undo(self, who: Session, move_id: int) -> Move:
        """Take a change back where nobody has changed the same meanwhile. Raises NotFound, Conflict, Unavailable."""
        move = self._moves.get(move_id)
        if move is None or not self._sees(who.scope, move):
            raise NotFound("There is no such change.", code="no_such_move")
        if self._clock.now() > move.undo_until:
            raise Conflict("It is too late to take this back.", code="too_late")
        return await self._take_back(who, move, who.name)

    async def _take_back(self, who: Actor, move: Move, name: str) -> Move:
        if move.undone_at is not None:
            raise Conflict("This was taken back already.", code="already_undone")
        if move.id in self._busy:
            raise Conflict("This change is still being carried out.", code="still_busy")
        undone = replace(move, undone_at=self._clock.now(), undone_by_name=name)
        self._busy.add(move.id)
        try:
            return await self._carry(who, undone, lambda: tuple(map(self._back, move.items)), "agent.moveBack")
        except BaseException:
            self._busy.discard(move.id)
            raise

    def _back(self, item: Item) -> Item:
        """The way back of one agent, as an item of its own."""
        profile = self._directory.profile_of(item.user_id)
        if item.state in (State.REFUSED, State.UNCHANGED):
            return item
        way = replace(item, state=State.PLANNED, reason="", before=item.after, after=item.before)
        way = replace(way, level_before=item.level_after, level_after=item.level_before)
        back = None if profile is None else taken_back(profile.queues, item)
        if profile is None or back is None:
            return replace(way, state=State.CHANGED)
        return replace(way, before=profile.queues, after=back)

    # -- how it is done

    async def _carry(self, who: Actor, move: Move, plan: Callable[[], tuple[Item, ...]], action: str) -> Move:
        """Keep the plan in one transaction, then bring the PBX in step agent by agent, on the side."""
        kept: list[Move] = []
        skill = move.change.skill if move.change.kind is Kind.SKILL else ""

        def places() -> Mapping[int, Places]:
            items = plan()
            if skill:
                items = tuple(self._level_now(one, skill) for one in items)
            kept.append(replace(move, items=items))
            return {one.user_id: one.after for one in items if one.state is State.PLANNED and not skill}

        async def also(connection: "Connection") -> None:
            for one in kept[-1].items:
                if skill and one.state is State.PLANNED:
                    levels = with_level(self._skills.of(one.user_id), skill, one.level_after)
                    await self._skills.write(connection, who, one.user_id, levels)
            if move.undone_at is None:
                kept.append(replace(kept[-1], id=await store.add(connection, kept[-1])))
            else:
                await store.save(connection, kept[-1])

        details = {"text": move.text, "until": move.until}
        changed = await self._roster.rearrange(who, places, details | {"action": action}, also)
        move = kept[-1]
        self._busy.add(move.id)
        self._tell(move)
        self._tasks.start(f"move-{move.id}", self._follow(move, changed, skill))
        return move

    def _level_now(self, item: Item, skill: str) -> Item:
        """Taking a level back needs the level that the change has set."""
        stands = self._skills.of(item.user_id).get(skill) == item.level_before
        return item if stands or item.state is not State.PLANNED else replace(item, state=State.CHANGED)

    async def _follow(self, move: Move, changed: Mapping[int, tuple[Profile, Profile]], skill: str) -> None:
        back = move.undone_at is not None
        try:
            for place, item in enumerate(move.items):
                if item.state is State.PLANNED:
                    if skill:
                        levels = with_level(self._skills.of(item.user_id), skill, item.level_after)
                        self._skills.changed(item.user_id, levels)
                        item = replace(item, state=State.DONE)
                    else:
                        item = await self._bring(item, *changed[item.user_id])
                    self._tell_agent(move, item)
                    if back and item.state in (State.DONE, State.KEPT):
                        item = replace(item, state=State.UNDONE)
                    move = replace(move, items=(*move.items[:place], item, *move.items[place + 1 :]))
                    self._tell(move)
            with contextlib.suppress(CtiError):
                await store.save(self._db, move)
        finally:
            self._busy.discard(move.id)
            self._wake.set()

    async def _bring(self, item: Item, before: Profile, after: Profile) -> Item:
        done = await self._roster.follow(item.user_id, before, after, item.signed_in)
        wrong = next((one for one in done if not one.done), None)
        if wrong is not None:
            return replace(item, state=State.FAILED, reason=f"{wrong.queue}: {wrong.reason}")
        return replace(item, state=State.DONE if self._roster.at_work(item.user_id)[0] else State.KEPT)

    def _tell(self, move: Move) -> None:
        self._moves[move.id] = move
        self._hub.publish(TOPIC, "move.changed", move, self._clock.now())

    def _tell_agent(self, move: Move, item: Item) -> None:
        told = {
            "by": move.undone_by_name if move.undone_at is not None else move.by_name,
            "back": move.undone_at is not None,
            "text": move.text,
            "until": move.until,
            "kind": move.change.kind,
            "skill": move.change.skill,
            "level": item.level_after,
            "queues": item.after,
        }
        self._hub.publish(f"user:{item.user_id}", "agent.moved", told, self._clock.now())

    # -- time

    async def _keep_time(self) -> None:
        while True:
            now = self._clock.now()
            due = [move for move in self._moves.values() if move.until is not None and move.undone_at is None]
            for move in due:
                if move.until is not None and move.until <= now and move.id not in self._busy:
                    await self._time_is_up(move)
            ahead = [move.until - now for move in due if move.until is not None and move.until > now]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min([_LONGEST_NAP, *ahead])):
                    await self._wake.wait()
            self._wake.clear()

    async def _time_is_up(self, move: Move) -> None:
        try:
            await self._take_back(_CLOCK, move, "")
        except CtiError as fault:
            log.warning("move_not_taken_back", move=move.id, reason=fault.code, again_in=RETRY)
            await asyncio.sleep(RETRY)
            self._wake.set()
