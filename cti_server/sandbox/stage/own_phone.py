"""A phone for somebody who is no agent of the stage: a supervisor who wants to listen, whisper and barge in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from cti_server.sandbox.asterisk import FIRST_AGENT
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.stage.stage import PBX, Agent, Stage
from cti_server.sandbox.state import SandboxError

OWN_HZ = 800
"""His tone (Hz); no agent and no caller has it."""


@asynccontextmanager
async def own_phone(stage: Stage, login: str) -> AsyncIterator[Agent]:
    """Give a person without a phone the spare number of the PBX, as an admin does on the page, and take it back.

    Raises SandboxError, PhoneError, TimeoutError.
    """
    number = str(FIRST_AGENT + stage.plan.agents)
    worker = replace(next(one for one in stage.workers if one.login == login), number=number)
    pbx = stage.pbx
    phone = await Phone.open(number, pbx.passwords[number], sip_port=pbx.sip_port, tone=OWN_HZ, pacer=stage.pacer)
    own = Agent(worker, phone, stage.user_ids[login])
    try:
        await phone.register()
        async with stage.console("admin") as admin:
            profile = {"pbx": PBX, "device": own.device, "queues": [], "team": worker.team}
            await admin.put(f"/agents/{own.user_id}", profile)
            try:
                yield own
            finally:
                with suppress(SandboxError):  # a server that is gone is told by the step that met it
                    await admin.ask("DELETE", f"/agents/{own.user_id}")
    finally:
        await phone.close()
