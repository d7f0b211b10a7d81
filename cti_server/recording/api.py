"""Addresses of recordings."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec

from cti_server.core.auth.model import Role
from cti_server.core.errors import BadInput
from cti_server.core.moments import local, moment
from cti_server.core.web.media import Download, Media
from cti_server.core.web.routes import ApiRequest, Body, Csv, Page, Reach, Reply, Route
from cti_server.live.words import Direction, Outcome
from cti_server.recording.listening import Purpose
from cti_server.recording.model import MyRecordingJson, RecordingDetail, RecordingRow, State, Wanted
from cti_server.recording.policy import KeepRule, Mode, Rule, Scope
from cti_server.recording.service import Recordings
from cti_server.recording.transcripts.model import TranscriptJson

_HEAR = frozenset({Role.AGENT, Role.SUPERVISOR, Role.QA, Role.ADMIN})
"""Whether agents may is a setting; the service asks it."""
_CHIEFS = frozenset({Role.SUPERVISOR, Role.ADMIN})
_GRADERS = frozenset({Role.SUPERVISOR, Role.QA, Role.ADMIN})
_WORKERS = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})

Text = Annotated[str, msgspec.Meta(max_length=100, pattern="^[^\x00]*$")]
Long = Annotated[str, msgspec.Meta(max_length=1000)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e7)]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEADER = (
    "id", "call_id", "started_at", "seconds", "direction", "number", "customer", "dialled", "queue", "agents",
    "outcome", "talk_seconds", "held_seconds", "silence", "longest_silence", "talk_over", "agent_share", "tags",
    "state", "reason",
)  # fmt: skip


class SearchQuery(Body, frozen=True):
    """What to look for. Times: unix seconds, or ISO 8601 (without an offset: the site's zone); lengths in seconds."""

    since: Text | None = msgspec.field(default=None, name="from")
    until: Text | None = msgspec.field(default=None, name="to")
    call_id: Text | None = None
    extension: Text | None = None
    agent: Number | None = None
    queue: Text | None = None
    number: Text | None = None
    customer_id: Number | None = None
    customer: Text | None = None
    direction: Direction | None = None
    outcome: Outcome | None = None
    state: State | None = None
    tag: Text | None = None
    min_seconds: Seconds | None = None
    max_seconds: Seconds | None = None
    min_held: Seconds | None = None
    min_silence: Seconds | None = None
    min_talk_over: Seconds | None = None
    said: Text | None = None
    cursor: Text | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class CallQuery(Body, frozen=True):
    """Of which call."""

    call_id: Text


class ListenBody(Body, frozen=True):
    """What for; a download needs a reason."""

    purpose: Purpose = Purpose.LISTEN
    why: Annotated[str, msgspec.Meta(max_length=200)] = ""


class ListenJson(msgspec.Struct, frozen=True):
    """Where the sound is, for this session alone."""

    url: str


class AudioQuery(Body, frozen=True):
    """The key that `listen` gave."""

    key: Text


class TagsBody(Body, frozen=True):
    """All tags of a recording."""

    tags: list[Text]


class NoteBody(Body, frozen=True):
    """A note at a second of the recording."""

    at_seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)]
    text: Long


class WhyBody(Body, frozen=True):
    """For what reason."""

    why: Long = ""


class BundleBody(Body, frozen=True):
    """Which recordings, as the list asks for them, and for what reason."""

    why: Long
    search: SearchQuery = SearchQuery()


class BundleJson(msgspec.Struct, frozen=True):
    """Where the ZIP is, for this session, once."""

    url: str
    recordings: int
    bytes: int


class NoBody(Body, frozen=True):
    """Nothing more to say."""


class RuleBody(Body, frozen=True):
    """One rule of recording."""

    scope: Scope
    mode: Mode
    name: Text = ""
    share: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None


class KeepBody(Body, frozen=True):
    """One rule of keeping."""

    scope: Scope
    days: int
    name: Text = ""


class RulesBody(Body, frozen=True):
    """All rules."""

    record: list[RuleBody]
    keep: list[KeepBody]


class RulesJson(msgspec.Struct, frozen=True):
    """All rules; `keep_days` where no rule of keeping fits."""

    record: list[Rule]
    keep: list[KeepRule]
    keep_days: int


class IntakeJson(msgspec.Struct, frozen=True):
    """How the filing stands. `failed`: recordings of the last day that cannot be heard, by reason.

    `disk_trouble`: why none can be written now (diskFull, readOnly, noFolder), else empty.
    """

    waiting: int
    oldest_seconds: float
    failed: dict[str, int]
    filed: int
    disk_low: bool
    free_mb: int | None
    disk_trouble: str


def routes(service: Recordings, zone: ZoneInfo) -> list[Route]:
    """GET /recordings…, POST /calls/{id}/recording/pause, resume."""
    return [
        *_of_calls(service),
        *_search(service, zone),
        *_exports(service, zone),
        *_one(service),
        *_transcript(service),
        *_rules(service),
    ]


def _of_calls(service: Recordings) -> list[Route]:
    async def pause(request: ApiRequest) -> MyRecordingJson:
        return await service.capture.pause(request.who, request.path["id"])

    async def resume(request: ApiRequest) -> MyRecordingJson:
        return await service.capture.resume(request.who, request.path["id"])

    more: dict[str, Any] = {
        "roles": _WORKERS,
        "request": NoBody,
        "response": MyRecordingJson,
        "idempotent": True,
        "reach": Reach.THING,
    }
    return [
        Route(
            "POST", "/calls/{id}/recording/pause", pause, summary="Record silence until resumed, or a limit.", **more
        ),
        Route("POST", "/calls/{id}/recording/resume", resume, summary="Record again, or on demand.", **more),
    ]


def _search(service: Recordings, zone: ZoneInfo) -> list[Route]:
    async def listing(request: ApiRequest) -> Page[RecordingRow] | Csv:
        wanted = wanted_of(request.query, zone)
        if request.wants_csv:
            return Csv("recordings.csv", _HEADER, csv_rows(service.every(request.who, wanted), zone))
        return Page(*await service.page(request.who, wanted, request.query.cursor, request.query.limit))

    async def of_call(request: ApiRequest) -> Page[RecordingRow]:
        return Page(await service.of_call(request.who, request.query.call_id))

    async def intake(request: ApiRequest) -> IntakeJson:
        told: dict[str, Any] = await service.intake.state()
        disks = service.disks
        free = None if disks.worst is None else disks.worst.free // 2**20
        trouble = str(disks.shown()["trouble"])
        return IntakeJson(**told, filed=service.intake.filed, disk_low=disks.low, free_mb=free, disk_trouble=trouble)

    return [
        Route(
            "GET",
            "/recordings",
            listing,
            roles=_HEAR,
            summary="Recordings, newest first, with filters; as CSV with times in the site's zone.",
            query=SearchQuery,
            response=Page[RecordingRow],
            csv=True,
            reach=Reach.LIST,
        ),
        Route(
            "GET",
            "/recordings/of-call",
            of_call,
            roles=_HEAR,
            summary="The recordings of one call, with those that were not kept and why.",
            query=CallQuery,
            response=Page[RecordingRow],
            reach=Reach.THING,
        ),
        Route(
            "GET",
            "/recordings/intake",
            intake,
            roles=_CHIEFS,
            summary="How the filing stands.",
            response=IntakeJson,
            reach=Reach.SITE,
        ),
    ]


def _exports(service: Recordings, zone: ZoneInfo) -> list[Route]:
    async def xlsx(request: ApiRequest) -> Reply:
        rows = csv_rows(service.every(request.who, wanted_of(request.query, zone)), zone)
        return Reply(Download("recordings.xlsx", _XLSX, service.exports.sheet(_HEADER, rows)))

    async def prepare(request: ApiRequest) -> BundleJson:
        wanted = wanted_of(request.body.search, zone)
        key, count, size = await service.exports.prepare(request.who, wanted, request.body.why)
        return BundleJson(f"/api/v1/recordings/bundle?key={key}", count, size)

    async def bundle(request: ApiRequest) -> Reply:
        parts = service.exports.open(request.who, request.query.key)
        return Reply(Download("recordings.zip", "application/zip", parts))

    within: dict[str, Any] = {"reach": Reach.THING}
    return [
        Route(
            "GET",
            "/recordings/xlsx",
            xlsx,
            _HEAR,
            "The list as XLSX, at most 100,000 rows.",
            query=SearchQuery,
            **within,
        ),
        Route(
            "POST",
            "/recordings/bundle",
            prepare,
            _GRADERS,
            "Where to take all that fits away as ZIP with a manifest; needs a reason, is audited.",
            BundleBody,
            BundleJson,
            **within,
        ),
        Route("GET", "/recordings/bundle", bundle, _GRADERS, "The ZIP, once.", query=AudioQuery, **within),
    ]


def _transcript(service: Recordings) -> list[Route]:
    async def transcript(request: ApiRequest) -> TranscriptJson:
        return await service.transcript(request.who, request.path["id"])

    return [
        Route(
            "GET",
            "/recordings/{id:int}/transcript",
            transcript,
            _HEAR,
            "What was said, side by side in order of time, where the site has it transcribed; audited like listening.",
            response=TranscriptJson,
            reach=Reach.THING,
        )
    ]


def _one(service: Recordings) -> list[Route]:
    async def detail(request: ApiRequest) -> RecordingDetail:
        return await service.detail(request.who, request.path["id"])

    async def listen(request: ApiRequest) -> ListenJson:
        number, body = request.path["id"], request.body
        if body.purpose is Purpose.DOWNLOAD and not body.why.strip():
            raise BadInput("Say why you take it away.", field="why", allowed="1 to 200 characters")
        key = await service.listen(request.who, number, body.purpose, body.why)
        return ListenJson(f"/api/v1/recordings/{number}/audio?key={key}")

    async def audio(request: ApiRequest) -> Reply:
        sound, purpose = await service.sound(request.who, request.path["id"], request.query.key)
        name = f"recording-{sound.id}.mp3" if purpose is Purpose.DOWNLOAD else ""
        return Reply(
            Media(sound.size, "audio/mpeg", lambda first, last: service.read(sound, first, last), name, sound.sha256)
        )

    async def tags(request: ApiRequest) -> RecordingDetail:
        return await service.tag(request.who, request.path["id"], request.body.tags)

    async def note(request: ApiRequest) -> RecordingDetail:
        return await service.note(request.who, request.path["id"], request.body.at_seconds, request.body.text)

    async def unnote(request: ApiRequest) -> RecordingDetail:
        return await service.unnote(request.who, request.path["id"], request.path["note"])

    async def hold(request: ApiRequest) -> RecordingDetail:
        return await service.hold(request.who, request.path["id"], request.body.why)

    async def delete(request: ApiRequest) -> None:
        await service.delete(request.who, request.path["id"], request.body.why)

    at = "/recordings/{id:int}"
    whole: dict[str, Any] = {"response": RecordingDetail, "reach": Reach.THING}
    return [
        Route("GET", at, detail, _HEAR, "A recording with its drawing, figures, marks and notes.", **whole),
        Route(
            "POST",
            f"{at}/listen",
            listen,
            _HEAR,
            "Where to hear it; audited.",
            ListenBody,
            ListenJson,
            reach=Reach.THING,
        ),
        Route("GET", f"{at}/audio", audio, _HEAR, "The sound as MP3, by ranges.", query=AudioQuery, reach=Reach.THING),
        Route("PUT", f"{at}/tags", tags, _GRADERS, "Replace the tags.", TagsBody, **whole),
        Route("POST", f"{at}/notes", note, _HEAR, "Write a note at a second.", NoteBody, **whole),
        Route("DELETE", f"{at}/notes/{{note:int}}", unnote, _HEAR, "Remove a note.", **whole),
        Route("PUT", f"{at}/hold", hold, _CHIEFS, "Legal hold: forbid deletion; empty lifts it.", WhyBody, **whole),
        Route(
            "POST",
            f"{at}/delete",
            delete,
            _CHIEFS,
            "Delete it for good, with proof in the audit log.",
            WhyBody,
            reach=Reach.THING,
        ),
    ]


def _rules(service: Recordings) -> list[Route]:
    def shown() -> RulesJson:
        record, keep, days = service.rules()
        return RulesJson(list(record), list(keep), days)

    async def show(request: ApiRequest) -> RulesJson:
        return shown()

    async def put(request: ApiRequest) -> RulesJson:
        body = request.body
        record = [Rule(one.scope, one.name, one.mode, one.share) for one in body.record]
        await service.set_rules(request.who, record, [KeepRule(one.scope, one.days, one.name) for one in body.keep])
        return shown()

    return [
        Route(
            "GET",
            "/recordings/rules",
            show,
            _CHIEFS,
            "Which calls are recorded, and for how long.",
            response=RulesJson,
            reach=Reach.SITE,
        ),
        Route("PUT", "/recordings/rules", put, frozenset({Role.ADMIN}), "Replace the rules.", RulesBody, RulesJson),
    ]


def wanted_of(query: SearchQuery, zone: ZoneInfo) -> Wanted:
    """The search that a query asks for. Raises BadInput naming the field."""
    digits = None
    if query.number is not None:
        digits = "".join(sign for sign in query.number if sign in "0123456789")
        if not digits:
            raise BadInput("A number has digits.", field="number", allowed="some digits of a number")
    return Wanted(
        since=moment("from", query.since, zone),
        until=moment("to", query.until, zone),
        digits=digits,
        user_id=query.agent,
        **{
            name: getattr(query, name)
            for name in (
                "call_id", "extension", "queue", "customer_id", "customer", "direction", "outcome", "state", "tag",
                "min_seconds", "max_seconds", "min_held", "min_silence", "min_talk_over", "said",
            )
        },
    )  # fmt: skip


async def csv_rows(recordings: AsyncIterator[RecordingRow], zone: ZoneInfo) -> AsyncIterator[list[Any]]:
    """One line of cells per recording, in the order of the header."""
    async for one in recordings:
        yield [
            one.id, one.call_id, local(one.started_at, zone, precision="seconds"),
            one.seconds, one.direction, one.number, one.customer_name, one.dialled, one.queue, "; ".join(one.agents),
            one.outcome,
            one.talk_seconds, one.held_seconds, one.silence, one.longest_silence, one.talk_over, one.agent_share,
            "; ".join(one.tags), one.state, one.reason,
        ]  # fmt: skip
