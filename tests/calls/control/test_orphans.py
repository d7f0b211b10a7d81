"""Who is left waiting for nobody."""

import pytest

from cti_server.calls.control.orphans import orphans_of
from cti_server.live.views import CallView
from cti_server.live.words import Place
from tests.calls.control import scenes
from tests.calls.control.scenes import AGENT, OTHER, call, customer, leg


@pytest.mark.parametrize("view", scenes.ALL.values())
def test_nobody_is_ended_who_has_somebody(view: CallView) -> None:
    assert orphans_of(view.legs) == []


@pytest.mark.parametrize(
    "view",
    [
        call(customer(Place.HOLD)),
        call(leg(1, AGENT, place=Place.WAIT)),
        call(customer(Place.HOLD), leg(2, OTHER, place=Place.HOLD)),
        call(leg(1, AGENT, place=Place.ROOM)),
    ],
)
def test_who_waits_for_somebody_gone_is_ended(view: CallView) -> None:
    assert orphans_of(view.legs) == list(view.legs)
