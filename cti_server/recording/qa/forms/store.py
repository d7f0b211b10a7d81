"""The only SQL of forms."""

from typing import TYPE_CHECKING, Any

import msgspec

from cti_server.recording.qa.forms.model import Form

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_FORMS = """select f.id, f.name, f.retired, f.revision, f.draft::text as draft, v.id as version_id, v.version,
    extract(epoch from v.published_at)::float8 as published_at, v.document::text as document
    from qa_form f left join lateral (select * from qa_form_version w where w.form_id = f.id
    order by version desc limit 1) v on true"""


async def every(db: "Database") -> list[dict[str, Any]]:
    """All forms with the newest version. Raises Unavailable."""
    return [_form(row) for row in await db.fetch(f"{_FORMS} order by f.retired, f.id")]


async def one(db: "Database", form_id: int) -> dict[str, Any] | None:
    """A form; None when there is none. Raises Unavailable."""
    row = await db.fetchrow(f"{_FORMS} where f.id = $1", form_id)
    return None if row is None else _form(row)


async def version(db: "Database", version_id: int) -> dict[str, Any] | None:
    """A published version: id, form_id, name, version, document. Raises Unavailable."""
    row = await db.fetchrow(
        "select v.id, v.form_id, f.name, v.version, v.document::text as document from qa_form_version v"
        " join qa_form f on f.id = v.form_id where v.id = $1",
        version_id,
    )
    return None if row is None else {**dict(row), "document": read(row["document"])}


def read(text: str | None) -> Form | None:
    """A form out of its JSON."""
    return None if text is None else msgspec.json.decode(text, type=Form)


def _form(row: Any) -> dict[str, Any]:
    return {**dict(row), "draft": read(row["draft"]), "document": read(row["document"])}


async def add(connection: "Connection", name: str, form: Form, user_id: int) -> int:
    """A new form as a draft; its number."""
    return int(
        await connection.fetchval(
            "insert into qa_form (name, draft, created_by) values ($1, $2::text::jsonb, $3) returning id",
            name,
            msgspec.json.encode(form).decode(),
            user_id,
        )
    )


async def save(connection: "Connection", form_id: int, name: str, form: Form, revision: int) -> bool:
    """Keep a draft; False when somebody saved another meanwhile."""
    return bool(
        await connection.fetchval(
            "update qa_form set name = $2, draft = $3::text::jsonb, revision = revision + 1"
            " where id = $1 and revision = $4 returning 1",
            form_id,
            name,
            msgspec.json.encode(form).decode(),
            revision,
        )
    )


async def publish(connection: "Connection", form_id: int, form: Form, user_id: int) -> int:
    """The draft becomes the next version; its number among the versions of the form."""
    await connection.execute("update qa_form set draft = null, revision = revision + 1 where id = $1", form_id)
    return int(
        await connection.fetchval(
            "insert into qa_form_version (form_id, version, document, published_by)"
            " select $1, coalesce(max(version), 0) + 1, $2::text::jsonb, $3 from qa_form_version where form_id = $1"
            " returning version",
            form_id,
            msgspec.json.encode(form).decode(),
            user_id,
        )
    )


async def lock(connection: "Connection", form_id: int) -> str | None:
    """The draft as JSON, held until the transaction ends; None when there is none."""
    text = await connection.fetchval("select draft::text from qa_form where id = $1 for update", form_id)
    return None if text is None else str(text)


async def retire(connection: "Connection", form_id: int, retired: bool) -> None:
    """Offer it for new scores no more, or again."""
    await connection.execute("update qa_form set retired = $2 where id = $1", form_id, retired)
