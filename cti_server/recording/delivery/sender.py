"""Beside a PBX on another host: sends its finished recordings to the server, and removes what was taken in.

Python's standard library alone, so that this one file also runs where nothing else is installed:
    CTI_DELIVER_TOKEN_FILE=/etc/cti/token python3 sender.py https://cti.example.com /var/spool/asterisk/monitor
"""

import argparse
import base64
import hashlib
import http.client
import json
import logging
import os
import re
import secrets
import ssl
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PART = 256 * 1024
QUIET = 2.0
"""Seconds without growth after which a file whose header is closed is finished …"""
QUIET_OPEN = 60.0
"""… and one whose header is not: a PBX that fell never closes it."""
LIMIT = 30.0
_SIDES = ("-r.wav", "-t.wav")
_NAME = re.compile(r"[-A-Za-z0-9.]{1,150}\+[-A-Za-z0-9.]{1,150}\+\d{10,16}-[rt]\.wav")
log = logging.getLogger("cti-deliver")


class Refused(Exception):
    """The server took it not; `again`: later it may."""

    def __init__(self, code: str, again: bool) -> None:
        super().__init__(code)
        self.code = code
        self.again = again


class Sender:
    """One connection to the server."""

    def __init__(self, url: str, token: str) -> None:
        where = urlsplit(url)
        self._path = where.path.rstrip("/") + "/api/v1/deliveries"
        self._token = token
        self._line: http.client.HTTPConnection
        if where.scheme == "https":
            context = ssl.create_default_context()
            self._line = http.client.HTTPSConnection(where.netloc, timeout=LIMIT, context=context)
        else:
            self._line = http.client.HTTPConnection(where.netloc, timeout=LIMIT)

    def send(self, file: Path) -> None:
        """Send a whole file, going on where an earlier try broke off. Raises Refused, OSError."""
        size, digest = file.stat().st_size, _sha256(file)
        about = {"file": file.name, "size": size, "sha256": digest, "alone": not _other(file).exists()}
        answer = self._ask({**about, "offset": 0, "data": ""})
        with file.open("rb") as sound:
            while not answer["done"]:
                sound.seek(answer["have"])
                data = sound.read(PART)
                if not data:
                    raise Refused("delivery_altered", True)  # shorter than it was
                before = answer["have"]
                answer = self._ask({**about, "offset": before, "data": base64.b64encode(data).decode()})
                if not answer["done"] and answer["have"] <= before:
                    raise Refused("no_progress", True)

    def close(self) -> None:
        """End the connection."""
        self._line.close()

    def _ask(self, body: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json", "X-CTI": "1", "Authorization": f"Bearer {self._token}"}
        try:
            self._line.request("POST", self._path, json.dumps(body).encode(), headers)
            reply = self._line.getresponse()
            text = reply.read()
        except (OSError, http.client.HTTPException) as fault:
            self._line.close()
            raise Refused(f"server_away ({fault})", True) from fault
        try:
            answer = json.loads(text)
        except ValueError:
            raise Refused(f"http_{reply.status}", True) from None
        if reply.status != 200:
            code = str(answer.get("code", reply.status))
            raise Refused(code, reply.status >= 500 or reply.status in (401, 408, 409, 429))
        return answer


def finished(folder: Path, seen: dict[str, tuple[int, float]], now: float) -> list[Path]:
    """The files that grow no more, side by side with their other side; `seen` keeps what is known between calls."""
    files = sorted(file for file in folder.iterdir() if _NAME.fullmatch(file.name) and not file.is_symlink())
    found = {file.name: file.stat().st_size for file in files}
    for name, size in found.items():
        if name not in seen or seen[name][0] != size:
            seen[name] = (size, now)
    for name in [name for name in seen if name not in found]:
        del seen[name]
    done = {file.name for file in files if now - seen[file.name][1] >= (QUIET if _closed(file) else QUIET_OPEN)}
    # A side is sent when the other one has ended too, or is not there.
    return [
        file for file in files if file.name in done and (_other(file).name in done or _other(file).name not in found)
    ]


def deliver(url: str, token: str, folder: Path, *, once: bool = False, keep: bool = False, every: float = 2.0) -> int:
    """Send until stopped, or `once` all that is there; 0 when nothing is left over."""
    seen: dict[str, tuple[int, float]] = {}
    sent: set[str] = set()
    rest = 1.0
    while True:
        left = 0
        sender = Sender(url, token)
        try:
            for file in finished(folder, seen, time.monotonic()):
                if file.name not in sent:
                    left += not _one(sender, file, sent, keep)
        except Refused as fault:
            left += 1
            log.warning("not delivered, again in %.0f s: %s", rest, fault.code)
        finally:
            sender.close()
        waits = [name for name in seen if name not in sent]
        if once and not (waits and not left):
            return int(bool(left))
        rest = min(60.0, rest * 2) if left else 1.0
        time.sleep(rest if left else min(every, 0.5) if once else every)


def _one(sender: Sender, file: Path, sent: set[str], keep: bool) -> bool:
    """Send one; False when it was refused for good. What may be taken later goes up: the next would fare no better."""
    try:
        sender.send(file)
    except Refused as fault:
        if fault.again:
            raise
        log.error("%s is refused: %s", file.name, fault.code)
        sent.add(file.name)
        return False
    except OSError as fault:
        log.error("%s cannot be read: %s", file.name, fault)
        return False
    log.info("%s delivered", file.name)
    sent.add(file.name)
    if not keep:
        file.unlink(missing_ok=True)
    return True


def _other(file: Path) -> Path:
    first, second = _SIDES
    name = file.name
    return file.with_name(name[: -len(first)] + (second if name.endswith(first) else first))


def _closed(file: Path) -> bool:
    with file.open("rb") as sound:
        head = sound.read(44)
    return len(head) == 44 and int.from_bytes(head[40:44], "little") == file.stat().st_size - 44 > 0


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as sound:
        while block := sound.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def new_token() -> tuple[str, str]:
    """A fresh token, and its SHA-256 for the server's configuration."""
    token = secrets.token_urlsafe(32)
    return token, hashlib.sha256(token.encode()).hexdigest()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command understands."""
    parser.add_argument("url", help="address of the server, such as https://cti.example.com")
    parser.add_argument("folder", type=Path, help="folder into which the PBX records (its monitor folder)")
    parser.add_argument("--token-file", type=Path, help="file with the token; else $CTI_DELIVER_TOKEN(_FILE)")
    parser.add_argument("--once", action="store_true", help="send what is there, then end")
    parser.add_argument("--keep", action="store_true", help="do not remove what was delivered")


def run(arguments: argparse.Namespace) -> int:
    """The command. Exit codes: 0 all delivered, 1 something was not."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    file = arguments.token_file or os.environ.get("CTI_DELIVER_TOKEN_FILE")
    token = Path(file).read_text(encoding="ascii").strip() if file else os.environ.get("CTI_DELIVER_TOKEN", "")
    folder = arguments.folder / "cti" if (arguments.folder / "cti").is_dir() else arguments.folder
    if not token or not folder.is_dir():
        log.error("no token was given" if not token else f"{folder} is no folder")
        return 1
    return deliver(arguments.url, token, folder, once=arguments.once, keep=arguments.keep)


if __name__ == "__main__":
    known = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add_arguments(known)
    sys.exit(run(known.parse_args()))
