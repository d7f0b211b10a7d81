"""The OpenAPI 3.1 document, made of the same routes that answer (pure)."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from cti_server.core.web.problems import MEDIA_TYPE, Problem
from cti_server.core.web.routes import Route

_REF = "#/components/schemas/{name}"
_TYPES = {int: {"type": "integer", "format": "int64", "minimum": 0}, str: {"type": "string"}}


def document(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """The document for `routes`. Two routes with one method and path are a ValueError."""
    types: list[Any] = [Problem]
    for route in routes:
        types += [each for each in (route.request, _response_type(route)) if each is not None]
    schemas, components = msgspec.json.schema_components(types, schema_hook=_any, ref_template=_REF)
    schema_of = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        operations = paths.setdefault(route.address, {})
        if route.method.lower() in operations:
            raise ValueError(f"{route.method} {route.address} is declared twice")
        operations[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "cti-server",
            "version": version,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY_SCHEMES},
    }


_SECURITY_SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-cti",
        "description": "Given by POST /api/v1/sign-in; called `cti` on plain http.",
    }
}


def _any(kind: type) -> dict[str, Any]:
    """What has no narrower form in JSON Schema, such as `object`."""
    return {"description": "any JSON value"}


def _response_type(route: Route) -> Any:
    return None if route.response is None or route.response is type(None) else route.response


def _operation(route: Route, schema_of: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": re.sub(r"[^A-Za-z0-9]+", "_", f"{route.method.lower()}_{route.path}").strip("_"),
        "summary": route.summary or f"{route.method} {route.path}",
        "tags": [route.path.strip("/").split("/")[0]],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": _responses(route, schema_of),
        "security": [] if route.public else [{"session": []}],
    }
    if route.roles is not None:
        operation["description"] = "Roles: " + ", ".join(sorted(route.roles)) + "."
    if route.request is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema_of[repr(route.request)]}},
        }
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _TYPES[kind]}
        for name, kind in route.parameters.items()
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    _, components = msgspec.json.schema_components([route.query], schema_hook=_any, ref_template=_REF)
    shape = components[route.query.__name__]
    return [
        {
            "name": name,
            "in": "query",
            "required": name in shape.get("required", ()),
            "schema": _inlined(schema, components),
        }
        for name, schema in shape.get("properties", {}).items()
    ]


def _inlined(schema: Any, components: dict[str, Any]) -> Any:
    """`schema` with references to enums and the like written out, since a query has no components of its own."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(components[schema["$ref"].rsplit("/", 1)[1]], components)
        return {key: _inlined(value, components) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_inlined(each, components) for each in schema]
    return schema


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    headers: list[dict[str, Any]] = []
    if route.method != "GET":
        headers.append({"name": "X-CTI", "in": "header", "required": True, "schema": {"const": "1"}})
    if route.idempotent:
        headers.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string"}})
    return headers


def _responses(route: Route, schema_of: dict[str, Any]) -> dict[str, Any]:
    kind = _response_type(route)
    content: dict[str, Any] = {}
    if kind is not None:
        content["application/json"] = {"schema": schema_of[repr(kind)]}
    if route.csv:
        content["text/csv"] = {"schema": {"type": "string"}}
    if route.content:
        content[route.content] = {}
    status = 204 if not content else (202 if route.idempotent else 200)
    good: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if content:
        good["content"] = content
    problem = {
        "description": "A problem, with a stable code",
        "content": {MEDIA_TYPE: {"schema": schema_of[repr(Problem)]}},
    }
    return {str(status): good, "default": problem}
