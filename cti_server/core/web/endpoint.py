"""One address of the API: the checks in front of a room's handler, and its answer made into HTTP."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

import msgspec
import structlog
from aiohttp import web

from cti_server.core.auth.model import Session
from cti_server.core.errors import BadInput, CtiError, Forbidden, NotFound, NotSignedIn, TimedOut
from cti_server.core.web import csv_lines, headers, shapes
from cti_server.core.web.idempotency import Answers, checked_key
from cti_server.core.web.media import Download, Media, send_download, send_media
from cti_server.core.web.origins import Origins, Sender
from cti_server.core.web.problems import problem_of
from cti_server.core.web.routes import Accounts, ApiRequest, Content, Csv, Reach, Reply, Route, Sees

log = structlog.get_logger(__name__)

SENDER: Final = web.RequestKey("sender", Sender)
REQUEST_ID: Final = web.RequestKey("request_id", str)
SESSION: Final = web.RequestKey("session", Session)

_BODY_TIMEOUT: Final = 10.0
_HANDLER_TIMEOUT: Final = 30.0
_SESSION_TIMEOUT: Final = 5.0
_CHUNK: Final = 64 * 1024
_CSV_STALL: Final = 30.0


def _plain(value: object) -> object:
    """What msgspec does not know: read-only mappings and other collections of the models."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__iter__"):
        return list(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


encoder: Final = msgspec.json.Encoder(enc_hook=_plain)


@dataclass(frozen=True, slots=True)
class Gatehouse:
    """What every endpoint asks before it lets a request in."""

    accounts: Accounts
    origins: Origins
    answers: Answers
    language: str
    sees: Sees = field(default=lambda who, user_id: who.scope.whole)

    def check_reach(self, who: Session | None, route: Route, path: Mapping[str, object]) -> None:
        """The agent that the path names must lie within the asker's scope. Raises NotFound."""
        if who is None or route.reach is not Reach.AGENT or who.scope.whole:
            return
        user_id = path.get("user_id")
        if not isinstance(user_id, int) or not self.sees(who, user_id):
            raise NotFound("There is no such agent.", code="no_such_agent")

    def check_origin(self, request: web.Request) -> None:
        """A request that changes something must come from our own pages (or from a program). Raises Forbidden.

        A foreign page can send neither this content type nor this header without asking first, and nobody answers
        its question; the Origin is looked at besides.
        """
        origin = request.headers.get("Origin")
        ours = request.content_type == "application/json" and request.headers.get("X-CTI") == "1"
        if not ours or (origin is not None and not self.origins.allows(origin, request.headers.get("Host"))):
            raise Forbidden(
                "A request that changes something needs Content-Type: application/json, the header X-CTI: 1, "
                "and an allowed Origin.",
                code="cross_site",
            )

    async def session(self, request: web.Request, route: Route) -> tuple[Session | None, str | None]:
        """Who asks, and with which token. Raises NotSignedIn, Forbidden, Unavailable, TimedOut."""
        token = request.cookies.get(headers.cookie_name(request[SENDER].secure))
        if route.public:
            return None, token
        session = None
        if token and len(token) <= 256:
            try:
                async with asyncio.timeout(_SESSION_TIMEOUT):
                    session = await self.accounts.session(token)
            except TimeoutError:
                raise TimedOut("The session could not be looked up in time.") from None
        if session is None:
            raise NotSignedIn("Please sign in.")
        request[SESSION] = session
        if session.must_change_password and not route.temporary:
            raise Forbidden("Please choose a password of your own first.", code="must_change_password")
        if route.roles is not None and not (route.roles & session.roles):
            raise Forbidden("Your role does not allow this.")
        return session, token


class Endpoint:
    """A route with everything around it."""

    def __init__(self, route: Route, gatehouse: Gatehouse) -> None:
        for kind in (route.request, route.query):
            if kind is not None:
                shapes.check_strict(kind)
        self.route = route
        self._gatehouse = gatehouse

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        route = self.route
        if route.method != "GET":
            self._gatehouse.check_origin(request)
        session, token = await self._gatehouse.session(request, route)
        path = shapes.read_path(request.match_info, route.parameters)
        self._gatehouse.check_reach(session, route, path)
        query = shapes.read_query(list(request.query.items()), route.query)
        raw = await self._raw_body(request)
        asked = ApiRequest(
            session=session,
            token=token,
            body=self._body(raw),
            query=query,
            path=path,
            language=_language(session, request.headers.get("Accept-Language", ""), self._gatehouse.language),
            address=request[SENDER].address,
            request_id=request[REQUEST_ID],
            wants_csv=route.csv and "text/csv" in request.headers.get("Accept", ""),
            idempotency_key=request.headers.get("Idempotency-Key"),
            authorization=request.headers.get("Authorization", "")[:512],
        )
        if route.idempotent:
            return await self._once(request, asked, raw)
        return await self._finish(request, await self._run(asked))

    async def _raw_body(self, request: web.Request) -> bytes:
        if self.route.method == "GET":
            return b""
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise web.HTTPUnsupportedMediaType
        try:
            async with asyncio.timeout(_BODY_TIMEOUT):
                return await read_limited(request, self.route.body_limit)
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except web.RequestPayloadError:
            raise web.HTTPBadRequest from None

    def _body(self, raw: bytes) -> msgspec.Struct | None:
        if self.route.request is not None:
            return shapes.read_body(raw, self.route.request)
        if raw.strip() not in (b"", b"{}"):
            raise BadInput("This request takes no body.", field="$", allowed="nothing, or {}")
        return None

    async def _run(self, asked: ApiRequest) -> object:
        try:
            async with asyncio.timeout(_HANDLER_TIMEOUT):
                return await self.route.handler(asked)
        except TimeoutError:
            raise TimedOut("This took too long.") from None

    async def _once(self, request: web.Request, asked: ApiRequest, raw: bytes) -> web.StreamResponse:
        """Carry a command out unless its key was seen before; then give the first answer again."""
        user_id = asked.session.user_id if asked.session else 0
        key = checked_key(asked.idempotency_key)
        answer, first = await self._gatehouse.answers.claim(user_id, f"{request.method} {request.path}", key, raw)
        if first:
            response: web.StreamResponse | None = None
            try:
                response = await self._finish(request, await self._run(asked))
            except CtiError as error:
                response = problem_of(error, asked.request_id)
            finally:
                # Also when we fall: what may have been carried out must not be carried out again.
                if isinstance(response, web.Response) and isinstance(response.body, bytes | None):
                    Answers.store(answer, response.status, response.body or b"", response.content_type)
                else:
                    Answers.store(answer, 500, b"", "")
            return response
        replay = web.Response(status=answer.status, body=answer.body, headers={"Idempotency-Replayed": "true"})
        if answer.content_type and answer.body:
            replay.content_type = answer.content_type
        return replay

    async def _finish(self, request: web.Request, result: object) -> web.StreamResponse:
        reply = result if isinstance(result, Reply) else Reply(result)
        if isinstance(reply.body, Csv):
            return await _send_csv(request, reply.body)
        if isinstance(reply.body, Content):
            return web.Response(body=reply.body.data, content_type=reply.body.content_type)
        if isinstance(reply.body, Media):
            return await send_media(request, reply.body)
        if isinstance(reply.body, Download):
            return await send_download(request, reply.body)
        if reply.body is None:
            response = web.Response(status=204 if reply.status == 200 else reply.status, headers=dict(reply.headers))
        else:
            status = 202 if self.route.idempotent and reply.status == 200 else reply.status
            response = web.Response(
                status=status,
                body=encoder.encode(reply.body),
                content_type="application/json",
                headers=dict(reply.headers),
            )
        secure = request[SENDER].secure
        if reply.session_token is not None:
            headers.set_session(response, reply.session_token, secure=secure)
        if reply.end_session:
            headers.end_session(response, secure=secure)
        return response


async def read_limited(request: web.Request, limit: int) -> bytes:
    """The body, read no further than `limit` bytes. Raises HTTPRequestEntityTooLarge."""
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=request.content_length or 0)
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > limit:
            raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=len(body))
    return bytes(body)


def _language(session: Session | None, accepted: str, default: str) -> str:
    if session is not None and session.language:
        return session.language
    for part in accepted.lower().split(","):
        word = part.strip()[:2]
        if word in ("zh", "en"):
            return "zh-CN" if word == "zh" else "en"
    return default


async def _send_csv(request: web.Request, file: Csv) -> web.StreamResponse:
    """Send rows as they come; a fault in the middle cuts the connection, so that half a list never looks whole."""
    name = "".join(each for each in file.filename if each.isascii() and (each.isalnum() or each in "-_."))
    response = web.StreamResponse(headers={"Content-Disposition": f'attachment; filename="{name or "list.csv"}"'})
    response.content_type = "text/csv"
    response.charset = "utf-8"
    async with aclosing(_each(file)) as rows:
        first = await anext(rows, None)  # a query that fails at once still gets a proper problem
        await response.prepare(request)
        try:
            await _write(response, csv_lines.BOM + csv_lines.line(file.header))
            out = bytearray(csv_lines.line(first) if first is not None else b"")
            async for row in rows:
                out += csv_lines.line(row)
                if len(out) >= _CHUNK:
                    await _write(response, bytes(out))
                    out.clear()
            await _write(response, bytes(out))
            await response.write_eof()
        except ConnectionError:
            log.info("csv_reader_left", file=name)
        except Exception:
            log.exception("csv_broke_off", file=name)
            if request.transport is not None:
                request.transport.abort()
    return response


async def _write(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(_CSV_STALL):
        await response.write(data)


async def _each(file: Csv) -> AsyncGenerator[Sequence[object], None]:
    if isinstance(file.rows, AsyncGenerator):
        async with aclosing(file.rows) as rows:  # it may hold a connection to the database
            async for row in rows:
                yield row
    elif isinstance(file.rows, AsyncIterable):
        async for row in file.rows:
            yield row
    else:
        for number, row in enumerate(file.rows, 1):
            if number % 200 == 0:
                await asyncio.sleep(0)  # a long list must not hold up the calls
            yield row
