"""What a button asks is what the route it leads to declares."""

from collections.abc import Callable

import pytest
from flask import Flask

from billing_panel.web.shell.route_access import may_open
from tests.http.engines import ON_SQLITE
from tests.http.routes import READS, own_rules
from tests.http.visitor import Visitor
from tests.world import World

Visit = Callable[..., Visitor]
PEOPLE = ("owner", "maria", "georgi", "petar", "olga", "stoyanova")


@ON_SQLITE
@pytest.mark.parametrize("login", PEOPLE)
def test_pages_without_arguments_open_as_their_buttons_say(
    app: Flask, visit: Visit, login: str
) -> None:
    """Read by its address: whoever may not is refused, or finds nothing there."""
    visitor = visit(login)
    with visitor.http:
        visitor.get("/")
        asked = {
            rule.rule: may_open(rule.endpoint)
            for rule in own_rules(app)
            if not rule.arguments
            and set(READS) <= set(rule.methods or ())
            and not rule.rule.startswith("/api/")
        }
    refused = {path for path in asked if visitor.get(path).status_code == 403}
    closed = {path for path, may in asked.items() if not may}
    assert refused <= closed
    assert all(visitor.get(path).status_code in {403, 404} for path in closed)


@ON_SQLITE
def test_what_is_for_staff_alone_is_not_there_for_a_client(visit: Visit, world: World) -> None:
    client_id = world.client_id("stoyanova")
    paths = {
        "new_order.page": f"/clients/{client_id}/orders/new",
        "exceptions.of_client": f"/clients/{client_id}/exceptions",
    }
    for login, may in (("owner", True), ("stoyanova", False)):
        visitor = visit(login)
        with visitor.http:
            visitor.get("/")
            assert {endpoint: may_open(endpoint) for endpoint in paths} == dict.fromkeys(paths, may)
        for path in paths.values():
            assert (visitor.get(path).status_code == 200) is may


@ON_SQLITE
def test_nobody_signed_in_may_open_public_pages_alone(visit: Visit) -> None:
    visitor = visit()
    with visitor.http:
        visitor.get("/sign-in")
        assert may_open("sign_in.page")
        assert not may_open("every_order.index")
