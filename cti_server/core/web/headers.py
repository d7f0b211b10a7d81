"""The headers that every answer carries, and the session cookie."""

from collections.abc import Iterable
from typing import Final

from aiohttp import web

SECURITY: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The softphone of the console may use the microphone; nothing of ours uses the rest.
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
}
_HSTS: Final = "max-age=31536000"


def policy(connect: Iterable[str] = ()) -> str:
    """The content policy of pages that may also connect to these origins (`wss://pbx.example:8089`)."""
    return SECURITY["Content-Security-Policy"].replace("connect-src 'self'", " ".join(["connect-src 'self'", *connect]))


def dress(response: web.StreamResponse, *, secure: bool, request_id: str, content_policy: str = "") -> None:
    """Put the security headers and the request id on an answer and take off what tells our software."""
    response.headers.update(SECURITY)
    if content_policy:
        response.headers["Content-Security-Policy"] = content_policy
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Request-Id"] = request_id
    if secure:
        response.headers["Strict-Transport-Security"] = _HSTS
    response.headers.popall("Server", None)


def cookie_name(secure: bool) -> str:
    """`__Host-` binds the cookie to this very host and https; a browser refuses it on plain http."""
    return "__Host-cti" if secure else "cti"


def set_session(response: web.StreamResponse, token: str, *, secure: bool) -> None:
    """Give the browser its session; it ends with the browser, and on our side by the limits of the accounts."""
    response.set_cookie(cookie_name(secure), token, path="/", secure=secure, httponly=True, samesite="Strict")


def end_session(response: web.StreamResponse, *, secure: bool) -> None:
    """Take the session from the browser, with all that it kept of our pages."""
    response.del_cookie(cookie_name(secure), path="/", secure=secure, httponly=True, samesite="Strict")
    response.headers["Clear-Site-Data"] = '"cache"'
