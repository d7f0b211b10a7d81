from typing import Annotated, Literal

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from cti_server.core.web.openapi import document
from cti_server.core.web.routes import Body, Page, Route


class NoteIn(Body):
    text: Annotated[str, msgspec.Meta(max_length=4000)]
    open: bool = False


class NoteJson(msgspec.Struct):
    id: int
    text: str


class Filter(Body):
    since: float | None = msgspec.field(name="from", default=None)
    outcome: list[Literal["answered", "abandoned"]] = msgspec.field(default_factory=list)
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


async def nothing(request: object) -> None: ...


ROUTES = [
    Route(
        "GET", "/notes", nothing, frozenset({"qa", "admin"}), "List", response=Page[NoteJson], query=Filter, csv=True
    ),
    Route("POST", "/customers/{id:int}/notes", nothing, request=NoteIn, response=NoteJson, idempotent=True),
    Route("POST", "/sign-out", nothing, public=True),
]


def test_the_document_is_valid_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(msgspec.json.decode(msgspec.json.encode(document(ROUTES, "1.2.3")))).validate()


def test_what_the_document_says() -> None:
    doc = document(ROUTES, "1.2.3")
    listing = doc["paths"]["/api/v1/notes"]["get"]
    assert {each["name"]: each["required"] for each in listing["parameters"]} == {
        "from": False,
        "outcome": False,
        "limit": False,
    }
    assert set(listing["responses"]["200"]["content"]) == {"application/json", "text/csv"}
    assert "admin, qa" in listing["description"]
    adding = doc["paths"]["/api/v1/customers/{id}/notes"]["post"]
    assert {each["name"] for each in adding["parameters"]} == {"id", "X-CTI", "Idempotency-Key"}
    assert "202" in adding["responses"]
    assert doc["components"]["schemas"]["NoteIn"]["additionalProperties"] is False
    out = doc["paths"]["/api/v1/sign-out"]["post"]
    assert out["security"] == []
    assert "204" in out["responses"]


def test_one_address_has_one_handler() -> None:
    with pytest.raises(ValueError, match="twice"):
        document([ROUTES[2], ROUTES[2]], "1")
