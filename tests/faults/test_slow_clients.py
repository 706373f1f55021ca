"""R2: who sends half a request, says nothing or does not read keeps nobody else waiting.

Nobody here is signed in. Deadlines are an hour unless they are what a test is about, so that what
is said to be open is open.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from tests.cli.shell import Shell
from tests.faults.server import PATIENCE, Wire, free_port, served
from tests.http.engines import ON_SQLITE

pytestmark = ON_SQLITE

HOUR = 3600
PATIENT = {"HEAD_SECONDS": HOUR, "BODY_SECONDS": HOUR, "ANSWER_SECONDS": HOUR, "IDLE_SECONDS": HOUR}
GET = ("GET /sign-in HTTP/1.1", "Host: localhost")
POST = (
    "POST /sign-in HTTP/1.1",
    "Host: localhost",
    "Content-Type: application/x-www-form-urlencoded",
)
FORM = "login=maria"
LENGTH = f"Content-Length: {len(FORM)}"
# a form without its token is read whole, and then refused
READ = 400
Serving = Callable[..., AbstractContextManager[Callable[..., Wire]]]


@pytest.fixture
def serving(home_of: Callable[..., Shell], schema_url: str) -> Serving:
    """``with serving("--threads", "1", HEAD_SECONDS=1) as connect``"""

    @contextmanager
    def start(*options: str, **settings: object) -> Iterator[Callable[..., Wire]]:
        shell, port = home_of(schema_url, **{**PATIENT, **settings}), free_port()
        with served(shell, port, *options), ExitStack() as wires:

            def connect(**options: int) -> Wire:
                wire = Wire(port, **options)
                wires.callback(wire.close)
                return wire

            yield connect

    return start


def half_a_head(wire: Wire) -> Wire:
    return wire.say(*GET, end=False)


def let_be_read(page: Wire) -> None:
    """Answers to others show that what was sent before is read: not twenty may overtake it."""
    for _ in range(20):
        assert page.say(*GET).status() == 200


def half_a_body(wire: Wire, *more: str) -> Wire:
    return wire.say(*POST, LENGTH, *more, body=FORM[:5])


def test_r2_pages_answer_beside_64_half_sent_requests(serving: Serving) -> None:
    with serving("--threads", "2", UNFINISHED_PER_ADDRESS=65) as connect:
        heads = [half_a_head(connect()) for _ in range(32)]
        bodies = [half_a_body(connect()) for _ in range(32)]
        page = connect()
        assert [page.say(*GET).status() for _ in range(3)] == [200, 200, 200]
        # they were open all the time
        assert {wire.say().status() for wire in heads} == {200}
        assert {wire.say(end=False, body=FORM[5:]).status() for wire in bodies} == {READ}


def test_r2_pages_answer_beside_500_silent_connections(serving: Serving) -> None:
    with serving("--threads", "2", UNFINISHED_PER_ADDRESS=600, UNFINISHED=600) as connect:
        silent = [connect() for _ in range(500)]
        assert connect().say(*GET).status() == 200
        assert silent[0].say(*GET).status() == silent[-1].say(*GET).status() == 200


def test_r2_a_head_that_does_not_come_in_in_time_is_a_408(serving: Serving) -> None:
    with serving(HEAD_SECONDS=1) as connect:
        half, silent, second = half_a_head(connect()), connect(), connect()
        assert second.say(*GET).status() == 200
        half_a_head(second)
        assert half.status() == second.status() == 408
        assert half.is_closed()
        assert silent.is_closed()


def test_r2_a_body_that_does_not_come_in_in_time_is_a_408(serving: Serving) -> None:
    with serving(BODY_SECONDS=1) as connect:
        half = half_a_body(connect())
        assert half.status() == 408
        assert half.is_closed()


def test_r2_a_head_without_end_is_a_431(serving: Serving) -> None:
    with serving() as connect:
        assert connect().say(*GET, f"X-Long: {'x' * 40_000}").status() == 431


def test_r2_of_one_address_the_oldest_unfinished_request_gives_way(serving: Serving) -> None:
    with serving(UNFINISHED_PER_ADDRESS=4) as connect:
        page = connect()
        assert page.say(*GET).status() == 200
        heads = [half_a_head(connect()) for _ in range(4)]
        let_be_read(page)
        heads.append(half_a_head(connect()))
        assert heads[0].status() == 408
        assert {wire.say().status() for wire in heads[1:]} == {200}
        bodies = []
        for _ in range(6):
            bodies.append(half_a_body(connect()))
            let_be_read(page)
        assert [wire.status() for wire in bodies[:2]] == [408, 408]


def test_r2_whole_requests_and_open_connections_are_not_counted(serving: Serving) -> None:
    with serving(UNFINISHED_PER_ADDRESS=2) as connect:
        wires: list[Wire] = []
        for _ in range(20):
            wires.append(connect())
            assert wires[-1].say(*GET).status() == 200
        assert {wire.say(*GET).status() for wire in wires} == {200}


def test_r2_nobody_has_to_give_way_to_a_request_without_a_body(serving: Serving) -> None:
    with serving(UNFINISHED_PER_ADDRESS=1) as connect:
        page = connect()
        assert page.say(*GET).status() == 200
        head = half_a_head(connect())
        let_be_read(page)
        assert head.say().status() == 200


def test_r2_behind_a_proxy_the_address_is_what_it_says(serving: Serving) -> None:
    with serving(UNFINISHED_PER_ADDRESS=2, TRUSTED_PROXIES=1) as connect:
        other = half_a_body(connect(), "X-Forwarded-For: 203.0.113.5, 198.51.100.2")
        first = half_a_body(connect(), "X-Forwarded-For: 198.51.100.2, 203.0.113.5")
        assert connect().say(*GET).status() == 200
        for _ in range(2):
            half_a_body(connect(), "X-Forwarded-For: 203.0.113.5")
        assert first.status() == 408
        assert other.say(end=False, body=FORM[5:]).status() == READ


def test_r2_when_there_are_too_many_connections_an_idle_one_goes(serving: Serving) -> None:
    with serving(CONNECTIONS=4) as connect:
        idle = [connect() for _ in range(4)]
        assert {wire.say(*GET).status() for wire in idle} == {200}
        assert connect().say(*GET).status() == 200
        assert sum(wire.say(*GET).status() == 0 for wire in idle) == 1


def test_r2_an_answer_nobody_reads_takes_no_thread_and_ends(serving: Serving) -> None:
    with serving("--threads", "1", ANSWER_SECONDS=1) as connect:
        deaf = connect(room=4096)
        # far more than fits between two ends of a connection
        deaf.say(*("GET /fonts/inter-panel.woff2 HTTP/1.1", "Host: localhost", "") * 100, end=False)
        assert connect().say(*GET).status() == 200
        assert deaf.is_broken_off()


def test_a_request_has_one_end(serving: Serving) -> None:
    """Two servers in a row never see two requests where there is one."""
    chunked = f"{len(FORM):x}\r\n{FORM}\r\n0\r\n\r\n"
    with serving() as connect:
        assert connect().say(*POST, "Transfer-Encoding: chunked", body=chunked).status() == READ
        twice = connect().say(*POST, LENGTH, "Transfer-Encoding: chunked", body=chunked)
        assert twice.status() == 400
        assert twice.is_closed()


def test_a_body_that_is_too_large_is_refused_in_words(serving: Serving) -> None:
    with serving() as connect:
        large = connect().say(*POST, f"Content-Length: {2 << 20}", body="x" * (2 << 20))
        assert large.status() == 413
        assert large.say(*GET).status() == 200
        endless = connect().say(*POST, f"Content-Length: {1 << 40}")
        assert endless.status() == 413
        assert endless.is_closed()


def test_stopping_waits_for_nobody_who_has_not_finished(
    home_of: Callable[..., Shell], schema_url: str
) -> None:
    shell, port = home_of(schema_url, **PATIENT), free_port()
    with served(shell, port) as server:
        head, body, idle = half_a_head(Wire(port)), half_a_body(Wire(port)), Wire(port)
        assert idle.say(*GET).status() == 200
        server.send_signal(signal.SIGTERM)
        assert idle.is_closed()
        assert head.status() == 408
        assert body.status() == 408
        assert server.wait(timeout=PATIENCE) == 0
        for wire in (head, body, idle):
            wire.close()
