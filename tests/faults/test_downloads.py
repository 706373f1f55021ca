"""Item 13: files whose names people chose, through the real server: its headers are bytes."""

import http.client
from collections.abc import Callable, Mapping

from flask import Flask

from billing_panel.accounts.providers import Provider
from tests.cli.shell import Shell
from tests.faults.server import PATIENCE, free_port, served
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor, new_session
from tests.world import World, line

KEY = "only for tests"


def named(port: int, path: str, headers: Mapping[str, str]) -> tuple[int, str | None]:
    """The status, and what the file is called."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2 * PATIENCE)
    try:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    return answer.status, answer.getheader("Content-Disposition")


@ON_SQLITE
def test_13_downloads_reach_people_whatever_their_names_are_written_in(
    home_of: Callable[..., Shell], app: Flask, world: World, demo_url: str
) -> None:
    world.change(Provider, {"key": "nordvik"}, series_proforma="СО-{number}; «é»")
    order = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))[0]
    client, number = world.client_id("stoyanova"), order.documents[0].id
    token = {"Authorization": f"Bearer {world.token('owner')}"}
    visitor = Visitor(app.test_client())
    visitor.carry(new_session(world, "owner"))
    cookie = {"Cookie": f"session={visitor.cookie()}"}
    pdf = (
        "inline; filename=\"1; e.pdf\"; filename*=UTF-8''%D0%A1%D0%9E-1%3B%20%C2%AB%C3%A9%C2%BB.pdf"
    )
    shell, port = home_of(demo_url, SECRET_KEY=KEY), free_port()
    with served(shell, port):
        assert named(port, f"/api/v1/invoices/{number}.pdf", token) == (200, pdf)
        assert named(port, f"/documents/{number}.pdf", cookie) == (200, pdf)
        for kind, how in (("csv", "attachment"), ("xlsx", "attachment"), ("pdf", "inline")):
            assert named(port, f"/clients/{client}/balance.{kind}?provider=nordvik", cookie) == (
                200,
                f"{how}; filename=statement-stoyanova-nordvik.{kind}",
            )
        for kind in ("csv", "xlsx"):
            name = f"attachment; filename=audit.{kind}"
            assert named(port, f"/audit/events.{kind}", cookie) == (200, name)
        # a word in an address leads to a header of its own: where to go after signing in
        assert named(port, "/orders?query=%D0%A4%D1%91%D0%B4%D0%BE%D1%80", {})[0] == 302
