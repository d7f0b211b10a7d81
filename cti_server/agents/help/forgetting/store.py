"""The SQL by which the room of help forgets a person."""

from typing import Final

from cti_server.core.erasing.model import Part

_HANDS = """person p where (h.number <> '' or h.caller <> '') and (h.call_id in (select id from told)
    or h.number ~* p.words or h.caller ~* p.own_words)"""
_TEXT = "text = regexp_replace(m.text, p.own_words, p.mark, 'gi') from person p where m.text ~* p.own_words returning 1"
_NAMED = "m, person p where m.text ~* p.own_words"

PARTS: Final = (
    Part(
        "hands",
        f"select count(*) from help_hand h, {_HANDS}",
        f"update help_hand h set number = '', caller = '' from {_HANDS} returning 1",
    ),
    Part("teamMessages", f"select count(*) from help_message {_NAMED}", f"update help_message m set {_TEXT}"),
    Part("notices", f"select count(*) from help_notice {_NAMED}", f"update help_notice m set {_TEXT}"),
)
