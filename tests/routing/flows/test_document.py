"""The document format: what is read, what is refused, and the catalogue that the editor draws its forms from."""

import json

import pytest

from cti_server.core.errors import BadInput
from cti_server.routing.flows.document import KINDS, flow_of, read_flow, schema, write_flow
from cti_server.routing.flows.kinds import catalogue

SMALL = {
    "format": 1,
    "title": "Hotline",
    "languages": ["zh-CN", "en"],
    "start": "menu",
    "nodes": {
        "menu": {
            "kind": "menu",
            "speech": [{"say": "prompt", "prompt": "main-menu"}],
            "exits": {"1": "agents", "timeout": "agents"},
        },
        "agents": {"kind": "queue", "queue": "support"},
    },
}


def test_a_document_comes_back_as_it_was_written() -> None:
    flow = flow_of(SMALL)
    assert json.loads(write_flow(flow)) == SMALL
    assert read_flow(write_flow(flow)) == flow


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": 2}, "format"),
        ({"languages": []}, "languages"),
        ({"nodes": {"a": {"kind": "sql"}}}, "nodes.a.kind"),
        ({"nodes": {"a": {"kind": "play", "x": 1}}}, "nodes.a.x"),
        ({"nodes": {"a b": {"kind": "play"}}}, "nodes.a b"),
        ({"nodes": {"a": {"kind": "menu", "exits": {"12": "b"}}}}, "nodes.a"),
        ({"nodes": {"a": {"kind": "lookup", "url": "http://x", "timeout_seconds": 60}}}, "nodes.a.timeout_seconds"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as told:
        flow_of({**SMALL, **change})
    assert told.value.field is not None
    assert told.value.field.startswith(field)
    assert told.value.code == "bad_flow"


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'"x"' + b" " * 2_000_000])
def test_what_is_no_flow_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput):
        read_flow(raw)


def test_the_catalogue_and_the_schema_know_every_kind() -> None:
    kinds = catalogue()
    assert [each.kind for each in kinds] == [str(cls.__struct_config__.tag) for cls in KINDS]
    menu = next(each for each in kinds if each.kind == "menu")
    assert menu.per == "key"
    assert [each.name for each in menu.exits] == ["timeout", "invalid"]
    assert next(each for each in menu.settings if each.name == "speech").form == "speech"
    for kind in kinds:
        for setting in kind.settings:
            assert setting.form, f"{kind.kind}.{setting.name}"
    assert set(schema()["$defs"]) >= {cls.__name__ for cls in KINDS}
