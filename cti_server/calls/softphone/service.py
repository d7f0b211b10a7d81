"""What pages, the shifts and the accounts ask of the browser phones."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

import structlog

from cti_server.calls.softphone import store
from cti_server.calls.softphone.model import (
    CHECKS,
    DOMAIN,
    KEY,
    QUALITY,
    REGISTER_SECONDS,
    SAMPLE_EVERY,
    Device,
    Doorkeeper,
    Figures,
    IssuedJson,
    Journal,
    Live,
    People,
    PhoneJson,
    PhoneKey,
    PhoneOptions,
    Quality,
    checked_word,
    first_sample,
    leg_of,
    next_sample,
    passes,
)
from cti_server.core.auth.events import SessionEnded
from cti_server.core.auth.model import Role, Session
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, CtiError, NotFound, TooMany
from cti_server.core.tasks import Tasks
from cti_server.live.changes import LinkChanged

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

SINKS: Final[Mapping[str, "Callable[[Connection, list[dict[str, Any]]], Awaitable[None]]"]] = {
    KEY: store.write_keys,
    QUALITY: store.write_quality,
}
"""What the journal does with the rows of browser phones."""

CHANGED: Final = "phone.changed"
"""Told to the user, with the phone as it is now."""

_SWEEP_EVERY: Final = 20.0
_EARLY: Final = 1.0
"""Seconds by which a report may come sooner than agreed: the page's clock is not ours."""
_MOST_CALLS: Final = 50_000
_WATCHERS: Final = frozenset({Role.SUPERVISOR, Role.QA, Role.ADMIN})


class SoftphoneService:
    """The use cases. One phone per device at a time: who starts it takes it over."""

    def __init__(
        self,
        options: PhoneOptions,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Live,
        people: People,
        doorkeeper: Doorkeeper,
        journal: Journal,
        db: "Database",
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._options = options
        self._hub = hub
        self._live = live
        self._people = people
        self._door = doorkeeper
        self._journal = journal
        self._db = db
        self._clock = clock
        self._tasks = tasks
        self._keys: dict[Device, PhoneKey] = {}
        self._locks: dict[Device, asyncio.Lock] = {}
        self._to_take: dict[Device, None] = {}
        self._quality: dict[tuple[str, str, str], Quality] = {}
        hub.add_part("user", "phone", self.shown)
        bus.subscribe(SessionEnded, self._on_session_ended)
        bus.subscribe(LinkChanged, self._on_link)

    # -- begin

    async def restore(self) -> None:
        """Load who may register; sessions that ended meanwhile lose their phones. The journal must be drained.

        Raises Unavailable.
        """
        for key, session_open in await store.keys(self._db):
            place = (key.pbx, key.device)
            if session_open and key.expires_at > self._clock.now():
                self._keys[place] = key
            else:
                self._forget(place)

    def start(self) -> None:
        """Take back what has run out, from now on."""
        if self._options.enabled:
            self._tasks.start("softphone-sweep", self._sweep_for_ever())

    # -- what is shown and asked inside the server

    def shown(self, user_id: int) -> PhoneJson | None:
        """A user's browser phone; None when his device is none."""
        device = self._browser_device(user_id)
        if device is None:
            return None
        key = self._keys.get(device)
        return PhoneJson(
            device[1],
            key.key if key else None,
            key.issued_at if key else None,
            key is not None and key.passed_at is not None,
        )

    def phone_ready(self, user_id: int) -> bool:
        """Whether nothing about his phone keeps him from being ready: a desk phone, or a browser phone that passed."""
        phone = self.shown(user_id)
        return phone is None or phone.passed

    # -- what a page asks

    async def start_phone(self, who: Session) -> IssuedJson:
        """Make the caller's page the phone: a new name and password; a page that had it can no longer register.

        Raises NotFound (no_browser_phone), Unavailable, TimedOut, Conflict (the PBX refuses).
        """
        device = self._device(who.user_id)
        websocket = self._options.websockets.get(device[0])
        if not websocket:
            raise NotFound("No websocket address is set for this PBX.", code="no_browser_phone")
        key, password = f"p{secrets.token_hex(8)}", secrets.token_urlsafe(32)
        now = self._clock.now()
        until = now + self._options.key_seconds
        async with self._lock(device):
            issued = PhoneKey(device[0], device[1], key, who.user_id, who.session_id, now, until)
            await self._door.give(device[0], issued.endpoint, key, password)
            self._to_take.pop(device, None)
            self._keep(issued)
            self._tell(who.user_id)
        uri = f"sip:{issued.endpoint}@{DOMAIN}"
        return IssuedJson(key, password, uri, websocket, self._options.ice_servers, REGISTER_SECONDS, until)

    async def renew(self, who: Session, key: str) -> IssuedJson:
        """A new password for the page that has the phone; its check stands.

        Raises Conflict (phone_taken) when it has not, and what `start_phone` raises.
        """
        device = self._device(who.user_id)
        websocket = self._options.websockets.get(device[0], "")
        password, until = secrets.token_urlsafe(32), self._clock.now() + self._options.key_seconds
        async with self._lock(device):
            mine = self._mine(who, device, key)
            await self._door.give(device[0], mine.endpoint, mine.key, password)
            self._keep(replace(mine, expires_at=until))
        uri = f"sip:{mine.endpoint}@{DOMAIN}"
        return IssuedJson(mine.key, password, uri, websocket, self._options.ice_servers, REGISTER_SECONDS, until)

    async def stop_phone(self, who: Session, key: str) -> None:
        """The page is no phone any more; fine when it was none."""
        device = self._device(who.user_id)
        async with self._lock(device):
            held = self._keys.get(device)
            if held is not None and held.key == key and held.session_id == who.session_id:
                await self._take(device, held)

    def checked(self, who: Session, key: str, results: Mapping[str, str]) -> PhoneJson:
        """How the check before work came out. Raises Conflict (phone_taken), NotFound."""
        device = self._device(who.user_id)
        mine = self._mine(who, device, key)
        known = {name: results.get(name, "missing") for name in CHECKS}
        passed = passes(known)
        if not passed:
            log.info("softphone_check_failed", user_id=who.user_id, device=device[1], **known)
        if passed != (mine.passed_at is not None):
            self._keep(replace(mine, passed_at=self._clock.now() if passed else None))
            self._tell(who.user_id)
        shown = self.shown(who.user_id)
        assert shown is not None
        return shown

    def report(self, who: Session, key: str, sip_call_id: str, told: Figures, final: bool) -> None:
        """How the audio of a call is. Raises TooMany when the last report is younger than SAMPLE_EVERY, Conflict."""
        mine = self._mine(who, self._device(who.user_id), key)
        place = (mine.pbx, mine.device, checked_word(sip_call_id, "sip_call_id"))
        before, now = self._quality.get(place), self._clock.now()
        if before is None:
            where = leg_of(mine.device, self._live.agents.get((mine.pbx, mine.device)), self._live.calls)
            after = first_sample(mine, sip_call_id, where, told, now, final)
        else:
            wait = SAMPLE_EVERY - _EARLY - (now - before.updated_at)
            if before.final or (wait > 0 and not final):
                raise TooMany("The quality of a call is told every ten seconds.", retry_after=max(wait, 1.0))
            after = next_sample(before, told, now, final)
        self._quality[place] = after
        while len(self._quality) > _MOST_CALLS:
            del self._quality[next(iter(self._quality))]
        self._journal.append(QUALITY, after.row())

    async def quality_of(self, who: Session, call_id: str) -> list[Quality]:
        """The audio of a call's browser phones within the asker's scope; an agent's is his own. Raises Unavailable."""
        own = None if who.roles & _WATCHERS else who.user_id
        found = await store.quality(self._db, call_id, own)
        if own is not None or who.scope.whole:
            return found
        seen = {who.user_id, *self._people.users_within(who.scope)}
        return [one for one in found if one.user_id in seen]

    # -- the end of a phone

    async def sweep(self) -> None:
        """Take back what has run out, and what could not be taken before."""
        now = self._clock.now()
        for device, key in list(self._keys.items()):
            if key.expires_at <= now:
                await self._revoke(device, key)
        for device in list(self._to_take):
            await self._take_late(device)

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_EVERY)
            await self.sweep()

    def _on_session_ended(self, event: SessionEnded) -> None:
        for device, key in self._keys.items():
            if key.session_id == event.session_id:
                self._tasks.start("softphone-revoke", self._revoke(device, key))

    def _on_link(self, change: LinkChanged) -> None:
        """A PBX is there (again): nobody shall be able to register there who has no key with us."""
        if not change.link.up or not self._options.enabled:
            return
        for owned in self._people:
            here = owned.key[0] == change.link.pbx and self._options.is_browser_phone(owned.key[1])
            if here and owned.key not in self._keys:
                self._to_take.setdefault(owned.key)
        self._tasks.start("softphone-take", self.sweep())

    async def _revoke(self, device: Device, key: PhoneKey) -> None:
        async with self._lock(device):
            held = self._keys.get(device)
            if held is not None and held.key == key.key and held.expires_at == key.expires_at:
                await self._take(device, held)

    async def _take(self, device: Device, key: PhoneKey) -> None:
        """From here on the key is void with us, whatever the PBX says; there it is tried until it is done."""
        self._forget(device)
        self._tell(key.user_id)
        await self._take_there(device)

    async def _take_late(self, device: Device) -> None:
        async with self._lock(device):
            if device in self._to_take:
                await self._take_there(device)

    async def _take_there(self, device: Device) -> None:
        try:
            await self._door.take(device[0], device[1].partition("/")[2])
        except CtiError as fault:
            log.warning("softphone_key_not_taken", pbx=device[0], device=device[1], reason=fault.sentence)
        else:
            self._to_take.pop(device, None)

    # -- small things

    def _browser_device(self, user_id: int) -> Device | None:
        device = self._people.device_of(user_id)
        return device if device is not None and self._options.is_browser_phone(device[1]) else None

    def _device(self, user_id: int) -> Device:
        device = self._browser_device(user_id)
        if device is None:
            raise NotFound("Your device is no browser phone.", code="no_browser_phone")
        return device

    def _mine(self, who: Session, device: Device, key: str) -> PhoneKey:
        held = self._keys.get(device)
        if held is None or held.key != key or held.session_id != who.session_id:
            raise Conflict("Another page is the phone now.", code="phone_taken")
        return held

    def _lock(self, device: Device) -> asyncio.Lock:
        return self._locks.setdefault(device, asyncio.Lock())

    def _keep(self, key: PhoneKey) -> None:
        self._keys[key.pbx, key.device] = key
        self._journal.append(KEY, asdict(key))

    def _forget(self, device: Device) -> None:
        self._keys.pop(device, None)
        self._to_take[device] = None
        self._journal.append(KEY, {"pbx": device[0], "device": device[1], "key": None})

    def _tell(self, user_id: int) -> None:
        """A page that sees another key than its own there is the phone no more."""
        self._hub.publish(f"user:{user_id}", CHANGED, self.shown(user_id), self._clock.now())
