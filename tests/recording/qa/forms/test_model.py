"""The score: by hand, and what holds for every form."""

import random

import pytest

from cti_server.core.errors import BadInput
from cti_server.recording.qa.forms.defaults import LANGUAGES, default_form
from cti_server.recording.qa.forms.model import (
    Answer,
    Choice,
    Form,
    Kind,
    Machine,
    Measure,
    Question,
    Section,
    check_submit,
    checked_form,
    known_answers,
    prefilled,
    score_of,
)


def form(*questions: Question) -> Form:
    return Form([Section("S", list(questions))])


A = Question("a", "A", Kind.YES_NO, 30)
B = Question("b", "B", Kind.SCALE, 50, max=5, comment_under=0.6)
C = Question("c", "C", Kind.CHOICE, 20, choices=[Choice("x", 2), Choice("y", 1), Choice("z", 0)], critical=True)


def test_by_hand() -> None:
    # (30·1 + 50·4/5 + 20·1/2) / 100
    answers = {"a": Answer(1), "b": Answer(4), "c": Answer(1)}
    assert score_of(form(A, B, C), answers).score == pytest.approx(80)
    # What does not apply leaves its weight to the others: (50·4/5 + 20·1/2) / 70
    assert score_of(form(A, B, C), {**answers, "a": Answer(na=True)}).score == pytest.approx(100 * 50 / 70)
    failed = score_of(form(A, B, C), {**answers, "c": Answer(2)})
    assert (failed.score, failed.failed) == (0, ("c",))
    assert score_of(form(A), {}).score is None


def any_form(chance: random.Random) -> Form:
    kinds = [Kind.YES_NO, Kind.SCALE, Kind.POINTS, Kind.CHOICE]
    return form(*(
        Question(f"q{n}", "Q", chance.choice(kinds), chance.randint(1, 9), max=chance.randint(1, 10),
                 choices=[Choice("x", chance.randint(1, 9)), Choice("y", 0)])
        for n in range(chance.randint(1, 8))
    ))  # fmt: skip


def any_answer(chance: random.Random, question: Question) -> Answer:
    if chance.random() < 0.2:
        return Answer(na=True)
    most = {Kind.YES_NO: 1, Kind.CHOICE: 1}.get(question.kind, int(question.max))
    return Answer(chance.randint(0, most))


@pytest.mark.parametrize("seed", range(60))
def test_what_holds_for_every_form(seed: int) -> None:
    chance = random.Random(seed)
    one = any_form(chance)
    answers = {question.key: any_answer(chance, question) for question in one.questions}
    score = score_of(one, answers)
    assert not score.missing
    applicable = [line for line in score.lines if line.share is not None]
    if not applicable:
        assert score.score is None
        return
    assert score.score is not None
    assert 0 <= score.score <= 100
    shares = [line.share for line in applicable if line.share is not None]
    assert min(shares) * 100 - 1e-9 <= score.score <= max(shares) * 100 + 1e-9, "a mean lies between"
    # Twice the weights, the same score; a question that does not apply changes nothing.
    doubled = form(*(Question(q.key, q.text, q.kind, q.weight * 2, q.max, q.choices) for q in one.questions))
    assert score_of(doubled, answers).score == pytest.approx(score.score)
    more = form(*one.questions, Question("more", "M", Kind.YES_NO, 500))
    assert score_of(more, {**answers, "more": Answer(na=True)}).score == pytest.approx(score.score)
    # More points never lower it.
    for question in one.questions:
        if answers[question.key].value == 0 and question.kind is not Kind.CHOICE:
            assert (score_of(one, {**answers, question.key: Answer(1)}).score or 0) >= score.score - 1e-9


def test_wrong_answers_are_refused() -> None:
    for key, answer in (("a", Answer(2)), ("b", Answer(6)), ("b", Answer(2.5)), ("c", Answer(3)), ("a", Answer("x")),
                        ("a", Answer(float("nan"))), ("a", Answer(-1)), ("nothing", Answer(1))):  # fmt: skip
        with pytest.raises(BadInput):
            known_answers(form(A, B, C), {key: answer})


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"a": Answer(1)}, "qa_unanswered"),
        ({"a": Answer(1), "b": Answer(2)}, "qa_comment_needed"),
        ({"a": Answer(na=True), "b": Answer(na=True)}, "qa_nothing_scored"),
    ],
)
def test_what_may_not_be_submitted(answers: dict[str, Answer], code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_submit(form(A, B), answers)
    assert refusal.value.code == code
    assert check_submit(form(A, B), {"a": Answer(1), "b": Answer(2, comment="slow")}).score == pytest.approx(62.5)


def test_what_may_not_be_published() -> None:
    for wrong in (
        Form([]), Form([Section("", [A])]), Form([Section("S", [])]), form(A, A), form(Question("t", "T", Kind.TEXT)),
        form(Question("c", "C", Kind.CHOICE)), form(Question("s", "S", Kind.SCALE, max=2.5)),
        form(Question("a", " ", Kind.YES_NO)), form(A, Question("t", "T", Kind.TEXT, critical=True)),
    ):  # fmt: skip
        with pytest.raises(BadInput):
            checked_form(wrong)


def test_the_forms_to_begin_with() -> None:
    forms = [checked_form(default_form(language)) for language in LANGUAGES]
    shapes = [[(q.key, q.kind, q.weight, q.critical) for q in one.questions] for one in forms]
    assert shapes[0] == shapes[1]
    assert sum(question.weight for question in forms[0].questions) == 100
    keys = {question.key for question in forms[0].questions}
    assert {"voice", "tone", "rate", "opening", "knowledge", "satisfied", "length"} <= keys


def test_the_machine_fills_in_what_it_can_measure() -> None:
    one = form(Question("s", "S", Kind.YES_NO, machine=Machine(Measure.LONGEST_SILENCE, None, 30)), A)
    assert prefilled(one, {"longestSilence": 12.3456}) == {"s": Answer(1.0, machine=True, measured=12.346)}
    assert prefilled(one, {"longestSilence": 31})["s"].value == 0
    assert prefilled(one, {"talkOver": 1}) == {}
