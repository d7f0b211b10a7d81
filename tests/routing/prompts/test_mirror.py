"""Prompts are given to PBXs elsewhere: nothing else is, and to nobody else."""

from pathlib import Path

import pytest

from cti_server.core.errors import NotFound, NotSignedIn
from cti_server.routing.prompts.mirror import MOST_PART, PromptMirror
from tests.routing.prompts.made import LONG, filled


async def test_only_prompts_and_only_who_has_a_token(tmp_path: Path) -> None:
    def sender_of(authorization: str) -> str:
        if authorization != "Bearer good":
            raise NotSignedIn("no")
        return "east"

    mirror = PromptMirror(filled(tmp_path), sender_of)
    told = await mirror.files("Bearer good")
    assert [one.path for one in told.items] == ["1/zh-CN-1.wav", "said/en-abc.wav", "1/zh-CN-1.wav16"]
    assert told.items[0].size == len(LONG) > 2 * MOST_PART
    assert await mirror.part("Bearer good", "1/zh-CN-1.wav", MOST_PART) == LONG[MOST_PART : 2 * MOST_PART]
    assert await mirror.part("Bearer good", "1/zh-CN-1.wav", len(LONG)) == b""
    for wrong in ("secret.wav", "../secret.wav", "1/../../x.wav", "/etc/passwd", "1/.zh-CN-2.wav.7", "2/en-1.wav"):
        with pytest.raises(NotFound):
            await mirror.part("Bearer good", wrong, 0)
    for call in (mirror.files("Bearer bad"), mirror.part("", "1/zh-CN-1.wav", 0)):
        with pytest.raises(NotSignedIn):
            await call
