"""Home says what waits for whoever looks, and its lists show exactly what it counted."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import text as sql

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.extension.background_work import PeriodicJob
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.runtime.jobs import run_job
from plugins.orders.surface.home.waiting_orders import _overdue, _owed, _today
from tests.businesses import CLIENT, Business, opened
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor
from tests.world import World

LATE = "/orders?payment=overdue"
FAILING = "/jobs?state=failing"


@pytest.fixture
def desk(world: World) -> Business:
    return opened(world, "desk")


def told(visitor: Visitor, address: str) -> int:
    """What stands beside the link to the list; 0: nothing leads there."""
    page = visitor.get("/").text
    found = re.search(rf'href="{re.escape(address)}">\s*<b class="n">(\d+)</b>', page)
    return int(found.group(1)) if found else 0


def listed(visitor: Visitor, address: str) -> int:
    page = visitor.get(address)
    assert page.status_code == 200
    return len(re.findall(r"<tr[^>]* data-row", page.text))


def test_bills_are_overdue_on_the_day_after_their_last(
    desk: Business, visit: Callable[..., Visitor]
) -> None:
    orders = [desk.place() for _ in range(3)]
    for order_id in orders:
        desk.move(order_id, "accept")
    due_on = desk.order(orders[0]).due_on
    assert due_on is not None
    desk.wait(days=(due_on - desk.world.clock.now().date()).days)
    petar = visit("petar")
    assert told(petar, LATE) == listed(petar, LATE) == 0
    desk.wait(days=1)
    petar = visit("petar")
    assert told(petar, LATE) == listed(petar, LATE) == 3
    desk.move(orders[0], "pay", by="petar", payment_method="cash")
    desk.move(orders[1], "void")
    assert told(petar, LATE) == listed(petar, LATE) == 1
    assert listed(petar, f"{LATE}&stage=open&tariff=router&age=over_week") == 1
    assert listed(petar, f"{LATE}&stage=new") == 0


def test_only_bills_of_ones_own_providers_are_counted(
    desk: Business, visit: Callable[..., Visitor]
) -> None:
    order_id = desk.place()
    desk.move(order_id, "accept")
    desk.wait(days=400)
    for login, late in {"petar": 1, "maria": 1, "georgi": 1, "olga": 0}.items():
        visitor = visit(login)
        assert told(visitor, LATE) == listed(visitor, LATE) == late, login
    client = visit(CLIENT)
    assert listed(client, "/my/orders?payment=overdue") == 1


def job(name: str, *raised: Exception) -> PeriodicJob:
    """A job of that name that raises these, one each time, and then runs to its end."""
    left = [*raised]

    def run(_database: Database, _actor: Actor, _clock: Clock) -> None:
        if left:
            raise left.pop(0)

    return PeriodicJob(name, text("Checking"), 1, run)


def test_a_job_that_fails_is_listed_until_it_runs_again(
    world: World, visit: Callable[..., Visitor]
) -> None:
    owner = visit("owner")
    refusal = Refused(text("The mailbox can’t be read: %(why)s", why="no route"), code="closed")
    deadlines = job("orders.deadlines", refusal)
    points = job("orders.points", RuntimeError("a mistake of ours"))
    assert not run_job(world.panel, deadlines)
    with pytest.raises(RuntimeError):
        run_job(world.panel, points)
    # what the worker no longer runs is no news
    assert not run_job(world.panel, job("gone.job", refusal))
    assert told(owner, FAILING) == listed(owner, FAILING) == 2
    page = owner.get(FAILING).text
    assert "The mailbox can’t be read: no route" in page
    assert "The job stopped. The worker’s log says why." in page
    assert "a mistake of ours" not in page
    for running in (deadlines, points):
        assert run_job(world.panel, running)
    assert told(owner, FAILING) == listed(owner, FAILING) == 0
    assert "The mailbox can’t be read: no route" in owner.get("/jobs").text


def test_jobs_are_shown_to_those_who_may_see_the_log_or_change_providers(
    world: World, visit: Callable[..., Visitor]
) -> None:
    refusal = Refused(text("The job stopped. The worker’s log says why."), code="x")
    assert not run_job(world.panel, job("orders.points", refusal))
    for login in ("maria", "stoyanova"):
        visitor = visit(login)
        assert told(visitor, FAILING) == 0, login
        assert visitor.get("/jobs").status_code == 403, login


@ON_SQLITE
def test_debts_and_late_bills_are_read_in_the_order_of_an_index(world: World) -> None:
    """However many there are no more of them are read than are counted."""
    maria = world.actor("maria")
    with world.database.reading() as session:
        today = _today(session, maria, world.clock.now())
        for found, index in (
            (_owed(today), "ix_orders_debts"),
            (_overdue(session, today), "ix_orders_due"),
        ):
            plain = found.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
            plan = [row.detail for row in session.execute(sql(f"EXPLAIN QUERY PLAN {plain}"))]
            read = [step for step in plan if "orders" in step]
            assert len(read) == len(today) >= 2
            assert all(index in step for step in read)
