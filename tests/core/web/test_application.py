import json

import pytest

from cti_server.core.health import Link
from cti_server.core.web.routes import ApiRequest, Route


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2/notes", "/nothing.html", "/api/"])
async def test_an_unknown_address_is_a_problem(serve, path: str) -> None:  # type: ignore[no-untyped-def]
    answer = await (await serve()).ask("GET", path)
    assert (answer.status, json.loads(answer.body)["code"]) == (404, "not_found")
    assert answer.header("Content-Type") == "application/problem+json"


async def test_a_wrong_method_is_a_problem_that_names_the_right_ones(serve) -> None:  # type: ignore[no-untyped-def]
    answer = await (await serve()).ask("DELETE", "/")
    assert (answer.status, answer.header("Allow")) == (405, "GET,HEAD")


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/openapi.json", "/api/v1/nothing", "/nothing"])
async def test_every_answer_is_dressed_and_nameless(serve, path: str) -> None:  # type: ignore[no-untyped-def]
    answer = await (await serve()).ask("GET", path)
    assert answer.header("Server") is None
    assert "default-src 'self'" in str(answer.header("Content-Security-Policy"))
    assert answer.header("X-Frame-Options") == "DENY"
    assert answer.header("Cross-Origin-Opener-Policy") == "same-origin"
    assert answer.header("Referrer-Policy") == "no-referrer"
    assert answer.header("X-Request-Id")


async def test_healthz_says_that_we_live(serve) -> None:  # type: ignore[no-untyped-def]
    assert (await (await serve()).ask("GET", "/healthz")).status == 200


async def test_readyz_says_which_link_is_down_and_since_when(serve, health) -> None:  # type: ignore[no-untyped-def]
    visitor = await serve()
    assert (await visitor.ask("GET", "/readyz")).status == 503
    health.started = True
    health.register("postgresql", lambda: Link("", True, 5.0))
    assert (await visitor.ask("GET", "/readyz")).status == 200
    health.register("pbx1", lambda: Link("", False, 1795317478.5, "10.0.0.1 refused"))
    answer = await visitor.ask("GET", "/readyz")
    assert answer.status == 503
    assert json.loads(answer.body) == {
        "ready": False,
        "links": [
            {"name": "postgresql", "up": True, "since": 5.0, "detail": ""},
            {"name": "pbx1", "up": False, "since": 1795317478.5, "detail": "10.0.0.1 refused"},
        ],
    }


async def test_strangers_see_no_details_and_no_metrics(serve, health) -> None:  # type: ignore[no-untyped-def]
    health.register("pbx1", lambda: Link("", False, None, "10.0.0.1 refused"))
    visitor = await serve(metrics_token="m-secret")
    far = [("X-Forwarded-For", "127.0.0.1")]
    assert b"10.0.0.1" not in (await visitor.ask("GET", "/readyz", headers=far)).body
    assert (await visitor.ask("GET", "/metrics", headers=far)).status == 404
    wrong = [*far, ("Authorization", "Bearer other")]
    assert (await visitor.ask("GET", "/metrics", headers=wrong)).status == 404
    right = [*far, ("Authorization", "Bearer m-secret")]
    assert (await visitor.ask("GET", "/metrics", headers=right)).status == 200


async def test_an_empty_token_opens_nothing(serve) -> None:  # type: ignore[no-untyped-def]
    headers = [("X-Forwarded-For", "9.9.9.9"), ("Authorization", "Bearer ")]
    assert (await (await serve()).ask("GET", "/metrics", headers=headers)).status == 404


async def test_metrics_count_requests_by_route_and_not_by_what_was_typed(serve) -> None:  # type: ignore[no-untyped-def]
    visitor = await serve()
    for number in range(3):
        await visitor.ask("GET", f"/typed-{number}.html")
        await visitor.ask(f"M{number}", "/")
    answer = await visitor.ask("GET", "/metrics")
    text = answer.body.decode()
    assert str(answer.header("Content-Type")).startswith("text/plain")
    assert "typed-1" not in text
    assert 'method="M1"' not in text
    assert 'status="404"} 3.0' in text
    assert "cti_loop_lag_seconds_bucket" in text


async def test_the_document_is_served(serve) -> None:  # type: ignore[no-untyped-def]
    async def nothing(request: ApiRequest) -> None: ...

    visitor = await serve([Route("POST", "/touch", nothing)])
    doc = json.loads((await visitor.ask("GET", "/api/v1/openapi.json")).body)
    assert list(doc["paths"]) == ["/api/v1/touch"]


async def test_request_ids_come_from_trusted_proxies_only(serve) -> None:  # type: ignore[no-untyped-def]
    given = [("X-Request-Id", "abcdef-123456")]
    assert (await (await serve()).ask("GET", "/healthz", headers=given)).header("X-Request-Id") != "abcdef-123456"
    visitor = await serve(trusted_proxies=["127.0.0.1"])
    assert (await visitor.ask("GET", "/healthz", headers=given)).header("X-Request-Id") == "abcdef-123456"
    odd = [("X-Request-Id", "a b<script>")]
    assert "<" not in str((await visitor.ask("GET", "/healthz", headers=odd)).header("X-Request-Id"))


async def test_push_on_a_used_connection_is_told_to_take_a_new_one(serve) -> None:  # type: ignore[no-untyped-def]
    answer = await (await serve()).ask("GET", "/push")
    assert (answer.status, answer.header("Upgrade")) == (426, "websocket")
    assert json.loads(answer.body)["code"] == "upgrade_required"
