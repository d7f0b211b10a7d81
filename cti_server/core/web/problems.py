"""Errors as `application/problem+json` (RFC 9457): a stable code, a sentence, the request id, and nothing else."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from aiohttp import web

from cti_server.core.errors import CtiError, NotSignedIn, TooMany

MEDIA_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong. `code` is stable and for programs, `detail` is for people."""

    status: int
    title: str
    code: str
    detail: str
    request_id: str
    field: str | None = None
    allowed: str | None = None
    retry_after: float | None = None


_WORDS: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "The request cannot be read."),
    403: ("forbidden", "This is not allowed."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not know that method."),
    408: ("too_slow", "The request took too long to arrive."),
    411: ("length_required", "The request must say how long it is."),
    413: ("too_large", "The request is too large."),
    415: ("bad_media_type", "This kind of content is not taken here."),
    417: ("expectation_failed", "The expectation in the request cannot be met."),
    426: ("upgrade_required", "This address speaks websocket only."),
    431: ("headers_too_large", "The header of the request is too large."),
    500: ("internal", "Something went wrong on the server. The request id leads to the entry in its log."),
    503: ("unavailable", "The server cannot do this now."),
    504: ("timed_out", "Something did not answer in time."),
}


def problem(status: int, request_id: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """The answer for a plain HTTP status, with our words and not the library's."""
    code, detail = _WORDS.get(status, ("error", "The request was not carried out."))
    return _response(Problem(status, _title(status), code, detail, request_id), headers or {})


def problem_of(error: CtiError, request_id: str) -> web.Response:
    """The answer for one of our own errors."""
    details = error.details
    field, allowed = details.get("field"), details.get("allowed")
    body = Problem(
        status=error.status,
        title=_title(error.status),
        code=error.code,
        detail=error.sentence,
        request_id=request_id,
        field=str(field)[:200] if field is not None else None,
        allowed=str(allowed)[:500] if allowed is not None else None,
        retry_after=error.retry_after if isinstance(error, TooMany) else None,
    )
    headers: dict[str, str] = {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Cookie realm="cti"'
    return _response(body, headers)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _response(body: Problem, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        status=body.status, body=msgspec.json.encode(body), content_type=MEDIA_TYPE, headers=dict(headers)
    )
