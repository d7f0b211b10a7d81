"""The SQL by which flows and what they leave behind forget a person."""

from typing import TYPE_CHECKING, Final

from cti_server.core.erasing.model import Part, Person

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_BACK = """person p where (b.number_key = any(p.keys) or b.customer_id = any(p.customers)
    or exists (select 1 from told t where t.pbx = b.pbx and t.linkedid = b.linkedid))"""
_ANSWER = "told t where t.pbx = a.pbx and t.linkedid = a.linkedid"
_FLOW = """person p where f.number_key <> '' and (f.number_key = any(p.keys)
    or exists (select 1 from told t where t.pbx = f.pbx and t.linkedid = f.linkedid))"""
_LISTED = "person p where l.number_key = any(p.keys)"
_DECIDED = "person p, told t where t.pbx = d.pbx and t.linkedid = d.linkedid and d.reasons::text ~* p.words"

PARTS: Final = (
    Part(
        "callbacks",
        f"select count(*) from callback b, {_BACK}",
        # number_key is unique among the open ones and never empty: what is left names nobody.
        "update callback b set number_key = 'erased:' || b.id, number = '', name = '', customer_id = null, reason = '',"
        " state = case when b.state in ('waiting', 'claimed', 'offered') then 'cancelled' else b.state end,"
        " ended_at = coalesce(b.ended_at, now()), revision = nextval('callback_revision')"
        f" from {_BACK} returning 1",
    ),
    Part(
        "surveyAnswers",
        f"select count(*) from survey_answer a, {_ANSWER}",
        "update survey_answer a set linkedid = 'erased:' || gen_random_uuid(),"
        f" label = a.label from {_ANSWER} returning 1",
    ),
    Part(
        "flowCalls",
        f"select count(*) from flow_call f, {_FLOW}",
        f"update flow_call f set number_key = '' from {_FLOW} returning 1",
    ),
    Part(
        "listed",
        f"select count(*) from flow_listed l, {_LISTED}",
        f"delete from flow_listed l using {_LISTED} returning 1",
    ),
    Part(
        "decisions",
        "",
        "update routing_decision d set reasons = regexp_replace(d.reasons::text, p.words, p.mark, 'gi')::jsonb"
        f" from {_DECIDED} returning 1",
    ),
)


async def messages(db: "Database", person: Person) -> list[tuple[int, str, str, str, str | None]]:
    """(id, state, PBX, file, object) of his messages that still tell something of him. Raises Unavailable."""
    rows = await db.fetch(
        "select v.id, v.state, v.pbx, v.file, v.object from voicemail v where (v.number <> '' or v.object is not null)"
        " and (exists (select 1 from unnest($1::text[], $2::text[]) t(pbx, linkedid)"
        "   where t.pbx = v.pbx and t.linkedid = v.linkedid) or v.number ~* $3::text) order by v.id",
        [pbx for pbx, _ in person.calls],
        [linkedid for _, linkedid in person.calls],
        person.words,
    )
    return [(row["id"], row["state"], row["pbx"], row["file"], row["object"]) for row in rows]


async def forget_message(connection: "Connection", message_id: int) -> None:
    """Keep only that there was one."""
    await connection.execute(
        "update voicemail set state = case when state = 'empty' then state else 'deleted' end, object = null,"
        " number = '', reason = '', ended_at = coalesce(ended_at, now()),"
        " revision = nextval('voicemail_revision') where id = $1",
        message_id,
    )
