from cti_server.core.push.api import routes
from cti_server.core.push.tickets import Tickets
from cti_server.core.web.routes import ApiRequest


async def test_a_ticket_is_bound_to_the_session_that_asked(clock, person) -> None:  # type: ignore[no-untyped-def]
    tickets = Tickets(clock)
    (route,) = routes(tickets)
    assert (route.method, route.address, route.public, route.roles) == ("POST", "/api/v1/push-ticket", False, None)
    asked = ApiRequest(person(7), "tok", None, None, {}, "en", "127.0.0.1", "r1")
    answer = await route.handler(asked)
    admission = tickets.redeem(answer.ticket)  # type: ignore[attr-defined]
    assert admission is not None
    assert (admission.session.user_id, admission.token) == (7, "tok")
