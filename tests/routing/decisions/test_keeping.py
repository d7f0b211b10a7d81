"""What a PBX keeps of a caller comes back as it was, and anything else is nothing."""

import re

from hypothesis import given
from hypothesis import strategies as st

from cti_server.live import facts
from cti_server.live.views import CallView, SegmentView
from cti_server.live.words import CallState, Direction, SegmentKind, SegmentResult
from cti_server.routing.decisions.keeping import MOST_SIGNS, Kept, decoded, encoded
from cti_server.routing.decisions.needs import SLOTS
from cti_server.routing.decisions.stays import Wish, _first_joined
from tests.routing.decisions.hall import KEY, Hall

words = st.text(max_size=20)
moments = st.floats(0, 2e9).map(lambda at: round(at, 3))
wishes = st.builds(
    Wish, st.dictionaries(st.text(min_size=1, max_size=12), st.integers(1, 10), max_size=4), st.sampled_from(SLOTS)
)
kepts = st.builds(
    Kept, st.text(min_size=1, max_size=20), st.integers(0, 1000), moments, words, words, st.one_of(st.none(), wishes)
)


@given(kepts)
def test_it_comes_back_as_it_was(kept: Kept) -> None:
    text = encoded(kept)
    assert len(text) <= MOST_SIGNS
    assert re.fullmatch(r"[A-Za-z0-9%&=._+~-]*", text)
    assert not text or decoded(text) == kept


@given(st.text(max_size=300))
def test_anything_else_is_nothing_or_harmless(text: str) -> None:
    kept = decoded(text)
    assert kept is None or kept.wish is None or kept.wish.slot in SLOTS


def test_since_when_he_waits_counts_through_our_own_withdrawals() -> None:
    def wait(n: int, at: float, result: SegmentResult | None) -> SegmentView:
        return SegmentView(n, SegmentKind.QUEUE, at, None if result is None else at + 5, result, "support")

    def call(*parts: SegmentView) -> CallView:
        return CallView(
            id="main:1", pbx="main", linkedid="1", state=CallState.QUEUED, direction=Direction.INBOUND, number="",
            name="", withheld=False, dialled="", queue="support", started_at=0.0, segments=parts,
        )  # fmt: skip

    again = call(wait(1, 10, SegmentResult.REDIRECTED), wait(2, 16, SegmentResult.REDIRECTED), wait(3, 22, None))
    assert _first_joined(again, "support", 22.0) == 10.0
    by_flow = call(wait(1, 10, SegmentResult.TIMED_OUT), wait(2, 40, None))
    assert _first_joined(by_flow, "support", 40.0) == 40.0
    assert _first_joined(None, "support", 7.0) == 7.0


async def test_who_waits_when_the_server_comes_is_served_as_he_was_promised() -> None:
    hall = Hall()
    hall.tell(facts.Truth(queues=("support",)))
    try:
        now = hall.clock.now()
        hall.join("1", ago=30)
        hall.join("2", ago=20)
        hall.engine.keeps["PJSIP/trunk-1"] = encoded(Kept("support", 7, now - 300, "gold", "", Wish({"tax": 4}, 1700)))
        hall.engine.keeps["PJSIP/trunk-2"] = encoded(Kept("sales", 9))  # of a queue where he was before
        hall.director.start()
        await hall.settled()
        first, second = hall.director.stays.of(KEY).values()
        assert (first.extra, first.facts.tier, first.wish) == (7, "gold", Wish({"tax": 4}, 1700))
        assert abs(first.joined_at - (now - 300)) < 0.01
        assert (second.extra, second.wish) == (0, None)
        assert ("standings",) in hall.engine.asked  # his place, too, is as the PBX has it
    finally:
        await hall.tasks.close()
