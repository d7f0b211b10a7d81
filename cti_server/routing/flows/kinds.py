"""The catalogue of node kinds, from which an editor draws its palette and its forms (pure)."""

from typing import Any

import msgspec
from msgspec import Struct

from cti_server.routing.flows.document import KINDS
from cti_server.routing.flows.nodes import Node


class ExitJson(Struct, frozen=True):
    """An exit that a kind always has; see nodes.Exit."""

    name: str
    needed: bool
    otherwise: str | None


class SettingJson(Struct, frozen=True):
    """One setting: `form` is the field of a form that fits, `schema` what is allowed, `default` null when `needed`."""

    name: str
    form: str
    needed: bool
    default: Any
    schema: dict[str, Any]


class KindJson(Struct, frozen=True):
    """One kind of node. `per`: key, case or ending, when there is one further exit for each of these."""

    kind: str
    group: str
    settings: tuple[SettingJson, ...]
    exits: tuple[ExitJson, ...]
    per: str | None
    waits: bool


def catalogue() -> tuple[KindJson, ...]:
    """Every kind, in the order in which an editor offers them."""
    return tuple(_kind(cls) for cls in KINDS)


def _kind(cls: type[Node]) -> KindJson:
    document = msgspec.json.schema(cls)
    shapes = document["$defs"]
    mine = shapes[cls.__name__]["properties"]
    needed = set(shapes[cls.__name__].get("required", ()))
    names = [each.encode_name for each in msgspec.structs.fields(cls) if each.encode_name not in ("label", "exits")]
    return KindJson(
        kind=str(cls.__struct_config__.tag),
        group=cls.GROUP.value,
        settings=tuple(
            SettingJson(
                name=name,
                form=_form(mine[name]),
                needed=name in needed,
                default=mine[name].get("default"),
                schema=_inlined(mine[name], shapes),
            )
            for name in names
        ),
        exits=tuple(ExitJson(each.name, each.needed, each.otherwise) for each in cls.EXITS),
        per=None if cls.PER is None else cls.PER.value,
        waits=cls.WAITS,
    )


def _form(shape: dict[str, Any]) -> str:
    if "x-form" in shape:
        return str(shape["x-form"])
    if "enum" in shape:
        return "choice"
    plain = {"boolean": "flag", "integer": "number", "number": "number", "string": "text"}
    if shape.get("type") == "object":
        inside = shape.get("additionalProperties", {})
        return "keyLabels" if "x-form" not in inside else f"key{str(inside['x-form']).capitalize()}s"
    return plain[shape["type"]]


def _inlined(shape: Any, shapes: dict[str, Any]) -> Any:
    """The schema with its references written out; what a form treats by itself stays a name."""
    if isinstance(shape, dict):
        if shape.get("x-form") in ("speech", "cases"):
            return {key: value for key, value in shape.items() if key != "items"}
        if "$ref" in shape:
            return _inlined(shapes[shape["$ref"].rsplit("/", 1)[1]], shapes)
        return {key: _inlined(value, shapes) for key, value in shape.items()}
    if isinstance(shape, list):
        return [_inlined(each, shapes) for each in shape]
    return shape
