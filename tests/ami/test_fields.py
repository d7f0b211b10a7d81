import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.ami import fields
from cti_server.core.errors import BadInput

BREAKS = ["\r\n", "\n", "\r", "\0", "\u2028", "%0d%0a", "%0D", "%00", "\u2029", "\x85", "\x1b", "\ud800"]


@pytest.mark.parametrize("wrong", BREAKS)
@pytest.mark.parametrize("check", [fields.text, fields.exten, fields.context, fields.endpoint, fields.channel])
def test_nothing_that_breaks_a_line_passes(check, wrong: str) -> None:
    for value in (f"a{wrong}Action: Originate", wrong, f"100{wrong}", f"PJSIP/1001{wrong}"):
        with pytest.raises(BadInput):
            check(value, "field")


@pytest.mark.parametrize("value", ["午休 lunch", "Zoë 🙂", "100 %", "a: b", "50%0"])
def test_honest_text_passes(value: str) -> None:
    assert fields.text(value, "reason") == value


def test_the_error_names_field_and_what_is_allowed() -> None:
    with pytest.raises(BadInput) as caught:
        fields.exten("500&PJSIP/trunk/0014165551212")
    assert caught.value.field == "exten"
    assert caught.value.allowed == "1 to 20 of 0-9 * # +"


@pytest.mark.parametrize("value", ["", "1" * 21, "500&PJSIP/trunk/00", "12a", "１２", "1 2", "500\n", None, 12])
def test_extens_that_are_refused(value: str) -> None:
    with pytest.raises(BadInput):
        fields.exten(value)


@pytest.mark.parametrize("value", ["1", "+8613800001111", "*72#", "0" * 20])
def test_extens_that_pass(value: str) -> None:
    assert fields.exten(value) == value


@pytest.mark.parametrize(
    "value", ["/PJSIP.*/", "PJSIP/../x y", "PJSIP/1&PJSIP/2", "PJSIP/1,30,m", "all", "", "PJSIP/", '/"x"/', "PJSIP/1|2"]
)
def test_channels_that_are_refused(value: str) -> None:
    with pytest.raises(BadInput):
        fields.channel(value)


@pytest.mark.parametrize("value", ["PJSIP/1001-00000012", "Local/1001@agents-00000001;2", "PJSIP/前台-00000001"])
def test_channels_that_pass(value: str) -> None:
    assert fields.channel(value) == value


@pytest.mark.parametrize("value", ["../x", "1001/00", "a b", "", "x" * 65, "1001@host"])
def test_endpoints_that_are_refused(value: str) -> None:
    with pytest.raises(BadInput):
        fields.endpoint(value)


@pytest.mark.parametrize(
    "name", ["SHELL(id)", "CHANNEL(hangup_handler_push)", "CTI_A(x)", "cti_a", "X", "CTI_", "CTI_A=1", "FILE(x)"]
)
def test_variables_that_are_refused(name: str) -> None:
    with pytest.raises(BadInput):
        fields.variable(name)
    with pytest.raises(BadInput):
        fields.readable_variable(name)


def test_variables_that_pass() -> None:
    assert fields.variable("__CTI_CUSTOMER") == "__CTI_CUSTOMER"
    assert fields.readable_variable("QUEUESTATUS") == "QUEUESTATUS"


def test_an_assignment_cannot_become_two() -> None:
    assert fields.assignment("CTI_A", 'b,CHANNEL(hangup_handler_push)=c,s,1"\\') == (
        r"CTI_A=b\,CHANNEL(hangup_handler_push)=c\,s\,1\"\\"
    )


def test_a_caller_id_cannot_leave_its_quotes() -> None:
    assert fields.caller_id('Bob" <900> \\', "1001") == '"Bob 900" <1001>'
    assert fields.caller_id("张三", "") == '"张三" <>'


def test_lines_end_at_a_thousand_bytes() -> None:
    assert len(fields.line("Reason", "x" * 992).encode()) == 1_000
    with pytest.raises(BadInput) as caught:
        fields.line("Reason", "x" * 993)
    assert caught.value.allowed == "992 bytes in UTF-8"
    with pytest.raises(BadInput):
        fields.line("Reason", "休" * 331)


@pytest.mark.parametrize("name", ["", "A B", "A:", "A\r\nB", "Ä", "A" * 41, "1A"])
def test_header_names_that_are_refused(name: str) -> None:
    with pytest.raises(BadInput):
        fields.line(name, "x")


@given(st.text(max_size=60))
def test_a_checked_line_is_one_line_however_it_is_split(value: str) -> None:
    try:
        line = fields.line("Reason", value)
    except BadInput:
        return
    assert line.splitlines() == [line]
    assert line.encode().decode() == line


def test_numbers_have_bounds() -> None:
    assert fields.whole(0, "penalty", 0, 9) == "0"
    for wrong in (-1, 10, True, 1.5, "1"):
        with pytest.raises(BadInput):
            fields.whole(wrong, "penalty", 0, 9)  # type: ignore[arg-type]
