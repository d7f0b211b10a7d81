import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.core.errors import BadInput
from cti_server.routing.flows.acts import Sound
from cti_server.routing.survey.model import (
    Sums,
    SurveyBody,
    added,
    checked,
    checked_key,
    is_asked,
    question_of,
    result,
    served_by,
    value_of,
)


def survey(share: int = 100, **queues: int) -> SurveyBody:
    texts = [{"say": "text", "text": {"zh-CN": "请评价", "en": "How was it?"}}]
    body = {"title": "t", "share": share, "queues": queues, "questions": [{"kind": "csat", "speech": texts}]}
    return msgspec.convert(body, SurveyBody)


@given(st.text(alphabet="0123456789*#", max_size=3))
def test_answers_are_within_their_scale(keys: str) -> None:
    csat, nps = value_of("csat", keys), value_of("nps", keys)
    assert csat is None or (1 <= csat <= 5 and str(csat) == keys)
    assert nps is None or (0 <= nps <= 10 and str(nps) == keys)


@pytest.mark.parametrize("share", [0, 10, 50, 100])
def test_the_share_that_is_asked(share: int) -> None:
    ids = [f"main:1800000{n // 100}.{n}" for n in range(4000)]
    asked = sum(is_asked(survey(share), "support", one) for one in ids)
    assert abs(asked / len(ids) * 100 - share) < 3
    assert all(is_asked(survey(0, support=100), "support", one) for one in ids)
    assert is_asked(survey(50), "q", ids[0]) == is_asked(survey(50), "q", ids[0])


@given(st.lists(st.integers(0, 10), min_size=1, max_size=50))
def test_nps_by_hand(values: list[int]) -> None:
    good, bad = sum(v >= 9 for v in values), sum(v <= 6 for v in values)
    found = result(Sums("s", "nps", None, None, len(values) + 2, len(values), sum(values), good, bad), "")
    assert found.score == pytest.approx(100 * good / len(values) - 100 * bad / len(values))
    assert found.mean == pytest.approx(sum(values) / len(values))
    assert -100 <= found.score <= 100


def test_csat_is_the_share_of_four_and_five() -> None:
    rows = [Sums("s", "csat", "support", 1, 4, 3, 12, 2, 1), Sums("s", "csat", "sales", 1, 1, 1, 5, 1, 0)]
    (agent,) = added(rows, by="agent")
    assert result(agent, "李娜").score == 0.75
    assert {(one.queue, one.answered) for one in added(rows, by="queue")} == {("support", 3), ("sales", 1)}
    assert result(Sums("s", "csat", None, None, 5, 0, 0, 0, 0), "").score is None


def test_what_is_said_and_who_served() -> None:
    (asked,) = survey().questions
    assert question_of(asked, "en").sounds == (Sound("text", "How was it?", "en"),)
    assert question_of(asked, "de").sounds == (Sound("text", "请评价", "zh-CN"),)
    assert question_of(msgspec.structs.replace(asked, kind="nps"), "en").most == 2
    assert served_by(None) == (None, None)
    assert checked_key("after-call") == "after-call"
    for key in ("", "A", "1a", "a b", "a" * 33):
        with pytest.raises(BadInput):
            checked_key(key)
    with pytest.raises(BadInput):
        checked(msgspec.structs.replace(survey(), questions=(msgspec.structs.replace(asked, speech=()),)))
