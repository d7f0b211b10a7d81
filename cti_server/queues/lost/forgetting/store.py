"""The SQL by which the list of lost calls forgets a person."""

from typing import Final

from cti_server.core.erasing.model import Part

_HIS = """person p where (l.number_key = any(p.keys) or l.id in (
    select c.lost_id from lost_contact c join told t on t.pbx = c.pbx and t.linkedid = c.linkedid))
    and (l.number <> '' or l.name <> '' or l.number_key is not null)"""

PARTS: Final = (
    Part(
        "lostCalls",
        f"select count(*) from lost_caller l, {_HIS}",
        "update lost_caller l set number = '', name = '', number_key = null, reason = '',"
        " state = case when l.state in ('open', 'claimed') then 'dismissed' else l.state end,"
        " ended_at = coalesce(l.ended_at, now()), revision = nextval('lost_revision')"
        f" from {_HIS} returning 1",
    ),
    Part(
        "reached",
        "",
        "delete from lost_reached r using person p where r.number_key = any(p.keys) returning 1",
    ),
)
