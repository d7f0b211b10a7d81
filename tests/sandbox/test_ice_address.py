from pathlib import Path
from typing import Any

import pytest

from cti_server.sandbox import ice_address
from cti_server.sandbox.ice_address import EXTRA, IceAddress, offered_addresses
from cti_server.sandbox.process import Finished
from cti_server.sandbox.state import SandboxError, State


class Machine:
    """One whose only network is its loopback. `allowed`: we are root there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.allowed, self.has = True, False
        monkeypatch.setattr(ice_address, "own_address", lambda: None)
        monkeypatch.setattr(ice_address, "_ours", lambda: self.has)
        monkeypatch.setattr(ice_address, "run", self.run)

    async def run(self, argv: list[str], **_: Any) -> Finished:
        assert argv[0] == "ip"
        if not self.allowed:
            return Finished(2, "", "Operation not permitted")
        self.has = argv[2] == "add"
        return Finished(0, "", "")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def user(state: State, folder: Path) -> IceAddress:
    one = IceAddress(state)
    one._path = folder / "lock"
    return one


def test_what_is_offered_is_never_the_loopback() -> None:
    found = offered_addresses()
    assert EXTRA in found
    assert not any(address.startswith("127.") for address in found)


async def test_where_there_is_a_network_nothing_is_changed(
    state: State, tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice_address, "own_address", lambda: "192.0.2.7")
    await user(state, tmp_path).open()
    assert not machine.has


async def test_the_last_user_takes_the_address_away(state: State, tmp_path: Path, machine: Machine) -> None:
    first, second = user(state, tmp_path), user(state, tmp_path)
    await first.open()
    await second.open()
    assert machine.has
    await first.close()
    assert machine.has
    await second.close()
    await second.close()
    assert not machine.has


async def test_who_may_not_add_it_is_told_what_to_do(state: State, tmp_path: Path, machine: Machine) -> None:
    machine.allowed = False
    with pytest.raises(SandboxError, match=f"ip address add {EXTRA}/32 dev lo"):
        await user(state, tmp_path).open()
