"""Moments in addresses and tables."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.core.errors import BadInput
from cti_server.core.moments import local, moment

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (None, None),
        ("1767225600", 1767225600.0),
        ("1767225600.25", 1767225600.25),
        ("2026-01-01", 1767196800.0),  # midnight there
        ("2026-01-01T08:00", 1767225600.0),
        ("2026-01-01T00:00:00Z", 1767225600.0),
        ("2026-01-01T01:00:00+01:00", 1767225600.0),
    ],
)
def test_a_moment_is_read_as_seconds_or_as_iso_in_the_time_of_the_site(text: str | None, at: float | None) -> None:
    assert moment("from", text, SHANGHAI) == at


@pytest.mark.parametrize("text", ["", "yesterday", "nan", "inf", "-1", "1e11", "2026-13-01", "9999-12-31T23:59-23:00"])
def test_what_is_none_is_refused_by_the_name_of_its_field(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        moment("to", text, SHANGHAI)
    assert refused.value.field == "to"


@given(st.integers(0, 4_000_000_000_000).map(lambda ms: ms / 1000))
def test_what_is_written_is_read_as_the_same_moment(at: float) -> None:
    assert moment("from", local(at, SHANGHAI), SHANGHAI) == pytest.approx(at, abs=0.001)


def test_nothing_stays_nothing_and_seconds_are_enough_for_some() -> None:
    assert local(None, SHANGHAI) is None
    assert local(1767225600.25, SHANGHAI, precision="seconds") == "2026-01-01T08:00:00+08:00"
