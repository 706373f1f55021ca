"""Points expire when they are too old and not spent: the oldest are spent first."""

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.tables.event_log import Event
from billing_panel.ledger.double_entry import EntryKind
from billing_panel.ledger.models import LedgerEntry
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance, debit_balance
from plugins.orders.balance.expire_points import expire_points
from tests.actions.conftest import Opening
from tests.actions.test_payments import ROUTER_FOR_POINTS
from tests.actions.test_races import at_once, count
from tests.businesses import CLIENT, HIS_POINTS, PROVIDER, Business

LAST = 30


@pytest.fixture
def hosting(business: Opening) -> Business:
    """Their first points they get today."""
    hosting = business("hosting")
    hosting.world.change(Provider, {"key": PROVIDER}, points_last_days=LAST)
    return hosting


def expire(hosting: Business) -> int:
    system, world = hosting.actor("console"), hosting.world
    return expire_points(world.database, actor=system, clock=world.clock)


def change(hosting: Business, points: int, act: object = credit_balance) -> None:
    command = ChangeBalance(hosting.client_id, str(points), "agreed", PROVIDER, in_points=True)
    hosting.act(act, command, by="boss")


def entries(hosting: Business) -> list[LedgerEntry]:
    kind = EntryKind.POINTS_EXPIRED
    with hosting.world.database.reading() as session:
        return [*session.scalars(select(LedgerEntry).filter_by(kind=kind).order_by("id"))]


def test_they_last_to_the_day_and_expire_once(hosting: Business) -> None:
    hosting.wait(days=LAST, seconds=-1)
    before = hosting.world.everything()
    assert expire(hosting) == 0
    assert hosting.world.everything() == before
    hosting.wait(seconds=1)
    assert (expire(hosting), hosting.stands().points) == (HIS_POINTS, 0)
    after = hosting.world.everything()
    assert expire(hosting) == 0
    assert hosting.world.everything() == after
    (entry,) = entries(hosting)
    assert (entry.subject_kind, entry.subject_id) == ("client", hosting.client_id)


def test_it_is_written_into_the_log(hosting: Business) -> None:
    hosting.wait(days=LAST)
    expire(hosting)
    with hosting.world.database.reading() as session:
        event = session.scalars(select(Event).filter_by(kind="points.expired")).one()
    assert (event.client_id, event.facts["points"]) == (hosting.client_id, HIS_POINTS)


def test_the_oldest_are_spent_first(hosting: Business) -> None:
    hosting.wait(days=10)
    change(hosting, 400)
    change(hosting, 900, debit_balance)
    hosting.wait(days=LAST - 10)
    assert (expire(hosting), hosting.stands().points) == (HIS_POINTS - 900, 400)
    hosting.wait(days=10)
    change(hosting, 50, debit_balance)
    assert (expire(hosting), hosting.stands().points) == (350, 0)
    assert len(entries(hosting)) == 2


def test_who_spent_more_than_they_had_then_loses_nothing_of_what_came_since(
    hosting: Business,
) -> None:
    hosting.wait(days=10)
    change(hosting, 400)
    change(hosting, HIS_POINTS + 100, debit_balance)
    hosting.wait(days=LAST - 10)
    assert (expire(hosting), hosting.stands().points) == (0, 300)
    hosting.wait(days=10)
    assert (expire(hosting), hosting.stands().points) == (300, 0)


def test_after_a_week_of_standstill_all_that_is_due_expires_at_once(hosting: Business) -> None:
    for _ in range(5):
        hosting.wait(days=1)
        change(hosting, 10)
    hosting.wait(days=LAST + 2)
    assert (expire(hosting), hosting.stands().points) == (HIS_POINTS + 50, 0)
    assert len(entries(hosting)) == 1


def test_what_a_refund_brings_back_counts_from_that_day(hosting: Business) -> None:
    order_id = hosting.place(ROUTER_FOR_POINTS)
    hosting.move(order_id, "pay", by=CLIENT, payment_method="points")
    hosting.wait(days=LAST - 1)
    hosting.move(order_id, "refund", by="boss", reason="broke")
    hosting.wait(days=1)
    assert (expire(hosting), hosting.stands().points) == (HIS_POINTS - 300, 300)
    hosting.wait(days=LAST - 1)
    assert (expire(hosting), hosting.stands().points) == (300, 0)


def test_where_they_last_for_ever_none_expire(hosting: Business) -> None:
    hosting.world.change(Provider, {"key": PROVIDER}, points_last_days=None)
    hosting.wait(days=10_000)
    before = hosting.world.everything()
    assert expire(hosting) == 0
    assert hosting.world.everything() == before


def test_three_workers_at_once_let_them_expire_once(hosting: Business) -> None:
    hosting.wait(days=LAST)
    expired = at_once([lambda: expire(hosting)] * 3)
    assert sorted(int(str(points)) for points in expired) == [0, 0, HIS_POINTS]
    assert (hosting.stands().points, len(entries(hosting))) == (0, 1)
    assert count(hosting.world, Event, kind="points.expired") == 1
