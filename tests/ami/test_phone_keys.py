import pytest

from cti_server.ami.phone_keys import give_key, take_key
from cti_server.core.errors import BadInput


def test_only_our_own_lines_of_the_dialplan_are_run() -> None:
    for action in (give_key("1001w", "u", "p"), take_key("1001w")):
        assert action.name == "Originate"
        assert not any(line.startswith(("Application", "Data")) for line in action.lines)
        assert "Context: cti-phone" in action.lines
    assert give_key("1001w", "u", "p").lines[0] == "Channel: Local/give@cti-phone/n"
    assert "Variable: CTI_PHONE_KEY=p" in give_key("1001w", "u", "p").lines


@pytest.mark.parametrize("bad", ["", 'a"b', "a b", "a,b", "a\r\nAction: x", "${X}", "x" * 81, "é"])
def test_what_the_dialplan_could_misread_is_refused(bad: str) -> None:
    for given in (("1001w", bad, "p"), ("1001w", "u", bad), (bad, "u", "p")):
        with pytest.raises(BadInput):
            give_key(*given)
    with pytest.raises(BadInput):
        take_key(bad)
