"""The SQL by which supervision forgets a person."""

from typing import Final

from cti_server.core.erasing.model import Part

PARTS: Final = (
    Part(
        "sessions",
        "select count(*) from monitoring_session s where s.number <> '' and s.call_id in (select id from told)",
        "update monitoring_session s set number = '' where s.number <> '' and s.call_id in (select id from told)"
        " returning 1",
    ),
)
