"""Prompts on a real database and a real disk."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from cti_server.core.audit.service import AuditLog
from cti_server.core.clock import SystemClock
from cti_server.core.errors import CtiError
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.routing.prompts.model import Source, Use
from cti_server.routing.prompts.service import PromptsService
from cti_server.routing.prompts.store import forget, spent
from tests.routing.prompts.made import read, signed_in, tone

pytestmark = pytest.mark.database
ROOT = signed_in()


class Flows:
    def __init__(self, *uses: Use) -> None:
        self.uses = uses

    async def uses_of_prompt(self, name: str) -> Sequence[Use]:
        return [use for use in self.uses if name == "welcome"]


class Tone:
    """Says everything as one tone."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def missing(self) -> str:
        return ""

    async def say(self, text: str, language: str) -> bytes:
        self.said.append(text)
        return tone(hz=800)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    one = Database(database_url)
    await one.open()
    await one.wait_up(5)
    yield one
    await one.close()


def prompts_in(db: Database, folder: Path) -> PromptsService:
    clock = SystemClock()
    return PromptsService(
        db=db, audit=AuditLog(db, clock), clock=clock, tasks=Tasks("test"), folder=folder, speaker=Tone()
    )


async def code_of(work: object) -> str:
    with pytest.raises(CtiError) as error:
        await work  # type: ignore[misc]
    return error.value.code


async def test_a_prompt_from_its_making_to_its_end(db: Database, tmp_path: Path) -> None:
    prompts = prompts_in(db, tmp_path / "prompts")
    made = await prompts.make(ROOT, "welcome", "欢迎词")
    assert await code_of(prompts.make(ROOT, "Welcome")) == "prompt_exists"
    assert prompts.languages() == {"welcome": frozenset()}
    assert prompts.prompt_file("welcome", "en") is None
    await prompts.take(ROOT, made.id, "en", tone(hz=500), source=Source.UPLOAD, file_name="hello.wav")
    first = prompts.prompt_file("welcome", "en")
    assert first is not None
    # What has no sound in a language is played in the other: better than silence.
    assert prompts.prompt_file("welcome", "zh-CN") == first
    await prompts.speak(ROOT, made.id, "en", "Hello")
    second = prompts.prompt_file("welcome", "en")
    assert second is not None
    assert second != first
    for place in (first, second):  # a call that plays the first is not cut
        for ending, rate in ((".wav", 8000), (".wav16", 16000)):
            assert read(await asyncio.to_thread(Path(place + ending).read_bytes))[0] == rate
            assert os.stat(place + ending).st_mode & 0o444 == 0o444
    shown = (await prompts.listing())[0].of("en")
    assert shown is not None
    assert (shown.version, shown.source, shown.text) == (2, "speech", "Hello")
    assert read(await prompts.audio(made.id, "en"))[0] == 16000
    assert await prompts.audio(made.id, "en", 1) != await prompts.audio(made.id, "en", 2)
    assert await code_of(prompts.audio(made.id, "en", 3)) == "prompt_file_missing"
    again = prompts_in(db, tmp_path / "prompts")
    await again.read_again()
    assert again.prompt_file("welcome", "en") == second


async def test_what_a_flow_plays_is_neither_deleted_nor_renamed(db: Database, tmp_path: Path) -> None:
    prompts = prompts_in(db, tmp_path)
    made = await prompts.make(ROOT, "welcome")
    flows = Flows(Use("main", "Main line", "greet", "published"))
    prompts.flows = flows
    assert [use.node for use in await prompts.uses(made.id)] == ["greet"]
    assert await code_of(prompts.delete(ROOT, made.id)) == "prompt_in_use"
    assert await code_of(prompts.rename(ROOT, made.id, "hello")) == "prompt_in_use"
    assert (await prompts.rename(ROOT, made.id, "welcome", "Welcome!")).label == "Welcome!"
    flows.uses = ()
    await prompts.take(ROOT, made.id, "en", tone(), source=Source.RECORDING)
    place = prompts.prompt_file("welcome", "en")
    assert place is not None
    await prompts.delete(ROOT, made.id)
    assert prompts.languages() == {}
    assert await code_of(prompts.delete(ROOT, made.id)) == "no_such_prompt"
    assert "en-1.wav" in os.listdir(tmp_path / str(made.id))  # a running call may still come to it
    assert await spent(db, 3600) == []
    assert await spent(db, 0) == [made.id]
    await forget(db, [made.id])
    assert await spent(db, 0) == []
    assert (await prompts.make(ROOT, "welcome")).id != made.id


async def test_what_is_refused_leaves_nothing_behind(db: Database, tmp_path: Path) -> None:
    prompts = prompts_in(db, tmp_path)
    made = await prompts.make(ROOT, "welcome")
    assert await code_of(prompts.take(ROOT, made.id, "fr", tone(), source=Source.UPLOAD)) == "bad_input"
    bad = prompts.take(ROOT, made.id, "en", b"#EXTM3U\n", source=Source.UPLOAD, file_name="a.wav")
    assert await code_of(bad) == "bad_audio"
    assert await code_of(prompts.audio(made.id, "en")) == "no_such_audio"
    assert await code_of(prompts.take(ROOT, 999, "en", tone(), source=Source.UPLOAD)) == "no_such_prompt"
    assert os.listdir(tmp_path) == []


async def test_a_text_is_spoken_once(db: Database, tmp_path: Path) -> None:
    prompts = prompts_in(db, tmp_path)
    speaker = prompts._speaker
    assert isinstance(speaker, Tone)
    place = await prompts.spoken("Hello  there", "en")
    assert await prompts.spoken("Hello there", "en") == place
    assert speaker.said == ["Hello there"]
    assert read(await prompts.spoken_audio("Hello there", "en"))[0] == 16000
    assert prompts.text_file("Hello there ", "en") == place
    assert prompts_in(db, tmp_path).text_file("Hello there", "en") == place
    assert prompts.text_file("Goodbye", "en") is None
    flow = {"nodes": {"a": {"speech": [{"say": "text", "text": {"en": "Goodbye", "zh-CN": "再见"}}]}}}
    await prompts.prepare(flow)
    await prompts.prepare(flow)  # nothing is left to do
    assert prompts.text_file("Goodbye", "en") is not None
    assert sorted(speaker.said) == ["Goodbye", "Hello there", "再见"]


async def test_a_folder_that_cannot_be_written_is_said(db: Database) -> None:
    prompts = prompts_in(db, Path("/dev/null"))
    made = await prompts.make(ROOT, "welcome")
    assert await code_of(prompts.take(ROOT, made.id, "en", tone(), source=Source.UPLOAD)) == "prompts_folder"
    assert (await prompts.listing())[0].audio == ()
