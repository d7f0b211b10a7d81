import pytest

from cti_server.core.health import Health, Link, Readiness


def test_ready_when_started_and_every_needed_link_is_up() -> None:
    health = Health()
    health.register("database", lambda: Link("", True, 1.0))
    assert not health.readiness().ready
    health.started = True
    assert health.readiness() == Readiness(True, [Link("database", True, 1.0)])


def test_a_link_that_is_down_makes_us_unready_unless_it_is_not_needed() -> None:
    health = Health()
    health.started = True
    health.register("crm", lambda: Link("", False, 2.0, "no route"), needed=False)
    assert health.readiness().ready
    health.register("pbx1", lambda: Link("", False, 3.0))
    readiness = health.readiness()
    assert not readiness.ready
    assert [link.name for link in readiness.links] == ["crm", "pbx1"]


def test_without_details_no_words_that_name_hosts() -> None:
    health = Health()
    health.register("pbx1", lambda: Link("", False, 3.0, "10.0.0.1"))
    assert health.readiness(details=False).links == [Link("pbx1", False, 3.0)]


def test_a_probe_that_falls_is_a_link_that_is_down() -> None:
    def falls() -> Link:
        raise RuntimeError

    health = Health()
    health.started = True
    health.register("odd", falls)
    assert not health.readiness().ready
    assert health.readiness().links[0].name == "odd"


def test_a_name_is_taken_once() -> None:
    health = Health()
    health.register("a", lambda: Link("", True))
    with pytest.raises(ValueError, match="'a'"):
        health.register("a", lambda: Link("", True))
