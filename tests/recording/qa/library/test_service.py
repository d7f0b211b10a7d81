"""The library on a real database: who hears which call, what he is shown of it, and that it is written down."""

from types import SimpleNamespace

import pytest

from cti_server.core.errors import CtiError
from cti_server.recording.qa.library.store import every
from cti_server.recording.qa.model import Sight
from tests.recording.archive import signed_in
from tests.recording.qa.house import ZHAO, House

pytestmark = pytest.mark.database


async def refused(code: str, work: object) -> None:
    with pytest.raises(CtiError) as refusal:
        await work  # type: ignore[misc]
    assert refusal.value.code == code


async def excellent(house: House) -> int:
    """An excellent call of Li that she was asked for; the number of its score."""
    form = await house.form()
    best = await house.submitted(house.qa, await house.recording(1), form)
    await house.db.execute(
        "update recording set object = 'r1.mp3', size = 9, number = '13800010001', customer_name = 'Wang',"
        " tags = array['angry'], sha256 = 'abc'"
    )
    await house.quality.disputes.propose(house.qa, best.evaluation.id, "Calm with a caller")
    return best.evaluation.id


async def test_heard_by_colleagues_once_its_agent_agrees_and_no_longer(house: House) -> None:
    number, library = await excellent(house), house.quality.library
    zhao = signed_in(ZHAO, "agent", session_id=60)
    house.people.queues[ZHAO] = (SimpleNamespace(queue="vip"),)
    assert await library.every(zhao) == []
    await refused("not_in_library", library.listen(zhao, number))
    await house.quality.disputes.consent(house.li, number, given=True)
    (shown,) = await library.every(zhao)
    assert (shown.title, shown.agent_name, shown.may_hear) == ("Calm with a caller", "User 7", True)
    detail = await library.recording(zhao, number)
    assert detail.recording.agents == ("User 7",)
    for secret in ("13800010001", "Wang", "pbx1-1.0", "abc", "angry"):
        assert secret not in str(detail), secret
    key = await library.listen(zhao, number)
    assert (await library.sound(zhao, number, key)).size == 9
    await refused("listen_key_over", library.sound(signed_in(ZHAO, "agent", session_id=61), number, key))
    sql = "select user_id, details::text as d from audit_entry where action = 'recording.listen'"
    entries = await house.db.fetch(sql)
    assert [(row["user_id"], "qa library" in row["d"]) for row in entries] == [(ZHAO, True)]
    house.people.queues.clear()
    assert await library.every(zhao) == [], "neither of his team nor of a queue of his"
    await refused("not_in_library", library.sound(zhao, number, key))
    house.people.queues[ZHAO] = (SimpleNamespace(queue="vip"),)
    await house.quality.disputes.consent(house.li, number, given=False)
    await refused("not_in_library", library.sound(zhao, number, key))
    assert [one.consent for one in await library.every(house.li)] == ["refused"], "her own she sees"
    assert [one.consent for one in await every(house.db, Sight(), str, number)] == ["refused"]


async def test_nobody_hears_what_the_site_lets_no_agent_hear(house: House) -> None:
    number, library = await excellent(house), house.quality.library
    await house.quality.disputes.consent(house.li, number, given=True)
    options = house.archive.room._options
    house.archive.room._options = type(options)(options.folders, options.state)
    (shown,) = await library.every(house.li)
    assert shown.may_hear is False
    await refused("forbidden", library.listen(house.li, number))
    assert (await library.every(house.qa))[0].may_hear is True


async def test_what_is_deleted_is_not_heard(house: House) -> None:
    number, library = await excellent(house), house.quality.library
    await house.quality.disputes.consent(house.li, number, given=True)
    await house.db.execute("update recording set state = 'deleted'")
    await refused("no_such_recording", library.recording(house.qa, number))
