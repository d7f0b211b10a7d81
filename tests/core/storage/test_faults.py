import asyncpg
import pytest

from cti_server.core.errors import NotFound, Unavailable
from cti_server.core.storage.faults import Fault, judge, spoken


def postgres_error(state: str) -> asyncpg.PostgresError:
    error = asyncpg.PostgresError("…")
    error.sqlstate = state
    return error


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        ("08006", Fault.AWAY),
        ("57P01", Fault.AWAY),
        ("57P03", Fault.AWAY),
        ("53300", Fault.AWAY),
        ("25006", Fault.AWAY),
        ("40001", Fault.AGAIN),
        ("40P01", Fault.AGAIN),
        ("57014", Fault.AGAIN),
        ("22P02", Fault.REFUSED),
        ("23505", Fault.REFUSED),
        ("P0001", Fault.REFUSED),
        ("25P02", Fault.REFUSED),
        ("42P01", Fault.SCHEMA),
    ],
)
def test_states(state: str, fault: Fault) -> None:
    assert judge(postgres_error(state)) is fault


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (ConnectionResetError(), Fault.AWAY),
        (TimeoutError(), Fault.AWAY),
        (asyncpg.InterfaceError("connection is closed"), Fault.AWAY),
        (asyncpg.DataError("invalid input for query argument $1"), Fault.REFUSED),
        (KeyError("id"), Fault.OTHER),
        (NotFound("no"), Fault.OTHER),
    ],
)
def test_other_errors(error: Exception, fault: Fault) -> None:
    assert judge(error) is fault


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (postgres_error("53100"), "database_full"),
        (postgres_error("40P01"), "database_slow"),
        (TimeoutError(), "database_slow"),
        (ConnectionRefusedError(), "database_away"),
    ],
)
def test_spoken(error: Exception, code: str) -> None:
    told = spoken(error)
    assert isinstance(told, Unavailable)
    assert told.code == code


def test_errors_about_values_are_not_spoken() -> None:
    assert spoken(postgres_error("23505")) is None
    assert spoken(KeyError("id")) is None
