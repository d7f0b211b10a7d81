"""A copy on disk of what calls cannot do without, for a start while the database is away."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)

FORMAT = 1


class LocalCopy:
    """Documents by name in one folder, each a JSON file of its own. Only the server's user may read them.

    A copy is a help and never a duty: what cannot be written or read is logged, and nothing is raised.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: dict[str, str] = {}

    def keep(self, name: str, document: Any) -> None:
        """Keep a document in place of the one before; what is the same is not written again."""
        text = json.dumps({"format": FORMAT, "document": document}, ensure_ascii=False)
        if self._last.get(name) == text:
            return
        path = self._folder / f"{name}.json"
        new = path.with_suffix(f".{os.getpid()}.new")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        except OSError as fault:
            log.warning("local_copy_not_written", name=name, reason=str(fault))
            with contextlib.suppress(OSError):
                new.unlink()
            return
        self._last[name] = text

    def load(self, name: str) -> Any:
        """The document that was kept last; None when there is none that can be read."""
        path = self._folder / f"{name}.json"
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["format"] != FORMAT:
                raise ValueError(f"format {kept['format']}")
            return kept["document"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as fault:
            log.warning("local_copy_not_read", name=name, reason=str(fault))
            return None
