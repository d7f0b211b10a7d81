"""A PBX on another host fetches the files of prompts: in parts, checked, going on where it broke off."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from cti_server.recording.delivery.sender import new_token
from cti_server.routing.prompts import fetching
from cti_server.routing.prompts.fetching import Fetcher, NotFetched, bring_up_to_date
from cti_server.routing.prompts.mirror import MOST_PART, PromptMirror
from tests.routing.prompts.made import LONG, filled, tone
from tests.whole.site import Site


class Line(Fetcher):
    """A server that gives these files, and breaks off after so many parts."""

    def __init__(self, mirror: PromptMirror, parts: int = 1000) -> None:
        super().__init__("http://127.0.0.1:1", "")
        self.mirror, self.parts, self.asked = mirror, parts, list[str]()

    def listing(self) -> dict[str, object]:
        told = self.mirror._files()
        items = [{"path": one.path, "size": one.size, "sha256": one.sha256} for one in told.items]
        return {"folder": told.folder, "items": items}

    def _ask(self, rest: str) -> bytes:
        self.asked.append(rest)
        if len(self.asked) > self.parts:
            raise NotFetched("the line broke")
        path, _, offset = rest.removeprefix("/part?path=").replace("%2F", "/").partition("&offset=")
        return self.mirror._part(path, int(offset))


def test_it_goes_on_where_it_broke_off_and_removes_what_is_gone(tmp_path: Path) -> None:
    mirror, here = PromptMirror(filled(tmp_path / "server"), lambda _: "east"), tmp_path / "pbx"
    with pytest.raises(NotFetched):
        bring_up_to_date(Line(mirror, parts=1), here)
    assert not (here / "1/zh-CN-1.wav").exists()
    second = Line(mirror)
    assert bring_up_to_date(second, here) == 3
    assert second.asked[0].endswith(f"&offset={MOST_PART}")
    assert (here / "1/zh-CN-1.wav").read_bytes() == LONG
    assert (here / "1/zh-CN-1.wav").stat().st_mode & 0o777 == 0o644
    (tmp_path / "server/said/en-abc.wav").unlink()
    assert bring_up_to_date(Line(mirror), here) == 0
    assert not (here / "said/en-abc.wav").exists()
    for file in (tmp_path / "server/1").iterdir():
        file.unlink()
    bring_up_to_date(Line(mirror), here)
    assert (here / "1/zh-CN-1.wav").exists()  # a server without any file has lost its folder


def test_what_comes_altered_takes_no_place(tmp_path: Path) -> None:
    mirror = PromptMirror(filled(tmp_path / "server"), lambda _: "east")
    line = Line(mirror)
    with pytest.raises(NotFetched, match="altered"):
        line.fetch(tmp_path / "pbx", "said/en-abc.wav", len(tone(hz=600)), "0" * 64)
    assert list((tmp_path / "pbx/said").iterdir()) == []


@pytest.mark.database
async def test_the_command_against_a_real_server(database_url: str, tmp_path: Path) -> None:
    token, digest = new_token()
    site = Site(tmp_path, database_url, {}, settings=f'[recording]\ndeliver_sha256 = {{ east = "{digest}" }}\n')
    filled(tmp_path / "var/prompts")
    await site.start(ready=False)

    async def fetch(given: str) -> int:
        words = ("-m", "cti_server", "fetch-prompts", site.url, "--once", "--folder", str(tmp_path / "pbx"))
        env = {**os.environ, "CTI_DELIVER_TOKEN": given}
        return await (await asyncio.create_subprocess_exec(sys.executable, *words, env=env)).wait()

    try:
        assert await fetch("wrong") == 1
        assert await fetch(token) == 0
        assert (tmp_path / "pbx/1/zh-CN-1.wav").read_bytes() == LONG
        assert not (tmp_path / "pbx/secret.wav").exists()
    finally:
        await site.stop()
    assert fetching.EVERY < 10
