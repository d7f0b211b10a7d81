"""What the scenario answers and adds up by hand, beside the form's arithmetic; `test_record.py` plays it for real."""

import msgspec
import pytest

from cti_server.recording.qa.forms.defaults import LANGUAGES, default_form
from cti_server.recording.qa.forms.model import Answer, check_submit
from cti_server.sandbox.stage.scoring import SHARE, _answers, _sum


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answers_fit_the_form_and_the_sums_agree(language: str) -> None:
    form = default_form(language)
    told = msgspec.to_builtins(form)
    answers = _answers(told)
    score = check_submit(form, {key: Answer(**answer) for key, answer in answers.items()}).score
    assert score == pytest.approx(_sum(told, answers))
    # 53 of 100 points hang on scales.
    assert score == pytest.approx(100 - 53 * (1 - SHARE))
