from collections.abc import AsyncIterator

import pytest_asyncio

from cti_server.sandbox.asterisk import Asterisk
from tests.calls.control.office import Office


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(asterisk: Asterisk) -> AsyncIterator[Office]:
    office = Office(asterisk)
    await office.open()
    try:
        yield office
    finally:
        await office.close()
