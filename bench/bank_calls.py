"""Calls of a call center to be simulated: read from the January 1999 file of a bank, or made up when it is not there.

The file (tab, 17 columns) is the one of the Technion's SEE laboratory: call_id, customer_id, date as yymmdd, entry to
and exit from IVR and queue as h:mm:ss, seconds in each, outcome AGENT, HANG or PHANTOM, and which agent served.
"""

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

HALF_HOUR = 1800.0
HEAD_START = 90.0
DAY = 86400.0


@dataclass(frozen=True, slots=True)
class BankCall:
    """A call of one day. Times in seconds of that day; `service` 0 and `agent` empty when nobody took it."""

    day: str
    joined: float
    waited: float
    service: float
    agent: str
    customer: int
    """0: he did not say who he is."""
    queue: str = "main"
    """Who needs help with the internet waits for agents of his own."""
    head_start: float = 0.0
    """Seconds by which he stands further in front than he came: the bank's own way with customers of priority 2."""

    @property
    def answered(self) -> bool:
        """Whether an agent took it."""
        return bool(self.agent)


def read(path: Path) -> list[BankCall]:
    """The calls of the file that reached a queue or an agent, by day and time. Raises OSError, ValueError."""
    lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    names = lines[0].split("\t")
    if "q_start" not in names or "server" not in names:
        raise ValueError(f"{path} is not the file of the bank's calls")
    rows = (dict(zip(names, line.split("\t"), strict=False)) for line in lines[1:])
    calls = [call for row in rows if (call := _call(row)) is not None]
    return sorted(calls, key=lambda call: (call.day, call.joined))


def _call(row: dict[str, str]) -> BankCall | None:
    if row.get("outcome") not in ("AGENT", "HANG"):
        return None
    joined, waited = _seconds(row["vru_exit"]), float(row["q_time"])
    served = row["outcome"] == "AGENT" and row["server"] != "NO_SERVER"
    service = float(row["ser_time"]) if served else 0.0
    if waited < 0 or (served and service <= 0) or (not served and waited <= 0):
        return None  # times that cannot be, and callers who left in the IVR
    return BankCall(
        row["date"],
        joined,
        waited,
        service,
        row["server"] if served else "",
        int(float(row["customer_id"])),
        "internet" if row.get("type") == "IN" else "main",
        HEAD_START if row.get("priority") == "2" else 0.0,
    )


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600.0 + int(minutes) * 60 + int(seconds)


def made_up(seed: int = 1, days: int = 5) -> list[BankCall]:
    """A small pattern with a peak before noon, where the bank's file is not at hand. Waits are not simulated here."""
    chance = random.Random(seed)
    calls = []
    for day in range(days):
        at = 8 * 3600.0
        while True:
            hour = at / 3600
            per_hour = 60 + 60 * math.exp(-((hour - 11) ** 2) / 4) + 30 * math.exp(-((hour - 16) ** 2) / 4)
            at += chance.expovariate(per_hour / 3600)
            if at >= 20 * 3600:
                break
            service = chance.lognormvariate(math.log(140), 0.8)
            agent = f"A{chance.randrange(6 if 9 <= hour < 18 else 4)}"
            customer = chance.randrange(1, 4000) if chance.random() < 0.4 else 0
            calls.append(BankCall(f"day{day}", at, 30.0 if chance.random() < 0.5 else 0.0, service, agent, customer))
    return calls


def by_day(calls: Iterable[BankCall]) -> Iterator[tuple[str, list[BankCall]]]:
    """Each day with its calls."""
    days: dict[str, list[BankCall]] = defaultdict(list)
    for call in calls:
        days[call.day].append(call)
    return iter(sorted(days.items()))


def staffing(calls: Iterable[BankCall]) -> dict[int, set[str]]:
    """Half hour of the day → agents who took a call that began in it."""
    staff: dict[int, set[str]] = defaultdict(set)
    for call in calls:
        if call.answered:
            staff[int((call.joined + call.waited) // HALF_HOUR)].add(call.agent)
    return staff


def mean_patience(calls: Iterable[BankCall]) -> float:
    """Seconds after which a caller gives up on average: all seconds waited over those who gave up (exponential)."""
    calls = list(calls)
    gave_up = sum(not call.answered for call in calls)
    return sum(call.waited for call in calls) / gave_up if gave_up else 300.0
