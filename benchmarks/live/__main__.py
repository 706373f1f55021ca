"""``python -m benchmarks.live``: the live feed of the running server, on both engines.

From commit to browser at 1, 100 and 500 connections of as many people, who all see everything; what
a connection costs in memory; pages meanwhile; more connections than places; one that does not read;
and server, worker and database restarted under load, ids compared.
"""

import http.client
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from threading import Event as Flag
from threading import Thread

from sqlalchemy import select

from benchmarks.live.ears import Ear, listening
from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.staff_models import Department, Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.sessions import open_session
from billing_panel.core.panel import EXTENSION, Panel
from billing_panel.demo.load_demo import load_demo
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.process.config import from_environment
from billing_panel.kernel.tables.event_log import Event, record
from billing_panel.migrations.upgrade import upgrade
from billing_panel.runtime.app import create_app
from plugins.orders.store.models import Order
from tests.cli.shell import PROGRAM, Shell
from tests.conftest import new_home
from tests.faults.trouble import gone
from tests.postgres import cluster

PEOPLE = 600
CROWDS = (1, 100, 500)
EVENTS = 40
PAUSE_SECONDS = 0.25
PAGES = 40
RESTARTS = 3
START_SECONDS = 60.0
KIND = "order.status_given"


@dataclass
class Site:
    """A panel with many members of staff, each signed in."""

    name: str
    shell: Shell
    panel: Panel
    port: int
    cookies: list[str]
    order: tuple[int, int, int]

    def happen(self) -> int:
        """Commit an event that everybody sees; its id."""
        order_id, provider_id, client_id = self.order
        with self.panel.database.writing() as session:
            record(
                session,
                KIND,
                actor=console(self.panel.known),
                at=self.panel.clock.now(),
                subject=("order", order_id),
                provider_id=provider_id,
                client_id=client_id,
                facts={"to": "new"},
            )
            return session.scalars(select(Event.id).order_by(Event.id.desc()).limit(1)).one()

    def ears(self, number: int, *, comes_back: bool = False, reads: bool = True) -> list[Ear]:
        start = f"/live?from={self.panel.feed.cursor()}"
        return [
            Ear(cookie, start, comes_back=comes_back, reads=reads)
            for cookie in self.cookies[:number]
        ]

    def written(self, after: int) -> list[int]:
        with self.panel.database.reading() as session:
            found = select(Event.id).filter_by(kind=KIND).where(Event.id > after)
            return list(session.scalars(found.order_by(Event.id)))

    def last(self) -> int:
        return self.panel.feed.cursor().log.high

    def seconds_of_page(self) -> float:
        """The median of a page of orders, from connecting to its end."""
        taken = []
        for _ in range(PAGES):
            begun = time.perf_counter()
            status, _ = self.ask("/orders", self.cookies[-1])
            assert status == 200, status
            taken.append(time.perf_counter() - begun)
        return median(taken)

    def ask(self, path: str, cookie: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Cookie": cookie, "Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class Server:
    """``serve --with-worker`` in processes of its own."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.process = self._begun()

    def _begun(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [str(PROGRAM), "serve", "--with-worker", "--port", str(self.site.port)],
            env=self.site.shell.environment(),
            cwd=self.site.shell.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_for(lambda: _is_open(self.site))
        return process

    def restart(self) -> None:
        self.stop()
        self.process = self._begun()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def memory(self) -> float:
        """Of the process that answers, in MB, without what it shares."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for child in children.split():
            if b"serve" in Path(f"/proc/{child}/cmdline").read_bytes():
                rollup = Path(f"/proc/{child}/smaps_rollup").read_text()
                parts = dict(line.split(":", 1) for line in rollup.splitlines()[1:])
                return int(parts["Pss"].split()[0]) / 1024
        raise AssertionError("no process answers")


def main() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder, cluster() as server:
        server.create_database("live")
        urls = {
            "SQLite": f"sqlite:///{folder}/panel.sqlite",
            "PostgreSQL": server.url("live"),
        }
        for port, (name, url) in enumerate(urls.items(), 8110):
            _say(f"{name}: making {PEOPLE} people …")
            site = _site(name, url, Path(folder), port)
            _measure(site, url)
            site.panel.database.close()


def _measure(site: Site, url: str) -> None:
    running = Server(site)
    try:
        site.seconds_of_page()
        alone = site.seconds_of_page()
        before = running.memory()
        for number in CROWDS:
            with listening(site.port, site.ears(number)) as group:
                assert group.statuses() == {200: number}
                took = _latencies(site, group.all)
                meanwhile = _page_while_news(site)
                after = running.memory()
            _tell(site, f"{number} connections", _percentiles(took))
            _tell(site, "  a page meanwhile", f"{_ms(meanwhile)}; with none {_ms(alone)}")
            _tell(site, "  memory for each", f"{(after - before) / number * 1024:.0f} KB")
        _too_many(site, alone)
        _slow_reader(site, running)
        _restarts(site, running, url)
    finally:
        running.stop()


def _latencies(site: Site, ears: Sequence[Ear]) -> list[float]:
    site.happen()
    time.sleep(1)
    committed = {}
    for _ in range(EVENTS):
        event_id = site.happen()
        committed[event_id] = time.perf_counter()
        time.sleep(PAUSE_SECONDS)
    time.sleep(2)
    missed = sum(event_id not in ear.heard for ear in ears for event_id in committed)
    assert not missed, f"{missed} not heard"
    return [ear.heard[one][0] - at for ear in ears for one, at in committed.items()]


def _page_while_news(site: Site) -> float:
    with _news(site, 4):
        return site.seconds_of_page()


def _too_many(site: Site, alone: float) -> None:
    with listening(site.port, site.ears(PEOPLE)) as group:
        statuses = group.statuses()
        refused = [ear for ear in group.all if ear.status == 503]
        meanwhile = _page_while_news(site)
        begun = time.perf_counter()
        last = site.happen()
        polled = [site.ask(ear.start.replace("from", "after"), ear.cookie) for ear in refused]
        each = (time.perf_counter() - begun) / max(1, len(refused))
        heard = sum(b'"id":%d,' % last in body.replace(b" ", b"") for _, body in polled)
    _tell(site, f"{PEOPLE} where 500 are allowed", dict(statuses))
    _tell(site, "  a page meanwhile", f"{_ms(meanwhile)}; with none {_ms(alone)}")
    _tell(site, "  the others ask", f"{heard} of {len(refused)} learn of it, {_ms(each)} each")


def _slow_reader(site: Site, running: Server) -> None:
    others, (slow,) = site.ears(100), site.ears(1, reads=False)
    with listening(site.port, [*others, slow]):
        time.sleep(1)
        before = running.memory()
        with _news(site, 200):
            time.sleep(15)
        after = running.memory()
        took = _latencies(site, others)
    _tell(site, "100 beside one who does not read", _percentiles(took))
    _tell(site, "  memory after some 3,000 events", f"{after - before:+.1f} MB")


def _restarts(site: Site, running: Server, url: str) -> None:
    first = site.last()
    ears = site.ears(100, comes_back=True)
    with listening(site.port, ears) as group:
        with _news(site, 20):
            for _ in range(RESTARTS):
                time.sleep(2)
                running.restart()
                time.sleep(2)
                if not site.panel.database.is_sqlite:
                    with gone(url):
                        time.sleep(2)
        written = site.written(first)
        group.wait_for(lambda ear: ear.heard.keys() >= set(written))
    expected = set(written)
    missed = sum(len(expected - ear.heard.keys()) for ear in ears)
    doubled = sum(len(times) > 1 for ear in ears for times in ear.heard.values())
    foreign = sum(len(ear.heard.keys() - expected) for ear in ears)
    what = "server and worker" if site.panel.database.is_sqlite else "server, worker and database"
    _tell(
        site,
        f"{what} {RESTARTS} times away",
        f"{len(written)} events for {len(ears)}: {missed} missed, {doubled} doubled,"
        f" {foreign} unknown",
    )


@contextmanager
def _news(site: Site, each_second: int) -> Iterator[None]:
    """Something happens so often meanwhile; while the database is gone nothing does."""
    over = Flag()

    def run() -> None:
        while not over.wait(1 / each_second):
            try:
                site.happen()
            except Unavailable:
                over.wait(0.2)

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _site(name: str, url: str, folder: Path, port: int) -> Site:
    more = {
        "BILLING_PANEL_DATABASE_URL": url,
        "BILLING_PANEL_SECURE_COOKIES": "0",
        "BILLING_PANEL_UNFINISHED_PER_ADDRESS": "2000",
        "BILLING_PANEL_UNFINISHED": "2000",
    }
    shell = Shell(new_home(folder / f"home-{port}"), more)
    app = create_app(from_environment(shell.environment()))
    panel: Panel = app.extensions[EXTENSION]
    upgrade(panel.database)
    now = panel.clock.now()
    with panel.database.writing() as session:
        load_demo(session, known=panel.known, clock=panel.clock)
        order = session.scalars(select(Order).order_by(Order.id).limit(1)).first()
        provider = session.scalars(select(Provider).filter_by(key="nordvik")).one()
        desk = session.scalars(select(Department).filter_by(key="order_desk")).one()
        secrets = []
        for number in range(PEOPLE):
            user = User(login=f"listener-{number}", language="en")
            session.add(
                Staff(
                    user=user, name=f"Listener {number}", providers=[provider], departments=[desk]
                )
            )
            session.flush()
            secrets.append(open_session(session, user, at=now))
        place = (order.id, order.provider_id, order.client_id) if order else (1, provider.id, 1)
    http = app.test_client()
    cookies = []
    for secret in secrets:
        with http.session_transaction() as cookie_session:
            cookie_session["_user_id"] = secret
        cookie = http.get_cookie("session")
        assert cookie is not None
        cookies.append(f"session={cookie.value}")
    return Site(name, shell, panel, port, cookies, place)


def _is_open(site: Site) -> bool:
    try:
        return site.ask("/healthz", "")[0] == 200
    except OSError:
        return False


def _wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + START_SECONDS
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError("the server does not start")
        time.sleep(0.1)


def _percentiles(took: Sequence[float]) -> str:
    p95 = quantiles(took, n=20)[18]
    return f"p50 {_ms(median(took))}, p95 {_ms(p95)}, longest {_ms(max(took))}"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


def _tell(site: Site, what: str, figures: object) -> None:
    print(f"{site.name:<10} {what:<38} {figures}", flush=True)


def _say(words: str) -> None:
    print(words, file=sys.stderr)


if __name__ == "__main__":
    main()
