"""Bytes that no polite client sends, and the life of the whole server."""

import asyncio
import json
import ssl
import subprocess
from pathlib import Path

import pytest

from cti_server.core.web.routes import ApiRequest, Reply, Route


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"POST /api/v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /api/v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        b"POST /api/v1/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\x00d\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(300)) + b"\r\n",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_a_plain_problem(serve, raw: bytes) -> None:  # type: ignore[no-untyped-def]
    answer = await (await serve()).send(raw)
    assert answer.status == 400
    assert answer.header("Content-Type") == "application/problem+json"
    assert json.loads(answer.body)["code"] == "bad_request"
    for word in (b"Python", b"aiohttp", b"Traceback"):
        assert word not in answer.body
    assert not [value for _, value in answer.headers if "Python" in value or "aiohttp" in value]


async def test_a_bad_chunk_is_a_bad_request(serve) -> None:  # type: ignore[no-untyped-def]
    async def nothing(request: ApiRequest) -> None: ...

    visitor = await serve([Route("POST", "/touch", nothing)])
    raw = (
        b"POST /api/v1/touch HTTP/1.1\r\nHost: x\r\nCookie: cti=token-li\r\nContent-Type: application/json\r\n"
        b"X-CTI: 1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    )
    assert (await visitor.send(raw)).status == 400


async def test_an_upgrade_with_a_body_smuggles_nothing(serve) -> None:  # type: ignore[no-untyped-def]
    visitor = await serve()
    reader, writer = await asyncio.open_connection("127.0.0.1", visitor.server.door.port)
    hidden = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    writer.write(
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Content-Length: %d\r\n\r\n" % len(hidden) + hidden + b"GET /last HTTP/1.1\r\nConnection: close\r\n\r\n"
    )
    async with asyncio.timeout(10):
        received = await reader.read()
    writer.close()
    assert b"cti_" not in received
    assert received.count(b"HTTP/1.1 ") <= 2
    assert b"HTTP/1.1 " in received


async def test_one_connection_carries_many_requests(serve) -> None:  # type: ignore[no-untyped-def]
    visitor = await serve()
    reader, writer = await asyncio.open_connection("127.0.0.1", visitor.server.door.port)
    for path in (b"/", b"/healthz", b"/nothing", b"/push"):
        writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await visitor.read(reader)).status in (200, 404, 426)
    assert await reader.read() == b""
    writer.close()


async def test_expect_continue(serve) -> None:  # type: ignore[no-untyped-def]
    async def nothing(request: ApiRequest) -> None: ...

    visitor = await serve([Route("POST", "/touch", nothing)])
    head = "POST /api/v1/touch HTTP/1.1\r\nHost: x\r\nCookie: cti=token-li\r\n"
    head += "Content-Type: application/json\r\nX-CTI: 1\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", visitor.server.door.port)
    writer.write(f"{head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n".encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"{}")
    assert (await reader.readline()).startswith(b"HTTP/1.1 204")
    writer.close()
    odd = await visitor.send(f"{head}Expect: 42\r\nContent-Length: 2\r\n\r\n{{}}".encode())
    assert odd.status == 417
    assert odd.header("Server") is None


async def test_a_stopped_server_has_let_go_of_its_port(serve) -> None:  # type: ignore[no-untyped-def]
    visitor = await serve()
    port = visitor.server.door.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await visitor.server.stop()
    assert await reader.read() == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_the_address_of_the_consoles(serve) -> None:  # type: ignore[no-untyped-def]
    visitor = await serve()
    assert visitor.server.url == f"http://127.0.0.1:{visitor.server.door.port}"
    assert (await serve(public_url="https://cc.example.com")).server.url == "https://cc.example.com"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    try:
        subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl program to make a certificate with")
    return cert, key


async def test_tls_gives_the_host_cookie_and_hsts(serve, certificate) -> None:  # type: ignore[no-untyped-def]
    async def sign_in(request: ApiRequest) -> object:
        return Reply({"ok": True}, session_token="fresh")

    cert, key = certificate
    routes = [Route("POST", "/sign-in", sign_in, public=True)]
    visitor = await serve(routes, tls_cert=str(cert), tls_key=str(key))
    context = ssl.create_default_context(cafile=str(cert))
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", visitor.server.door.port, ssl=context, server_hostname="localhost"
    )
    writer.write(
        b"POST /api/v1/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-CTI: 1\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    )
    answer = await visitor.read(reader)
    writer.close()
    assert answer.header("Set-Cookie") == "__Host-cti=fresh; HttpOnly; Path=/; SameSite=Strict; Secure"
    assert answer.header("Strict-Transport-Security")
    assert visitor.server.url.startswith("https://")
