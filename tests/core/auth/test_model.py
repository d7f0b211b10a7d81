import re

import pytest

from cti_server.core.auth.model import check_password, checked_login, checked_name, checked_roles, new_password
from cti_server.core.errors import BadInput


@pytest.mark.parametrize(("text", "login"), [("Wang.Fang", "wang.fang"), (" li4 ", "li4"), ("a_b-c", "a_b-c")])
def test_logins_are_kept_small_and_trimmed(text: str, login: str) -> None:
    assert checked_login(text) == login


@pytest.mark.parametrize("text", ["", "王芳", ".dot", "a b", "a\r\nAction: x", "a" * 65, "a\x00"])
def test_other_logins_are_refused_by_field(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        checked_login(text)
    assert caught.value.field == "login"


@pytest.mark.parametrize("text", ["", "  ", "x" * 101, "a\nb", "a\u2028b", "a\x1b[31m"])
def test_names_stand_on_one_line(text: str) -> None:
    with pytest.raises(BadInput):
        checked_name(text)
    assert checked_name(" 王芳 ") == "王芳"


@pytest.mark.parametrize("roles", [frozenset(), frozenset({"root"}), frozenset({"agent", "god"})])
def test_only_known_roles(roles: frozenset[str]) -> None:
    with pytest.raises(BadInput, match="role"):
        checked_roles(roles)


@pytest.mark.parametrize("password", ["short", "x" * 257, "aaaaaaaaaaaa", "1234567890", "wangfang2026", "Password123"])
def test_easy_passwords_are_refused(password: str) -> None:
    with pytest.raises(BadInput):
        check_password(password, "wangfang")


def test_random_passwords_can_be_read_out_and_differ() -> None:
    passwords = {new_password() for _ in range(100)}
    assert len(passwords) == 100
    for password in passwords:
        assert re.fullmatch(r"([a-hjkmnp-z2-9]{5}-){3}[a-hjkmnp-z2-9]{5}", password)
        check_password(password, "wangfang")
