"""The day of quality on a real database: score, tell, dispute, re-check, coach, draw, calibrate, report."""

from dataclasses import replace

import pytest

from cti_server.core.auth.scope import Scope
from cti_server.core.errors import CtiError
from cti_server.recording.qa.assignment.model import PlanRules
from cti_server.recording.qa.disputes.model import Verdict
from cti_server.recording.qa.forms.model import Answer
from cti_server.recording.qa.reports.model import By
from tests.recording.archive import AT, signed_in
from tests.recording.qa.house import DAY, LI, QA, SECOND, ZHAO, House, full

pytestmark = pytest.mark.database


async def refused(code: str, work: object) -> None:
    with pytest.raises(CtiError) as refusal:
        await work  # type: ignore[misc]
    assert refusal.value.code == code


async def test_a_call_is_scored_saved_locked_and_told(house: House) -> None:
    form, subject = await house.form(), await house.recording(1)
    scoring = house.quality.scoring
    begun = await scoring.begin(house.qa, "recording", str(subject), form, None)
    number, version = begun.evaluation.id, begun.evaluation.version
    assert (begun.evaluation.agent_id, begun.evaluation.team, begun.may) == (LI, "north", ("write", "discard"))
    assert begun.answers["talkOver"] == Answer(0.0, machine=True, measured=9.0)
    assert begun.answers["silence"].value == 1.0
    # A reload finds the same draft with what was kept; a second page does not overwrite.
    kept = {**begun.answers, "talkOver": Answer(1.0, measured=9.0, at=12.5)}
    assert (await scoring.save(house.qa, number, kept, "so far", version))[0] == version + 1
    await refused("qa_changed_elsewhere", scoring.save(house.qa, number, {}, "", version))
    again = await scoring.begin(house.qa, "recording", str(subject), form, None)
    assert (again.evaluation.id, again.answers["talkOver"].value, again.evaluation.comment) == (number, 1.0, "so far")
    await refused("qa_unanswered", scoring.submit(house.qa, number, kept, "", version + 1))
    done = await scoring.submit(house.qa, number, full(begun.form, 0.8), "Well done.", version + 1)
    # 53 of 100 points hang on scales, each at 4 of 5.
    assert done.evaluation.score == pytest.approx(100 - 53 * 0.2)
    assert house.hub.told == [(f"user:{LI}", "qa.changed", {"id": number, "what": "scored"})]
    await refused("qa_locked", scoring.save(house.qa, number, kept, "", done.evaluation.version))
    changed = await scoring.revise(house.qa, number, full(begun.form), "", done.evaluation.version, "heard again")
    assert changed.evaluation.score == 100
    assert [(r.revision, r.reason, r.score) for r in changed.revisions] == [
        (1, "", pytest.approx(89.4)), (2, "heard again", 100.0),
    ]  # fmt: skip
    assert await house.audited() == ["qa.form.create", "qa.form.publish", "qa.begin", "qa.submit", "qa.revise"]


async def test_old_scores_keep_their_form(house: House) -> None:
    form, forms = await house.form(), house.quality.forms
    old = await house.submitted(house.qa, await house.recording(1), form)
    shown = await forms.one(form)
    await refused("no_draft", forms.publish(house.qa, form))
    document = shown["document"]
    smaller = type(document)(document.sections[:1])
    saved = await forms.save(house.qa, form, "Standard", smaller, shown["revision"])
    await refused("qa_changed_elsewhere", forms.save(house.qa, form, "Standard", smaller, shown["revision"]))
    assert saved["draft"] == smaller
    assert (await forms.publish(house.qa, form))["version"] == 2
    new = await house.submitted(house.qa, await house.recording(2), form)
    assert (len(new.form.sections), new.evaluation.form_version) == (1, 2)
    assert (await house.quality.scoring.detail(house.qa, old.evaluation.id)).form == document
    await forms.retire(house.qa, form, True)
    third = str(await house.recording(3))
    await refused("form_not_published", house.quality.scoring.begin(house.qa, "recording", third, form, None))
    await refused("no_such_form", forms.one(999))


async def test_the_agent_disputes_a_second_grader_re_checks_both_are_kept(house: House) -> None:
    form, subject = await house.form(), await house.recording(1)
    scoring, disputes = house.quality.scoring, house.quality.disputes
    first = await house.submitted(house.qa, subject, form, 0.4)
    number = first.evaluation.id
    seen = await scoring.detail(house.li, number)
    assert seen.may == ("acknowledge", "dispute")
    await refused("no_such_evaluation", scoring.detail(signed_in(ZHAO, "agent"), number))
    await disputes.dispute(house.li, number, "I was polite.", "tone")
    await refused("qa_not_open", disputes.dispute(house.li, number, "Again.", ""))
    await refused("qa_own_score", scoring.recheck(house.qa, number))
    again = await scoring.recheck(house.second, number)
    assert (again.evaluation.agent_id, again.evaluation.subject_id) == (None, ""), "blind at the server"
    await refused("no_such_evaluation", scoring.detail(house.second, number))
    assert (await scoring.page(house.qa, {"purpose": "recheck"}, None, 50))[0] == [], "a draft of another's"
    rows, _ = await scoring.page(house.second, {}, None, 50)
    assert [row.id for row in rows] == [again.evaluation.id], "nor in a list"
    blind = await scoring.recording(house.second, again.evaluation.id)
    assert (blind.recording.agents, blind.recording.user_ids, blind.recording.id) == ((), (), 0)
    await refused("qa_nothing_changed", disputes.answer(house.qa, number, Verdict.CHANGED, "Right."))
    await scoring.submit(house.second, again.evaluation.id, full(again.form, 0.8), "", again.evaluation.version)
    answered = await disputes.answer(house.second, number, Verdict.CHANGED, "The second score holds.")
    one = answered.evaluation
    assert (one.score, one.recheck_score) == (pytest.approx(68.2), pytest.approx(89.4))
    assert one.final_score == one.recheck_score
    assert answered.disputes[0].verdict == "changed"
    period = (AT, AT + 9 * DAY, None)
    (row,) = await house.quality.reports.figures(house.qa, By.AGENT, *period)
    assert (row.evaluations, row.score) == (1, one.final_score), "reports count the final score"
    shares = {r.key: r.score for r in await house.quality.reports.figures(house.qa, By.QUESTION, *period)}
    assert shares["tone"] == pytest.approx(80)
    found, _ = await scoring.page(house.qa, {"question": "tone", "purpose": "score"}, None, 50)
    assert [r.id for r in found] == [number]
    # The second and last round, then only the answer stands; and a round ends with its time.
    await disputes.dispute(house.li, number, "Still.", "")
    await disputes.answer(house.qa, number, Verdict.UPHELD, "It stays.")
    await refused("dispute_rounds_used", disputes.dispute(house.li, number, "Once more.", ""))
    assert (await disputes.acknowledge(house.li, number)).evaluation.state == "acknowledged"
    other = await house.submitted(house.qa, await house.recording(2), form)
    house.clock.pass_seconds(5 * DAY)
    await refused("dispute_too_late", disputes.dispute(house.li, other.evaluation.id, "Late.", ""))
    assert [told[2]["what"] for told in house.hub.told] == [
        "scored", "disputed", "rechecked", "answered", "disputed", "answered", "scored",
    ]  # fmt: skip


async def test_a_change_answers_the_open_dispute(house: House) -> None:
    form = await house.form()
    first = await house.submitted(house.qa, await house.recording(1), form, 0.4)
    number = first.evaluation.id
    disputed = await house.quality.disputes.dispute(house.li, number, "Listen at 0:42.", "tone")
    version = disputed.evaluation.version
    done = await house.quality.scoring.revise(house.qa, number, full(first.form), "", version, "You are right.")
    assert [(one.verdict, one.answer) for one in done.disputes] == [("changed", "You are right.")]


async def test_nobody_scores_himself_or_outside_his_scope(house: House) -> None:
    form, subject = await house.form(), str(await house.recording(1))
    scoring = house.quality.scoring
    both = signed_in(LI, "agent", "qa")
    await refused("qa_own_call", scoring.begin(both, "recording", subject, form, None))
    south = replace(house.chief, scope=Scope(teams=frozenset({"south"})))
    await refused("no_such_recording", scoring.begin(south, "recording", subject, form, None))
    done = await house.submitted(house.qa, int(subject), form)
    await refused("no_such_evaluation", scoring.detail(south, done.evaluation.id))
    assert (await scoring.page(south, {}, None, 50))[0] == []
    assert len((await scoring.page(house.chief, {}, None, 50))[0]) == 1
    period = (AT, AT + 9 * DAY, None)
    assert await house.quality.reports.figures(south, By.AGENT, *period) == []
    # The agent's own work as QA ends at his own score: he neither changes nor answers it.
    await refused("qa_other_grader", scoring.revise(both, done.evaluation.id, full(done.form), "", 2, "mine"))
    for wrong in ("", "1/2", "-1", "９", "9" * 30):
        await refused("no_such_recording", scoring.begin(house.qa, "recording", wrong, form, None))
    await refused("no_such_recording", scoring.begin(house.qa, "chat", subject, form, None))


async def test_a_plan_draws_and_graders_take(house: House) -> None:
    form = await house.form()
    for n in range(6):
        await house.recording(n, LI if n % 2 else ZHAO, tags=["complaint"] if n < 2 else [])
    work = house.quality.assignment
    rules = PlanRules(per_agent=2, quota=1)
    plan = await work.put(house.qa, None, "Weekly", form, rules, active=True)
    assert await work.draw(house.qa, plan.id) == 4
    assert await work.draw(house.qa, plan.id) == 0, "a second draw in the week adds nothing"
    tasks = await work.tasks(house.qa, None)
    assert [(one.agent_id, one.subject_id, one.agent_name) for one in tasks] == [(None, "", "")] * 4, "blind"
    one = await work.claim(house.qa, tasks[0].id)
    await refused("qa_quota", work.claim(house.qa, tasks[1].id))
    await refused("already_claimed", work.claim(house.second, tasks[0].id))
    await refused("qa_not_claimed", house.quality.scoring.begin_task(house.second, one.id))
    await work.release(house.qa, one.id)
    await work.claim(house.qa, one.id)
    begun = await house.quality.scoring.begin_task(house.qa, one.id)
    assert begun.evaluation.blind
    await house.quality.scoring.submit(house.qa, begun.evaluation.id, full(begun.form), "", begun.evaluation.version)
    (done,) = await work.tasks(house.qa, "done")
    assert done.agent_id in (LI, ZHAO)
    assert done.why["seed"].startswith("1/")
    complaints = await work.put(house.qa, None, "Complaints", form, PlanRules(complaint=True), active=True)
    left = 1 if done.subject_id in ("1", "2") else 2  # what is scored is not drawn again
    assert await work.draw(house.qa, complaints.id) == left
    # Nobody takes his own call.
    own = [t.id for t in await work.tasks(signed_in(LI, "qa"), None)]
    foreign = await house.db.fetchval("select count(*) from qa_task where agent_id <> $1 and state <> 'done'", LI)
    assert len(own) == foreign


async def test_coaching_and_the_library(house: House) -> None:
    form = await house.form()
    low = await house.submitted(house.qa, await house.recording(1), form, 0.4)
    after = house.quality.disputes
    (task,) = await after.coach(house.chief, low.evaluation.id, "tone", "Hear call 12 together.", None)
    assert (task.label, task.agent_id) == ("Are tone and attitude kind and respectful?", LI)
    assert [one.id for one in await after.coaching(house.li)] == [task.id]
    await refused("no_such_coaching", after.coached(signed_in(ZHAO, "agent"), task.id))
    assert (await after.coached(house.li, task.id))[0].done_at is not None
    await refused("qa_not_possible", after.propose(house.qa, low.evaluation.id, "Good"))
    best = await house.submitted(house.qa, await house.recording(2), form)
    number = best.evaluation.id
    assert (await after.propose(house.qa, number, "Calm with an angry caller")).library == "asked"
    assert (await after.consent(house.li, number, given=True)).library == "given"
    (shown,) = await house.quality.library.every(house.qa)
    assert (shown.consent, shown.score) == ("given", 100)


async def test_graders_score_unseen_and_then_compare(house: House) -> None:
    form, subject = await house.form(), str(await house.recording(1))
    for user_id, name in ((QA, "one"), (SECOND, "two")):
        await house.db.execute(
            "insert into app_user (id, login, name, roles) overriding system value values ($1, $2, $2, array['qa'])",
            user_id, name,
        )  # fmt: skip
    room, scoring = house.quality.calibrations, house.quality.scoring
    made = await room.add(house.qa, "November", subject, form, [SECOND], QA)
    assert (made.graders, made.done) == ((QA, SECOND), ())
    await refused("qa_not_invited", room.score(signed_in(33, "qa"), made.id))
    await refused("no_such_calibration", room.score(signed_in(33, "supervisor"), made.id))
    ids = []
    for who, share in ((house.qa, 1.0), (house.second, 0.6)):
        begun = await room.score(who, made.id)
        ids.append(begun.evaluation.id)
        await scoring.submit(who, ids[-1], full(begun.form, share), "", begun.evaluation.version)
    await refused("no_such_evaluation", scoring.detail(house.second, ids[0]))
    await refused("calibration_open", room.comparison(house.qa, made.id))
    await room.close(house.qa, made.id)
    await refused("calibration_closed", room.score(house.qa, made.id))
    told = await room.comparison(house.second, made.id)
    assert [(g.user_id, g.master) for g in told.graders] == [(QA, True), (SECOND, False)]
    assert (told.graders[1].off, told.spread) == (pytest.approx(21.2), pytest.approx(21.2))
    tone = next(q for q in told.questions if q.key == "tone")
    assert (tone.spread, tone.off, tone.agree) == (pytest.approx(0.4), pytest.approx(0.4), False)
    # The master says full everywhere: chance explains all that the other agrees with.
    assert told.graders[1].kappa == pytest.approx(0)
    assert told.kappa is not None
    assert [t for t in house.hub.told] == [], "the agent is not told of a calibration"
    assert await house.quality.reports.figures(house.qa, By.AGENT, AT, AT + 9 * DAY, None) == []


async def test_reports_by_everything(house: House) -> None:
    form = await house.form()
    for n, (agent, share) in enumerate(((LI, 1.0), (LI, 0.6), (ZHAO, 0.8))):
        await house.submitted(house.qa, await house.recording(n, agent), form, share)
    await house.quality.disputes.dispute(house.li, 1, "No.", "")
    figures = house.quality.reports.figures
    period = (AT, AT + 9 * DAY, None)
    rows = await figures(house.qa, By.AGENT, *period)
    assert {(r.key, r.label, r.evaluations, r.disputed) for r in rows} == {
        (str(LI), f"User {LI}", 2, 0.5), (str(ZHAO), f"User {ZHAO}", 1, 0),
    }  # fmt: skip
    assert [r.score for r in rows] == [pytest.approx(89.4)] * 2
    for by, count in ((By.TEAM, 2), (By.QUEUE, 1), (By.GRADER, 1), (By.FORM, 1), (By.WEEK, 1)):
        assert len(await figures(house.qa, by, *period)) == count, by
    assert [r.label for r in await figures(house.qa, By.FORM, *period)] == ["Standard"]
    questions = {r.key: r.score for r in await figures(house.qa, By.QUESTION, *period)}
    assert questions["tone"] == pytest.approx(80)
    assert await figures(house.qa, By.AGENT, AT + 8 * DAY, AT + 9 * DAY, None) == []


async def test_a_recording_that_is_gone_is_not_scored(house: House) -> None:
    form, subject = await house.form(), await house.recording(1)
    await house.db.execute("update recording set state = 'deleted'")
    await refused("qa_not_scorable", house.quality.scoring.begin(house.qa, "recording", str(subject), form, None))
