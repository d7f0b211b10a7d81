"""One way to reach PostgreSQL, with a limit on everything."""

import socket
from dataclasses import dataclass
from typing import Any, TypeAlias, Union

import asyncpg
from asyncpg.connect_utils import SessionAttribute
from asyncpg.pool import PoolConnectionProxy

Bare: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
# A Union, not a text, so that `Connection | Other` stands in annotations.
Connection: TypeAlias = Union["Bare", "PoolConnectionProxy[asyncpg.Record]"]

# How long a dead TCP peer may go unseen: unanswered bytes 2 s (TCP_USER_TIMEOUT), a silent line 5 + 2 × 2 s.
_TCP = (
    (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 5),
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 2),
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", 2),
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 2000),
)


@dataclass(frozen=True, slots=True)
class Way:
    """Where PostgreSQL is, and how long a connect and a statement may take (seconds)."""

    url: str
    connect_limit: float
    statement_limit: float
    name: str = "cti-server"

    async def connect(self) -> Bare:
        """A new connection to a server that takes writes. Raises what asyncpg raises; see `faults.spoken`.

        The server gives up a statement by itself after `statement_limit`, so that none goes on when we are gone.
        """
        milliseconds = str(int(self.statement_limit * 1000))
        connection: Bare = await asyncpg.connect(
            self.url,
            timeout=self.connect_limit,
            command_timeout=self.statement_limit,
            # `read-write` finds the primary among several hosts after a failover.
            target_session_attrs=SessionAttribute.read_write,
            server_settings={
                "application_name": self.name,
                "statement_timeout": milliseconds,
                "idle_in_transaction_session_timeout": str(int(self.statement_limit * 4000)),
                "timezone": "UTC",
            },
        )
        _notice_dead_peer(connection)
        return connection


def _notice_dead_peer(connection: Bare) -> None:
    """Let the kernel cut a TCP connection whose other end has gone silent; nothing to do on a unix socket."""
    transport: Any = getattr(connection, "_transport", None)
    handle: socket.socket | None = transport.get_extra_info("socket") if transport is not None else None
    if handle is None or handle.family not in (socket.AF_INET, socket.AF_INET6):
        return
    for level, option, value in _TCP:
        if (number := getattr(socket, option, None)) is not None:
            handle.setsockopt(level, number, value)
