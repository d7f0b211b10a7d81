"""The open pages of everybody at a site."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cti_server.sandbox.asterisk import Asterisk
from tests.whole.push import Push
from tests.whole.site import Site, poll

WATCHED = ("queues", "agents", "calls", "system")


@dataclass
class Screens:
    """`agent["1001"]` hears `me` and `system`; `boss` is the supervisor's page with everything that he may see."""

    site: Site
    agent: dict[str, Push]
    boss: Push

    async def all_ready(self, limit: float = 10.0) -> None:
        """Wait until nobody is on a call and every agent is ready, on every page."""
        await self.boss.until(
            lambda: (
                not self.boss.calls
                and not any(queue["waiting"] for queue in self.boss.queues.values())
                and all(self.boss.agents[f"PJSIP/{number}"]["state"] == "ready" for number in self.agent)
            ),
            "all agents ready and no call",
            limit,
        )
        for push in self.agent.values():
            await push.until(lambda push=push: not push.me["calls"] and push.me["agent"]["state"] == "ready", "ready")  # type: ignore[misc]
        await self.pbx_agrees(tuple(self.agent), limit)

    async def pbx_agrees(self, agents: Sequence[str], limit: float = 10.0) -> None:
        """Wait until the queues have heard of it too: they go by device states, which come a moment after a hangup."""

        async def look() -> bool | None:
            pbx = self.site.pbxs["main"]
            assert isinstance(pbx, Asterisk)
            shown = await pbx.cli("queue show")
            idle = re.findall(r"PJSIP/(\d+)[^\n]*\(Not in use\)", shown)
            busy = re.findall(r"PJSIP/(\d+)[^\n]*\((?:In use|Ringing|Busy|in call)\)", shown)
            return True if set(agents) <= set(idle) - set(busy) else None

        await poll(look, "the queues to know that the agents are idle", limit)

    def hang_up_all(self) -> None:
        for phone in self.site.phones.values():
            for call in list(phone.calls.values()):
                call.hangup()

    async def reopen(self) -> None:
        """Everybody reloads the page: new connections, new snapshots."""
        await self.close()
        fresh = await open_screens(self.site, list(self.agent))
        self.agent, self.boss = fresh.agent, fresh.boss

    async def close(self) -> None:
        for push in (*self.agent.values(), self.boss):
            await push.close()


async def open_screens(site: Site, agents: Sequence[str]) -> Screens:
    """Open everybody's page."""
    pages = {number: await site.people[number].listen("me", "system") for number in agents}
    return Screens(site, pages, await site.people["supervisor"].listen(*WATCHED))


@asynccontextmanager
async def screens_of(site: Site, agents: Sequence[str]) -> AsyncIterator[Screens]:
    """Open pages on a site at rest; at the end all calls are ended."""
    screens = await open_screens(site, agents)
    try:
        await screens.all_ready()
        yield screens
    finally:
        screens.hang_up_all()
        await screens.all_ready()
        await screens.close()
