"""Databases for the tests: both engines, each test on a copy of the loaded demo of its own."""

import asyncio
import gc
import shutil
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from billing_panel.accounts.signing_in import passwords
from billing_panel.core.panel import EXTENSION
from billing_panel.core.plugins import all_functions, all_session_info, load_plugins
from billing_panel.demo.load_demo import load_demo
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.files.fonts import ensure_fonts
from billing_panel.kernel.process.concurrency_limit import Places
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.clock import FixedClock
from billing_panel.migrations.upgrade import upgrade
from billing_panel.runtime.app import create_app
from tests.api import ApiClient
from tests.postgres import Cluster, cluster
from tests.wire import on_the_wire
from tests.world import World

# every run tries the same examples, 100 of them unless a test says how many; none is timed
settings.register_profile("repeatable", max_examples=100, derandomize=True, deadline=None)
settings.load_profile("repeatable")

NOON = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ENGINES = ("sqlite", "postgresql")
# in the names of tests of what decides nothing about orders ([coverage:run] of setup.cfg)
OF_THE_UNMEASURED = ("attached", "audit", "fonts", "letter", "live", "mail", "webhook")
SQLITE_ALONE = Path(__file__).parent / "sqlite_alone.txt"
CACHE = Path(__file__).parent.parent / ".cache"
COSTLY = passwords._hasher
Made = Callable[[], object]


@pytest.fixture(autouse=True)
def loop_of_the_browser_aside(request: pytest.FixtureRequest) -> Iterator[None]:
    """A browser keeps its loop running in this thread; tests without one begin their own."""
    loop = None if "browser" in request.fixturenames else asyncio._get_running_loop()
    if loop is not None:
        asyncio._set_running_loop(None)
    yield
    if loop is not None:
        asyncio._set_running_loop(loop)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    # as a server that answers thousands of requests; 700 objects are a few statements
    gc.set_threshold(50_000, 20, 100)


class Templates:
    """Makes each kind of database once, and copies of it for whoever asks."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.numbers = count(1)
        self.made: dict[tuple[str, str], str] = {}
        self.owned: dict[str, str] = {}
        self.server: Cluster | None = None

    @contextmanager
    def copy(self, engine: str, content: str) -> Iterator[str]:
        """The address of a new database: ``"empty"``, with the ``"schema"``, or the ``"demo"``."""
        name = f"copy_{next(self.numbers)}"
        if engine == "sqlite":
            path = self.folder / f"{name}.sqlite"
            if content != "empty":
                shutil.copyfile(self._template(engine, content), path)
            yield f"sqlite:///{path}"
            return
        template = None if content == "empty" else self._template(engine, content)
        self._cluster().create_database(name, template)
        try:
            yield self._cluster().url(name)
        finally:
            self._cluster().drop_database(name)

    def restore(self, engine: str, content: str) -> str:
        """The address of this worker's own database, which is made again as its ``content`` is.

        It is always the same, so that a panel that was made for it can go on.
        """
        template = self._template(engine, content)
        if engine == "sqlite":
            path = self.folder / "own.sqlite"
            for name in ("own.sqlite-wal", "own.sqlite-shm"):
                (self.folder / name).unlink(missing_ok=True)
            shutil.copyfile(template, self.folder / "next.sqlite")
            (self.folder / "next.sqlite").replace(path)
            return self.owned.setdefault(engine, f"sqlite:///{path}")
        self._cluster().drop_database("own")
        self._cluster().create_database("own", template)
        return self.owned.setdefault(engine, self._cluster().url("own"))

    def own(self, engine: str) -> str:
        """The address of this worker's own database, whatever is in it."""
        if engine not in self.owned:
            return self.restore(engine, "demo")
        return self.owned[engine]

    def restore_made(self, engine: str, content: str, database: Database, make: Made) -> None:
        """As ``restore``; ``make`` makes the content of the demo, once for all tests to come.

        ``database`` is this worker's own, whatever was done there before is gone.
        """
        if (engine, content) not in self.made:
            database.close()
            self.restore(engine, "demo")
            make()
            database.close()
            self._keep(engine, content)
        database.close()
        self.restore(engine, content)

    def _keep(self, engine: str, content: str) -> None:
        """Keep this worker's own database, to which nobody is connected, as ``content``."""
        if engine == "sqlite":
            path = self.folder / f"template_{content}.sqlite"
            shutil.copyfile(self.folder / "own.sqlite", path)
            self.made[engine, content] = str(path)
            return
        self._cluster().create_database(f"template_{content}", "own")
        self.made[engine, content] = f"template_{content}"

    def _template(self, engine: str, content: str) -> str:
        if (engine, content) not in self.made:
            self.made[engine, content] = self._make(engine, content)
        return self.made[engine, content]

    def _make(self, engine: str, content: str) -> str:
        name = f"template_{content}"
        path = self.folder / f"{name}.sqlite"
        if engine == "postgresql":
            self._cluster().create_database(name)
        url = f"sqlite:///{path}" if engine == "sqlite" else self._cluster().url(name)
        database = Database(url, info=all_session_info(load_plugins()))
        upgrade(database)
        if content == "demo":
            known = frozenset(str(info.name) for info in all_functions(load_plugins()))
            with database.writing() as session:
                load_demo(session, known=known, clock=FixedClock(NOON))
        database.close()
        if engine == "sqlite":
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return str(path) if engine == "sqlite" else name

    def _cluster(self) -> Cluster:
        if self.server is None:
            self.server = self.stack.enter_context(cluster())
        return self.server


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    with ExitStack() as stack:
        yield Templates(tmp_path_factory.mktemp("databases"), stack)


def new_home(folder: Path) -> Path:
    """An empty home; its fonts are those the tests made at their first run."""
    ensure_fonts(CACHE / "fonts")
    folder.mkdir()
    (folder / "fonts").symlink_to(CACHE / "fonts")
    return folder


class Panels:
    """The panels of this worker, each made once: what they run on is new for each test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FixedClock(NOON)
        self.made: deque[tuple[Config, Flask]] = deque(maxlen=4)

    def app(self, config: Config) -> Flask:
        """As if it had just been started."""
        app = next((app for known, app in self.made if known == config), None)
        if app is None:
            app = create_app(config, self.clock)
            app.wsgi_app = on_the_wire(app.wsgi_app)  # type: ignore[method-assign, assignment]
            self.made.append((config, app))
        app.testing = True
        for limiter in app.extensions["limiter"]:
            limiter.reset()
        # what a test did not read to its end keeps its place
        panel = app.extensions[EXTENSION]
        for name in ("drawings", "exports"):
            before: Places = getattr(panel, name)
            fresh = Places(most=before.most, of_one=before.of_one)
            app.extensions[EXTENSION] = panel = replace(panel, **{name: fresh})
        return app


@pytest.fixture(scope="session")
def panels(tmp_path_factory: pytest.TempPathFactory) -> Panels:
    return Panels(new_home(tmp_path_factory.mktemp("panels") / "home"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only tests run that send a statement there which no other test sends.

    Of those the first case alone, for the others differ in their values. A test that is marked
    ``every_case``, chooses its database or is about races runs there as on SQLite.
    """
    seen: set[str] = set()
    known = frozenset[str]()
    if config.getoption("sent_to", None) is None:
        known = frozenset(SQLITE_ALONE.read_text().splitlines())
    left_out = {item for item in items if _is_left_out(item, seen, known)}
    config.hook.pytest_deselected(items=[*left_out])
    items[:] = [item for item in items if item not in left_out]
    for item in items:
        if _is_measured(item):
            item.add_marker("measured")
        if _repeats(item):
            item.add_marker("repeat")


def _is_measured(item: pytest.Item) -> bool:
    """Whether coverage is measured while it runs, which takes it nearly twice as long.

    Tests of actions and rules are, on SQLite: on PostgreSQL they run the same lines. Those of what
    is not measured are not.
    """
    assert isinstance(item, pytest.Function)
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return (
        item.path.parent.name in {"actions", "unit"}
        and params.get("engine") != "postgresql"
        and item.get_closest_marker("slow") is None
        and not any(word in item.path.stem for word in OF_THE_UNMEASURED)
    )


def _is_left_out(item: pytest.Item, seen: set[str], known: AbstractSet[str]) -> bool:
    """``known``: tests that PostgreSQL does without; ``seen``: those of which it has a case."""
    if not _repeats(item):
        return False
    test = item.nodeid.partition("[")[0]
    further = test in seen or test in known
    seen.add(test)
    return further


def _repeats(item: pytest.Item) -> bool:
    """Whether it is on PostgreSQL what has run on SQLite, and not because of its SQL."""
    assert isinstance(item, pytest.Function)
    if not hasattr(item, "callspec") or item.callspec.params.get("engine") != "postgresql":
        return False
    chosen = any("engine" in mark.args[0] for mark in item.iter_markers("parametrize"))
    special = item.get_closest_marker("every_case") or "races" in item.path.stem
    return not (chosen or special)


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Passwords are hashed at the least cost; tests of what they cost ask for ``costly_hashes``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        )
        yield


@pytest.fixture
def costly_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost what they cost in production."""
    monkeypatch.setattr(passwords, "_hasher", COSTLY)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def clock(panels: Panels) -> FixedClock:
    panels.clock.at = NOON
    return panels.clock


@pytest.fixture
def demo_url(templates: Templates, engine: str, request: pytest.FixtureRequest) -> str:
    """The demo, but for a test that opens a business there before it does anything else."""
    if "business" in request.fixturenames:
        return templates.own(engine)
    return templates.restore(engine, "demo")


@pytest.fixture
def empty_url(templates: Templates, engine: str) -> Iterator[str]:
    with templates.copy(engine, "empty") as url:
        yield url


@pytest.fixture
def config(demo_url: str, panels: Panels) -> Config:
    witness = panels.folder / "audit.witness"
    witness.unlink(missing_ok=True)
    return Config(
        home=panels.folder,
        database_url=demo_url,
        secret_key="only for tests",
        secure_cookies=False,
        free_sign_in_failures=1000,
        # walks ask as one person, again and again
        token_requests_per_minute=1_000_000,
        page_requests_per_minute=1_000_000,
        # fifty writers at once, on whatever machine this is
        write_seconds=60,
        environ={"BILLING_PANEL_SANDBOX": "1"},
        # of this database alone, wherever the test puts its home
        audit_witness=witness,
    )


@pytest.fixture
def app(config: Config, clock: FixedClock, panels: Panels) -> Iterator[Flask]:
    assert panels.clock is clock
    app = panels.app(config)
    yield app
    app.extensions[EXTENSION].database.close()


@pytest.fixture
def world(app: Flask, clock: FixedClock) -> World:
    return World(app.extensions[EXTENSION], clock)


@pytest.fixture
def browserless(app: Flask) -> FlaskClient:
    """A visitor without JavaScript."""
    return app.test_client()


@pytest.fixture
def api(app: Flask, world: World) -> Callable[[str], ApiClient]:
    """``api("maria")`` calls the JSON API with a token of hers."""
    return lambda login: ApiClient(app.test_client(), world.token(login))
