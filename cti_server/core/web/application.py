"""The HTTP side of the public port: the rooms' routes, the consoles' pages, health and the API document."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from hmac import compare_digest
from pathlib import Path
from typing import Final

import msgspec
import structlog
from aiohttp import web

from cti_server.core.errors import CtiError
from cti_server.core.health import Health
from cti_server.core.metrics import Metrics
from cti_server.core.web import openapi
from cti_server.core.web.console_files import ConsoleFiles
from cti_server.core.web.endpoint import REQUEST_ID, SENDER, SESSION, Endpoint, Gatehouse
from cti_server.core.web.headers import dress, policy
from cti_server.core.web.origins import Proxies
from cti_server.core.web.problems import problem, problem_of
from cti_server.core.web.routes import PREFIX, Route

log = structlog.get_logger(__name__)
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")

_Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site:
    """Builds the aiohttp application. Raises ValueError for two routes with one address."""

    def __init__(
        self,
        *,
        routes: Sequence[Route],
        gatehouse: Gatehouse,
        proxies: Proxies,
        console: Path,
        health: Health,
        metrics: Metrics,
        metrics_token: str,
        version: str,
        connect_sources: Sequence[str] = (),
    ) -> None:
        self._routes = routes
        self._gatehouse = gatehouse
        self._proxies = proxies
        self._files = ConsoleFiles(console)
        self._health = health
        self._metrics = metrics
        self._metrics_token: Final = metrics_token
        self._content_policy: Final = policy(connect_sources)
        self._document = msgspec.json.encode(openapi.document(routes, version))

    def application(self) -> web.Application:
        """The application, ready to be served."""
        app = web.Application(middlewares=[self._around])
        app.on_response_prepare.append(self._dress)
        for route in self._routes:
            self._add(app, route.method, route.address, Endpoint(route, self._gatehouse))
        self._add(app, "GET", f"{PREFIX}/openapi.json", self._openapi)
        self._add(app, "GET", "/healthz", self._healthz)
        self._add(app, "GET", "/readyz", self._readyz)
        self._add(app, "GET", "/metrics", self._show_metrics)
        self._add(app, "GET", "/push", _push_elsewhere)
        for method in ("GET", "HEAD"):
            # What lies below /api is never a page: a wrong method there must say so.
            self._add(app, method, r"/{path:(?!api/).*}", self._files.answer)
        return app

    @staticmethod
    def _add(app: web.Application, method: str, path: str, handler: _Answer) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await handler(request)

        app.router.add_route(method, path, answer, expect_handler=_expect)

    async def _dress(self, request: web.Request, response: web.StreamResponse) -> None:
        sender = request.get(SENDER)
        dress(
            response,
            secure=sender.secure if sender else request.secure,
            request_id=request.get(REQUEST_ID) or secrets.token_hex(8),
            content_policy=self._content_policy,
        )

    @web.middleware
    async def _around(self, request: web.Request, handler: _Answer) -> web.StreamResponse:
        """Know the sender, give the request an id, turn every error into a problem, count and log."""
        began = asyncio.get_running_loop().time()
        peer = request.transport.get_extra_info("peername") if request.transport else None
        sender = self._proxies.sender(str(peer[0]) if peer else "", request.secure, request.headers)
        given = request.headers.get("X-Request-Id", "")
        request_id = given if sender.trusted_proxy and _ID.fullmatch(given) else secrets.token_hex(8)
        request[SENDER], request[REQUEST_ID] = sender, request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = await self._safely(request, handler, request_id)
        self._account(request, response.status, asyncio.get_running_loop().time() - began)
        return response

    async def _safely(self, request: web.Request, handler: _Answer, request_id: str) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            allow = error.headers.get("Allow")
            response = problem(error.status, request_id, {"Allow": allow} if allow else None)
            if error.status in (400, 408, 413):
                response.force_close()  # the rest of such a body is not worth reading
            return response
        except CtiError as error:
            if error.status >= 500:
                log.warning("request_not_possible", code=error.code, sentence=error.sentence)
            return problem_of(error, request_id)
        except ConnectionError:
            raise
        except Exception:
            log.exception("request_failed", method=request.method, route=_label(request))
            return problem(500, request_id)

    def _account(self, request: web.Request, status: int, seconds: float) -> None:
        label = _label(request)
        self._metrics.http_requests.labels(_method(request), label, str(status)).inc()
        self._metrics.http_seconds.labels(label).observe(seconds)
        if label.startswith(PREFIX) or status >= 400:
            session = request.get(SESSION)
            log.info(
                "http_request",
                method=_method(request),
                route=label,
                status=status,
                ms=round(seconds * 1000, 1),
                address=request[SENDER].address,
                user_id=session.user_id if session else None,
            )

    async def _openapi(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=self._document, content_type="application/json")

    async def _healthz(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"alive": True})

    async def _readyz(self, request: web.Request) -> web.StreamResponse:
        readiness = self._health.readiness(details=self._trusts(request))
        return web.Response(
            status=200 if readiness.ready else 503,
            body=msgspec.json.encode(readiness),
            content_type="application/json",
        )

    async def _show_metrics(self, request: web.Request) -> web.StreamResponse:
        if not self._trusts(request):
            raise web.HTTPNotFound
        return web.Response(body=self._metrics.render(), headers={"Content-Type": self._metrics.content_type})

    def _trusts(self, request: web.Request) -> bool:
        """Somebody on this machine, or with the token of the configuration."""
        if request[SENDER].on_this_machine:
            return True
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        return bool(self._metrics_token) and compare_digest(given, self._metrics_token.encode())


async def _push_elsewhere(request: web.Request) -> web.StreamResponse:
    """The push stream begins with the first request of a connection (see `front_door`), so this one came too late."""
    response = problem(426, request[REQUEST_ID], {"Upgrade": "websocket", "Connection": "Upgrade"})
    response.force_close()
    return response


async def _expect(request: web.Request) -> web.StreamResponse | None:
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # What was written here is not the answer and must not be taken for it.
        request.writer.output_size = 0
        return None
    request[REQUEST_ID] = secrets.token_hex(8)
    return problem(417, request[REQUEST_ID])


def _label(request: web.Request) -> str:
    """The route's own form, never what the sender typed: a figure per typed address would fill the memory."""
    resource = request.match_info.route.resource
    return "none" if resource is None else resource.canonical


def _method(request: web.Request) -> str:
    return request.method if request.method in web_methods else "other"


web_methods: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
