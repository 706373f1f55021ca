"""A panel full of orders, on one engine, for as long as it is measured."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.measuring.plain_sql import Plain
from benchmarks.populated.crowd import GIANT, Crowd, gather
from billing_panel.accounts.access.load_actors import staff_actor
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.api_tokens import create_token
from billing_panel.accounts.signing_in.sessions import open_session
from billing_panel.core.panel import EXTENSION, Panel
from billing_panel.demo.load_demo import load_demo
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.actor import Actor
from billing_panel.migrations.upgrade import upgrade
from billing_panel.runtime.app import create_app
from tests.postgres import Cluster

STAFF = "maria"
UNBOUNDED = 10**9
SECRET_KEY = "only for measuring, and for nothing else"  # noqa: S105


@dataclass(frozen=True)
class Installation:
    """``staff`` is whoever acts; ``token`` is hers, and ``cookie`` that of her browser.

    ``clients_cookie``: that of the client who has the most orders.
    """

    name: str
    app: Flask
    staff: Actor
    token: str
    cookie: str
    clients_cookie: str
    crowd: Crowd

    @property
    def panel(self) -> Panel:
        panel = self.app.extensions[EXTENSION]
        assert isinstance(panel, Panel)
        return panel

    @property
    def staff_id(self) -> int:
        assert self.staff.staff_id is not None
        return self.staff.staff_id

    def plain(self) -> Plain:
        """A connection of one's own to the same database, without the panel."""
        return Plain(self.panel.database.url)


@contextmanager
def installations(cluster: Cluster, orders: int) -> Iterator[list[Installation]]:
    """One on each engine. The embedded database lies beside the cluster: both in memory, or not."""
    with on_sqlite(cluster, orders) as embedded, on_postgresql(cluster, orders) as production:
        yield [embedded, production]


@contextmanager
def on_sqlite(cluster: Cluster, orders: int) -> Iterator[Installation]:
    with _home(cluster) as home:
        made = _install("SQLite", f"sqlite:///{home / 'panel.sqlite'}", home, orders)
        with closing(made.panel.database):
            yield made


@contextmanager
def on_postgresql(cluster: Cluster, orders: int) -> Iterator[Installation]:
    name = f"bench_{orders}"
    cluster.create_database(name)
    with _home(cluster) as home:
        made = _install("PostgreSQL", cluster.url(name), home, orders)
        with closing(made.panel.database):
            yield made


@contextmanager
def _home(cluster: Cluster) -> Iterator[Path]:
    prefix = "billing-panel-bench-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=cluster.folder.parent) as folder:
        yield Path(folder)


def _install(name: str, url: str, home: Path, orders: int) -> Installation:
    config = Config(
        home=home,
        database_url=url,
        secret_key=SECRET_KEY,
        secure_cookies=False,
        token_requests_per_minute=UNBOUNDED,
        page_requests_per_minute=UNBOUNDED,
    )
    app = create_app(config)
    panel = app.extensions[EXTENSION]
    upgrade(panel.database)
    with panel.database.writing() as session:
        load_demo(session, known=panel.known, clock=panel.clock)
    crowd = gather(panel, orders)
    with panel.database.writing() as session:
        staff, token = staff_actor(session, STAFF, panel.known), _token(session, panel)
        at = panel.clock.now()
        _user(session, GIANT).language = "en"
        secrets = [open_session(session, _user(session, login), at=at) for login in (STAFF, GIANT)]
    hers, clients = (_cookie(app, secret) for secret in secrets)
    _read_feed(panel)
    return Installation(name, app, staff, token, hers, clients, crowd)


def _read_feed(panel: Panel) -> None:
    """Where the feed stands is in memory in a server, and no statement of a page."""
    panel.feed.start()
    while panel.feed.known is None:
        time.sleep(0.01)
    panel.feed.stop()


def _token(session: Session, panel: Panel) -> str:
    user = _user(session, STAFF)
    return create_token(session, user, "benchmark", known=panel.known, at=panel.clock.now())


def _user(session: Session, login: str) -> User:
    return session.scalars(select(User).filter_by(login=login)).one()


def _cookie(app: Flask, secret: str) -> str:
    """What the browser of somebody sends who has signed in with ``secret`` and seen a page."""
    http = app.test_client()
    with http.session_transaction() as session:
        session["_user_id"] = secret
    assert http.get("/").status_code == 200
    cookie = http.get_cookie("session")
    assert cookie is not None
    return f"session={cookie.value}"
