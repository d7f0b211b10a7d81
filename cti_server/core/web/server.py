"""The web server as the program sees it: made of routes and friends, started, stopped."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from cti_server.core.clock import Clock
from cti_server.core.health import Health
from cti_server.core.metrics import Metrics
from cti_server.core.web.application import Site
from cti_server.core.web.endpoint import Gatehouse
from cti_server.core.web.front_door import FrontDoor, MakeProtocol, OnLost
from cti_server.core.web.headers import SECURITY
from cti_server.core.web.idempotency import Answers
from cti_server.core.web.origins import Origins, Proxies
from cti_server.core.web.problems import MEDIA_TYPE, problem
from cti_server.core.web.routes import Accounts, Route, Sees

log = structlog.get_logger(__name__)

_KEEP_ALIVE: Final = 30.0
"""Seconds between two requests of a connection; also the limit for the head of the second and later ones."""


@dataclass(frozen=True, slots=True)
class WebOptions:
    """How the public port is opened. Empty texts mean "not set"."""

    host: str = "127.0.0.1"
    port: int = 8088
    """0 takes a free one."""
    public_url: str = ""
    allowed_origins: Sequence[str] = field(default_factory=list)
    trusted_proxies: Sequence[str] = field(default_factory=list)
    tls_cert: str = ""
    tls_key: str = ""
    metrics_token: str = ""
    language: str = "zh-CN"
    connect_sources: Sequence[str] = field(default_factory=list)
    """Origins beside our own that the pages may connect to, such as a PBX's websocket for browser phones."""


class WebServer:
    """The public port. Raises ValueError for origins, proxies or routes that cannot be used."""

    def __init__(
        self,
        options: WebOptions,
        *,
        routes: Sequence[Route],
        accounts: Accounts,
        origins: Origins,
        proxies: Proxies,
        push: MakeProtocol,
        console: Path,
        health: Health,
        metrics: Metrics,
        clock: Clock,
        version: str,
        sees: Sees | None = None,
    ) -> None:
        self._options = options
        gatehouse = Gatehouse(
            accounts, origins, Answers(clock), options.language, sees or (lambda who, user_id: who.scope.whole)
        )
        site = Site(
            routes=routes,
            gatehouse=gatehouse,
            proxies=proxies,
            console=console,
            health=health,
            metrics=metrics,
            metrics_token=options.metrics_token,
            version=version,
            connect_sources=options.connect_sources,
        )
        self._runner = web.AppRunner(site.application(), access_log=None, shutdown_timeout=5.0)
        self.door: Final = FrontDoor(http=self._http, push=push, metrics=metrics)

    @property
    def url(self) -> str:
        """Where the consoles are found: the public URL, else the address that is listened on."""
        scheme = "https" if self._options.tls_cert else "http"
        host = self._options.host if self._options.host not in ("", "0.0.0.0", "::") else "127.0.0.1"  # noqa: S104
        return self._options.public_url or f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.door.port}"

    async def start(self) -> None:
        """Open the port. Raises OSError when it is taken, ssl.SSLError or OSError for certificate files."""
        tls = _tls(self._options)
        await self._runner.setup()
        await self.door.listen(self._options.host, self._options.port, tls)
        log.info("web_listens", url=self.url)

    async def stop(self) -> None:
        """Take no new connections, let running requests end (at most 5 s), cut the rest."""
        self.door.stop_listening()
        try:
            async with asyncio.timeout(12.0):
                await self._runner.cleanup()
        except TimeoutError:
            log.warning("web_stop_was_slow")
        self.door.drop_all()

    def _http(self, on_lost: OnLost) -> asyncio.Protocol:
        assert self._runner.server is not None
        return _Http(self._runner.server, on_lost)


class _Http(web.RequestHandler):
    """aiohttp's connection, with our words for what it cannot read, and without its name and version."""

    __slots__ = ("_on_lost",)

    def __init__(self, server: web.Server, on_lost: OnLost) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=_KEEP_ALIVE,
            access_log=None,  # type: ignore[arg-type]  # None is how aiohttp is told to write none
            lingering_time=2.0,
            auto_decompress=False,
        )
        self._on_lost = on_lost

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self._on_lost()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What never reached a route: bytes that are no HTTP, or a fault outside of our own net."""
        if status >= 500:
            log.error("http_connection_fault", exc_info=exc)
        else:
            log.info("http_not_readable", error=type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun and cannot be replaced")
        response = problem(status, "-", {**SECURITY, "Server": "cti", "Cache-Control": "no-store"})
        response.content_type = MEDIA_TYPE
        response.force_close()
        return response


def _tls(options: WebOptions) -> ssl.SSLContext | None:
    if not options.tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(options.tls_cert, options.tls_key or None)
    context.set_alpn_protocols(["http/1.1"])
    return context
