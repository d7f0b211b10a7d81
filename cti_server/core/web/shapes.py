"""From bytes and strings to checked values, and errors that name the field and what is allowed (pure)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import inspect

from cti_server.core.errors import BadInput, NotFound

_LARGEST: Final = 2**63 - 1
"""What a bigint of the database holds."""
_MESSAGE = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<at>[^`]*)`)?$", re.DOTALL)
_NAMED = re.compile(r"^Object (?P<kind>missing required|contains unknown) field `(?P<name>[^`]*)`$")
_SUSPECT = re.compile(rb"\\u0000|[0-9]{19}")
_INT_PARAMETER = re.compile(r"[0-9]{1,19}")


def check_strict(kind: type[msgspec.Struct]) -> None:
    """Raise TypeError unless `kind` and every struct inside it refuse fields they do not name.

    Called when routes are mounted, so that a room that forgot it fails at start and not in front of an attacker.
    """
    for inner in _structs(inspect.type_info(kind), set()):
        if not inner.__struct_config__.forbid_unknown_fields:
            raise TypeError(f"{inner.__qualname__} is read from requests: declare it as core.web.routes.Body")


def _structs(info: inspect.Type, seen: set[type]) -> Iterator[type[msgspec.Struct]]:
    if isinstance(info, inspect.StructType):
        if info.cls in seen:
            return
        seen.add(info.cls)
        yield info.cls
        for each in info.fields:
            yield from _structs(each.type, seen)
    for name in ("item_type", "key_type", "value_type"):
        inner = getattr(info, name, None)
        if isinstance(inner, inspect.Type):
            yield from _structs(inner, seen)
    if isinstance(info, inspect.UnionType):
        for option in info.types:
            yield from _structs(option, seen)
    if isinstance(info, inspect.TupleType):
        for item in info.item_types:
            yield from _structs(item, seen)


def read_body(raw: bytes, kind: type[msgspec.Struct]) -> msgspec.Struct:
    """`raw` (JSON) as a `kind`. Raises BadInput."""
    if not raw.strip():
        raise BadInput("This request needs a JSON body.", field="$", allowed=_fields(kind))
    try:
        value = msgspec.json.decode(raw, type=kind)
        if _SUSPECT.search(raw):
            _refuse_unstorable(msgspec.json.decode(raw), "")
    except msgspec.ValidationError as error:
        raise explained(error, kind) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadInput("The body is not JSON in UTF-8.", field="$", allowed="one JSON object") from None
    return value


def read_query(pairs: Sequence[tuple[str, str]], kind: type[msgspec.Struct] | None) -> msgspec.Struct | None:
    """The query of an address as a `kind`; an empty value counts as not given. Raises BadInput."""
    if kind is None:
        if pairs:
            raise BadInput("This address takes no query.", field=pairs[0][0][:64], allowed="no query")
        return None
    lists = {each.encode_name for each in msgspec.structs.fields(kind) if _is_list(each.type)}
    given: dict[str, Any] = {}
    for name, value in pairs:
        if name in lists:
            given.setdefault(name, []).append(value)
        elif name in given:
            raise BadInput(f"{name!r} is given twice.", field=name[:64], allowed="once")
        elif value:
            given[name] = value
        elif name not in {each.encode_name for each in msgspec.structs.fields(kind)}:
            raise BadInput(f"There is no field {name[:64]!r}.", field=name[:64], allowed=_fields(kind))
    _refuse_unstorable(given, "")
    try:
        query = msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise explained(error, kind) from None
    for name, part in msgspec.structs.asdict(query).items():
        _refuse_unstorable(part, name)
    return query


def read_path(match: Mapping[str, str], kinds: Mapping[str, type]) -> dict[str, Any]:
    """Path parameters in their types. What cannot be an id is an id that does not exist: NotFound."""
    values: dict[str, Any] = {}
    for name, kind in kinds.items():
        text = match[name]
        if "\x00" in text or len(text) > 200:
            raise NotFound("There is no such thing.")
        if kind is int:
            if not _INT_PARAMETER.fullmatch(text) or int(text) > _LARGEST:
                raise NotFound("There is no such thing.")
            values[name] = int(text)
        else:
            values[name] = text
    return values


def explained(error: msgspec.ValidationError, kind: type[msgspec.Struct]) -> BadInput:
    """What was wrong with a value for `kind`, with the field and what would be allowed."""
    match = _MESSAGE.match(str(error))
    what, at = (match["what"], match["at"] or "") if match else (str(error), "")
    named = _NAMED.match(what)
    if named:
        field = ".".join(part for part in (at, named["name"]) if part)
        if named["kind"] == "missing required":
            return BadInput(f"The field {field!r} is missing.", field=field, allowed=_expected(kind, field))
        parent = _type_at(inspect.type_info(kind), at)
        inside = _fields(parent.cls) if isinstance(parent, inspect.StructType) else _fields(kind)
        return BadInput(f"There is no field {field[:64]!r}.", field=field[:64], allowed=inside)
    allowed = _expected(kind, at)
    if what.startswith("Expected "):
        # msgspec's own words are about shapes only and never repeat what was sent.
        allowed = what.removeprefix("Expected ").replace("`", "").split(", got ")[0]
        if allowed.startswith("array") and at == "":
            allowed = "one JSON object"
    return BadInput(f"The field {at or '$'!r} has a value that is not allowed.", field=at or "$", allowed=allowed)


def _refuse_unstorable(value: object, at: str) -> None:
    """NUL is not text for PostgreSQL, and a whole number beyond 64 bits fits no column of ours."""
    if isinstance(value, str):
        if "\x00" in value:
            raise BadInput("Text cannot hold the character NUL.", field=at or "$", allowed="text without NUL")
    elif isinstance(value, int):
        if abs(value) > _LARGEST:
            raise BadInput("This number is too large.", field=at or "$", allowed=f"at most {_LARGEST}")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            _refuse_unstorable(key, at)
            _refuse_unstorable(inner, f"{at}.{key}".lstrip("."))
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            _refuse_unstorable(inner, at)


def _fields(kind: type) -> str:
    return ", ".join(each.encode_name for each in msgspec.structs.fields(kind)) or "no field"


def _is_list(kind: Any) -> bool:
    info = inspect.type_info(kind)
    options = info.types if isinstance(info, inspect.UnionType) else (info,)
    return any(isinstance(option, inspect.CollectionType | inspect.VarTupleType) for option in options)


def _expected(kind: type[msgspec.Struct], at: str) -> str:
    """In words, what may stand at a path such as `contacts[0].kind`."""
    info = _type_at(inspect.type_info(kind), at)
    return "a valid value" if info is None else " or ".join(_words(info))


def _type_at(info: inspect.Type | None, at: str) -> inspect.Type | None:
    for step in re.findall(r"[^.\[\]]+|\[[^\]]*\]", at):
        info = _inside(info, step)
        if info is None:
            return None
    return info


def _inside(info: inspect.Type | None, step: str) -> inspect.Type | None:
    if isinstance(info, inspect.UnionType):
        found = (_inside(option, step) for option in info.types)
        return next((each for each in found if each is not None), None)
    if step.startswith("["):
        if isinstance(info, inspect.DictType):
            return info.value_type
        return getattr(info, "item_type", None)
    if isinstance(info, inspect.StructType):
        return next((each.type for each in info.fields if each.encode_name == step), None)
    return None


def _words(info: inspect.Type) -> list[str]:
    if isinstance(info, inspect.UnionType):
        return [word for option in info.types for word in _words(option)]
    if isinstance(info, inspect.EnumType):
        return [", ".join(str(member.value) for member in info.cls)]
    if isinstance(info, inspect.LiteralType):
        return [", ".join(map(str, info.values))]
    if isinstance(info, inspect.StructType):
        return [f"object with {_fields(info.cls)}"]
    return [type(info).__name__.removesuffix("Type").lower()]
