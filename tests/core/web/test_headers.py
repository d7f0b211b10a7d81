from aiohttp import web

from cti_server.core.web.headers import cookie_name, dress, end_session, policy, set_session


def test_the_session_cookie_on_https() -> None:
    response = web.Response()
    set_session(response, "t", secure=True)
    cookie = response.cookies["__Host-cti"].OutputString()
    assert cookie == "__Host-cti=t; HttpOnly; Path=/; SameSite=Strict; Secure"


def test_the_session_cookie_on_plain_http() -> None:
    response = web.Response()
    set_session(response, "t", secure=False)
    assert response.cookies["cti"].OutputString() == "cti=t; HttpOnly; Path=/; SameSite=Strict"
    assert cookie_name(False) == "cti"


def test_an_ended_session_leaves_the_browser() -> None:
    response = web.Response()
    end_session(response, secure=True)
    assert "Max-Age=0" in response.cookies["__Host-cti"].OutputString()


def test_every_answer_is_dressed() -> None:
    response = web.Response(headers={"Server": "Python/3.11 aiohttp/3.14"})
    dress(response, secure=True, request_id="r1")
    assert "Server" not in response.headers
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Request-Id"] == "r1"
    assert "max-age" in response.headers["Strict-Transport-Security"]


def test_plain_http_promises_no_https_and_a_chosen_cache_rule_stays() -> None:
    response = web.Response(headers={"Cache-Control": "no-cache"})
    dress(response, secure=False, request_id="r1")
    assert "Strict-Transport-Security" not in response.headers
    assert response.headers["Cache-Control"] == "no-cache"


def test_a_pbx_may_be_connected_to_and_nothing_else_is_loosened() -> None:
    plain, wider = policy(), policy(["wss://pbx.example:8089"])
    assert wider.replace("connect-src 'self' wss://pbx.example:8089", "connect-src 'self'") == plain
    response = web.Response()
    dress(response, secure=True, request_id="r1", content_policy=wider)
    assert response.headers["Content-Security-Policy"] == wider
