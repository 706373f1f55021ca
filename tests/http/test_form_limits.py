"""How often a browser may send forms."""

from collections.abc import Callable

from flask import Flask

from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor, new_session
from tests.world import World

AppWith = Callable[..., Flask]


@ON_SQLITE
def test_a_browser_that_sends_too_many_forms_waits_and_others_do_not(
    app_with: AppWith, world: World
) -> None:
    app = app_with(form_posts_per_minute=3)
    maria, georgi = (Visitor(app.test_client()) for _ in range(2))
    maria.carry(new_session(world, "maria"))
    georgi.carry(new_session(world, "georgi"))
    for _ in range(3):
        assert maria.send("/language", language="bg").status_code == 302
    before = world.everything()
    refused = maria.send("/language", language="ru")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert world.everything() == before
    # reading goes on, and so do others
    assert maria.get("/").status_code == 200
    assert georgi.send("/language", language="bg").status_code == 302
