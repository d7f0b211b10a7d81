"""Signs that no line has which a person can read: what is typed or told is looked through for them (pure)."""

import re
from typing import Final

CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""C0, DEL, C1 (NEL among them), the two Unicode line ends, and halves of surrogate pairs, which cannot be encoded."""


def is_one_line(text: str) -> bool:
    """Whether `text` has none of them."""
    return CONTROL.search(text) is None
