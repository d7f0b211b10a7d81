"""Where the sound is kept: a folder, or anything that speaks S3; read by ranges, written whole or not at all."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, from_url

from cti_server.core.errors import CtiError, NotFound, Unavailable

CHUNK: Final = 256 * 1024
CONNECT: Final = 3.0
"""Seconds for a connection to a store elsewhere."""
REQUEST: Final = 30.0
"""Seconds for one request; what is large goes in parts of 5 MB, each with its own."""
TRIES: Final = 2
RETRY_FOR: Final = 20.0
"""Seconds in which a request is tried again; who waits for more does so by the intake's own rules."""


class Shelf:
    """Objects by name. Names are made by the server alone and never by a client."""

    def __init__(self, url: str, folder: Path, options: Mapping[str, str] | None = None) -> None:
        """`url` such as s3://bucket/prefix, with `options` as obstore names them; empty: the local `folder`."""
        self._url = url
        self._folder = folder
        self._options = dict(options or {})

    @cached_property
    def _store(self) -> Any:
        """Opened when it is first wanted."""
        if self._url:
            return self._elsewhere()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return LocalStore(self._folder)

    def _elsewhere(self) -> Any:
        if self._url.startswith(("memory:", "file:")):
            return from_url(self._url)
        endpoint = next(
            (v for k, v in self._options.items() if k.lower().removeprefix("aws_").startswith("endpoint")), ""
        )
        client = {
            "connect_timeout": f"{CONNECT}s",
            "timeout": f"{REQUEST}s",
            "allow_http": endpoint.startswith("http:"),
        }
        again = {"max_retries": TRIES, "retry_timeout": timedelta(seconds=RETRY_FOR)}
        return from_url(self._url, config=self._options, client_options=client, retry_config=again)  # type: ignore[call-overload]

    async def put(self, name: str, file: Path) -> None:
        """Keep a file under a name, in the place of what is there. Raises Unavailable."""
        try:
            await obstore.put_async(self._store, name, file)
        except FileNotFoundError as fault:
            raise Unavailable(
                "The bucket or folder where recordings are kept is not there.", code="no_shelf"
            ) from fault
        except (BaseError, OSError) as fault:
            raise _away(fault) from fault

    async def read(self, name: str, first: int, last: int) -> AsyncIterator[bytes]:
        """Bytes `first` to `last` inclusive, in chunks. Raises NotFound, Unavailable."""
        at = first
        while at <= last:
            end = min(last + 1, at + CHUNK)
            try:
                part = await obstore.get_range_async(self._store, name, start=at, end=end)
            except (BaseError, OSError) as fault:
                raise _away(fault) from fault
            yield bytes(part)
            at = end

    async def size(self, name: str) -> int:
        """Bytes of what is kept under a name. Raises NotFound, Unavailable."""
        try:
            return int((await obstore.head_async(self._store, name))["size"])
        except (BaseError, OSError) as fault:
            raise _away(fault) from fault

    async def delete(self, name: str) -> None:
        """Remove what is kept under a name; fine when there is nothing. Raises Unavailable."""
        try:
            await obstore.delete_async(self._store, name)
        except (BaseError, OSError) as fault:
            error = _away(fault)
            if not isinstance(error, NotFound):
                raise error from fault


def _away(fault: Exception) -> CtiError:
    if isinstance(fault, FileNotFoundError):
        return NotFound("The sound of this recording is not there.", code="no_sound")
    if isinstance(fault, PermissionDeniedError | UnauthenticatedError | PermissionError):
        return Unavailable("The place where recordings are kept refuses the server's key.", code="shelf_refused")
    return Unavailable("The place where recordings are kept cannot be reached.", code="no_shelf")
