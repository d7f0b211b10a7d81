"""Sound and the like, sent by ranges (RFC 9110, section 14) so that a browser jumps without loading the whole."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import web

log = structlog.get_logger(__name__)

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_STALL: Final = 30.0


@dataclass(frozen=True, slots=True)
class Media:
    """`read(first, last)` gives the bytes from `first` to `last` inclusive. `filename`: let it be saved as a file."""

    size: int
    kind: str
    read: Callable[[int, int], AsyncIterator[bytes]]
    filename: str = ""
    tag: str = ""
    """Names this very content; a browser asks for further ranges only of the same."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file that is sent while it is made, so that its length is not known before."""

    filename: str
    kind: str
    parts: AsyncIterator[bytes]


async def send_download(request: web.Request, file: Download) -> web.StreamResponse:
    """Send the parts as they come; a fault in the middle cuts the connection, so that half never looks whole."""
    name = "".join(each for each in file.filename if each.isascii() and (each.isalnum() or each in "-_."))
    headers = {"Content-Type": file.kind, "Content-Disposition": f'attachment; filename="{name or "file"}"'}
    response = web.StreamResponse(headers=headers)
    if not isinstance(file.parts, AsyncGenerator):
        raise TypeError("what is read must be a generator, so that it can be closed")
    async with aclosing(file.parts) as parts:
        part = await anext(parts, None)  # what cannot be made at all still gets a proper problem
        await response.prepare(request)
        try:
            while part is not None:
                async with asyncio.timeout(_STALL):
                    await response.write(part)
                part = await anext(parts, None)
            await response.write_eof()
        except (ConnectionError, TimeoutError):
            log.debug("download_left", file=name)
        except Exception:
            log.exception("download_broke_off", file=name)
            if request.transport is not None:
                request.transport.abort()
    return response


async def send_media(request: web.Request, media: Media) -> web.StreamResponse:
    """Answer with the whole or the range that was asked for; 416 for one that is not there."""
    span = asked_range(request.headers.get("Range"), media.size)
    tag = f'"{media.tag}"' if media.tag else ""
    if span is not None and tag and request.headers.get("If-Range", tag) != tag:
        span = (0, media.size - 1) if media.size else None
    headers = {"Accept-Ranges": "bytes", "Content-Type": media.kind, **({"ETag": tag} if tag else {})}
    if media.filename:
        name = "".join(each for each in media.filename if each.isascii() and (each.isalnum() or each in "-_."))
        headers["Content-Disposition"] = f'attachment; filename="{name or "recording.mp3"}"'
    if span is None:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{media.size}", "Accept-Ranges": "bytes"})
    first, last = span
    partial = request.headers.get("Range") is not None and (first, last) != (0, media.size - 1)
    if partial or request.headers.get("Range", "").startswith("bytes=0-"):
        headers["Content-Range"] = f"bytes {first}-{last}/{media.size}"
        partial = True
    response = web.StreamResponse(status=206 if partial else 200, headers=headers)
    response.content_length = last - first + 1
    await _stream(request, response, media, first, last)
    return response


async def _stream(request: web.Request, response: web.StreamResponse, media: Media, first: int, last: int) -> None:
    parts = media.read(first, last)
    if not isinstance(parts, AsyncGenerator):
        raise TypeError("what is read must be a generator, so that it can be closed")
    async with aclosing(parts) as chunks:
        chunk = await anext(chunks, b"")  # what cannot be read at all still gets a proper problem
        await response.prepare(request)
        try:
            while chunk:
                async with asyncio.timeout(_STALL):
                    await response.write(chunk)
                chunk = await anext(chunks, b"")
            await response.write_eof()
        except (ConnectionError, TimeoutError):
            log.debug("listener_left")
        except Exception:
            # The length was promised: cut off, so that half never looks whole.
            log.exception("media_broke_off")
            if request.transport is not None:
                request.transport.abort()


def asked_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte that are wanted; None when there are none such. Several ranges at once are answered whole."""
    whole = (0, size - 1)
    match = _RANGE.fullmatch(header.strip()) if header is not None else None
    if match is None or not (match[1] or match[2]):
        return whole if size else None
    if not match[1]:
        length = int(match[2])
        return (max(0, size - length), size - 1) if length and size else None
    first = int(match[1])
    last = min(int(match[2]), size - 1) if match[2] else size - 1
    return (first, last) if first <= last < size else None
