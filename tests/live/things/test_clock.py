from cti_server.live.things.clock import ClockWatch


def hours(watch: ClockWatch, skew: float, seconds: int, start: float = 1000.0) -> None:
    for n in range(seconds):
        stamp = start + n - skew
        watch.see(stamp + watch.offset, start + n + 0.01 * (n % 3))


def test_a_clock_five_minutes_off_is_corrected_within_seconds() -> None:
    for skew in (-300.0, 300.0):
        watch = ClockWatch()
        hours(watch, skew, 10)
        assert abs(watch.offset - skew) < 0.1


def test_clocks_that_nearly_agree_are_left_alone() -> None:
    watch = ClockWatch()
    hours(watch, 1.2, 300)
    assert watch.offset == 0.0


def test_a_reader_that_slept_for_twenty_seconds_is_no_clock() -> None:
    watch = ClockWatch()
    hours(watch, 0.0, 100)
    for n in range(50):
        watch.see(1100.0 + n * 0.1, 1120.0)
    hours(watch, 0.0, 100, 1121.0)
    assert watch.offset == 0.0


def test_a_clock_that_is_put_right_is_followed() -> None:
    watch = ClockWatch()
    hours(watch, 300.0, 30)
    hours(watch, 0.0, 200, 1031.0)
    assert abs(watch.offset) < 0.1
