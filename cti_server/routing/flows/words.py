"""The small types of a flow's document: names, texts with places for data, what a form needs to know of each (pure).

A type's `x-form` says which field of a form fits it (`docs/flows.md` has the list); it stands in the JSON schema and in
the catalogue of node kinds.
"""

from typing import Annotated, Any, Final, TypeAlias

from msgspec import Meta, Struct

LONGEST_TEXT: Final = 2000


class Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a document is made of: fields that are not named in it are refused, defaults are not written."""


def _form(name: str, **more: Any) -> Meta:
    return Meta(extra_json_schema={"x-form": name}, **more)


NodeId: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
"""A node's name inside its flow."""
Name: TypeAlias = Annotated[str, Meta(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$")]
"""How things outside the flow are named: prompts, calendars, switches, lists, flows, surveys.

Empty: not chosen yet, as in a draft; the check finds it (`setting_missing`)."""
DataName: TypeAlias = Annotated[str, _form("dataName", pattern=r"^([a-z][a-z0-9_]{0,31})?$")]
"""A field of the data that go with the call."""
Label: TypeAlias = Annotated[str, Meta(max_length=100)]
Language: TypeAlias = Annotated[str, _form("language", pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
Key: TypeAlias = Annotated[str, _form("key", pattern=r"^[0-9*#]$")]
Template: TypeAlias = Annotated[str, _form("template", max_length=LONGEST_TEXT)]
"""A text in which `${name}` stands for a field of the data, `${call.number}` and the like for what is known anyway."""
Url: TypeAlias = Annotated[str, _form("url", max_length=LONGEST_TEXT)]
"""A template too; what is put in is percent-coded."""

Queue: TypeAlias = Annotated[str, _form("queue", max_length=80)]
Prompt: TypeAlias = Annotated[Name, _form("prompt")]
Calendar: TypeAlias = Annotated[Name, _form("calendar")]
Switch: TypeAlias = Annotated[Name, _form("switch")]
CallerList: TypeAlias = Annotated[Name, _form("callerList")]
FlowKey: TypeAlias = Annotated[Name, _form("flow")]
Survey: TypeAlias = Annotated[Name, _form("survey")]

Seconds: TypeAlias = Annotated[float, _form("seconds", ge=0.5, le=120)]
Limit: TypeAlias = Annotated[int, _form("seconds", ge=0, le=7200)]
"""Whole seconds; 0: none."""
Tries: TypeAlias = Annotated[int, Meta(ge=1, le=10)]
