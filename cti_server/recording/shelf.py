"""Where the sound is kept: a folder, or anything that speaks S3; read by ranges, written whole or not at all."""

from collections.abc import AsyncIterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from cti_server.core.errors import CtiError, NotFound, Unavailable

CHUNK: Final = 256 * 1024


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
            return from_url(self._url, config=self._options)  # type: ignore[call-overload]
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return LocalStore(self._folder)

    async def put(self, name: str, file: Path) -> None:
        """Keep a file under a name, in the place of what is there. Raises Unavailable."""
        try:
            await obstore.put_async(self._store, name, file)
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
    return Unavailable("The place where recordings are kept cannot be reached.", code="no_shelf")
