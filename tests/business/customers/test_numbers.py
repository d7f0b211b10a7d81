import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cti_server.business.customers.numbers import MOST_RAW, Numbering, NumberKind, normalise

PLAIN = Numbering()
BEIJING = Numbering(area_code="010", outside_prefix="9")
MOBILE = "+8613800001111"

TABLE = [
    # mobiles, as trunks tell them
    ("+8613800001111", "mobile", MOBILE),
    ("008613800001111", "mobile", MOBILE),
    ("8613800001111", "mobile", MOBILE),
    ("013800001111", "mobile", MOBILE),
    ("13800001111", "mobile", MOBILE),
    ("138 0000 1111", "mobile", MOBILE),
    ("138-0000-1111", "mobile", MOBILE),
    ("(138)00001111", "mobile", MOBILE),
    ("+86 (0)138 0000 1111", "mobile", MOBILE),
    ("0086-138-0000-1111", "mobile", MOBILE),
    ("１３８００００１１１１", "mobile", MOBILE),
    ("＋86１３８００００１１１１", "mobile", MOBILE),
    ("\u200e13800001111\u202c", "mobile", MOBILE),
    ("13800001111\r\n", "mobile", MOBILE),
    ("<13800001111>", "mobile", MOBILE),
    ('"13800001111"', "mobile", MOBILE),
    ("19912345678", "mobile", "+8619912345678"),
    ("17012345678", "mobile", "+8617012345678"),
    # SIP and tel
    ("sip:13800001111@10.0.0.1", "mobile", MOBILE),
    ('"Li Lei" <sip:+8613800001111@10.0.0.1;user=phone>', "mobile", MOBILE),
    ("sips:%2B8613800001111@example.com:5061;transport=tls", "mobile", MOBILE),
    ("tel:+86-138-0000-1111", "mobile", MOBILE),
    ("sip:alice@example.com", "unknown", ""),
    # landlines
    ("01012345678", "landline", "+861012345678"),
    ("010-12345678", "landline", "+861012345678"),
    ("+86 10 1234 5678", "landline", "+861012345678"),
    ("861012345678", "landline", "+861012345678"),
    ("021-6888 8888", "landline", "+862168888888"),
    ("0755-88886666", "landline", "+8675588886666"),
    ("(0755)88886666", "landline", "+8675588886666"),
    ("02168888888", "landline", "+862168888888"),
    # extensions behind a number
    ("010-62345678-8001", "landline", "+861062345678"),
    ("010-62345678转8001", "landline", "+861062345678"),
    ("010-62345678 分机 8001", "landline", "+861062345678"),
    ("010 6234 5678 ext. 8001", "landline", "+861062345678"),
    ("01062345678x8001", "landline", "+861062345678"),
    ("01062345678#8001", "landline", "+861062345678"),
    ("tel:+86-10-6234-5678;ext=8001", "landline", "+861062345678"),
    # service and short numbers
    ("4001234567", "service", "+864001234567"),
    ("400-123-4567", "service", "+864001234567"),
    ("8001234567", "service", "+868001234567"),
    ("95588", "short", "95588"),
    ("+8695588", "short", "95588"),
    ("02195588", "short", "95588"),
    ("95177777", "short", "95177777"),
    ("10086", "short", "10086"),
    ("12345", "short", "12345"),
    ("110", "short", "110"),
    # our own house
    ("1001", "extension", "1001"),
    ("8001", "extension", "8001"),
    ("66", "extension", "66"),
    # other countries
    ("+14155552671", "mobile", "+14155552671"),
    ("0014155552671", "mobile", "+14155552671"),
    ("+85298765432", "mobile", "+85298765432"),
    ("+44 20 7946 0018", "landline", "+442079460018"),
    # withheld
    ("", "withheld", ""),
    ("   ", "withheld", ""),
    ("anonymous", "withheld", ""),
    ("Anonymous", "withheld", ""),
    ("<unknown>", "withheld", ""),
    ("unknown", "withheld", ""),
    ("Restricted", "withheld", ""),
    ("PRIVATE", "withheld", ""),
    ("unavailable", "withheld", ""),
    ("sip:anonymous@anonymous.invalid", "withheld", ""),
    ("匿名", "withheld", ""),
    ("-", "withheld", ""),
    ("\0\0", "withheld", ""),
    # nothing that a plan knows
    ("99999999999999", "unknown", "99999999999999"),
    ("+999123", "unknown", "+999123"),
    ("62345678", "unknown", "62345678"),
    ("abc", "unknown", ""),
    ("<script>alert(1)</script>", "unknown", ""),
    ("1" * 500, "unknown", ""),
]


@pytest.mark.parametrize(("raw", "kind", "value"), TABLE)
def test_one_form(raw: str, kind: str, value: str) -> None:
    number = normalise(raw, PLAIN)
    assert (number.kind, number.value) == (kind, value)
    assert number.e164 == (value if value.startswith("+") and kind != "unknown" else None)
    assert number.withheld == (kind == "withheld")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("62345678", "+861062345678"),
        ("6234-5678", "+861062345678"),
        ("913800001111", MOBILE),
        ("9013800001111", MOBILE),
        ("962345678", "+861062345678"),
        ("9008613800001111", MOBILE),
        ("95588", "95588"),
        ("13800001111", MOBILE),
    ],
)
def test_the_sites_own_area_code_and_outside_line(raw: str, value: str) -> None:
    assert normalise(raw, BEIJING).value == value


def test_another_region() -> None:
    assert normalise("415 555 2671", Numbering("US")).value == "+14155552671"
    assert normalise("911", Numbering("US")).kind is NumberKind.EXTENSION


def test_how_it_is_shown() -> None:
    number = normalise("010-62345678-8001", PLAIN)
    assert (number.national, number.display, number.extension) == ("01062345678", "010 6234 5678 ext. 8001", "8001")
    assert normalise(MOBILE, PLAIN).display == "138 0000 1111"
    assert normalise("+14155552671", PLAIN).display == "+1 415-555-2671"


def test_who_can_be_known_by_it() -> None:
    assert [normalise(raw).names_a_customer for raw in (MOBILE, "95588", "1001", "", "abc")] == [
        True,
        True,
        False,
        False,
        False,
    ]


ANYTHING = st.text(max_size=200) | st.text("0123456789+-() ext转#;:@<>sip.%2B９", max_size=40)
SITES = st.sampled_from([PLAIN, BEIJING, Numbering("US"), Numbering("DE", outside_prefix="0"), Numbering("ZZ")])


@given(ANYTHING, SITES)
@example("sip:sip:1@x", PLAIN)
@example("+", PLAIN)
@example("9" * 20, BEIJING)
def test_never_raises_and_twice_is_once(raw: str, site: Numbering) -> None:
    number = normalise(raw, site)
    assert len(number.raw) <= MOST_RAW
    assert normalise(number.value, site).value == number.value
