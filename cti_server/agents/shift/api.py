"""Addresses of the shifts: what an agent does with his own, a supervisor with others', an admin with the rules."""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from cti_server.agents.shift.model import Note, Target
from cti_server.agents.shift.reasons import QueueSetting, Reason
from cti_server.agents.shift.service import ShiftService
from cti_server.agents.shift.told import ShiftJson
from cti_server.core.auth.model import Role
from cti_server.core.errors import NotFound
from cti_server.core.web.routes import ApiRequest, Body, Handler, Page, Reach, Route

_ADMIN = frozenset({Role.ADMIN})
_SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
_WORKERS = frozenset({Role.AGENT, Role.SUPERVISOR})

Code = Annotated[str, msgspec.Meta(max_length=32)]
Text = Annotated[str, msgspec.Meta(max_length=200)]


class SignInBody(Body, frozen=True):
    """To which of the own queues; null: all of them."""

    queues: Annotated[tuple[Text, ...], msgspec.Meta(max_length=100)] | None = None


class StateBody(Body, frozen=True):
    """A state; `reason` is a code of /reasons for notReady."""

    state: Literal["ready", "notReady"]
    reason: Code = ""


class NextBody(Body, frozen=True):
    """What to come into after this call and its work; null takes the choice back."""

    state: Literal["ready", "notReady", "loggedOff"] | None
    reason: Code = ""


class TabBody(Body, frozen=True):
    """The random name of a browser tab."""

    tab: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{8,64}$")]


class ForceBody(Body, frozen=True):
    """A state for somebody else and why, in words that he is shown. Without a reason it is `forced`."""

    state: Literal["ready", "notReady", "loggedOff"]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    reason: Code = ""


class ReasonBody(Body, frozen=True):
    """A reason for being away."""

    code: Code
    zh: Text
    en: Text
    limit_seconds: int | None = None
    active: bool = True


class ReasonsBody(Body, frozen=True):
    """The whole list in its order; what it leaves out can no longer be chosen."""

    reasons: Annotated[tuple[ReasonBody, ...], msgspec.Meta(max_length=50)]


class QueueSettingBody(Body, frozen=True):
    """What follows a call of a queue. `acw_seconds` 0: nothing."""

    pbx: Text
    queue: Text
    acw_seconds: int
    outcome_required: bool = False


class QueueSettingsBody(Body, frozen=True):
    """Settings of queues; those that are not named stay as they are."""

    settings: Annotated[tuple[QueueSettingBody, ...], msgspec.Meta(max_length=500)]


@dataclass(frozen=True, slots=True)
class DoneJson:
    """A command was carried out by the PBX; the stream tells the new state. `applied`: now or afterCall."""

    applied: str = "now"
    notes: tuple[Note, ...] = ()


class _Own:
    """The handlers for one's own shift."""

    def __init__(self, service: ShiftService) -> None:
        self._service = service

    async def show(self, request: ApiRequest) -> ShiftJson:
        """One's own shift."""
        shown = self._service.shown(request.who.user_id)
        if shown is None:
            raise NotFound("No device is assigned to you.", code="no_device")
        return shown

    async def sign_in(self, request: ApiRequest) -> DoneJson:
        """Begin to work, not ready."""
        body: SignInBody = request.body
        return DoneJson(notes=tuple(await self._service.sign_in(request.who.user_id, body.queues)))

    async def sign_out(self, request: ApiRequest) -> DoneJson:
        """Stop working."""
        return DoneJson(notes=tuple(await self._service.sign_out(request.who.user_id)))

    async def state(self, request: ApiRequest) -> DoneJson:
        """Be ready or not."""
        body: StateBody = request.body
        await self._service.set_state(request.who.user_id, Target(body.state, body.reason))
        return DoneJson()

    async def next(self, request: ApiRequest) -> DoneJson:
        """Choose what comes after the call."""
        body: NextBody = request.body
        target = None if body.state is None else Target(body.state, body.reason)
        await self._service.choose_next(request.who.user_id, target)
        return DoneJson("afterCall")

    async def extend(self, request: ApiRequest) -> DoneJson:
        """More time for the after-call work."""
        await self._service.extend_work(request.who.user_id)
        return DoneJson()

    async def finish(self, request: ApiRequest) -> DoneJson:
        """The after-call work is done."""
        await self._service.finish_work(request.who.user_id)
        return DoneJson()

    async def tab(self, request: ApiRequest) -> DoneJson:
        """This browser tab acts from now on."""
        self._service.take_over(request.who.user_id, request.body.tab)
        return DoneJson()


def routes(service: ShiftService) -> list[Route]:
    """/me/shift…, /agents/{user_id}/force, /reasons, /queue-settings."""
    return [*_own_routes(_Own(service)), *_others_routes(service), *_rule_routes(service)]


def _own_routes(own: _Own) -> list[Route]:
    def command(path: str, handler: Handler, summary: str, request: type[Body] | None = None) -> Route:
        return Route(
            "POST",
            f"/me/shift{path}",
            handler,
            _WORKERS,
            summary,
            request=request,
            response=DoneJson,
            idempotent=True,
        )

    return [
        Route("GET", "/me/shift", own.show, _WORKERS, "One's own shift.", response=ShiftJson),
        command("/sign-in", own.sign_in, "Sign in to all or some of one's queues; not ready at first.", SignInBody),
        command("/sign-out", own.sign_out, "Sign out of all queues."),
        command("/state", own.state, "Be ready, or not ready with a reason.", StateBody),
        command("/next", own.next, "Choose the state after this call.", NextBody),
        command("/acw/extend", own.extend, "More time for the after-call work."),
        command("/acw/finish", own.finish, "End the after-call work."),
        command("/tab", own.tab, "Let this browser tab act; others are told.", TabBody),
    ]


def _others_routes(service: ShiftService) -> list[Route]:
    async def force(request: ApiRequest) -> DoneJson:
        body: ForceBody = request.body
        target = Target(body.state, body.reason)
        at_once = await service.force(request.who, request.path["user_id"], target, body.text)
        return DoneJson("now" if at_once else "afterCall")

    return [
        Route(
            "POST",
            "/agents/{user_id:int}/force",
            force,
            _SUPERVISORS,
            "Put an agent into a state; after his call when he is on one. He is told, and it is logged.",
            request=ForceBody,
            response=DoneJson,
            idempotent=True,
            reach=Reach.AGENT,
        )
    ]


def _rule_routes(service: ShiftService) -> list[Route]:
    async def reasons(request: ApiRequest) -> Page[Reason]:
        return Page(service.reasons())

    async def put_reasons(request: ApiRequest) -> Page[Reason]:
        given = [Reason(one.code, one.zh, one.en, one.limit_seconds, one.active) for one in request.body.reasons]
        return Page(await service.put_reasons(request.who, given))

    async def settings(request: ApiRequest) -> Page[QueueSetting]:
        scope = request.who.scope
        return Page([one for one in service.queue_settings() if scope.sees_queue(one.queue)])

    async def put_settings(request: ApiRequest) -> Page[QueueSetting]:
        body: QueueSettingsBody = request.body
        given = [QueueSetting(one.pbx, one.queue, one.acw_seconds, one.outcome_required) for one in body.settings]
        return Page(await service.put_queue_settings(request.who, given))

    return [
        Route(
            "GET",
            "/reasons",
            reasons,
            None,
            "The reasons for being away.",
            response=Page[Reason],
            reach=Reach.SITE,
        ),
        Route(
            "PUT",
            "/reasons",
            put_reasons,
            _ADMIN,
            "Set the reasons for being away.",
            request=ReasonsBody,
            response=Page[Reason],
        ),
        Route(
            "GET",
            "/queue-settings",
            settings,
            _SUPERVISORS,
            "What follows the calls of each queue.",
            response=Page[QueueSetting],
            reach=Reach.LIST,
        ),
        Route(
            "PUT",
            "/queue-settings",
            put_settings,
            _ADMIN,
            "Set what follows the calls of queues.",
            request=QueueSettingsBody,
            response=Page[QueueSetting],
        ),
    ]
