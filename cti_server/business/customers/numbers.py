"""One form for every number that a PBX may tell. Pure.

Rules beyond those of the phonenumbers library (which knows the numbering plans): how trunks and PBXs mangle numbers,
what stands for "withheld", extensions of one's own house, Chinese service numbers, landlines dialled without area code.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

MOST_RAW: Final = 128


class NumberKind(StrEnum):
    """What sort of number it is."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    SERVICE = "service"  # 400, 800 and the like
    SHORT = "short"  # 95588, 10086, 12345, 110
    EXTENSION = "extension"  # of our own house
    UNKNOWN = "unknown"  # digits that no plan knows, or no number at all
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Numbering:
    """How the site is reached: its region (ISO 3166), its own area code with the 0, the prefix for an outside line."""

    region: str = "CN"
    area_code: str = ""
    outside_prefix: str = ""
    extension_digits: tuple[int, int] = (2, 6)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in its one form."""

    raw: str
    """As the PBX told it, without control characters and at most 128 characters."""
    kind: NumberKind
    value: str
    """By which it is compared and kept: E.164 where there is one, else the digits; empty when there is nothing."""
    e164: str | None
    national: str
    """Digits as dialled inside the country, or as `value` for one of another country."""
    display: str
    """For people's eyes."""
    extension: str = ""
    """The extension behind the number, if one was told with it."""

    @property
    def withheld(self) -> bool:
        """Whether the caller did not show it."""
        return self.kind is NumberKind.WITHHELD

    @property
    def names_a_customer(self) -> bool:
        """Whether somebody outside can be known by it."""
        return bool(self.value) and self.kind is not NumberKind.EXTENSION


_WITHHELD: Final = frozenset(
    {
        *("anonymous", "unknown", "restricted", "private", "withheld", "unavailable", "blocked", "hidden", "nobody"),
        *("none", "null", "nil", "id", "s", "asterisk", "anonymousinvalid", "anonymousanonymousinvalid"),
        *("unknownnumber", "unknowncaller", "callerunknown", "privatenumber", "withheldnumber", "notavailable"),
        *("noid", "nocallerid", "outofarea", "匿名", "未知", "未知号码", "隐藏", "隐藏号码", "无号码", "私人号码"),
    }
)
_URI: Final = re.compile(r"(?:sips?|tel):([^@;>?\s]*)", re.IGNORECASE)
_URI_EXTENSION: Final = re.compile(r";ext=(\d{1,8})", re.IGNORECASE)
_EXTENSION: Final = re.compile(
    r"(?:;?\s*ext(?:ension)?[.:=\s]*|\s*x|转|轉|分机|分機|#|,+)\s*(\d{1,8})\s*$", re.IGNORECASE
)
_TAIL: Final = re.compile(r"^(.*\d)\s*-\s*(\d{1,6})\s*$")
_SEPARATORS: Final = re.compile(r"[\s\-().·/_\u2010-\u2015]+")
_DIGITS: Final = re.compile(r"\+?\d{1,20}")
# Chinese service numbers (MIIT numbering plan): 95xxx…95xxxxxx, 96xxx(x), 10xxx, 12xxx, three digits from 11 and 12.
_CN_SHORT: Final = re.compile(r"95\d{3,6}|96\d{3,4}|10\d{3}|12\d{3}|11[0-9]|12[0-9]")
_CN_SHORT_WITH_AREA: Final = re.compile(r"0(?:10|2\d|[3-9]\d{2})(95\d{3,6}|96\d{3,4}|12\d{3})")
_CN_LOCAL: Final = re.compile(r"[2-9]\d{6,7}")
_CN_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_SERVICE_TYPES: Final = frozenset(
    {PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.UAN}
)


# A call is told of many times while it lasts, each time with its number; reading one costs 0.2 ms.
@lru_cache(maxsize=20_000)
def normalise(raw: str, numbering: Numbering = Numbering()) -> Number:
    """The one form of `raw`. Never raises; the form of a form's `value` is the same form."""
    shown = _cleaned(raw)
    text, uri_extension = _user_part(shown)
    if _is_withheld(text):
        return Number(shown, NumberKind.WITHHELD, "", None, "", "")
    for main, extension in _with_extension(text):
        digits = _SEPARATORS.sub("", main.replace("(0)", "", 1) if main.lstrip().startswith("+") else main)
        if _DIGITS.fullmatch(digits) and (known := _known(shown, digits, extension or uri_extension, numbering)):
            return known
    return _unknown(shown, text)


def _cleaned(raw: str) -> str:
    text = unicodedata.normalize("NFKC", raw[:MOST_RAW])
    return "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn")).strip()[
        :MOST_RAW
    ]


def _user_part(text: str) -> tuple[str, str]:
    """What stands for the number in a SIP or tel URI, and the extension that the URI names."""
    uri = _URI.search(text)
    if uri is None:
        return text.strip(" <>\"'"), ""
    extension = _URI_EXTENSION.search(text)
    return _cleaned(unquote(uri[1])), extension[1] if extension else ""


def _is_withheld(text: str) -> bool:
    # What stands for "no number" may come with signs around and between its letters: <unknown>, caller-unknown.
    letters = "".join(char for char in text.lower() if char.isalnum())
    return letters in _WITHHELD or not any(char.isalnum() for char in text)


def _with_extension(text: str) -> list[tuple[str, str]]:
    """The ways in which the text may be a number and an extension, the likeliest first."""
    if (told := _EXTENSION.search(text)) is not None and sum(map(str.isdigit, text[: told.start()])) >= 5:
        return [(text[: told.start()], told[1])]
    ways = [(text, "")]
    if (tail := _TAIL.match(text)) is not None:
        ways.append((tail[1], tail[2]))
    return ways


def _known(shown: str, digits: str, extension: str, numbering: Numbering) -> Number | None:
    if (short := _short(shown, digits, numbering)) is not None:
        return short
    for candidate in _candidates(digits, numbering):
        if (parsed := _parsed(candidate, numbering.region)) is not None:
            return _of_plan(shown, parsed, extension, numbering)
    return None


def _candidates(digits: str, numbering: Numbering) -> list[str]:
    """The forms in which it may be valid, in order: as told, with our area code, without the outside-line prefix."""
    forms = [digits]
    local = numbering.region == "CN" and numbering.area_code and _CN_LOCAL.fullmatch(digits)
    if local:
        forms.append("0" + numbering.area_code.lstrip("0") + digits)
    prefix = numbering.outside_prefix
    if prefix and digits.startswith(prefix):
        rest = digits[len(prefix) :]
        if rest:
            forms += _candidates(rest, Numbering(numbering.region, numbering.area_code))
    return forms


def _parsed(digits: str, region: str) -> PhoneNumber | None:
    try:
        parsed = phonenumbers.parse(digits, region)
    except NumberParseException:
        return None
    return parsed if phonenumbers.is_valid_number(parsed) else None


def _short(shown: str, digits: str, numbering: Numbering) -> Number | None:
    if numbering.region == "CN":
        plain = digits[3:] if digits.startswith("+86") else digits
        with_area = _CN_SHORT_WITH_AREA.fullmatch(plain)
        if _CN_SHORT.fullmatch(plain) or with_area is not None:
            value = with_area[1] if with_area else plain
            return Number(shown, NumberKind.SHORT, value, None, value, value)
    least, most = numbering.extension_digits
    if digits.isdigit() and least <= len(digits) <= most:
        return Number(shown, NumberKind.EXTENSION, digits, None, digits, digits)
    return None


def _of_plan(shown: str, parsed: PhoneNumber, extension: str, numbering: Numbering) -> Number:
    e164 = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    own = parsed.country_code == phonenumbers.country_code_for_region(numbering.region)
    style = PhoneNumberFormat.NATIONAL if own else PhoneNumberFormat.INTERNATIONAL
    display = phonenumbers.format_number(parsed, style)
    national = re.sub(r"\D", "", display) if own else e164
    return Number(
        raw=shown,
        kind=_kind(parsed, e164),
        value=e164,
        e164=e164,
        national=national,
        display=f"{display} ext. {extension}" if extension else display,
        extension=extension,
    )


def _kind(parsed: PhoneNumber, e164: str) -> NumberKind:
    told = phonenumbers.number_type(parsed)
    if told in _SERVICE_TYPES:
        return NumberKind.SERVICE
    # Where one plan serves both (North America) the library cannot tell; such a number is called mobile.
    if told in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE):
        return NumberKind.MOBILE
    if e164.startswith("+86") and _CN_MOBILE.fullmatch(e164[3:]):
        return NumberKind.MOBILE
    return NumberKind.LANDLINE


def _unknown(shown: str, text: str) -> Number:
    digits = _SEPARATORS.sub("", text)
    value = digits if _DIGITS.fullmatch(digits) else ""
    return Number(shown, NumberKind.UNKNOWN, value, None, value, value or shown)
