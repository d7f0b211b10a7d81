from dataclasses import dataclass

from cti_server.core.bus import Bus


@dataclass(frozen=True)
class Rang:
    number: str


@dataclass(frozen=True)
class Ended:
    number: str


def test_each_handler_hears_its_own_type_in_order_of_subscription() -> None:
    bus, heard = Bus(), []
    bus.subscribe(Rang, lambda event: heard.append(("first", event.number)))
    bus.subscribe(Rang, lambda event: heard.append(("second", event.number)))
    bus.subscribe(Ended, lambda event: heard.append(("ended", event.number)))
    bus.publish(Rang("4000"))
    assert heard == [("first", "4000"), ("second", "4000")]


def test_a_handler_that_raises_is_counted_and_the_others_still_hear() -> None:
    bus, heard = Bus(), []

    def broken(event: Rang) -> None:
        raise ValueError("broken on purpose")

    bus.subscribe(Rang, broken)
    bus.subscribe(Rang, heard.append)
    bus.publish(Rang("4000"))
    assert heard == [Rang("4000")]
    assert bus.faults == 1
