"""Routes of a small room on a real port: every check in front of a handler, seen from outside."""

import asyncio
import csv
import gzip
import io
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import msgspec
import pytest

from cti_server.core.errors import Conflict, NotFound, TooMany
from cti_server.core.web.routes import ApiRequest, Body, Csv, Page, Reply, Route


class NoteIn(Body):
    text: str
    open: bool = False


class Filter(Body):
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    id: int
    text: str
    labels: frozenset[str] = frozenset()


class Room:
    """Remembers what its handlers were given."""

    def __init__(self) -> None:
        self.asked: list[ApiRequest] = []
        self.closed = False

    async def listing(self, request: ApiRequest) -> object:
        self.asked.append(request)
        if request.wants_csv:
            return Csv('名单"\r\nnotes.csv', ["id", "text"], self.rows())
        return Page([Note(1, "一", frozenset({"a"}))], next_cursor="n2")

    async def rows(self) -> AsyncIterator[Sequence[object]]:
        try:
            for number in range(3000):
                yield number, "=1+1" if number == 0 else "好" * 20
        finally:
            self.closed = True

    async def breaking_rows(self) -> AsyncIterator[Sequence[object]]:
        yield 1, "a"
        raise RuntimeError("select * from secrets")

    async def broken_listing(self, request: ApiRequest) -> object:
        return Csv("x.csv", ["id"], self.breaking_rows())

    async def add(self, request: ApiRequest) -> object:
        self.asked.append(request)
        return MappingProxyType({"id": request.path["id"], "text": request.body.text, "by": request.who.login})

    async def touch(self, request: ApiRequest) -> None:
        self.asked.append(request)

    async def dial(self, request: ApiRequest) -> object:
        self.asked.append(request)
        if request.body.text == "twice":
            raise Conflict("It rings already.")
        if request.body.text == "fault":
            raise RuntimeError("half done")
        return {"id": len(self.asked)}

    async def sign_in(self, request: ApiRequest) -> object:
        return Reply({"ok": True}, session_token="fresh-token")

    async def sign_out(self, request: ApiRequest) -> object:
        return Reply(end_session=True)

    async def fail(self, request: ApiRequest) -> object:
        raise {
            "fault": RuntimeError("SELECT * FROM users at /srv/cti"),
            "missing": NotFound("No such note."),
            "busy": TooMany("Too fast.", retry_after=3),
        }[request.path["how"]]

    def routes(self) -> list[Route]:
        boss = frozenset({"supervisor", "admin"})
        return [
            Route("GET", "/notes", self.listing, boss, response=Page[Note], query=Filter, csv=True),
            Route("GET", "/broken", self.broken_listing, csv=True),
            Route("POST", "/customers/{id:int}/notes", self.add, request=NoteIn, response=dict[str, object]),
            Route("POST", "/touch", self.touch, temporary=True),
            Route("POST", "/dial", self.dial, request=NoteIn, response=dict[str, int], idempotent=True),
            Route("POST", "/sign-in", self.sign_in, response=dict[str, bool], public=True),
            Route("POST", "/sign-out", self.sign_out),
            Route("GET", "/fail/{how}", self.fail),
        ]


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
async def visitor(serve, room):  # type: ignore[no-untyped-def]
    return await serve(room.routes())


def told(answer) -> dict[str, object]:  # type: ignore[no-untyped-def]
    assert answer.header("Content-Type") == "application/problem+json"
    found: dict[str, object] = json.loads(answer.body)
    assert found["request_id"] == answer.header("X-Request-Id")
    assert found["status"] == answer.status
    return found


async def test_a_list_is_a_page_of_json_that_nobody_may_keep(visitor) -> None:  # type: ignore[no-untyped-def]
    answer = await visitor.ask("GET", "/api/v1/notes?limit=7", token="token-wang")
    assert json.loads(answer.body) == {"items": [{"id": 1, "text": "一", "labels": ["a"]}], "next_cursor": "n2"}
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Content-Type") == "application/json"


async def test_a_body_reaches_the_handler_checked(visitor, room) -> None:  # type: ignore[no-untyped-def]
    body = '{"text":"回电"}'.encode()
    answer = await visitor.ask("POST", "/api/v1/customers/7/notes", token="token-li", body=body)
    assert json.loads(answer.body) == {"id": 7, "text": "回电", "by": "li"}
    assert room.asked[0].language == "zh-CN"
    assert room.asked[0].address == "127.0.0.1"


async def test_nothing_to_say_is_204(visitor) -> None:  # type: ignore[no-untyped-def]
    for body in (b"", b"{}"):
        assert (await visitor.ask("POST", "/api/v1/touch", token="token-li", body=body)).status == 204


@pytest.mark.parametrize("token", ["", "token-nobody", "x" * 5000])
async def test_without_a_session_nothing(visitor, token: str) -> None:  # type: ignore[no-untyped-def]
    answer = await visitor.ask("GET", "/api/v1/notes", token=token)
    assert (answer.status, told(answer)["code"]) == (401, "not_signed_in")


async def test_on_plain_http_only_the_plain_cookie_counts(visitor) -> None:  # type: ignore[no-untyped-def]
    answer = await visitor.ask("GET", "/api/v1/notes", headers=[("Cookie", "__Host-cti=token-wang")])
    assert answer.status == 401


async def test_behind_a_trusted_proxy_with_https_only_the_host_cookie_counts(serve, room) -> None:  # type: ignore[no-untyped-def]
    visitor = await serve(room.routes(), trusted_proxies=["127.0.0.1"])
    https = ("X-Forwarded-Proto", "https")
    assert (await visitor.ask("GET", "/api/v1/notes", token="token-wang", headers=[https])).status == 401
    good = await visitor.ask("GET", "/api/v1/notes", headers=[https, ("Cookie", "__Host-cti=token-wang")])
    assert good.status == 200
    assert good.header("Strict-Transport-Security")
    signed = await visitor.ask("POST", "/api/v1/sign-in", headers=[https])
    assert signed.header("Set-Cookie") == "__Host-cti=fresh-token; HttpOnly; Path=/; SameSite=Strict; Secure"


async def test_the_wrong_role_is_forbidden(visitor) -> None:  # type: ignore[no-untyped-def]
    answer = await visitor.ask("GET", "/api/v1/notes", token="token-li")
    assert (answer.status, told(answer)["code"]) == (403, "forbidden")


async def test_a_temporary_password_opens_only_the_way_to_a_better_one(visitor, people) -> None:  # type: ignore[no-untyped-def]
    people.must_change("token-wang")
    answer = await visitor.ask("GET", "/api/v1/notes", token="token-wang")
    assert (answer.status, told(answer)["code"]) == (403, "must_change_password")
    assert (await visitor.ask("POST", "/api/v1/touch", token="token-wang")).status == 204


async def test_accounts_that_cannot_be_asked_are_503_and_not_a_sign_out(visitor, people) -> None:  # type: ignore[no-untyped-def]
    people.away = True
    answer = await visitor.ask("GET", "/api/v1/notes", token="token-wang")
    assert (answer.status, told(answer)["code"]) == (503, "database_away")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Content-Type", "text/plain"), ("X-CTI", "1")],
        [("Content-Type", "application/x-www-form-urlencoded"), ("X-CTI", "1")],
        [("Content-Type", "application/json")],
        [("Content-Type", "application/json"), ("X-CTI", "1"), ("Origin", "https://evil.example")],
        [("Content-Type", "application/json"), ("X-CTI", "1"), ("Origin", "null")],
    ],
)
async def test_a_foreign_page_changes_nothing(visitor, room, headers: list[tuple[str, str]]) -> None:  # type: ignore[no-untyped-def]
    for path in ("/api/v1/touch", "/api/v1/sign-in"):
        answer = await visitor.ask("POST", path, token="token-li", headers=headers, ours=False)
        assert (answer.status, told(answer)["code"]) == (403, "cross_site")
        assert answer.header("Set-Cookie") is None
    assert room.asked == []


async def test_our_own_page_may(visitor) -> None:  # type: ignore[no-untyped-def]
    origin = ("Origin", f"http://127.0.0.1:{visitor.server.door.port}")
    assert (await visitor.ask("POST", "/api/v1/touch", token="token-li", headers=[origin])).status == 204


async def test_a_forged_host_does_not_make_a_foreign_page_ours_where_the_public_url_is_known(serve, room) -> None:  # type: ignore[no-untyped-def]
    visitor = await serve(room.routes(), public_url="https://cc.example.com")
    headers = [("Origin", "http://evil.tld"), ("Host", "evil.tld")]
    assert (await visitor.ask("POST", "/api/v1/touch", token="token-li", headers=headers)).status == 403


async def test_a_get_never_changes(visitor) -> None:  # type: ignore[no-untyped-def]
    answer = await visitor.ask("GET", "/api/v1/touch", token="token-li")
    assert (answer.status, told(answer)["code"], answer.header("Allow")) == (405, "method_not_allowed", "POST")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/v1/customers/7/notes", b'{"text":"a","role":"admin"}', "role"),
        ("/api/v1/customers/7/notes", b"{}", "text"),
        ("/api/v1/customers/7/notes?x=1", b'{"text":"a"}', "x"),
        ("/api/v1/touch", b'{"a":1}', "$"),
    ],
)
async def test_bad_input_names_the_field(visitor, path: str, body: bytes, field: str) -> None:  # type: ignore[no-untyped-def]
    answer = await visitor.ask("POST", path, token="token-li", body=body)
    assert (answer.status, told(answer)["field"]) == (400, field)
    assert told(answer)["allowed"]


async def test_an_id_that_is_none_is_404(visitor) -> None:  # type: ignore[no-untyped-def]
    answer = await visitor.ask("POST", "/api/v1/customers/x/notes", token="token-li", body=b'{"text":"a"}')
    assert answer.status == 404


async def test_a_large_body_is_refused_before_it_is_read(visitor) -> None:  # type: ignore[no-untyped-def]
    head = (
        "POST /api/v1/touch HTTP/1.1\r\nHost: x\r\nCookie: cti=token-li\r\nContent-Type: application/json\r\n"
        "X-CTI: 1\r\nContent-Length: 10000000\r\n\r\n"
    )
    answer = await visitor.send(head.encode())
    assert (answer.status, told(answer)["code"]) == (413, "too_large")


async def test_a_large_body_without_a_length_is_cut(visitor) -> None:  # type: ignore[no-untyped-def]
    head = (
        "POST /api/v1/touch HTTP/1.1\r\nHost: x\r\nCookie: cti=token-li\r\nContent-Type: application/json\r\n"
        "X-CTI: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    answer = await visitor.send(head.encode() + b"10000\r\n" + b" " * 65536 + b"\r\n1\r\n \r\n")
    assert answer.status == 413


async def test_a_packed_body_is_not_unpacked(visitor) -> None:  # type: ignore[no-untyped-def]
    bomb = gzip.compress(b" " * 10_000_000)
    headers = [("Content-Encoding", "gzip")]
    answer = await visitor.ask("POST", "/api/v1/touch", token="token-li", body=bomb, headers=headers)
    assert (answer.status, told(answer)["code"]) == (415, "bad_media_type")


async def test_a_body_that_never_comes_is_given_up(visitor, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("cti_server.core.web.endpoint._BODY_TIMEOUT", 0.05)
    head = (
        "POST /api/v1/touch HTTP/1.1\r\nHost: x\r\nCookie: cti=token-li\r\nContent-Type: application/json\r\n"
        "X-CTI: 1\r\nContent-Length: 10\r\n\r\n{"
    )
    assert (await visitor.send(head.encode())).status == 408


@pytest.mark.parametrize(
    ("how", "status", "code"), [("fault", 500, "internal"), ("missing", 404, "not_found"), ("busy", 429, "too_many")]
)
async def test_errors_are_problems_and_tell_nothing_of_the_inside(visitor, how: str, status: int, code: str) -> None:  # type: ignore[no-untyped-def]
    answer = await visitor.ask("GET", f"/api/v1/fail/{how}", token="token-li")
    assert (answer.status, told(answer)["code"]) == (status, code)
    for secret in (b"SELECT", b"Traceback", b"/srv", b"RuntimeError", b"aiohttp"):
        assert secret not in answer.body


async def test_a_handler_that_hangs_is_given_up(serve, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("cti_server.core.web.endpoint._HANDLER_TIMEOUT", 0.05)

    async def hang(request: ApiRequest) -> None:
        await asyncio.Event().wait()

    answer = await (await serve([Route("GET", "/hang", hang)])).ask("GET", "/api/v1/hang", token="token-li")
    assert (answer.status, told(answer)["code"]) == (504, "timed_out")


async def test_signing_in_always_gives_a_new_session(visitor) -> None:  # type: ignore[no-untyped-def]
    answer = await visitor.ask("POST", "/api/v1/sign-in", token="preset-by-somebody")
    assert answer.header("Set-Cookie") == "cti=fresh-token; HttpOnly; Path=/; SameSite=Strict"
    out = await visitor.ask("POST", "/api/v1/sign-out", token="token-li")
    assert out.status == 204
    assert "Max-Age=0" in str(out.header("Set-Cookie"))


async def test_a_list_as_csv_is_streamed_and_safe(visitor, room) -> None:  # type: ignore[no-untyped-def]
    answer = await visitor.ask("GET", "/api/v1/notes", token="token-wang", headers=[("Accept", "text/csv")])
    assert answer.header("Content-Type") == "text/csv; charset=utf-8"
    assert answer.header("Content-Disposition") == 'attachment; filename="notes.csv"'
    assert answer.header("Transfer-Encoding") == "chunked"
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert rows[:3] == [["id", "text"], ["0", "'=1+1"], ["1", "好" * 20]]
    assert len(rows) == 3001
    assert room.closed


async def test_a_list_that_breaks_off_never_looks_whole(visitor) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError, ValueError)):
        await visitor.ask("GET", "/api/v1/broken", token="token-li")


async def test_a_reader_who_leaves_sets_the_rows_free(serve) -> None:  # type: ignore[no-untyped-def]
    freed = asyncio.Event()

    async def endless() -> AsyncIterator[Sequence[object]]:
        try:
            while True:
                yield ["x" * 1000]
                await asyncio.sleep(0)
        finally:
            freed.set()

    async def listing(request: ApiRequest) -> Csv:
        return Csv("x.csv", ["x"], endless())

    visitor = await serve([Route("GET", "/endless", listing, csv=True)])
    reader, writer = await asyncio.open_connection("127.0.0.1", visitor.server.door.port)
    writer.write(b"GET /api/v1/endless HTTP/1.1\r\nHost: x\r\nCookie: cti=token-li\r\n\r\n")
    await reader.readexactly(100_000)
    writer.transport.abort()
    async with asyncio.timeout(5):
        await freed.wait()


async def test_a_command_is_carried_out_once_per_key(visitor, room) -> None:  # type: ignore[no-untyped-def]
    key = [("Idempotency-Key", "key-00000001")]
    first = await visitor.ask("POST", "/api/v1/dial", token="token-li", body=b'{"text":"a"}', headers=key)
    again = await visitor.ask("POST", "/api/v1/dial", token="token-li", body=b'{"text":"a"}', headers=key)
    assert (first.status, first.body) == (again.status, again.body) == (202, b'{"id":1}')
    assert again.header("Idempotency-Replayed") == "true"
    assert len(room.asked) == 1
    missing = await visitor.ask("POST", "/api/v1/dial", token="token-li", body=b'{"text":"a"}')
    assert told(missing)["code"] == "idempotency_key"


@pytest.mark.parametrize(("text", "status"), [("twice", 409), ("fault", 500)])
async def test_a_command_that_failed_is_not_tried_again_either(visitor, room, text: str, status: int) -> None:  # type: ignore[no-untyped-def]
    key = [("Idempotency-Key", "key-00000001")]
    body = msgspec.json.encode({"text": text})
    for _ in range(2):
        answer = await visitor.ask("POST", "/api/v1/dial", token="token-li", body=body, headers=key)
        assert answer.status == status
    assert len(room.asked) == 1


@pytest.mark.parametrize(
    ("accept", "language"),
    [("en-GB,en;q=0.9", "en"), ("fr, zh-TW;q=0.8, en;q=0.5", "zh-CN"), ("", "zh-CN"), ("fr", "zh-CN")],
)
async def test_the_language_of_the_browser(visitor, room, accept: str, language: str) -> None:  # type: ignore[no-untyped-def]
    await visitor.ask("POST", "/api/v1/touch", token="token-li", headers=[("Accept-Language", accept)])
    assert room.asked[0].language == language
