"""Which calls are drawn for scoring (pure): the same seed and calls always give the same draw, and each says why."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from cti_server.core.errors import BadInput
from cti_server.recording.qa.assignment.schedule import Schedule

Name = Annotated[str, msgspec.Meta(max_length=100, pattern="^[^\x00]*$")]
WEEK = 7 * 86_400.0


class Stratum(StrEnum):
    """By what the calls of an agent are parted before one is drawn of each part in turn."""

    QUEUE = "queue"
    LENGTH = "length"
    OUTCOME = "outcome"


class PlanRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a plan draws. `per_agent` calls of each agent and week; lengths and silences in seconds; `new_days`: agents
    whose first call is at most so old; `csat_at_most`: the highest answer of a survey that counts as low; `quota`:
    calls that one grader may take in a week (None: any number); `schedule`: when it draws by itself (None: never).
    """

    per_agent: Annotated[int, msgspec.Meta(ge=1, le=50)] = 3
    strata: list[Stratum] = []
    queues: list[Name] = []
    teams: list[Name] = []
    min_seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)] | None = 30.0
    max_seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)] | None = None
    min_silence: Annotated[float, msgspec.Meta(ge=0, le=86_400)] | None = None
    low_csat: bool = False
    csat_at_most: Annotated[int, msgspec.Meta(ge=1, le=4)] = 2
    complaint: bool = False
    new_days: Annotated[int, msgspec.Meta(ge=1, le=365)] | None = None
    blind: bool = True
    quota: Annotated[int, msgspec.Meta(ge=1, le=500)] | None = 40
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**31)] = 1
    schedule: Schedule | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One agent's part in a call. Times in unix seconds, lengths in seconds. `low_csat`: tagged so by a person; `csat`:
    the lowest answer of 1 to 5 that the customer gave; `detractor`: he would not recommend (0 to 6 of 10).
    """

    subject_id: str
    agent_id: int
    team: str
    queue: str | None
    outcome: str | None
    at: float
    seconds: float | None
    longest_silence: float | None
    low_csat: bool
    complaint: bool
    first_at: float
    csat: int | None = None
    detractor: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A candidate that was drawn, and how it came to be."""

    candidate: Candidate
    why: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TaskJson:
    """A call to be scored. Of a blind plan the agent, the call and its queue are hidden until it is done."""

    id: int
    plan_id: int
    plan_name: str
    form_id: int
    week: str
    subject_id: str
    agent_id: int | None
    agent_name: str
    queue: str | None
    subject_at: float | None
    seconds: float | None
    why: dict[str, Any]
    state: str
    blind: bool
    claimed_by: int | None
    claimed_by_name: str
    evaluation_id: int | None


@dataclass(frozen=True, slots=True)
class PlanJson:
    """A plan, and how its newest week stands. `scheduled_at`: since when it draws by itself; unix seconds."""

    id: int
    name: str
    form_id: int
    form_name: str
    rules: PlanRules
    active: bool
    open: int
    claimed: int
    done: int
    scheduled_at: float | None = None
    next_draw_at: float | None = None
    last_draw_at: float | None = None
    last_drawn: int | None = None


def length_class(seconds: float | None) -> str:
    """short under two minutes, middle under six, else long."""
    if seconds is None:
        return "unknown"
    return "short" if seconds < 120 else "middle" if seconds < 360 else "long"


def fits(rules: PlanRules, one: Candidate) -> bool:
    """Whether a plan draws from this call at all. `low_csat` and `complaint` together mean either."""
    seconds, silence = one.seconds or 0.0, one.longest_silence or 0.0
    return (
        (not rules.queues or one.queue in rules.queues)
        and (not rules.teams or one.team in rules.teams)
        and (rules.min_seconds is None or seconds >= rules.min_seconds)
        and (rules.max_seconds is None or seconds <= rules.max_seconds)
        and (rules.min_silence is None or silence >= rules.min_silence)
        and (bool(wanted_for(rules, one)) or not (rules.low_csat or rules.complaint))
        and (rules.new_days is None or one.at - one.first_at <= rules.new_days * 86_400)
    )


def wanted_for(rules: PlanRules, one: Candidate) -> list[str]:
    """What makes a call one that this plan looks for: csat, nps, tag, complaint. Empty where it looks for none."""
    low = rules.low_csat
    said = {
        "csat": low and one.csat is not None and one.csat <= rules.csat_at_most,
        "nps": low and one.detractor,
        "tag": low and one.low_csat,
        "complaint": rules.complaint and one.complaint,
    }
    return [name for name, holds in said.items() if holds]


def draw(rules: PlanRules, calls: Iterable[Candidate], week: str, taken: dict[int, int]) -> list[Drawn]:
    """Up to `per_agent` calls of each agent, less those `taken` already, one of each stratum in turn.

    The order within a stratum is shuffled by seed, week and agent: whoever repeats the draw gets the same.
    """
    of_agent: dict[int, list[Candidate]] = defaultdict(list)
    for one in calls:
        if fits(rules, one):
            of_agent[one.agent_id].append(one)
    drawn: list[Drawn] = []
    for agent_id in sorted(of_agent):
        wanted = rules.per_agent - taken.get(agent_id, 0)
        if wanted > 0:
            drawn += _of_agent(rules, of_agent[agent_id], f"{rules.seed}/{week}/{agent_id}", wanted)
    return drawn


def _of_agent(rules: PlanRules, calls: list[Candidate], seed: str, wanted: int) -> list[Drawn]:
    chance = random.Random(seed)  # noqa: S311 (a draw that can be repeated is what is wanted)
    strata: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
    for one in sorted(calls, key=lambda call: (call.at, call.subject_id)):
        strata[tuple(_stratum(kind, one) for kind in rules.strata)].append(one)
    names = sorted(strata)
    chance.shuffle(names)
    for name in names:
        chance.shuffle(strata[name])
    found: list[Drawn] = []
    depth = 0
    while len(found) < wanted and any(len(strata[name]) > depth for name in names):
        for name in names:
            if len(strata[name]) > depth and len(found) < wanted:
                one = strata[name][depth]
                why = {"seed": seed, "stratum": list(name), "of": len(strata[name]), "nth": depth + 1}
                found.append(Drawn(one, why | {"because": because} if (because := wanted_for(rules, one)) else why))
        depth += 1
    return found


def _stratum(kind: Stratum, one: Candidate) -> str:
    if kind is Stratum.QUEUE:
        return one.queue or ""
    return length_class(one.seconds) if kind is Stratum.LENGTH else one.outcome or ""


def checked_rules(rules: PlanRules) -> PlanRules:
    """Rules that can draw something. Raises BadInput."""
    if rules.min_seconds is not None and rules.max_seconds is not None and rules.max_seconds < rules.min_seconds:
        raise BadInput("The longest is shorter than the shortest.", field="max_seconds", allowed="at least min_seconds")
    return rules
