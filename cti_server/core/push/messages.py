"""The messages of the push stream, and how they are told apart (pure).

browser → server   auth · subscribe · unsubscribe · ping · pong
server → browser   ready · snapshot · resumed · refused · ping · pong, and every change under its own name
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec

MAX_TOPICS: Final = 32
_Name = Annotated[str, msgspec.Meta(max_length=64)]


class Auth(msgspec.Struct, tag_field="type", tag="auth", forbid_unknown_fields=True, frozen=True):
    """The first message: the ticket from POST /api/v1/push-ticket."""

    ticket: Annotated[str, msgspec.Meta(max_length=128)]


class Subscribe(msgspec.Struct, tag_field="type", tag="subscribe", forbid_unknown_fields=True, frozen=True):
    """Hear these topics; `since` tells per topic up to where ("<epoch>:<seq>") it is known already."""

    topics: Annotated[list[_Name], msgspec.Meta(max_length=MAX_TOPICS)]
    since: Annotated[dict[_Name, _Name], msgspec.Meta(max_length=MAX_TOPICS)] = {}


class Unsubscribe(msgspec.Struct, tag_field="type", tag="unsubscribe", forbid_unknown_fields=True, frozen=True):
    """Hear these topics no longer."""

    topics: Annotated[list[_Name], msgspec.Meta(max_length=MAX_TOPICS)]


class Ping(msgspec.Struct, tag_field="type", tag="ping", frozen=True):
    """Are you there? Answered with a pong."""


class Pong(msgspec.Struct, tag_field="type", tag="pong", frozen=True):
    """The answer to our ping."""


Inbound = Auth | Subscribe | Unsubscribe | Ping | Pong
_decoder: Final[msgspec.json.Decoder[Inbound]] = msgspec.json.Decoder(Inbound)


def read(text: str) -> Inbound | None:
    """The message, or None when it is none of ours."""
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__iter__"):
        return list(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


_encoder: Final = msgspec.json.Encoder(enc_hook=_plain)


def write(**fields: Any) -> bytes:
    """A message of ours. Raises TypeError or NotImplementedError for data that has no JSON form."""
    return _encoder.encode(fields)
