"""Whether the tests of a condition hold for a caller (pure)."""

from collections.abc import Callable
from typing import Any, Final

from cti_server.routing.flows import asking
from cti_server.routing.flows.acts import CallerTold
from cti_server.routing.flows.walk import Walk


def needs_caller(cases: tuple[asking.Case, ...]) -> bool:
    """Does any test ask more than the call itself tells?"""
    own = (asking.DidTest, asking.LanguageTest, asking.DataTest)
    return any(not isinstance(test, own) for case in cases for test in case.when)


def first_that_holds(cases: tuple[asking.Case, ...], walk: Walk, caller: CallerTold) -> str:
    """The name of the first case whose tests all hold, or "else"."""
    for case in cases:
        if all(_holds(test, walk, caller) is not test.negated for test in case.when):
            return case.name
    return "else"


def _holds(test: asking.AnyTest, walk: Walk, caller: CallerTold) -> bool:
    return _TESTS[type(test)](test, walk, caller)


def _starts(test: asking.NumberTest, walk: Walk, caller: CallerTold) -> bool:
    numbers = caller.numbers or (walk.call.number,)
    return any(number.startswith(start) for number in numbers if number for start in test.starts)


def _last_agent(test: asking.LastAgentTest, walk: Walk, caller: CallerTold) -> bool:
    return caller.last_agent_days is not None and caller.last_agent_days <= test.days


def _data(test: asking.DataTest, walk: Walk, caller: CallerTold) -> bool:
    value = walk.value_of(test.name)
    if test.is_ == "set":
        return value != ""
    if test.is_ == "equal":
        return value == test.value
    if test.is_ == "oneOf":
        return value in {each.strip() for each in test.value.split(",")}
    if test.is_ == "starts":
        return value.startswith(test.value)
    try:
        left, right = float(value), float(test.value)
    except ValueError:
        return False
    return left > right if test.is_ == "more" else left < right


_TESTS: Final[dict[type[Any], Callable[[Any, Walk, CallerTold], bool]]] = {
    asking.TierTest: lambda test, walk, caller: caller.tier in test.any,
    asking.ListTest: lambda test, walk, caller: test.list in caller.lists,
    asking.KnownTest: lambda test, walk, caller: caller.known,
    asking.LastAgentTest: _last_agent,
    asking.NumberTest: _starts,
    asking.ProvinceTest: lambda test, walk, caller: caller.province in test.any,
    asking.DidTest: lambda test, walk, caller: walk.call.did in test.any,
    asking.LanguageTest: lambda test, walk, caller: walk.language in test.any,
    asking.CallbackTest: lambda test, walk, caller: caller.open_callback,
    asking.DataTest: _data,
}
