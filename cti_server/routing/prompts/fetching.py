"""Beside a PBX on another host: fetches the files of the prompts from the server, so that callers hear them there.

Python's standard library alone, so that this one file also runs where nothing else is installed:
    CTI_DELIVER_TOKEN_FILE=/etc/cti/token python3 fetching.py https://cti.example.com --once
"""

import argparse
import hashlib
import http.client
import json
import logging
import os
import re
import ssl
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

LIMIT = 30.0
EVERY = 5.0
_PATH = re.compile(r"(?:said|[0-9]{1,18})/[A-Za-z0-9-]{1,80}\.wav(?:16)?")
log = logging.getLogger("cti-fetch-prompts")


class NotFetched(Exception):
    """The server did not give it, or not as it is."""


class Fetcher:
    """One connection to the server."""

    def __init__(self, url: str, token: str) -> None:
        where = urlsplit(url)
        self._path = where.path.rstrip("/") + "/api/v1/prompt-files"
        self._token = token
        self._line: http.client.HTTPConnection
        if where.scheme == "https":
            context = ssl.create_default_context()
            self._line = http.client.HTTPSConnection(where.netloc, timeout=LIMIT, context=context)
        else:
            self._line = http.client.HTTPConnection(where.netloc, timeout=LIMIT)

    def close(self) -> None:
        """End the connection."""
        self._line.close()

    def listing(self) -> Any:
        """{folder, items: [{path, size, sha256}]}. Raises NotFetched."""
        try:
            told = json.loads(self._ask(""))
            good = all(_PATH.fullmatch(one["path"]) for one in told["items"])
        except (ValueError, KeyError, TypeError) as fault:
            raise NotFetched(f"the server's list cannot be read: {fault}") from None
        if not good:
            raise NotFetched("the server's list names files that are no prompts")
        return told

    def fetch(self, folder: Path, path: str, size: int, sha256: str) -> None:
        """Bring one file, going on where a try broke off; it is there whole or not at all. Raises NotFetched."""
        place = folder / path
        part = place.with_name(f".{place.name}.{sha256[:16]}.part")
        place.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file:
            while file.tell() < size:
                data = self._ask(f"/part?path={quote(path, safe='')}&offset={file.tell()}")
                if not data:
                    break
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if _sha256(part) != sha256:
            part.unlink()
            raise NotFetched(f"{path} came altered")
        part.chmod(0o644)
        part.replace(place)

    def _ask(self, rest: str) -> bytes:
        try:
            self._line.request("GET", self._path + rest, headers={"Authorization": f"Bearer {self._token}"})
            reply = self._line.getresponse()
            data = reply.read()
        except (OSError, http.client.HTTPException) as fault:
            self._line.close()
            raise NotFetched(f"the server is away ({fault})") from fault
        if reply.status != 200:
            raise NotFetched(f"the server answered {reply.status}")
        return data


def bring_up_to_date(fetcher: Fetcher, folder: Path | None) -> int:
    """Fetch what is missing, remove what is there no more; how many files came. Raises NotFetched, OSError."""
    told = fetcher.listing()
    here = folder or Path(told["folder"])
    came = 0
    for one in told["items"]:
        place = here / one["path"]
        if not place.is_file() or place.stat().st_size != one["size"]:
            fetcher.fetch(here, one["path"], one["size"], one["sha256"])
            log.info("%s fetched", one["path"])
            came += 1
    if told["items"]:  # a server that has lost its folder takes nothing from us
        _remove(here, {one["path"] for one in told["items"]})
    return came


def _remove(folder: Path, wanted: set[str]) -> None:
    for place in [*folder.glob("*/*.wav"), *folder.glob("*/*.wav16")]:
        path = str(place.relative_to(folder))
        if _PATH.fullmatch(path) and path not in wanted:
            place.unlink(missing_ok=True)
            log.info("%s removed: it is no prompt any more", path)


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def follow(url: str, token: str, folder: Path | None, *, once: bool, every: float = EVERY) -> int:
    """Fetch until stopped, or `once`; 0 when all is here."""
    rest = every
    while True:
        fetcher = Fetcher(url, token)
        try:
            bring_up_to_date(fetcher, folder)
            failed, rest = False, every
        except (NotFetched, OSError) as fault:
            failed, rest = True, min(60.0, rest * 2)
            log.warning("not up to date: %s", fault)
        finally:
            fetcher.close()
        if once:
            return int(failed)
        time.sleep(rest)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command understands."""
    parser.add_argument("url", help="address of the server, such as https://cti.example.com")
    parser.add_argument("--folder", type=Path, help="where to put them; default: where the server has them")
    parser.add_argument(
        "--token-file", type=Path, help="file with the token of `deliver`; else $CTI_DELIVER_TOKEN(_FILE)"
    )
    parser.add_argument("--once", action="store_true", help="fetch what is missing, then end: for a timer")


def run(arguments: argparse.Namespace) -> int:
    """The command. Exit codes: 0 all is here, 1 something is not."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    file = arguments.token_file or os.environ.get("CTI_DELIVER_TOKEN_FILE")
    token = Path(file).read_text(encoding="ascii").strip() if file else os.environ.get("CTI_DELIVER_TOKEN", "")
    if not token:
        log.error("no token was given")
        return 1
    return follow(arguments.url, token, arguments.folder, once=arguments.once)


if __name__ == "__main__":
    known = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add_arguments(known)
    sys.exit(run(known.parse_args()))
