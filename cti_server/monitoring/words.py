"""What a supervisor's phone shows when it rings (pure)."""

from typing import Final

from cti_server.monitoring.model import Mode

_WORDS: Final = {
    "zh-CN": {Mode.LISTEN: "监听", Mode.WHISPER: "耳语", Mode.BARGE: "强插", Mode.TAKE_OVER: "拦截"},
    "en": {Mode.LISTEN: "Listen", Mode.WHISPER: "Whisper", Mode.BARGE: "Barge in", Mode.TAKE_OVER: "Take over"},
}


def shown_name(mode: Mode, agent: str, language: str) -> str:
    """Which agent, and what the supervisor is about to do; at most 60 characters."""
    words = _WORDS["en" if language == "en" else "zh-CN"]
    return f"{words[mode]} {agent}"[:60]
