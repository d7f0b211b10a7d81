"""Keeps the prompts: takes sound in, lets the machine speak, tells where a prompt is used and where its files are."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.clock import Clock
from cti_server.core.errors import CtiError, NotFound
from cti_server.core.tasks import Tasks
from cti_server.routing.prompts import store
from cti_server.routing.prompts.files import PromptFiles
from cti_server.routing.prompts.model import (
    KEPT_AFTER_DELETION,
    AudioJson,
    FlowUses,
    PromptJson,
    Source,
    Use,
    check_unused,
    checked_label,
    checked_language,
    checked_name,
    checked_text,
    said_stem,
    texts_in,
)
from cti_server.routing.prompts.refining import Refinery
from cti_server.routing.prompts.speaking import Speaker

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

SWEEP_EVERY: Final = 3600.0
READ_AGAIN: Final = 5.0
AT_ONCE: Final = 12
"""Texts of a flow that are spoken side by side."""
_MOST_NAME: Final = 120


class PromptsService:
    """The prompts. What a call needs is kept in memory, so that no call waits for the database."""

    def __init__(
        self,
        *,
        db: "Database",
        audit: AuditLog,
        clock: Clock,
        tasks: Tasks,
        folder: Path,
        speaker: Speaker,
        refinery: Refinery | None = None,
    ) -> None:
        self._db = db
        self._audit = audit
        self._clock = clock
        self._tasks = tasks
        self._files = PromptFiles(folder)
        self._speaker = speaker
        self._refinery = refinery or Refinery()
        self._book: dict[int, PromptJson] = {}
        self._said: set[str] = set()
        self.flows: FlowUses | None = None
        """Who says where a prompt is used; handed in when the flows are made."""

    def start(self) -> None:
        """Read what there is as soon as the database can be asked, and sweep from time to time."""
        self._tasks.start("follow-prompts", self._follow())

    async def _follow(self) -> None:
        while True:
            try:
                await self.read_again()
                await self._sweep()
                await asyncio.sleep(SWEEP_EVERY)
            except CtiError as fault:
                log.warning("prompts_not_read", reason=fault.code, again_in=READ_AGAIN)
                await asyncio.sleep(READ_AGAIN)

    async def read_again(self) -> None:
        """Take the prompts from the database. Raises Unavailable."""
        self._book = {prompt.id: prompt for prompt in await store.everything(self._db)}

    async def _sweep(self) -> None:
        """Remove the files of prompts that were deleted long enough ago that no call can come to them."""
        gone = await store.spent(self._db, KEPT_AFTER_DELETION)
        for prompt_id in gone:
            await asyncio.to_thread(self._files.remove, prompt_id)
        if gone:
            await store.forget(self._db, gone)

    # -- for the calls: from memory, at once

    def languages(self) -> dict[str, frozenset[str]]:
        """Each prompt by name, and the languages in which it speaks."""
        return {each.name: frozenset(audio.language for audio in each.audio) for each in self._book.values()}

    def prompt_file(self, prompt: str, language: str) -> str | None:
        """What Asterisk plays for a prompt: a path without its ending; another language is better than silence."""
        return self._file(self._named(prompt), language)

    def _file(self, prompt: PromptJson | None, language: str) -> str | None:
        if prompt is None or not prompt.audio:
            return None
        audio = prompt.of(language) or prompt.audio[0]
        return self._files.playable(prompt.id, audio.language, audio.version)

    def text_file(self, text: str, language: str) -> str | None:
        """What Asterisk plays for a text that was spoken when its flow was published; None when it was not."""
        place = self._files.said(said_stem(" ".join(text.split()), language))
        return place if place in self._said or self._files.is_there(place) else None

    async def prepare(self, flow: object) -> None:
        """Have each fixed text of a flow spoken. Raises what `spoken` raises."""
        wanted: list[tuple[str, str, str]] = []
        for text, language in sorted(texts_in(msgspec.to_builtins(flow))):
            said, tongue = checked_text(text), checked_language(language)
            place = self._files.said(said_stem(said, tongue))
            if not await asyncio.to_thread(self._files.is_there, place):
                wanted.append((place, said, tongue))
        for at in range(0, len(wanted), AT_ONCE):
            await self._speak_all(wanted[at : at + AT_ONCE])

    async def _speak_all(self, wanted: list[tuple[str, str, str]]) -> None:
        """Speak texts (place, text, language) side by side, and refine them in one go."""
        spoken = await asyncio.gather(*(self._speaker.say(text, language) for _, text, language in wanted))
        sounds = await self._refinery.refine_all(list(spoken))
        for (place, _, _), sound in zip(wanted, sounds, strict=True):
            await asyncio.to_thread(self._files.write, place, sound)
            self._said.add(place)

    def _named(self, name: str) -> PromptJson | None:
        return next((prompt for prompt in self._book.values() if prompt.name == name), None)

    # -- for people

    async def listing(self) -> list[PromptJson]:
        """All prompts by name. Raises Unavailable."""
        return await store.everything(self._db)

    def speech_missing(self) -> str:
        """Why texts cannot be spoken here; empty when they can."""
        return self._speaker.missing()

    async def spoken(self, text: str, language: str) -> str:
        """What Asterisk plays to say a text: a path without its ending. Each text is spoken once and kept.

        Raises BadInput, TimedOut, Unavailable (no_speech).
        """
        said, tongue = checked_text(text), checked_language(language)
        place = self._files.said(said_stem(said, tongue))
        if not await asyncio.to_thread(self._files.is_there, place):
            sound = await self._refinery.refine(await self._speaker.say(said, tongue))
            await asyncio.to_thread(self._files.write, place, sound)
        self._said.add(place)
        return place

    async def spoken_audio(self, text: str, language: str) -> bytes:
        """The same as a browser plays it (WAV, 16 kHz). Raises what `spoken` raises."""
        return await asyncio.to_thread(self._files.read, await self.spoken(text, language))

    async def make(self, who: Session, name: str, label: str = "") -> PromptJson:
        """A prompt that has no sound yet. Raises BadInput, Conflict (prompt_exists), Unavailable."""
        wanted = checked_name(name)
        async with self._db.transaction() as connection:
            prompt_id = await store.add(connection, wanted, checked_label(label), who.user_id)
            made = await self._locked(connection, prompt_id)
            await self._audit.write(connection, who, "prompt.create", wanted, {"id": prompt_id})
        self._book[prompt_id] = made
        return made

    async def rename(self, who: Session, prompt_id: int, name: str, label: str = "") -> PromptJson:
        """Another name or label. Raises NotFound, BadInput, Conflict (prompt_exists, prompt_in_use), Unavailable."""
        wanted, shown = checked_name(name), checked_label(label)
        async with self._db.transaction() as connection:
            before = await self._locked(connection, prompt_id)
            if wanted != before.name:
                check_unused(await self._uses(before.name))
            await store.rename(connection, prompt_id, wanted, shown)
            await self._audit.write(connection, who, "prompt.rename", wanted, {"id": prompt_id, "before": before.name})
        self._book[prompt_id] = replace(before, name=wanted, label=shown)
        return self._book[prompt_id]

    async def uses(self, prompt_id: int) -> list[Use]:
        """Where it is played. Raises NotFound, Unavailable."""
        async with self._db.transaction() as connection:
            prompt = await self._locked(connection, prompt_id)
        return list(await self._uses(prompt.name))

    async def delete(self, who: Session, prompt_id: int) -> None:
        """Take it away; its files stay for the calls that run. Raises NotFound, Conflict (prompt_in_use)."""
        async with self._db.transaction() as connection:
            prompt = await self._locked(connection, prompt_id)
            check_unused(await self._uses(prompt.name))
            await store.delete(connection, prompt_id)
            await self._audit.write(connection, who, "prompt.delete", prompt.name, {"id": prompt_id})
        self._book.pop(prompt_id, None)

    async def take(
        self, who: Session, prompt_id: int, language: str, data: bytes, *, source: Source, file_name: str = ""
    ) -> PromptJson:
        """A file or a recording as the new sound in a language.

        Raises NotFound, BadInput (bad_audio, audio_too_large, audio_length, audio_silent), TimedOut, Unavailable.
        """
        told = file_name.replace("\x00", "").strip()[:_MOST_NAME]
        return await self._keep(who, prompt_id, checked_language(language), data, source, file_name=told)

    async def speak(self, who: Session, prompt_id: int, language: str, text: str) -> PromptJson:
        """A text, spoken by the machine. Raises what `take` raises, Unavailable (no_speech)."""
        said, tongue = checked_text(text), checked_language(language)
        sound = await self._speaker.say(said, tongue)
        return await self._keep(who, prompt_id, tongue, sound, Source.SPEECH, text=said)

    async def audio(self, prompt_id: int, language: str, version: int | None = None) -> bytes:
        """The sound as a browser plays it (WAV, 16 kHz); the newest, or a version. Raises NotFound, Unavailable."""
        async with self._db.transaction() as connection:
            found = (await self._locked(connection, prompt_id)).of(checked_language(language))
        if found is None:
            raise NotFound("This prompt has no sound in this language.", code="no_such_audio")
        place = self._files.playable(prompt_id, language, version or found.version)
        return await asyncio.to_thread(self._files.read, place)

    async def _keep(
        self,
        who: Session,
        prompt_id: int,
        language: str,
        data: bytes,
        source: Source,
        *,
        file_name: str = "",
        text: str = "",
    ) -> PromptJson:
        sound = await self._refinery.refine(data)
        async with self._db.transaction() as connection:
            prompt = await self._locked(connection, prompt_id)
            version = await store.next_version(connection, prompt_id, language)
            # The file first: a row without its file would be silence in a call.
            await asyncio.to_thread(self._files.write, self._files.playable(prompt_id, language, version), sound)
            audio = AudioJson(
                language=language,
                version=version,
                source=source.value,
                file_name=file_name,
                text=text,
                seconds=sound.seconds,
                gain=sound.gain,
                created_at=self._clock.now(),
                created_by=who.user_id,
            )
            await store.add_audio(connection, prompt_id, audio, source=source, user_id=who.user_id)
            details = {"id": prompt_id, "language": language, "version": version, "source": source.value}
            await self._audit.write(connection, who, "prompt.audio", prompt.name, details)
        others = tuple(each for each in prompt.audio if each.language != language)
        self._book[prompt_id] = replace(prompt, audio=tuple(sorted((*others, audio), key=lambda each: each.language)))
        return self._book[prompt_id]

    async def _uses(self, name: str) -> Sequence[Use]:
        return await self.flows.uses_of_prompt(name) if self.flows is not None else ()

    async def _locked(self, connection: "Connection", prompt_id: int) -> PromptJson:
        found = await store.one(connection, prompt_id)
        if found is None:
            raise NotFound("There is no such prompt.", code="no_such_prompt")
        return found
