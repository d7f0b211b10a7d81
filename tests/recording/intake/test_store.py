"""A job has one worker at a time, and comes back when that one falls."""

import asyncio

import pytest

from cti_server.core.storage.database import Database
from cti_server.recording.intake import store
from cti_server.recording.model import parts_of
from tests.recording.archive import PBX, Archive, name_of

pytestmark = pytest.mark.database


async def test_each_job_is_taken_once_and_given_back_by_name(archive: Archive, db: Database) -> None:
    for n in range(6):
        parts = parts_of(name_of(n))
        assert parts is not None
        async with db.transaction() as connection:
            for _ in range(2):
                await store.offer(connection, PBX, name_of(n), parts)
    taken = await asyncio.gather(*(store.claim(db, 60.0, f"node{n % 2}") for n in range(8)))
    numbers = [one for one in taken if one is not None]
    assert len(numbers) == len(set(numbers)) == 6
    assert await store.claim(db, 60.0, "node2") is None
    await store.release(db, "node0")
    again = [await store.claim(db, 60.0, "node2") for _ in range(7)]
    back = {one for n, one in enumerate(taken) if n % 2 == 0 and one is not None}
    assert {one for one in again if one is not None} == back
    job = await store.job_of(db, back.pop())
    assert job is not None
    assert job.attempts == 2
    assert (await store.backlog(db))[0] == 6
