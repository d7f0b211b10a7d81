"""The disk of a real PBX is full, then read-only: calls go on and say why they are not recorded, and all comes back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.state import State
from tests.conftest import real_part, worker_name
from tests.recording.small_disk import SmallDisk, small_disk
from tests.whole.people import Person
from tests.whole.site import Site, poll

pytestmark = [pytest.mark.database, pytest.mark.pbx]
AGENT_HZ, CALLER_HZ = 440, 1000


@pytest_asyncio.fixture
async def pbx(pytestconfig: pytest.Config, state: State, asterisk_program: AsteriskProgram) -> AsyncIterator[Asterisk]:
    wishes = Wishes(name=worker_name("disk"), agents=1, records=True)
    pbx = await real_part(pytestconfig, "pbx", lambda: Asterisk.start(state, program=asterisk_program, wishes=wishes))
    try:
        yield pbx
    finally:
        await pbx.discard()


async def talk(site: Site, pbx: Asterisk, caller: str) -> str:
    """A call in which both hear each other for a while; its id."""
    line = site.call_in("4000", caller)
    leg = await site.phones["1001"].incoming()
    await leg.answer()
    assert await line.hears(AGENT_HZ)
    assert await leg.hears(CALLER_HZ)
    found = await poll(lambda: running(site, caller), f"the recording of {caller}", 10.0)
    assert await line.hears(AGENT_HZ), "the call goes on"
    line.hangup()
    await line.ended()
    return found


async def running(site: Site, caller: str) -> str | None:
    rows = await site.sql(
        "select c.pbx || ':' || c.linkedid as id from call c join recording r on r.pbx = c.pbx and"
        " r.linkedid = c.linkedid where c.number = $1", caller,
    )  # fmt: skip
    return str(rows[0]["id"]) if rows else None


async def alarm(site: Site, words: str) -> dict[str, Any]:
    """The link `recordings` of /readyz as soon as it is so: down and saying this, or up (no words)."""

    async def look() -> dict[str, Any] | None:
        answer = await site.readyz()
        link = next(one for one in answer["links"] if one["name"] == "recordings")
        assert answer["ready"], "calls go on, so the server is ready"
        return link if link["up"] == (not words) and words in link["detail"] else None

    return await poll(look, f"the alarm {words!r}", 30.0)


async def fate(admin: Person, call_id: str) -> tuple[str, str]:
    """State and reason of the recording on its call's page, once it is settled."""

    async def look() -> tuple[str, str] | None:
        rows = (await admin.get("/recordings/of-call", {"call_id": call_id}))["items"]
        assert len(rows) <= 1
        settled = [(row["state"], row["reason"]) for row in rows if row["state"] not in ("recording", "waiting")]
        return settled[0] if settled else None

    return await poll(look, f"what becomes of the recording of {call_id}", 40.0)


async def scene(site: Site, pbx: Asterisk, disk: SmallDisk) -> None:
    admin = await site.first_admin()
    phone = await site.phone("1001", pbx, AGENT_HZ)
    assert phone is site.phones["1001"]
    await site.trunk(pbx.sip_port)
    await pbx.cli("queue add member PJSIP/1001 to support")
    await alarm(site, "")

    disk.fill()
    await alarm(site, "0 MiB free of")
    full = await talk(site, pbx, "13800000001")
    # The files are there and empty, so that it is settled at once.
    assert await fate(admin, full) == ("failed", "diskFull")
    disk.make_room()
    await alarm(site, "")

    disk.read_only(True)
    await alarm(site, "cannot be written")
    locked = await talk(site, pbx, "13800000002")
    told = await admin.get("/recordings/intake")
    assert told["disk_trouble"] == "readOnly"
    assert await fate(admin, locked) == ("failed", "readOnly")
    disk.read_only(False)
    await alarm(site, "")

    good = await talk(site, pbx, "13800000003")
    assert await fate(admin, good) == ("ready", "")


async def test_calls_go_on_and_say_why_they_were_not_recorded(pbx: Asterisk, database_url: str, tmp_path: Path) -> None:
    with small_disk(pbx.recordings, "4m") as disk:
        recording = f'[recording]\ndir = "{pbx.recordings}"\nmin_free_mb = 1\n'
        site = Site(tmp_path, database_url, {"main": pbx}, settings=recording)
        try:
            await site.start()
            await scene(site, pbx, disk)
        finally:
            await site.stop()
    site.check_log("recordings_cannot_be_written", "recording_disk_nearly_full", "recording_not_written")
