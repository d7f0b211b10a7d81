"""Reports of graders, recordings and trends on a real database."""

from dataclasses import replace

import pytest

from cti_server.core.auth.scope import Scope
from cti_server.core.errors import BadInput
from cti_server.recording.qa.reports.model import By, Report
from cti_server.recording.qa.reports.words import ENGLISH, WORDS
from tests.recording.archive import AT, signed_in
from tests.recording.qa.house import DAY, LI, QA, SECOND, ZHAO, House, full

pytestmark = pytest.mark.database
PERIOD = (AT, AT + 30 * DAY)


async def test_what_graders_did(house: House) -> None:
    form, scoring = await house.form(), house.quality.scoring
    first = await house.submitted(house.qa, await house.recording(1), form, 0.4)
    begun = await scoring.begin(house.qa, "recording", str(await house.recording(2)), form, None)
    house.clock.pass_seconds(600)
    await scoring.submit(house.qa, begun.evaluation.id, full(begun.form), "", begun.evaluation.version)
    again = await scoring.recheck(house.second, first.evaluation.id)
    await scoring.submit(house.second, again.evaluation.id, full(again.form, 0.8), "", again.evaluation.version)
    await house.quality.disputes.dispute(house.li, begun.evaluation.id, "No.", "")
    one, other = await house.quality.reports.graders(house.qa, *PERIOD)
    assert (one.key, one.label, one.evaluations, one.rechecks) == (str(QA), f"User {QA}", 2, 0)
    assert (one.heard, one.taken, one.disputed) == (180.0, 300.0, 0.5)
    assert (one.off, one.score) == (pytest.approx(21.2), pytest.approx((89.4 + 100) / 2))
    assert (other.key, other.evaluations, other.rechecks, other.off) == (str(SECOND), 0, 1, None)
    assert await house.quality.reports.graders(house.qa, AT + 20 * DAY, AT + 30 * DAY) == []


async def test_what_was_recorded_and_how_much_of_it_was_scored(house: House) -> None:
    form, figures = await house.form(), house.quality.reports.recordings
    for n in range(4):
        await house.recording(n, LI if n else ZHAO, queue="vip" if n < 3 else "sales", longest_silence=float(n))
    await house.submitted(house.qa, 2, form)
    agents = {one.key: one for one in await figures(house.qa, By.AGENT, *PERIOD)}
    assert (agents[str(LI)].recordings, agents[str(LI)].scored, agents[str(LI)].seconds) == (3, 1, 270.0)
    assert agents[str(LI)].coverage == pytest.approx(1 / 3)
    assert (agents[str(LI)].silence, agents[str(LI)].longest_silence) == (pytest.approx(1 / 9), 3.0)
    assert {one.key: one.recordings for one in await figures(house.qa, By.TEAM, *PERIOD)} == {"north": 3, "south": 1}
    assert {one.key: one.recordings for one in await figures(house.qa, By.QUEUE, *PERIOD)} == {"vip": 3, "sales": 1}
    assert len(await figures(house.qa, By.WEEK, *PERIOD)) == 1
    # A call of two agents is one recording of its queue, and one of each of them.
    await house.db.execute(
        "insert into recording_agent (user_id, started_at, recording_id) values ($1, to_timestamp($2), 2)", ZHAO, AT
    )
    assert {one.key: one.recordings for one in await figures(house.qa, By.QUEUE, *PERIOD)} == {"vip": 3, "sales": 1}
    assert {one.key: one.recordings for one in await figures(house.qa, By.AGENT, *PERIOD)} == {str(LI): 3, str(ZHAO): 2}
    south = replace(signed_in(22, "supervisor"), scope=Scope(teams=frozenset({"south"})))
    assert {one.key for one in await figures(south, By.AGENT, *PERIOD)} == {str(ZHAO)}
    with pytest.raises(BadInput):
        await figures(house.qa, By.QUESTION, *PERIOD)


async def test_scores_week_by_week(house: House) -> None:
    form, trend = await house.form(), house.quality.reports.trend
    await house.submitted(house.qa, await house.recording(1), form, 0.6)
    house.clock.pass_seconds(14 * DAY)
    await house.submitted(house.qa, await house.recording(2), form, 1.0)
    rows = await trend(house.qa, By.AGENT, *PERIOD, None)
    assert [(row.label, row.evaluations, row.score) for row in rows] == [
        (f"User {LI}", 1, pytest.approx(78.8)), (f"User {LI}", 1, 100.0),
    ]  # fmt: skip
    assert rows[0].week < rows[1].week
    tone = [row.score for row in await trend(house.qa, By.QUESTION, *PERIOD, form) if row.key == "tone"]
    assert tone == [pytest.approx(60), 100]
    assert {row.label for row in await trend(house.qa, By.FORM, *PERIOD, None)} == {"Standard"}
    assert await trend(house.qa, By.AGENT, *PERIOD, form + 1) == []
    with pytest.raises(BadInput):
        await trend(house.qa, By.WEEK, *PERIOD, None)


@pytest.mark.parametrize("report", Report)
@pytest.mark.parametrize("language", WORDS)
async def test_each_report_as_a_table(house: House, report: Report, language: str) -> None:
    await house.submitted(house.qa, await house.recording(1), await house.form())
    table = await house.quality.reports.table(house.qa, report, None, *PERIOD, None, WORDS[language])
    assert table.title == WORDS[language].titles[report]
    assert len(table.rows) == 1
    assert str(table.rows[0][0]).startswith("User ")


async def test_a_report_over_nothing_that_it_knows(house: House) -> None:
    with pytest.raises(BadInput):
        await house.quality.reports.table(house.qa, Report.GRADERS, By.TEAM, *PERIOD, None, ENGLISH)
