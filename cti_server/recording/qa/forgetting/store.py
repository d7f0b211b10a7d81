"""The SQL by which quality forgets a person: what was written about his recordings."""

from typing import Final

from cti_server.core.erasing.model import Part

_HIS = """person p, qa_evaluation e where e.subject_kind = 'recording' and e.subject_id in (
    select r.id::text from recording r join told t on t.pbx = r.pbx and t.linkedid = r.linkedid)"""
_OF = "and x.evaluation_id = e.id"

PARTS: Final = (
    Part(
        "scores",
        f"select count(*) from {_HIS} and (e.comment ~* p.words or e.answers::text ~* p.words)",
        "update qa_evaluation x set comment = regexp_replace(e.comment, p.words, p.mark, 'gi'),"
        " answers = regexp_replace(e.answers::text, p.words, p.mark, 'gi')::jsonb"
        f" from {_HIS} and x.id = e.id and (e.comment ~* p.words or e.answers::text ~* p.words) returning 1",
    ),
    Part(
        "revisions",
        "",
        "update qa_revision x set comment = regexp_replace(x.comment, p.words, p.mark, 'gi'),"
        " reason = regexp_replace(x.reason, p.words, p.mark, 'gi'),"
        " answers = regexp_replace(x.answers::text, p.words, p.mark, 'gi')::jsonb"
        f" from {_HIS} {_OF} and (x.comment ~* p.words or x.reason ~* p.words or x.answers::text ~* p.words)"
        " returning 1",
    ),
    Part(
        "disputes",
        "",
        "update qa_dispute x set text = regexp_replace(x.text, p.words, p.mark, 'gi'),"
        " answer = regexp_replace(x.answer, p.words, p.mark, 'gi')"
        f" from {_HIS} {_OF} and (x.text ~* p.words or x.answer ~* p.words) returning 1",
    ),
    Part(
        "coaching",
        "",
        "update qa_coaching x set text = regexp_replace(x.text, p.words, p.mark, 'gi')"
        f" from {_HIS} {_OF} and x.text ~* p.words returning 1",
    ),
    Part(
        "library",
        "",
        "update qa_library x set title = regexp_replace(x.title, p.words, p.mark, 'gi')"
        f" from {_HIS} {_OF} and x.title ~* p.words returning 1",
    ),
    Part(
        "calibrations",
        "",
        "update qa_calibration x set title = regexp_replace(x.title, p.words, p.mark, 'gi') from person p"
        " where x.title ~* p.words and x.subject_kind = 'recording' and x.subject_id in (select r.id::text"
        " from recording r join told t on t.pbx = r.pbx and t.linkedid = r.linkedid) returning 1",
    ),
)
