"""What flows want to know of a caller, from the customers' records."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from cti_server.business.customers.model import CustomerJson
from cti_server.business.customers.numbers import Number, Numbering, normalise
from cti_server.business.customers.service import Customers
from cti_server.core.clock import Clock
from cti_server.core.errors import Unavailable
from cti_server.routing.flows.acts import CallerTold

log = structlog.get_logger(__name__)

DAY: Final = 86400.0
LIMIT: Final = 1.0
"""Seconds that a caller waits for his record."""


class KnownCallers:
    """Answers who calls. `lists_of` gives the lists on which a number stands."""

    def __init__(
        self, customers: Customers, clock: Clock, *, numbering: Numbering, lists_of: Callable[[str], frozenset[str]]
    ) -> None:
        self._customers = customers
        self._clock = clock
        self._numbering = numbering
        self._lists_of = lists_of

    async def of_number(self, number: str) -> CallerTold:
        """Who calls from this number.

        Without the database, or when it is slow, what is known without it: his lists count all the same.
        """
        parsed = normalise(number, self._numbering)
        found = self._customers.cached(parsed)
        if not found:
            try:
                async with asyncio.timeout(LIMIT):
                    found = await self._customers.find(parsed)
            except (Unavailable, TimeoutError) as fault:
                log.warning("caller_not_looked_up", reason=str(fault) or "too slow")
                found = ()
        return self._told(found[0] if len(found) == 1 else None, parsed, number)

    async def of_account(self, account: str) -> CallerTold:
        """Whose account or card this is. Raises Unavailable."""
        found = await self._customers.of_account(account)
        phone = next((each.value for each in found.contacts if each.kind == "phone"), "") if found else ""
        return self._told(found, normalise(phone, self._numbering), phone)

    def _told(self, customer: CustomerJson | None, number: Number, raw: str) -> CallerTold:
        ways = {way for way in (number.e164, number.national, number.value, raw) if way}
        common = {
            "province": self._customers.province_of(number) if number.value else "",
            "numbers": tuple(sorted(ways)),
            "lists": self._lists_of(raw),
        }
        if customer is None:
            return CallerTold(**common)  # type: ignore[arg-type]
        talks = [each.at for each in customer.interactions if each.agent_name]
        return CallerTold(
            known=customer.status == "known",
            customer_id=str(customer.id),
            name=customer.name,
            tier=customer.tier,
            last_agent_days=(self._clock.now() - max(talks)) / DAY if talks else None,
            **common,  # type: ignore[arg-type]
        )
