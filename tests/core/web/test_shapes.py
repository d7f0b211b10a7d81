from enum import StrEnum
from typing import Annotated, Literal

import msgspec
import pytest

from cti_server.core.errors import BadInput, NotFound
from cti_server.core.web.routes import Body
from cti_server.core.web.shapes import check_strict, read_body, read_path, read_query


class Kind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"


class ContactIn(Body):
    kind: Kind
    value: Annotated[str, msgspec.Meta(max_length=20)]


class CustomerIn(Body):
    name: str
    contacts: list[ContactIn] = msgspec.field(default_factory=list)
    tier: Literal["gold", "silver"] | None = None
    age: int = 0
    fields: dict[str, str] = msgspec.field(default_factory=dict)


class Filter(Body):
    since: Annotated[float, msgspec.Meta(ge=0)] | None = msgspec.field(name="from", default=None)
    agent: int | None = None
    open: bool = False
    outcome: list[str] = msgspec.field(default_factory=list)


class Loose(msgspec.Struct):
    name: str


class Holder(Body):
    loose: list[Loose] | None = None


def refused(raw: bytes) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_body(raw, CustomerIn)
    return caught.value


def test_a_good_body() -> None:
    body = read_body('{"name":"王芳","contacts":[{"kind":"phone","value":"+86138"}]}'.encode(), CustomerIn)
    assert body == CustomerIn("王芳", [ContactIn(Kind.PHONE, "+86138")])


@pytest.mark.parametrize(
    ("raw", "field", "allowed"),
    [
        (b'{"name":1}', "name", "str"),
        (b"{}", "name", "str"),
        (b'{"name":"a","tenant":2}', "tenant", "name, contacts, tier, age, fields"),
        (b'{"name":"a","contacts":[{"kind":"fax","value":"1"}]}', "contacts[0].kind", "phone, email"),
        (b'{"name":"a","contacts":[{"kind":"phone"}]}', "contacts[0].value", "str"),
        (b'{"name":"a","contacts":[{"kind":"phone","value":"1","x":1}]}', "contacts[0].x", "kind, value"),
        (b'{"name":"a","contacts":[{"kind":"phone","value":"123456789012345678901"}]}', "contacts[0].value", "20"),
        (b'{"name":"a","tier":"lead"}', "tier", "gold, silver"),
        (b'{"name":"a","age":"x"}', "age", "int"),
        (b'{"name":"a\\u0000b"}', "name", "without NUL"),
        (b'{"name":"a","fields":{"k\\u0000":"v"}}', "fields", "without NUL"),
        (b'{"name":"a","age":9223372036854775808}', "age", "at most"),
        (b"[]", "$", "object"),
        (b"", "$", "name"),
        (b"{", "$", "JSON"),
        (b'{"name":"\xff"}', "$", "UTF-8"),
        (b'{"name":"\\ud800"}', "$", "UTF-8"),
        (b"[" * 50_000, "$", "object"),
    ],
)
def test_a_bad_body_names_the_field_and_what_is_allowed(raw: bytes, field: str, allowed: str) -> None:
    error = refused(raw)
    told = f"{error.allowed} {error.sentence}"
    assert allowed in told
    assert error.field == field


def test_the_error_never_repeats_what_was_sent() -> None:
    assert "secret" not in str(vars(refused(b'{"name":"a","tier":"secret"}')))


def test_a_written_backslash_before_u0000_is_only_text() -> None:
    assert read_body(rb'{"name":"C:\\u0000"}', CustomerIn) == CustomerIn(r"C:\u0000")


def test_a_query_in_its_types() -> None:
    pairs = [("from", "1795317478.5"), ("agent", "7"), ("open", "true"), ("outcome", "a"), ("outcome", "b")]
    assert read_query(pairs, Filter) == Filter(1795317478.5, 7, True, ["a", "b"])


def test_an_empty_value_in_a_query_is_not_given() -> None:
    assert read_query([("agent", "")], Filter) == Filter()


@pytest.mark.parametrize(
    ("pairs", "field"),
    [
        ([("agent", "x")], "agent"),
        ([("agent", "1"), ("agent", "2")], "agent"),
        ([("sort", "calldate;SELECT pg_sleep(5)--")], "sort"),
        ([("sort", "")], "sort"),
        ([("from", "-1")], "from"),
        ([("agent", "99999999999999999999")], "agent"),
        ([("outcome", "a\x00")], "outcome"),
    ],
)
def test_a_bad_query_names_the_field(pairs: list[tuple[str, str]], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_query(pairs, Filter)
    assert caught.value.field == field


def test_an_address_without_a_query_takes_none() -> None:
    assert read_query([], None) is None
    with pytest.raises(BadInput):
        read_query([("token", "x")], None)


def test_path_parameters_in_their_types() -> None:
    assert read_path({"id": "7", "call": "1795.12"}, {"id": int, "call": str}) == {"id": 7, "call": "1795.12"}


@pytest.mark.parametrize("text", ["x", "-1", "1e3", "9223372036854775808", "１", "", "7 ", "0x1", "1" * 30])
def test_what_cannot_be_an_id_does_not_exist(text: str) -> None:
    with pytest.raises(NotFound):
        read_path({"id": text}, {"id": int})


def test_a_text_parameter_with_nul_or_without_end_does_not_exist() -> None:
    for text in ("a\x00", "a" * 201):
        with pytest.raises(NotFound):
            read_path({"id": text}, {"id": str})


def test_a_shape_that_would_take_unknown_fields_is_refused_wherever_it_hides() -> None:
    check_strict(CustomerIn)
    for kind in (Loose, Holder):
        with pytest.raises(TypeError, match="Loose"):
            check_strict(kind)
