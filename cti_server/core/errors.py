"""The tree of errors that people may see.

    CtiError
    ├── BadInput        400  a field is wrong; names the field and what is allowed
    ├── NotSignedIn     401
    ├── Forbidden       403
    ├── NotFound        404
    ├── Conflict        409
    ├── TooMany         429  with the seconds after which a new try makes sense
    ├── Unavailable     503  something outside is away
    └── TimedOut        504  something outside did not answer in time

Each carries a stable `code` (for programs), a `sentence` (for people) and an HTTP status; the edges turn
them into answers. Anything else that is raised is a fault of ours and is shown as `internal`.
"""

from typing import ClassVar


class CtiError(Exception):
    """An error with a stable code and a sentence fit for a person's eyes."""

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "internal"

    def __init__(self, sentence: str, *, code: str | None = None, **details: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or self.default_code
        self.details = details


class BadInput(CtiError):
    """What came in cannot be accepted; `field` names it, `allowed` says what would be."""

    status = 400
    default_code = "bad_input"

    def __init__(
        self, sentence: str, *, field: str | None = None, allowed: str | None = None, code: str | None = None
    ) -> None:
        details = {key: value for key, value in (("field", field), ("allowed", allowed)) if value is not None}
        super().__init__(sentence, code=code, **details)
        self.field = field
        self.allowed = allowed


class NotSignedIn(CtiError):
    """No session, or one that has ended."""

    status = 401
    default_code = "not_signed_in"


class Forbidden(CtiError):
    """Signed in, but this role may not do that."""

    status = 403
    default_code = "forbidden"


class NotFound(CtiError):
    """No such thing, or none that this user may know of."""

    status = 404
    default_code = "not_found"


class Conflict(CtiError):
    """The thing has changed meanwhile or exists already."""

    status = 409
    default_code = "conflict"


class TooMany(CtiError):
    """Too many tries; `retry_after` seconds until the next one makes sense."""

    status = 429
    default_code = "too_many"

    def __init__(self, sentence: str, *, retry_after: float, code: str | None = None) -> None:
        super().__init__(sentence, code=code, retry_after=retry_after)
        self.retry_after = retry_after


class Unavailable(CtiError):
    """Something outside (database, PBX) is away."""

    status = 503
    default_code = "unavailable"


class TimedOut(CtiError):
    """Something outside did not answer within its limit."""

    status = 504
    default_code = "timed_out"
