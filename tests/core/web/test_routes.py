from cti_server.core.web.routes import Route


async def nothing(request: object) -> None: ...


def test_address_and_parameters_of_a_path() -> None:
    route = Route("GET", "/customers/{id:int}/notes/{note}", nothing)
    assert route.address == "/api/v1/customers/{id}/notes/{note}"
    assert route.parameters == {"id": int, "note": str}


def test_a_path_without_its_leading_slash_is_the_same() -> None:
    assert Route("POST", "sign-in", nothing).address == "/api/v1/sign-in"
