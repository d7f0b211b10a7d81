"""What the server says of itself: one line an event on standard error, as text or JSON.

Control characters in values (a caller's name may hold anything) are escaped by both renderers, so that no line can be
forged and no terminal can be driven.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = frozenset({"secret", "password", "token", "ticket", "authorization", "cookie"})


def set_up_logs(level: str, form: str) -> None:
    """`level` debug, info, warning, error or critical; `form` text or json."""
    numeric = logging.getLevelNamesMapping()[level.upper()]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            sort_keys=False,
            # Never with local variables: they hold what people typed.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if form == "json" else _keep,
            _hide_and_escape,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        # Asked for at each line: whoever replaces standard error gets what is said from then on.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    logging.basicConfig(
        level=max(numeric, logging.WARNING),
        stream=sys.stderr,
        format="%(levelname)s %(name)s %(message)s",
        force=True,  # this is called again once the configuration is read
    )


def _keep(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return event


def _hide_and_escape(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key in _SECRET:
            event[key] = "(hidden)"
        elif isinstance(value, str) and key not in ("exception", "level", "timestamp"):
            event[key] = "".join(
                char if char.isprintable() else char.encode("unicode_escape").decode() for char in value
            )
    return event
