import asyncio
import gzip
from pathlib import Path

import pytest


async def test_the_root_is_the_sign_in_page(serve) -> None:  # type: ignore[no-untyped-def]
    visitor = await serve()
    answer = await visitor.ask("GET", "/")
    assert answer.status == 200
    assert "登录" in answer.body.decode()
    assert answer.header("Content-Type") == "text/html; charset=utf-8"
    assert answer.header("Cache-Control") == "no-cache"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("entries/agent.mjs", "text/javascript; charset=utf-8"),
        ("core/a.js", "text/javascript; charset=utf-8"),
        ("styles/variables.css", "text/css; charset=utf-8"),
        ("lang/zh-CN.json", "application/json"),
        ("ui/i.svg", "image/svg+xml"),
    ],
)
async def test_kinds_of_files(serve, pages: Path, name: str, kind: str) -> None:  # type: ignore[no-untyped-def]
    (pages / name).parent.mkdir(exist_ok=True)
    (pages / name).write_text("1")
    visitor = await serve()
    answer = await visitor.ask("GET", f"/{name}?v=3")
    assert (answer.status, answer.header("Content-Type"), answer.body) == (200, kind, b"1")
    assert answer.header("X-Content-Type-Options") == "nosniff"


async def test_a_known_tag_needs_no_second_copy(serve, pages: Path) -> None:  # type: ignore[no-untyped-def]
    visitor = await serve()
    tag = (await visitor.ask("GET", "/")).header("ETag")
    again = await visitor.ask("GET", "/", headers=[("If-None-Match", f'"other", W/{tag}')])
    assert (again.status, again.body, again.header("ETag")) == (304, b"", tag)
    assert again.header("Content-Security-Policy")
    (pages / "index.html").write_text("a new version")
    assert (await visitor.ask("GET", "/", headers=[("If-None-Match", tag)])).body == b"a new version"


async def test_text_travels_packed_and_the_packed_form_has_a_tag_of_its_own(serve, pages: Path) -> None:  # type: ignore[no-untyped-def]
    (pages / "big.js").write_text("let a = 1;\n" * 1000)
    visitor = await serve()
    plain = await visitor.ask("GET", "/big.js")
    packed = await visitor.ask("GET", "/big.js", headers=[("Accept-Encoding", "br, gzip")])
    assert packed.header("Content-Encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.header("ETag") != plain.header("ETag")
    assert packed.header("Vary") == "Accept-Encoding"
    asked = [("Accept-Encoding", "gzip"), ("If-None-Match", str(packed.header("ETag")))]
    assert (await visitor.ask("GET", "/big.js", headers=asked)).status == 304


async def test_head_tells_without_a_body(serve) -> None:  # type: ignore[no-untyped-def]
    visitor = await serve()
    reader, writer = await asyncio.open_connection("127.0.0.1", visitor.server.door.port)
    writer.write(b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    received = await reader.read()
    writer.close()
    assert received.startswith(b"HTTP/1.1 200")
    assert received.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/%252e%252e/secret.txt",
        "/..\\secret.txt",
        "/%5c..%5csecret.txt",
        "/a/../../secret.txt",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/index.html%00.js",
        "/.hidden.js",
        "/.git/config.json",
        "/tests/a.js",
        "/link.txt",
        "/linked/secret.txt",
        "/program.py",
        "/index.html/",
        "/folder.js",
        "/nothing.html",
        "/index.html/x.js",
        "/" + "a" * 5000 + ".js",
        "/%ff%fe.js",
        "/con\x7f.js",
    ],
)
async def test_nothing_outside_the_folder_and_nothing_odd_inside(serve, pages: Path, path: str) -> None:  # type: ignore[no-untyped-def]
    (pages.parent / "secret.txt").write_text("secret")
    (pages / "link.txt").symlink_to(pages.parent / "secret.txt")
    (pages / "linked").symlink_to(pages.parent)
    (pages / "folder.js").mkdir()
    for name in (".hidden.js", "program.py", ".git/config.json", "tests/a.js"):
        (pages / name).parent.mkdir(exist_ok=True)
        (pages / name).write_text("secret")
    visitor = await serve()
    answer = await visitor.ask("GET", path)
    assert answer.status in (400, 404)
    assert b"secret" not in answer.body
    assert answer.header("Content-Type") == "application/problem+json"
