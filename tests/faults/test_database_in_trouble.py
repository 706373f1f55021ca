"""R3, R17: the real server, worker and command line while the database is not to be had."""

import http.client
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from billing_panel.cli.main import UNAVAILABLE
from billing_panel.core.delete_old_rows import FORGETTING
from billing_panel.runtime.jobs import run_job
from plugins.orders.store.models import Order
from tests.cli.shell import Shell
from tests.faults.server import PATIENCE, free_port, served
from tests.faults.trouble import gone, locked
from tests.http.engines import ON_SQLITE
from tests.http.shop import basket
from tests.world import World

WRITERS = 24
THREADS = 8


class Caller:
    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, str | None]:
        """The status, and when to come again."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2 * PATIENCE)
        try:
            written = None if body is None else json.dumps(body)
            connection.request(method, path, written, self.headers)
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        return answer.status, answer.getheader("Retry-After")


@ON_SQLITE
def test_r17_healthz_and_pages_answer_while_a_file_lock_is_held(
    home_of: Callable[..., Shell], world: World, demo_url: str
) -> None:
    """More writers than threads wait for somebody else's lock, which is never let go."""
    shell, port = home_of(demo_url, WRITE_SECONDS=15), free_port()
    caller = Caller(port, world.token("owner"))
    orders = f"/api/v1/clients/{world.client_id('stoyanova')}/orders"
    before = world.everything()
    with served(shell, port, "--threads", str(THREADS)), locked(demo_url):
        with ThreadPoolExecutor(WRITERS) as writers:
            told = [writers.submit(caller.ask, "POST", orders, basket()) for _ in range(WRITERS)]
            assert caller.ask("GET", "/healthz") == (200, None)
            assert caller.ask("GET", "/api/v1/clients")[0] == 200
            assert not all(one.done() for one in told)
        assert {one.result() for one in told} == {(503, "5")}
    orders_now = world.everything()[Order.__tablename__]
    assert orders_now == before[Order.__tablename__]


def test_r3_the_command_line_says_so_and_ends_with_a_code_of_its_own(
    home_of: Callable[..., Shell], world: World, demo_url: str
) -> None:
    shell = home_of(demo_url, WRITE_SECONDS=1)
    before = world.everything()
    command = ("token", "create", "maria", "--name", "a program")
    with locked(demo_url):
        refused = shell.run(*command)
    assert "Try again shortly." in refused.refused(UNAVAILABLE)
    assert world.everything() == before
    assert shell.run(*command).lines


def test_r3_jobs_are_put_off_until_the_database_is_back(world: World) -> None:
    url = world.database.url.render_as_string(hide_password=False)
    before = world.everything()
    with gone(url):
        assert not run_job(world.panel, FORGETTING)
    assert world.everything() == before
    assert run_job(world.panel, FORGETTING)
