"""What is sent to the PBX, line by line."""

import pytest

from cti_server.ami.actions import Action, Reply
from cti_server.ami.errors import AmiRefused
from cti_server.core.errors import BadInput, Conflict
from cti_server.monitoring.model import Mode, Ring
from cti_server.monitoring.pbx_side import EXTENSIONS, PbxSpies
from cti_server.monitoring.words import shown_name

RING = Ring("main", "PJSIP/1005", "cti-spy-a-5.0", Mode.LISTEN, "PJSIP/1001-0000000a", "监听 李娜", "1001")


class Link:
    def __init__(self, refusal: str = "") -> None:
        self.sent: list[Action] = []
        self.refusal = refusal

    async def send(self, pbx: str, action: Action) -> Reply:
        self.sent.append(action)
        if self.refusal:
            raise AmiRefused(action.name, self.refusal)
        return Reply("1", {})


@pytest.mark.parametrize("auto_answer", [True, False])
async def test_the_phone_is_rung_with_the_whole_name_of_the_channel(auto_answer: bool) -> None:
    link = Link()
    await PbxSpies(link.send, auto_answer=auto_answer).ring(RING)
    (action,) = link.sent
    assert action.name == "Originate"
    for line in (
        "Channel: PJSIP/1005",
        "Context: cti-spy",
        "Exten: 4",
        "Async: true",
        'CallerID: "监听 李娜" <1001>',
        "ChannelId: cti-spy-a-5.0",
        "Variable: CTI_SPY_ON=PJSIP/1001-0000000a",
    ):
        assert line in action.lines, line
    assert any("answer-after" in line for line in action.lines) is auto_answer


@pytest.mark.parametrize("mode", Mode)
async def test_a_switch_names_the_target_before_it_redirects(mode: Mode) -> None:
    link = Link()
    await PbxSpies(link.send).switch("main", "PJSIP/1005-00000005", mode, "PJSIP/1001-0000000a")
    variable, redirect = link.sent
    name = "CTI_SPY_TAKE" if mode is Mode.TAKE_OVER else "CTI_SPY_ON"
    assert (variable.name, redirect.name) == ("Setvar", "Redirect")
    assert {f"Variable: {name}", "Value: PJSIP/1001-0000000a"} <= set(variable.lines)
    assert f"Exten: {EXTENSIONS[mode]}" in redirect.lines


async def test_what_the_pbx_says_of_a_channel_that_is_gone() -> None:
    link = Link("No such channel")
    assert not await PbxSpies(link.send).hang_up("main", "PJSIP/1005-00000005")
    with pytest.raises(Conflict) as gone:
        await PbxSpies(link.send).switch("main", "PJSIP/1005-00000005", Mode.BARGE, "PJSIP/1001-0000000a")
    assert gone.value.code == "not_on_call"
    with pytest.raises(AmiRefused):
        await PbxSpies(Link("Permission denied").send).hang_up("main", "PJSIP/1005-00000005")


async def test_what_would_break_a_line_or_name_several_channels_is_never_sent() -> None:
    link = Link()
    spies = PbxSpies(link.send)
    for channel in ("/PJSIP.*/", "PJSIP/1005-1\r\nAction: Reboot", "PJSIP/1&PJSIP/2", "all", ""):
        with pytest.raises(BadInput):
            await spies.hang_up("main", channel)
    with pytest.raises(Conflict):
        await spies.ring(Ring("main", "Local/1@x", "a-5.0", Mode.LISTEN, "PJSIP/1-1", "x", ""))
    assert link.sent == []


def test_the_phone_shows_in_the_supervisors_language() -> None:
    assert shown_name(Mode.TAKE_OVER, "李娜", "zh-CN") == "拦截 李娜"
    assert shown_name(Mode.BARGE, "Li", "en") == "Barge in Li"
    assert len(shown_name(Mode.LISTEN, "x" * 100, "")) == 60
