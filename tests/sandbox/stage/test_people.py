"""The sample people: invented numbers only, each of them readable, and the cases that a demo must show."""

import re
from random import Random

import pytest

from cti_server.business.customers.numbers import normalise
from cti_server.core.auth.model import checked_login, checked_name
from cti_server.sandbox.stage.people import (
    CUSTOMERS,
    DEMO_AGENT,
    KNOWN,
    SHARED_NUMBER,
    UNKNOWN_NUMBER,
    dialled_form,
    next_caller,
    past_of,
    workers,
)
from cti_server.sandbox.stage.stage import SITE

NUMBERS = sorted({phone for customer in CUSTOMERS for phone in customer.phones})
INVENTED = re.compile(r"138000\d{5}|010-5555\d{4}|\+1 202 555 01\d\d|\+44 7700 900\d{3}")


@pytest.mark.parametrize("number", NUMBERS)
def test_each_number_is_invented_and_found_as_it_is_dialled(number: str) -> None:
    assert INVENTED.fullmatch(number)
    written, dialled = normalise(number, SITE), normalise(dialled_form(number), SITE)
    assert written.value == dialled.value
    assert written.names_a_customer


def test_a_shared_line_a_stranger_and_a_known_customer() -> None:
    assert sum(SHARED_NUMBER in customer.phones for customer in CUSTOMERS) == 2
    assert UNKNOWN_NUMBER not in {dialled_form(number) for number in NUMBERS}
    assert KNOWN.note
    assert past_of(KNOWN, Random(3), 1e9, 8)


def test_about_forty_customers_of_many_names() -> None:
    assert len(CUSTOMERS) >= 40
    assert len({customer.name for customer in CUSTOMERS}) == len(CUSTOMERS)
    assert sum(not customer.name.isascii() for customer in CUSTOMERS) > 20


@pytest.mark.parametrize("agents", [1, 4, 8, 40])
def test_workers_are_as_many_as_asked_and_have_fit_names(agents: int) -> None:
    staff = workers(agents)
    assert len({worker.login for worker in staff}) == agents + 3
    assert staff[0].login == DEMO_AGENT
    assert "vip" in staff[0].queues
    for worker in staff:
        assert checked_login(worker.login) == worker.login
        assert checked_name(worker.name) == worker.name
        assert bool(worker.queues) is (worker.role == "agent")


def test_the_same_seed_makes_the_same_callers_of_every_kind() -> None:
    callers = [next_caller(Random(seed)) for seed in range(400)]
    assert callers == [next_caller(Random(seed)) for seed in range(400)]
    numbers = [caller.number for caller in callers]
    assert "" in numbers
    assert dialled_form(SHARED_NUMBER) in numbers
    known = {dialled_form(number) for number in NUMBERS}
    assert 250 < sum(number in known for number in numbers) < 400
    assert any(number and number not in known for number in numbers)
