"""What routing asks of a customer: tier, value among all, who looks after him, with whom he spoke last."""

from collections.abc import Callable
from typing import Final

from cti_server.business.customers.service import Customers
from cti_server.core.clock import Clock
from cti_server.routing.decisions.model import CustomerFacts
from cti_server.routing.decisions.policy import VALUE_SHARES
from cti_server.routing.decisions.strategies import value_tier

CUTS_SECONDS: Final = 600.0
"""For how long the borders between tiers of value are kept."""


class CustomerStandings:
    """`CustomerBook` of routing. `value_field` and `owner_field` are names of fields of the record; the owner is an
    agent's login, whose user `user_of_login` gives."""

    def __init__(
        self,
        customers: Customers,
        clock: Clock,
        *,
        user_of_login: Callable[[str], int | None],
        value_field: str = "value",
        owner_field: str = "owner",
    ) -> None:
        self._customers = customers
        self._clock = clock
        self._user_of_login = user_of_login
        self._value_field = value_field
        self._owner_field = owner_field
        self._cuts: tuple[float, ...] = ()
        self._cuts_at: float | None = None

    async def facts(self, number: str) -> CustomerFacts | None:
        """The customer of a number; None for nobody, or when several share it. Raises Unavailable."""
        found = await self._customers.standings(self._customers.number(number), self._value_field)
        if len(found) != 1:
            return None
        (one,) = found
        return CustomerFacts(
            customer_id=one.customer_id,
            tier=one.tier,
            value_tier=value_tier(one.value, await self._borders()) if one.value is not None else "",
            owner=self._user_of_login(one.fields.get(self._owner_field, "")),
            last_agent=one.last_agent,
            fields=one.fields,
        )

    async def agent_of(self, who: str, number: str) -> int | None:
        """The user with whom the customer of a number spoke last (`last`), or who looks after him (`owner`).

        Raises Unavailable.
        """
        facts = await self.facts(number)
        if facts is None:
            return None
        return facts.owner if who == "owner" else facts.last_agent

    async def _borders(self) -> tuple[float, ...]:
        now = self._clock.monotonic()
        if self._cuts_at is None or now - self._cuts_at > CUTS_SECONDS:
            self._cuts = await self._customers.value_borders(self._value_field, VALUE_SHARES)
            self._cuts_at = now
        return self._cuts
