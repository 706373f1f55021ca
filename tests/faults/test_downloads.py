"""Item 13: files whose names people chose, through the real server: its headers are bytes."""

import http.client
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from billing_panel.accounts.firms.providers import Provider
from billing_panel.kernel.process.config import Config
from tests.cli.shell import Shell
from tests.faults.server import PATIENCE, free_port, served
from tests.http.engines import ON_SQLITE
from tests.world import World, line

KEY = "only for tests, and long enough to be one"


@pytest.fixture
def config(config: Config) -> Config:
    """Its cookies are read by the server of the test."""
    return replace(config, secret_key=KEY)


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
    home_of: Callable[..., Shell], world: World, demo_url: str
) -> None:
    world.change(Provider, {"key": "nordvik"}, series_proforma="СО-{number}; «é»")
    order = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))[0]
    number = order.documents[0].id
    token = {"Authorization": f"Bearer {world.token('owner')}"}
    pdf = (
        "inline; filename=\"1; e.pdf\"; filename*=UTF-8''%D0%A1%D0%9E-1%3B%20%C2%AB%C3%A9%C2%BB.pdf"
    )
    shell, port = home_of(demo_url, SECRET_KEY=KEY), free_port()
    with served(shell, port):
        assert named(port, f"/api/v1/invoices/{number}.pdf", token) == (200, pdf)
        # a word in an address leads to a header of its own: where to go after signing in
        assert named(port, "/orders?query=%D0%A4%D1%91%D0%B4%D0%BE%D1%80", {})[0] == 302
