import json

from aiohttp import web

from cti_server.core.errors import BadInput, NotSignedIn, TooMany
from cti_server.core.web.problems import problem, problem_of


def shown(response: web.Response) -> dict[str, object]:
    assert response.content_type == "application/problem+json"
    assert isinstance(response.body, bytes)
    found: dict[str, object] = json.loads(response.body)
    return found


def test_a_bad_field_is_named() -> None:
    body = shown(problem_of(BadInput("Too old.", field="age", allowed="0 to 150"), "r1"))
    assert body == {
        "status": 400,
        "title": "Bad Request",
        "code": "bad_input",
        "detail": "Too old.",
        "request_id": "r1",
        "field": "age",
        "allowed": "0 to 150",
    }


def test_too_many_says_when_to_come_back() -> None:
    response = problem_of(TooMany("Slowly.", retry_after=12.4), "r1")
    assert response.headers["Retry-After"] == "12"
    assert shown(response)["retry_after"] == 12.4


def test_not_signed_in_names_the_way() -> None:
    assert problem_of(NotSignedIn("Please sign in."), "r").headers["WWW-Authenticate"].startswith("Cookie")


def test_a_plain_status_has_our_words() -> None:
    assert shown(problem(405, "r", {"Allow": "GET"}))["code"] == "method_not_allowed"
    assert shown(problem(418, "r"))["code"] == "error"
    assert shown(problem(499, "r"))["title"] == "Error"
