from cti_server.core.push.tickets import Tickets


def test_a_ticket_admits_once(clock, person) -> None:  # type: ignore[no-untyped-def]
    tickets = Tickets(clock)
    ticket = tickets.issue(person(1), "t1")
    admission = tickets.redeem(ticket)
    assert admission is not None
    assert (admission.session, admission.token) == (person(1), "t1")
    assert tickets.redeem(ticket) is None


def test_a_ticket_grows_old(clock, person) -> None:  # type: ignore[no-untyped-def]
    tickets = Tickets(clock)
    ticket, late = tickets.issue(person(1), "t"), tickets.issue(person(1), "t")
    clock.time += 29.9
    assert tickets.redeem(ticket) is not None
    clock.time += 0.1
    assert tickets.redeem(late) is None


def test_an_ended_session_admits_nobody(clock, person) -> None:  # type: ignore[no-untyped-def]
    tickets = Tickets(clock)
    mine, other = tickets.issue(person(1), "t"), tickets.issue(person(2), "t")
    tickets.drop(person(1).session_id)
    assert tickets.redeem(mine) is None
    assert tickets.redeem(other) is not None


def test_the_oldest_goes_when_there_are_too_many(clock, person) -> None:  # type: ignore[no-untyped-def]
    tickets = Tickets(clock, size=2)
    first, second, third = (tickets.issue(person(1), "t") for _ in range(3))
    assert tickets.redeem(first) is None
    assert tickets.redeem(second) is not None
    assert tickets.redeem(third) is not None
    assert tickets.redeem("") is None
