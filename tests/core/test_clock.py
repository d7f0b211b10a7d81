import time

from cti_server.core.clock import SystemClock


def test_the_system_clock_is_the_machines() -> None:
    clock = SystemClock()
    assert abs(clock.now() - time.time()) < 1
    before = clock.monotonic()
    assert clock.monotonic() >= before
