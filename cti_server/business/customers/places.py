"""Where a number belongs, offline: province (with city) and carrier, in Chinese and English."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
import structlog

from cti_server.business.customers.numbers import Number

log = structlog.get_logger(__name__)

LANGUAGES: Final = {"zh-CN": "zh", "en": "en"}


@dataclass(frozen=True, slots=True)
class Place:
    """Province and carrier of a number in one language; empty where unknown."""

    province: str = ""
    carrier: str = ""


NOWHERE: Final = Place()


class Places:
    """The tables take 90 MB and a second to load, so they are loaded once, in a thread; before that all is nowhere."""

    def __init__(self) -> None:
        self._ask: Callable[[str, str], Place] | None = None

    @property
    def loaded(self) -> bool:
        """Whether answers can be given."""
        return self._ask is not None

    async def load(self) -> None:
        """Load the tables; without them everything else goes on."""
        try:
            self._ask = await asyncio.to_thread(_load)
        except Exception:
            log.exception("places_not_loaded")

    def of(self, number: Number, language: str) -> Place:
        """The place of a number in `zh-CN` or `en`."""
        if self._ask is None or number.e164 is None:
            return NOWHERE
        return self._ask(number.e164, LANGUAGES.get(language, "en"))


def _load() -> Callable[[str, str], Place]:
    from phonenumbers import carrier, geocoder

    parse = lru_cache(maxsize=16)(phonenumbers.parse)  # asked in each language in turn

    def ask(e164: str, language: str) -> Place:
        parsed = parse(e164, None)
        return Place(geocoder.description_for_number(parsed, language), carrier.name_for_number(parsed, language))

    ask("+8613800001111", "zh")  # the first question loads what is left
    return lru_cache(maxsize=20_000)(ask)
