"""The rules for hands and texts."""

import pytest

from cti_server.agents.directory import Directory
from cti_server.agents.help.model import Hand, Notice, checked_team, checked_text, coming, sent_notice_json
from cti_server.core.auth.scope import EVERYTHING, Scope
from cti_server.core.errors import BadInput
from tests.agents.help.room import PEOPLE, PROFILES


def test_texts_keep_their_lines_and_lose_their_edges() -> None:
    assert checked_text("  a\r\nb\n ") == "a\nb"
    assert checked_text("😀" * 500) == "😀" * 500


def test_a_team_has_somebody_in_it() -> None:
    people = Directory()
    assert checked_team("", people, EVERYTHING) == ""
    people.load(PROFILES, PEOPLE)
    assert checked_team("one", people, EVERYTHING) == "one"
    for team, scope in (("three", EVERYTHING), ("one", Scope(teams=frozenset({"two"})))):
        with pytest.raises(BadInput, match="no such team"):
            checked_team(team, people, scope)


def test_another_supervisor_may_take_over() -> None:
    first = coming(Hand("a", 1, 0.0), 4, 1.0)
    assert coming(first, 5, 2.0).coming_by == 5


def test_who_read_it_and_left_the_team_is_still_shown() -> None:
    people = Directory()
    people.load(PROFILES, PEOPLE)
    notice = Notice(1, 4, "two", "x", 0.0, 9.0, None, {1: 3.0})
    shown = sent_notice_json(notice, people)
    assert [(one.name, one.at) for one in shown.readers] == [("李娜", 3.0), ("Eva", None)]
    assert (notice.holds(8.9), notice.holds(9.0)) == (True, False)
