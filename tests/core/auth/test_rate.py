import pytest

from cti_server.core.auth.rate import TryLimit
from cti_server.core.errors import TooMany


def test_the_eleventh_try_waits_until_the_first_is_out_of_the_window() -> None:
    limit = TryLimit(most=10, window=900)
    for second in range(10):
        limit.count("wang", float(second))
    with pytest.raises(TooMany) as caught:
        limit.count("wang", 10.0)
    assert caught.value.retry_after == pytest.approx(890)
    limit.count("li", 10.0)
    limit.count("wang", 900.0)


def test_a_try_that_succeeded_does_not_count() -> None:
    limit = TryLimit(most=2, window=900)
    for _ in range(20):
        limit.count("wang", 0.0)
        limit.forgive("wang")
    limit.forgive("nobody")


def test_it_remembers_a_limited_number_of_keys() -> None:
    limit = TryLimit(most=1, window=900, keys=3)
    for key in "abcd":
        limit.count(key, 0.0)
    limit.count("a", 0.0)
    with pytest.raises(TooMany):
        limit.count("d", 0.0)
