"""The pages of the consoles, from one folder: nothing outside it, each with an ETag that is asked for every time."""

import asyncio
import gzip
import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import LooseHeaders

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".wasm": "application/wasm",
    ".txt": "text/plain; charset=utf-8",
}
_TEXT: Final = frozenset({".html", ".css", ".js", ".mjs", ".json", ".webmanifest", ".map", ".svg", ".txt"})
_NOT_SERVED: Final = frozenset({"tests", "node_modules"})
_LARGEST: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _File:
    stamp: tuple[int, int]
    body: bytes
    packed: bytes | None
    etag: str
    content_type: str


class ConsoleFiles:
    """Serves what lies below `folder`. Kinds of files that are not named above are not served, nor dot files."""

    def __init__(self, folder: Path) -> None:
        self._root = folder.resolve()
        self._known: dict[Path, _File] = {}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The file at the request's path. Raises HTTPNotFound."""
        path = self._locate(request.match_info["path"])
        found = await self._read(path) if path else None
        if found is None:
            raise web.HTTPNotFound
        packed = found.packed if "gzip" in request.headers.get("Accept-Encoding", "") else None
        # The two forms of one file are two representations and have two tags (RFC 9110, 8.8.3.3).
        etag = f'"{found.etag}-gz"' if packed else f'"{found.etag}"'
        headers: LooseHeaders = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if _matches(request.headers.get("If-None-Match", ""), found.etag):
            return web.Response(status=304, headers=headers)
        response = web.Response(body=packed or found.body, headers=headers)
        response.headers["Content-Type"] = found.content_type
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        return response

    def _locate(self, asked: str) -> Path | None:
        """The path of a file that may be served, or None."""
        parts = (asked or "index.html").split("/")
        if any(not part or part.startswith(".") or "\\" in part or "\x00" in part for part in parts):
            return None
        if parts[0] in _NOT_SERVED or len(asked) > 400:
            return None
        path = self._root.joinpath(*parts)
        return path if path.suffix in _TYPES else None

    async def _read(self, path: Path) -> _File | None:
        found = self._look(path)
        if found is None:
            return None
        real, stamp = found
        known = self._known.get(real)
        if known is None or known.stamp != stamp:
            try:
                known = await asyncio.to_thread(_load, real, stamp)
            except OSError:
                return None
            self._known[real] = known
        return known

    def _look(self, path: Path) -> tuple[Path, tuple[int, int]] | None:
        """The real place and (time, size) of a file inside the folder. Two system calls on a local disk."""
        try:
            # Follows symbolic links, so that one that leads out of the folder is seen as what it is.
            real = path.resolve(strict=True)
            info = real.stat()
        except (OSError, ValueError, RuntimeError):
            return None
        if not real.is_relative_to(self._root) or not stat.S_ISREG(info.st_mode) or info.st_size > _LARGEST:
            return None
        return real, (info.st_mtime_ns, info.st_size)


def _load(path: Path, stamp: tuple[int, int]) -> _File:
    body = path.read_bytes()
    packed = gzip.compress(body, 6, mtime=0) if path.suffix in _TEXT and len(body) > 1024 else None
    return _File(stamp, body, packed, hashlib.sha256(body).hexdigest()[:32], _TYPES[path.suffix])


def _matches(header: str, etag: str) -> bool:
    """Whether an If-None-Match names this file in either form."""
    tags = {tag.strip().removeprefix("W/").strip('"').removesuffix("-gz") for tag in header.split(",")}
    return etag in tags or header.strip() == "*"
