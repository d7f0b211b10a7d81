from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cti_server.core.audit.model import FIRST_HASH, AuditEntry, chained_hash

ENTRY = AuditEntry(1, 1_800_000_000.123, 7, "wang", "10.0.0.1", "user.update", "li", {"name": ["a", "b"]})


@given(st.sampled_from(["at", "user_id", "login", "address", "action", "subject", "details", "id"]))
def test_every_field_counts(field: str) -> None:
    other = {"at": 1.0, "user_id": None, "details": {}, "id": 2}.get(field, "other")
    assert chained_hash(FIRST_HASH, ENTRY) != chained_hash(FIRST_HASH, replace(ENTRY, **{field: other}))


def test_the_entry_before_counts_and_the_own_hash_does_not() -> None:
    assert chained_hash(FIRST_HASH, ENTRY) != chained_hash(bytes([1]) * 32, ENTRY)
    assert chained_hash(FIRST_HASH, ENTRY) == chained_hash(FIRST_HASH, replace(ENTRY, hash=b"x"))
