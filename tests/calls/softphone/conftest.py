from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.ice_address import IceAddress
from cti_server.sandbox.state import State
from tests.calls.softphone.desk import Desk
from tests.conftest import real_part


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ice_address(pytestconfig: pytest.Config, state: State) -> AsyncIterator[None]:
    """A browser and a private Asterisk can exchange audio on this machine."""
    address = IceAddress(state)
    await real_part(pytestconfig, "pbx", address.open)
    try:
        yield
    finally:
        await address.close()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(
    asterisk: Asterisk, database_url: str, tmp_path: Path, chromium_path: str, ice_address: None
) -> AsyncIterator[Desk]:
    one = Desk(asterisk, database_url, tmp_path, chromium_path)
    try:
        await one.open()
        yield one
    finally:
        await one.close()
