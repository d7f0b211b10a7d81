"""The SQL of the search. A page must come within a blink among ten million rows: it never counts nor sorts much.

A search of one thing for which there is an index in the order of the list is read from it (`direct`). Any other is
looked for among the newest first (`near`). What most searches ask (_COVERED) stands in the index itself, so that NEAR
rows are passed over in some tens of milliseconds. What fits so few rows that they do not fill a page there is found by
the indexes of single properties, and then put in order (`whole`). Whose scope is limited is asked of single rows, last.
"""

from collections.abc import Iterator
from dataclasses import astuple, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from cti_server.recording.model import Wanted

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection

NEAR: Final = 100_000
"""The newest rows that are passed over within the index."""
FEW: Final = 5_000
"""Of how many of those that are left the row itself is read."""
ASKED: Final = 1_000
"""The same of an agent's own, and of those of whom it is asked whether they lie within a scope."""
ROWS: Final = 30_000
"""The newest rows that are read whole, when nothing of the search stands in the index."""
_CUSTOM: Final = "set local plan_cache_mode = 'force_custom_plan'"
"""Which index is right depends on the values: a plan for any value would be wrong for most."""
_THERE: Final = "r.state not in ('dropped', 'deleted')"
_COVERED: Final = {
    "queue": "r.queue = #::text",
    "direction": "r.direction = #::text",
    "outcome": "r.outcome = #::text",
    "state": "r.state = #::text",
    "min_seconds": "r.seconds >= #::float8",
    "max_seconds": "r.seconds <= #::float8",
    "min_held": "r.held_seconds >= #::float8",
    "min_silence": "r.longest_silence >= #::float8",
    "min_talk_over": "r.talk_over >= #::float8",
    # Few digits stand in many numbers: a page of them is among the newest. Many digits have an index (RARE_DIGITS).
    "digits": "r.number_key like '%' || #::text || '%'",
}
"""For a field of Wanted the test that it makes, on columns of the index; `#` is the place of its value."""
_OTHERS: Final = {
    "extension": "r.devices @> array[#::text]",
    "customer_id": "r.customer_id = #::bigint",
    # As an index of trigrams can answer it; what LIKE would take for a sign of its own is escaped.
    "customer": r"lower(r.customer_name) like '%' || regexp_replace(lower(#::text), '([\\%_])', '\\\1', 'g') || '%'",
    # The index of tagged rows carries the rest of what is asked, too.
    "tag": "r.tags <> '{}' and r.tags @> array[#::text]",
    "said": "r.id in (select t.recording_id from recording_transcript t"
    " where t.words @@ plainto_tsquery('simple', #::text))",
}
_IN_ORDER: Final = frozenset({"queue", "direction", "outcome", "state", "customer_id", "call_id"})
"""Each has an index in the order of the list, at least for its rare values."""
_RARE: Final = frozenset({"customer_id", "call_id"})
RARE_DIGITS: Final = 6
_COLUMNS: Final = (
    "r.id, r.started_at, r.state, r.queue, r.direction, r.outcome, r.seconds, r.held_seconds, r.longest_silence,"
    " r.talk_over, r.number_key"
)
_OF_AGENT: Final = "select mine.recording_id as id, mine.started_at from recording_agent mine where"
_WITHIN: Final = """exists (select from (
    select array(select a.user_id from recording_agent a where a.recording_id = r.id) as users offset 0) u
    where @::bigint = any(u.users) or (
        (%::text[] is null or r.queue = any(%) or (r.queue is null and u.users && ~::bigint[]))
        and (^::bigint[] is null or u.users && ^ or (r.queue is not null and u.users = '{}'))))"""
"""Within.holds over the rows; the signs are the places of its four values."""


class _Search:
    """A search as pieces of SQL; only fixed texts and numbers of places are joined, every value is an argument."""

    def __init__(self, wanted: Wanted, after: tuple[datetime, int] | None, limit: int) -> None:
        self.args: list[Any] = []
        self.given = [name for name in ("call_id", *_COVERED, *_OTHERS) if getattr(wanted, name) is not None]
        self.covered = [self._test(_COVERED[name], getattr(wanted, name)) for name in self.given if name in _COVERED]
        self.others = [self._test(_OTHERS[name], getattr(wanted, name)) for name in self.given if name in _OTHERS]
        if wanted.call_id is not None:
            pbx, _, linkedid = wanted.call_id.rpartition(":")
            self.others += [self._test("r.pbx = #::text", pbx), self._test("r.linkedid = #::text", linkedid)]
        self.within = self._within(wanted)
        if wanted.within is not None and wanted.within.queues is not None and wanted.user_id is None:
            # Follows from the scope but for his own, which `_parts` finds; and it stands in the index.
            queues = list(wanted.within.queues)
            self.covered.append(self._test("(r.queue is null or r.queue = any(#::text[]))", queues))
        self.user = None if wanted.user_id is None else self._test("mine.user_id = #::bigint", wanted.user_id)
        self._times = [
            *([] if wanted.since is None else [self._test("AT >= to_timestamp(#::float8)", wanted.since)]),
            *([] if wanted.until is None else [self._test("AT < to_timestamp(#::float8)", wanted.until)]),
            *([] if after is None else [self._test("(AT, ID) < (#::timestamptz, #::bigint)", *after)]),
        ]
        self.rare = bool(_RARE & set(self.given)) or len(wanted.digits or "") >= RARE_DIGITS
        self.limit, self.most = self._test("limit #", limit), limit

    def _test(self, text: str, *values: Any) -> str:
        for value in values:
            self.args.append(value)
            text = text.replace("#", "$" + str(len(self.args)), 1)
        return text

    def _within(self, wanted: Wanted) -> list[str]:
        if wanted.within is None:
            return []
        text = _WITHIN
        for sign, value in zip("@%~^", astuple(wanted.within), strict=True):
            self.args.append(value)
            text = text.replace(sign, "$" + str(len(self.args)))
        return [text]

    def times(self, at: str, number: str) -> list[str]:
        """Since, until and the place in the list, on these columns."""
        return [one.replace("AT", at).replace("ID", number) for one in self._times]

    def texts(self) -> Iterator[str]:
        """What to ask, one after the other until a page is full; the last one always has all there is."""
        ordered = len(self.given) == 1 and set(self.given) <= _IN_ORDER and self.user is None and not self.within
        if not self.given or ordered:
            yield self._direct()
            return
        if not self.rare:
            yield self._near()
        yield self._whole()

    def _direct(self) -> str:
        tests = [*self.covered, *self.others, _THERE, *self.within]
        if self.user is not None:
            order = _ordered("mine.started_at", "mine.recording_id")
            return _joined("select r.id, mine.started_at", *self._mine(tests), order, self.limit)
        where = _all(self.times("r.started_at", "r.id") + tests)
        return _joined(
            "select r.id, r.started_at from recording r where", where, _ordered("r.started_at", "r.id"), self.limit
        )

    def _mine(self, tests: list[str]) -> list[str]:
        mine = [self.user or "", *self.times("mine.started_at", "mine.recording_id"), *tests]
        return ["from recording_agent mine join recording r on r.id = mine.recording_id where", _all(mine)]

    def _near(self) -> str:
        if self.user is not None:
            own = _all([self.user, *self.times("mine.started_at", "mine.recording_id")])
            order = _ordered("mine.started_at", "mine.recording_id")
            newest = _joined(_OF_AGENT, own, order, f"limit {ASKED}")
            return self._asked(newest, [_THERE, *self.covered, *self.others, *self.within])
        # Rows of one queue alone are passed over in its own index.
        queue = [one for one in self.covered if one.startswith("r.queue")]
        bounds = _all([*self.times("r.started_at", "r.id"), _THERE, *queue])
        order = _ordered("r.started_at", "r.id")
        if not self.covered:
            newest = _joined("select r.* from recording r where", bounds, order, f"limit {ROWS}")
            tests = _all([*self.others, *self.within])
            return _joined("select r.id, r.started_at from (", newest, ") r where", tests, order, self.limit)
        newest = _joined(f"select {_COLUMNS} from recording r where", bounds, order, f"limit {NEAR}")
        kept = _joined("select r.id, r.started_at from (", newest, ") r where", _all(self.covered), order)
        if not self.others and not self.within:
            return _joined(kept, self.limit)
        most = f"limit {ASKED}" if self.within else f"limit {FEW}"
        return self._asked(_joined(kept, most), [*self.others, *self.within])

    def _whole(self) -> str:
        """All that fit, found by whatever index fits best: `offset 0` keeps the planner from reading in the order of
        the list and hoping for luck."""
        tests = [_THERE, *self.covered, *self.others]
        if self.user is not None:
            found = _joined("select r.id, mine.started_at", *self._mine(tests))
        else:
            where = _all(self.times("r.started_at", "r.id") + tests)
            found = _joined("select r.id, r.started_at from recording r where", where)
        order = _ordered("w.started_at", "w.id")
        return self._asked(_joined("select w.id, w.started_at from (", found, "offset 0) w", order), self.within)

    def _asked(self, rows: str, tests: list[str]) -> str:
        """Of these rows those that pass the tests, each read by its number."""
        each = _joined(", lateral (select from recording r where r.id = f.id and", _all(tests), "limit 1) fits")
        each = each if tests else ""
        return _joined(
            "select f.id, f.started_at from (", rows, ") f", each, _ordered("f.started_at", "f.id"), self.limit
        )


def _joined(*parts: str) -> str:
    return " ".join(parts)


def _all(tests: list[str]) -> str:
    return " and ".join(tests)


def _ordered(at: str, number: str) -> str:
    return _joined("order by", at, "desc,", number, "desc")


async def page(connection: "Connection", wanted: Wanted, after: tuple[datetime, int] | None, limit: int) -> list[int]:
    """Numbers of the recordings that fit, newest first, behind a place in the list; at most `limit`."""
    await connection.execute(_CUSTOM)
    found: set[tuple[datetime, int]] = set()
    for part in _parts(wanted):
        found |= await _found(connection, _Search(part, after, limit))
    return [number for _, number in sorted(found, reverse=True)[:limit]]


async def _found(connection: "Connection", search: _Search) -> set[tuple[datetime, int]]:
    found: set[tuple[datetime, int]] = set()
    for text in search.texts():
        found = {(row["started_at"], row["id"]) for row in await connection.fetch(text, *search.args)}
        if len(found) == search.most:
            break
    return found


def _parts(wanted: Wanted) -> Iterator[Wanted]:
    """Whose scope is limited to queues finds his own by the list of his own, and the rest by those queues."""
    within = wanted.within
    if within is None or within.queues is None or wanted.user_id not in (None, within.own):
        yield wanted
        return
    yield replace(wanted, user_id=within.own, within=None)
    if wanted.user_id is None and (within.queues or within.agents):
        yield wanted
