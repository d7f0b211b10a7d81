"""The files that are written for prompts, as a real Asterisk reads them."""

import array
from pathlib import Path

import pytest

from cti_server.routing.prompts.audio import refine
from cti_server.routing.prompts.files import PromptFiles
from cti_server.sandbox.asterisk import Asterisk
from tests.routing.prompts.made import MP3, strength

pytestmark = pytest.mark.pbx


async def test_asterisk_reads_both_rates(asterisk: Asterisk, tmp_path: Path) -> None:
    files = PromptFiles(tmp_path / "prompts")
    place = files.playable(1, "en", 1)
    files.write(place, refine(MP3))
    for ending, raw, rate in ((".wav", "sln", 8000), (".wav16", "sln16", 16000)):
        out = tmp_path / f"out.{raw}"
        said = await asterisk.cli(f"file convert {place}{ending} {out}")
        assert "Converted" in said
        samples = array.array("h", out.read_bytes())
        assert strength(samples[rate // 5 : -rate // 5], rate, 440) > 0.9
