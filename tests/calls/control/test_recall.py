"""Who is muted is kept on the channels, and read from there again; real ones in test_faults."""

from dataclasses import replace
from typing import Any

import pytest

from cti_server.ami.actions import Action, Reply
from cti_server.ami.errors import AmiRefused
from cti_server.calls.control.model import Silence
from cti_server.calls.control.recall import Recall
from cti_server.calls.control.switchboard import Switchboard
from cti_server.core.errors import TimedOut
from tests.calls.control import scenes
from tests.calls.control.test_telling import World


class OnPbx:
    """Answers questions as a PBX does on which these channels carry these words; a room lists who is muted there."""

    def __init__(self, words: dict[str, str], room: tuple[str, ...] | None = ()) -> None:
        self.words, self.room = words, room
        self.asked: list[str] = []

    async def send(self, pbx: str, action: Action) -> Reply:
        self.asked.append(action.name)
        if action.name == "ConfbridgeList":
            if self.room is None:
                raise AmiRefused("ConfbridgeList", "No such command")
            channels = [leg.channel for leg in scenes.CONFERENCE.legs]
            items = tuple({"Channel": one, "Muted": "Yes" if one in self.room else "No"} for one in channels)
            return Reply("1", {}, items)
        channel = action.lines[0].removeprefix("Channel: ")
        if channel not in self.words:
            raise AmiRefused("Getvar", "No such channel")
        return Reply("1", {"Value": self.words[channel]})


CUSTOMER, MINE, OTHER = (leg.channel for leg in scenes.CONFERENCE.legs)


@pytest.mark.parametrize(
    ("call", "pbx", "muted", "listens"),
    [
        (scenes.TALKING, OnPbx({MINE: "muted"}), {"u1"}, set()),
        (scenes.TALKING, OnPbx({MINE: ""}), set(), set()),
        (scenes.TALKING, OnPbx({}), set(), set()),
        (scenes.CONFERENCE, OnPbx({CUSTOMER: "", MINE: "", OTHER: "listens"}, (CUSTOMER, OTHER)), {"u0"}, {"u2"}),
        (scenes.CONFERENCE, OnPbx({CUSTOMER: "", MINE: "muted", OTHER: "muted listens"}), set(), set()),
        (scenes.CONFERENCE, OnPbx({CUSTOMER: "", MINE: "muted", OTHER: ""}, None), {"u1"}, set()),
    ],
)
async def test_what_the_pbx_says_is_so_whatever_was_known(
    call: Any, pbx: OnPbx, muted: set[str], listens: set[str]
) -> None:
    silence = Silence({"u1"} if call is scenes.TALKING else {"u2"})
    await Recall(World(call), silence).read(Switchboard("main", pbx.send))
    assert (silence.muted, silence.listen_only) == (muted, listens)


async def test_only_calls_of_which_something_is_new_are_named() -> None:
    recall = Recall(World(scenes.TALKING), Silence())
    board = Switchboard("main", OnPbx({MINE: "muted"}).send)
    assert await recall.read(board) == [scenes.TALKING.id]
    assert await recall.read(board) == []


async def test_only_agents_are_asked_of_outside_a_conference() -> None:
    pbx = OnPbx({MINE: ""})
    await Recall(World(scenes.TALKING, replace(scenes.RINGING, id="main:other")), Silence()).read(
        Switchboard("main", pbx.send)
    )
    assert pbx.asked == ["Getvar"]


async def test_a_pbx_that_does_not_answer_leaves_what_was_known() -> None:
    async def silent(pbx: str, action: Action) -> Reply:
        raise TimedOut("no answer", code="pbx_timeout")

    silence = Silence({"u1"})
    recall = Recall(World(scenes.TALKING), silence)
    assert await recall.read(Switchboard("main", silent)) == []
    await recall.note(Switchboard("main", silent), scenes.TALKING.legs[1])
    assert silence.muted == {"u1"}
