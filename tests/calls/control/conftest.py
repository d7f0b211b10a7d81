from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.state import State
from tests.calls.control.office import Office
from tests.calls.control.times import CEL
from tests.conftest import real_part, worker_name


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(pytestconfig: pytest.Config, state: State, asterisk_program: AsteriskProgram) -> AsyncIterator[Office]:
    """A real PBX that also keeps its own record of each channel; every call of a test is held beside it at its end."""
    wishes = Wishes(name=worker_name("office"), extra=CEL)
    pbx = await real_part(pytestconfig, "pbx", lambda: Asterisk.start(state, program=asterisk_program, wishes=wishes))
    office = Office(pbx)
    try:
        await office.open()
        yield office
        await office.close()
    finally:
        await pbx.discard()
