"""The reasons for being away, and the after-call work of each queue, as the admin sets them (pure)."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cti_server.agents.shift.model import RESERVED, ShiftRules, Target
from cti_server.core.errors import BadInput
from cti_server.core.signs import is_one_line
from cti_server.live.words import AgentState

MOST_REASONS: Final = 50
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an agent is away. `limit_seconds` None: as long as he likes; not `active`: kept for the history only."""

    code: str
    zh: str
    en: str
    limit_seconds: int | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class QueueSetting:
    """What follows a call of a queue."""

    pbx: str
    queue: str
    acw_seconds: int
    outcome_required: bool = False


def checked_reasons(reasons: Sequence[Reason]) -> list[Reason]:
    """The list as it can be kept. Raises BadInput."""
    codes = [reason.code.lower() for reason in reasons]
    if len(reasons) > MOST_REASONS or len(set(codes)) != len(codes):
        raise BadInput(
            "Too many reasons, or one twice.", field="reasons", allowed=f"{MOST_REASONS} reasons with different codes"
        )
    reserved = {code.lower() for code in RESERVED}
    for reason in reasons:
        if not _CODE.fullmatch(reason.code):
            allowed = "1 to 32 letters, digits, - and _, the first a letter"
            raise BadInput(f"{reason.code!r} is no code.", field="reasons", allowed=allowed)
        if reason.code.lower() in reserved:
            allowed = f"codes other than {', '.join(sorted(RESERVED))}"
            raise BadInput(
                f"The code {reason.code} is the server's own.", field="reasons", allowed=allowed, code="reserved_reason"
            )
    return [Reason(one.code, _label(one.zh), _label(one.en), _limit(one.limit_seconds), one.active) for one in reasons]


def _label(text: str) -> str:
    label = text.strip()
    if not 1 <= len(label) <= 40 or not is_one_line(label):
        raise BadInput("This name of a reason cannot be used.", field="reasons", allowed="1 to 40 characters")
    return label


def _limit(seconds: int | None) -> int | None:
    if seconds is not None and not 1 <= seconds <= 86_400:
        raise BadInput("This limit cannot be used.", field="limit_seconds", allowed="1 to 86400 seconds, or none")
    return seconds


def merged_reasons(before: Iterable[Reason], now: Sequence[Reason]) -> list[Reason]:
    """The new list; what it leaves out stays as an inactive one, because the history names it."""
    codes = {reason.code for reason in now}
    gone = [Reason(one.code, one.zh, one.en, one.limit_seconds, False) for one in before if one.code not in codes]
    return [*now, *gone]


def checked_settings(
    settings: Sequence[QueueSetting], known: Collection[tuple[str, str]], most: float
) -> list[QueueSetting]:
    """Settings that can be kept, of queues that are `known`. Raises BadInput."""
    keys = [(one.pbx, one.queue) for one in settings]
    if len(set(keys)) != len(keys):
        raise BadInput("A queue stands twice in the list.", field="settings", allowed="each queue once")
    for one in settings:
        if (one.pbx, one.queue) not in known:
            allowed = ", ".join(sorted(queue for pbx, queue in known if pbx == one.pbx)[:20]) or "none of this PBX"
            raise BadInput(f"{one.pbx} has no queue {one.queue!r}.", field="settings", allowed=allowed)
        if not 0 <= one.acw_seconds <= most:
            raise BadInput(
                "This time cannot be used.", field="acw_seconds", allowed=f"0 to {most:g} seconds; 0 means none"
            )
    return list(settings)


class RuleBook:
    """What the admin has set, at hand for everybody."""

    def __init__(self, rules: ShiftRules) -> None:
        self.rules = rules
        self.reasons: list[Reason] = []
        self.settings: dict[tuple[str, str], QueueSetting] = {}

    @property
    def limits(self) -> Mapping[str, float | None]:
        """Code of a reason → seconds that it may last."""
        return {reason.code: reason.limit_seconds for reason in self.reasons}

    def put_settings(self, settings: Iterable[QueueSetting]) -> None:
        """Keep these beside those of other queues."""
        self.settings |= {(one.pbx, one.queue): one for one in settings}

    def setting(self, pbx: str, queue: str) -> QueueSetting:
        """What follows a call of a queue."""
        return self.settings.get((pbx, queue)) or QueueSetting(pbx, queue, self.rules.acw_seconds)

    def check(self, target: Target, *more: str) -> None:
        """Raise BadInput unless the reason of `target` is one that can be chosen; `more` are allowed too."""
        if target.state != AgentState.NOT_READY:
            return
        codes = [*(reason.code for reason in self.reasons if reason.active), *more]
        if target.reason not in codes:
            allowed = ", ".join(codes)
            raise BadInput("There is no such reason.", field="reason", allowed=allowed, code="unknown_reason")
