"""A call is scored while it is heard; when its recording is filed the score is of that."""

import asyncio

import pytest

from cti_server.core.errors import CtiError
from cti_server.core.tasks import Tasks
from cti_server.recording.qa.forms.model import Answer
from cti_server.recording.qa.live.service import LATER, SOON
from cti_server.recording.qa.live.store import youngest
from tests.recording.archive import AT
from tests.recording.qa.house import CHIEF, DAY, LI, ZHAO, House, full

pytestmark = pytest.mark.database
CALL = "main:pbx1-1.0"


async def refused(code: str, work: object) -> None:
    with pytest.raises(CtiError) as refusal:
        await work  # type: ignore[misc]
    assert refusal.value.code == code


async def test_begun_on_the_call_kept_and_bound_when_it_is_filed(house: House) -> None:
    form, live, scoring = await house.form(), house.quality.live, house.quality.scoring
    await refused("qa_not_listening", live.begin(house.chief, form))
    assert await live.bind_filed() is None, "nobody waits for anything"
    house.listening.hear(CHIEF, CALL, LI, AT - 2.0)
    begun = await live.begin(house.chief, form)
    number = begun.evaluation.id
    assert (begun.evaluation.kind, begun.evaluation.subject_id, begun.evaluation.agent_id) == ("call", CALL, LI)
    assert begun.answers == {}, "nothing is measured yet"
    assert (await live.begin(house.chief, form)).evaluation.id == number, "the same draft after a reload"
    await refused("qa_not_filed", scoring.recording(house.chief, number))
    version, _ = await scoring.save(house.chief, number, {"tone": Answer(4.0, at=10.0)}, "", begun.evaluation.version)
    await refused("qa_call_goes_on", scoring.submit(house.chief, number, full(begun.form), "", version))
    house.listening.heard.clear()
    house.listening.lives.clear()
    assert await live.bind_filed() == SOON, "the call is over, its recording is not filed"
    await house.recording(1, ZHAO)  # of another agent in the same call
    await live.bind_filed()
    assert (await scoring.detail(house.chief, number)).evaluation.kind == "call"
    await house.db.execute("update recording set name = 'first'")
    subject = await house.recording(1)
    await live.bind_filed()
    bound = await scoring.detail(house.chief, number)
    assert (bound.evaluation.kind, bound.evaluation.subject_id) == ("recording", str(subject))
    assert (bound.evaluation.seconds, bound.evaluation.version) == (90.0, version + 1)
    assert bound.answers["tone"].at == 7.0, "the recording began three seconds after the call"
    assert bound.answers["talkOver"] == Answer(0.0, machine=True, measured=9.0)
    assert (await scoring.recording(house.chief, number)).recording.id == subject
    assert house.hub.told == [(f"user:{CHIEF}", "qa.changed", {"id": number, "what": "bound"})]
    done = await scoring.submit(house.chief, number, full(begun.form), "", bound.evaluation.version)
    assert done.evaluation.state == "submitted"
    assert "qa.bind" in await house.audited()


async def test_submitted_before_it_is_filed_keeps_its_answers(house: House) -> None:
    form, live, scoring = await house.form(), house.quality.live, house.quality.scoring
    house.listening.hear(CHIEF, CALL, LI, AT)
    begun = await live.begin(house.chief, form)
    house.listening.lives.clear()
    answers = full(begun.form, 0.8)
    done = await scoring.submit(house.chief, begun.evaluation.id, answers, "", begun.evaluation.version)
    subject = await house.recording(1)
    await live.bind_filed()
    bound = await scoring.detail(house.chief, begun.evaluation.id)
    assert (bound.evaluation.subject_id, bound.evaluation.score) == (str(subject), done.evaluation.score)
    assert bound.answers == answers
    assert [row.subject_id for row in (await scoring.mine(house.li, None, 50))[0]] == [str(subject)]


async def test_who_scored_the_recording_already_keeps_both(house: House) -> None:
    form, live = await house.form(), house.quality.live
    house.listening.hear(CHIEF, CALL, LI, AT)
    begun = await live.begin(house.chief, form)
    await house.submitted(house.chief, await house.recording(1), form)
    await live.bind_filed()
    assert (await house.quality.scoring.detail(house.chief, begun.evaluation.id)).evaluation.kind == "call"
    house.clock.pass_seconds(3 * 3600)
    assert await live.bind_filed() == LATER, "a call that was not recorded is not looked for each second"
    house.clock.pass_seconds(DAY)
    assert await live.bind_filed() is None
    assert await youngest(house.db, AT) == AT + DAY, "it stands, and nobody looks any more"


async def test_nobody_scores_himself_while_he_listens(house: House) -> None:
    form = await house.form()
    house.listening.hear(LI, CALL, LI, AT)
    await refused("qa_own_call", house.quality.live.begin(house.li, form))


async def test_it_binds_by_itself(house: House) -> None:
    form, tasks = await house.form(), Tasks("test")
    house.quality.live.start(tasks)
    try:
        house.listening.hear(CHIEF, CALL, LI, AT)
        await house.quality.live.begin(house.chief, form)
        await house.recording(1)
        async with asyncio.timeout(10):
            while not house.hub.told:  # noqa: ASYNC110 (the hub of the test tells nobody)
                await asyncio.sleep(0.02)
    finally:
        await tasks.close()
