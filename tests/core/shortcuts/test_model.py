"""Which keys can be kept."""

import pytest

from cti_server.core.errors import BadInput, Conflict
from cti_server.core.shortcuts.model import checked_keys


@pytest.mark.parametrize("key", ["H", "?", "/", "F2", "Alt+H", "Ctrl+Alt+Shift+F12", "é", "", "+", "Alt++"])
def test_keys_that_can_be_kept(key: str) -> None:
    assert checked_keys({"hold": key}) == {"hold": key}


@pytest.mark.parametrize("key", ["Tab", "F13", "Shift+Alt+H", "H H", " ", "\x00", "Alt+", "<script>"])
def test_what_is_no_key(key: str) -> None:
    with pytest.raises(BadInput):
        checked_keys({"hold": key})


def test_a_clash_names_both() -> None:
    with pytest.raises(Conflict) as clash:
        checked_keys({"hold": "H", "mute": "M", "hangUp": "H", "one": "", "two": ""})
    assert clash.value.code == "shortcut_clash"
    assert clash.value.sentence == "H would do two things: hold and hangUp."
    assert clash.value.details == {"field": "keys.hangUp", "allowed": "a key other than that of hold"}


def test_names_and_numbers_of_actions() -> None:
    for keys in ({"a b": "H"}, {"x" * 41: "H"}, {f"a{chr(97 + n // 26)}{chr(97 + n % 26)}": "" for n in range(101)}):
        with pytest.raises(BadInput):
            checked_keys(keys)
