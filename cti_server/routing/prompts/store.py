"""The only SQL of the prompts."""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from cti_server.core.errors import Conflict
from cti_server.routing.prompts.model import AudioJson, PromptJson, Source

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_AUDIO = """prompt_id, language, version, source, file_name, text, seconds, gain,
    extract(epoch from created_at)::float8 as created_at, created_by"""
_NEWEST = f"""
select distinct on (prompt_id, language) {_AUDIO} from prompt_audio
where prompt_id = any($1::bigint[]) order by prompt_id, language, version desc
"""
_SELECT = (
    "select id, name, label, extract(epoch from created_at)::float8 as created_at from prompt where deleted_at is null"
)


async def everything(db: "Database | Connection") -> list[PromptJson]:
    """All prompts that are not deleted, by name. Raises Unavailable."""
    return await _with_audio(db, await db.fetch(f"{_SELECT} order by lower(name), id"))


async def one(connection: "Connection", prompt_id: int) -> PromptJson | None:
    """A prompt that nobody else changes until the transaction ends."""
    found = await _with_audio(connection, await connection.fetch(f"{_SELECT} and id = $1 for update", prompt_id))
    return found[0] if found else None


async def _with_audio(db: "Database | Connection", rows: list[Any]) -> list[PromptJson]:
    sounds: dict[int, list[AudioJson]] = defaultdict(list)
    for row in await db.fetch(_NEWEST, [row["id"] for row in rows]):
        plain = dict(row)
        sounds[plain.pop("prompt_id")].append(AudioJson(**plain))
    return [PromptJson(**dict(row), audio=tuple(sounds[row["id"]])) for row in rows]


async def add(connection: "Connection", name: str, label: str, user_id: int) -> int:
    """A new prompt without sound; its id. Raises Conflict (prompt_exists)."""
    made = await connection.fetchval(
        "insert into prompt (name, label, created_by) values ($1, $2, $3)"
        " on conflict (lower(name)) where deleted_at is null do nothing returning id",
        name,
        label,
        user_id,
    )
    if made is None:
        raise Conflict("There is a prompt of this name already.", code="prompt_exists", name=name)
    return int(made)


async def rename(connection: "Connection", prompt_id: int, name: str, label: str) -> None:
    """Another name and label. Raises Conflict (prompt_exists)."""
    if await connection.fetchval(
        "select exists (select 1 from prompt where lower(name) = lower($1) and id <> $2 and deleted_at is null)",
        name,
        prompt_id,
    ):
        raise Conflict("There is a prompt of this name already.", code="prompt_exists", name=name)
    await connection.execute("update prompt set name = $2, label = $3 where id = $1", prompt_id, name, label)


async def next_version(connection: "Connection", prompt_id: int, language: str) -> int:
    """The number of the next sound of a prompt that is locked."""
    return int(
        await connection.fetchval(
            "select coalesce(max(version), 0) + 1 from prompt_audio where prompt_id = $1 and language = $2",
            prompt_id,
            language,
        )
    )


async def add_audio(
    connection: "Connection", prompt_id: int, audio: AudioJson, *, source: Source, user_id: int
) -> None:
    """A new version of the sound in one language."""
    await connection.execute(
        "insert into prompt_audio (prompt_id, language, version, source, file_name, text, seconds, gain, created_by)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        prompt_id,
        audio.language,
        audio.version,
        source.value,
        audio.file_name,
        audio.text,
        audio.seconds,
        audio.gain,
        user_id,
    )


async def delete(connection: "Connection", prompt_id: int) -> None:
    """Take it from the lists; its files are swept later."""
    await connection.execute("update prompt set deleted_at = now() where id = $1", prompt_id)


async def spent(db: "Database", older_than: float) -> list[int]:
    """Prompts deleted more than so many seconds ago. Raises Unavailable."""
    rows = await db.fetch(
        "select id from prompt where deleted_at < now() - make_interval(secs => $1) order by id", older_than
    )
    return [row["id"] for row in rows]


async def forget(db: "Database", prompt_ids: list[int]) -> None:
    """Their files are gone. Raises Unavailable."""
    await db.execute("delete from prompt where id = any($1::bigint[]) and deleted_at is not null", prompt_ids)
