"""Users and devices in memory."""

import pytest

from cti_server.agents.directory import Directory
from cti_server.agents.model import Profile
from tests.agents.people import User


def test_a_user_moves_to_another_device_and_the_old_one_is_free() -> None:
    directory = Directory()
    directory.load([Profile(1, "main", "PJSIP/1")], [User(1, "li", "李娜"), User(2, "bob", "Bob")])
    assert directory.user_of("main", "PJSIP/1") == 1
    before = directory.put(Profile(1, "main", "PJSIP/2"))
    assert before == Profile(1, "main", "PJSIP/1")
    assert directory.user_of("main", "PJSIP/1") is None
    assert directory.device_of(1) == ("main", "PJSIP/2")
    directory.put(Profile(2, "main", "PJSIP/1"))
    assert [profile.user_id for profile in directory] == [1, 2]
    with pytest.raises(ValueError, match="belongs to user 2"):
        directory.put(Profile(1, "main", "PJSIP/1"))
    assert directory.device_of(1) == ("main", "PJSIP/2")


def test_the_same_device_on_two_pbxs_is_two() -> None:
    directory = Directory()
    directory.load([Profile(1, "a", "PJSIP/1"), Profile(2, "b", "PJSIP/1")], [])
    assert (directory.user_of("a", "PJSIP/1"), directory.user_of("b", "PJSIP/1")) == (1, 2)


def test_who_is_unknown_has_no_name() -> None:
    directory = Directory()
    directory.meet([User(1, "li", "李娜")])
    assert (directory.name_of(1), directory.login_of(1), directory.knows(1)) == ("李娜", "li", True)
    assert (directory.name_of(9), directory.login_of(9), directory.knows(9)) == ("", None, False)
    assert directory.drop(9) is None
    assert directory.shown(Profile(1, "m", "d")).login == "li"
