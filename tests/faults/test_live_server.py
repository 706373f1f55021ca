"""The live feed of the real server: it outlives server and database, and stops with the server."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import select

from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.sessions import open_session
from billing_panel.core.panel import EXTENSION
from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.process.config import from_environment
from billing_panel.kernel.tables.event_log import Event, record
from billing_panel.kernel.values.clock import SystemClock
from billing_panel.runtime.app import create_app
from tests.cli.shell import Shell
from tests.faults.server import PATIENCE, Wire, free_port, served
from tests.faults.trouble import gone
from tests.world import World

THREADS = 2


@pytest.fixture
def shell(home_of: Callable[..., Shell], demo_url: str) -> Shell:
    return home_of(demo_url, SECURE_COOKIES=0)


@pytest.fixture
def cookie(shell: Shell) -> str:
    """What the owner's browser sends."""
    app = create_app(from_environment(shell.environment()))
    database = app.extensions[EXTENSION].database
    with database.writing() as session:
        owner = session.scalars(select(User).filter_by(login="owner")).one()
        secret = open_session(session, owner, at=SystemClock().now())
    database.close()
    http = app.test_client()
    with http.session_transaction() as of_browser:
        of_browser["_user_id"] = secret
    kept = http.get_cookie("session")
    assert kept is not None
    return f"Cookie: session={kept.value}"


def happen(world: World) -> int:
    with world.database.writing() as session:
        owner = world.actor("owner")
        record(session, "order.moved", actor=owner, at=world.clock.now(), subject=("order", 1))
        write_late(session)
        return session.scalars(select(Event.id).order_by(Event.id.desc())).first() or 0


@pytest.fixture
def asking() -> Iterator[Callable[..., Wire]]:
    """``asking(port, "/live", header)``: a connection on which that was asked for."""
    with ExitStack() as wires:

        def ask(port: int, path: str, *headers: str) -> Wire:
            wire = Wire(port)
            wires.callback(wire.close)
            return wire.say(f"GET {path} HTTP/1.1", "Host: localhost", *headers)

        yield ask


def told(wire: Wire) -> Iterator[tuple[str, int]]:
    """Cursor and id of each item, until the connection is closed."""
    cursor = ""
    for line in wire.answers:
        name, _, value = line.decode().strip().partition(": ")
        if name == "id":
            cursor = value
        elif name == "data":
            yield cursor, json.loads(value)["id"]


@pytest.mark.every_case
def test_a_feed_goes_on_after_the_database_and_the_server_were_away(
    world: World, shell: Shell, cookie: str, demo_url: str, asking: Callable[..., Wire]
) -> None:
    port = free_port()
    with served(shell, port, "--threads", str(THREADS)) as server:
        # more than there are threads, and pages are answered beside them
        wires = [asking(port, "/live", cookie) for _ in range(THREADS + 2)]
        heard = [told(wire) for wire in wires]
        for wire in wires:
            assert wire.answers.readline().split()[1] == b"200"
        assert asking(port, "/orders", cookie).status() == 200
        first = happen(world)
        assert {next(one)[1] for one in heard} == {first}
        world.database.close()
        with gone(demo_url):
            pass
        second = happen(world)
        ((cursor, event_id),) = {next(one) for one in heard}
        assert event_id == second
        server.send_signal(signal.SIGTERM)
        assert [list(one) for one in heard] == [[] for _ in heard]
        server.wait(PATIENCE)
    third = happen(world)
    with served(shell, port):
        again = told(asking(port, "/live", cookie, f"Last-Event-ID: {cursor}"))
        assert next(again)[1] == third
