"""Text to speech by the real espeak-ng."""

import pytest

from cti_server.core.errors import Unavailable
from cti_server.routing.prompts.audio import refine
from cti_server.routing.prompts.speaking import Espeak
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.stage.speech import find_espeak
from cti_server.sandbox.state import SandboxError, State


@pytest.fixture
async def espeak(state: State) -> Espeak:
    try:
        return Espeak(str(await find_espeak(state, Progress())))
    except SandboxError as error:
        pytest.skip(error.sentence)


async def test_it_speaks_chinese_and_english(espeak: Espeak) -> None:
    assert espeak.missing() == ""
    short = refine(await espeak.say("您好", "zh-CN"))
    long = refine(await espeak.say("您好，欢迎致电客服中心，查询订单请按一", "zh-CN"))
    # Who cannot read the characters says "Chinese letter" for each of them: ten seconds and more.
    assert 0.3 < short.seconds < 1.5
    assert 3 < long.seconds < 10
    assert 1 < refine(await espeak.say("Welcome. For orders press one.", "en")).seconds < 5


async def test_where_it_is_missing_the_way_out_is_said() -> None:
    absent = Espeak("no-such-espeak")
    assert "[prompts] espeak" in absent.missing()
    with pytest.raises(Unavailable) as error:
        await absent.say("hello", "en")
    assert error.value.code == "no_speech"
    mute = Espeak("true")
    with pytest.raises(Unavailable):
        await mute.say("hello", "en")
