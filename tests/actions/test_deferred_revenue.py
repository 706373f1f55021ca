"""Revenue by rate in the books, and what is paid ahead: deferred, and released month by month."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from billing_panel.accounts.companies.provider_models import Provider, TaxRate
from billing_panel.catalog.models import Price, Tariff
from billing_panel.catalog.service_models import Service, ServiceState
from billing_panel.ledger.double_entry import AccountKind, EntryKind
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from invoices.document import Kind
from invoices.issue_and_print import content_of
from plugins.finance.closing.close_months import CloseMonth, close_month
from plugins.orders.deadlines.release_revenue import release_revenue
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.store.models import Order
from tests.actions.conftest import Opening
from tests.actions.test_documents import bills
from tests.actions.test_invoices import invoicing
from tests.businesses import HOSTING, PROVIDER, ROUTER, Business, wrongs
from tests.world import line

YEAR = line("hosting", "12 months")
MID_NOVEMBER = datetime(2026, 11, 15, 10, tzinfo=UTC)
# €120 with no tax; 365 days from 15 November: what is left of them after the last of each month
LEFT = [
    ("2026-11-30", 349),
    ("2026-12-31", 318),
    ("2027-01-31", 287),
    ("2027-02-28", 259),
    ("2027-03-31", 228),
    ("2027-04-30", 198),
    ("2027-05-31", 167),
    ("2027-06-30", 137),
    ("2027-07-31", 106),
    ("2027-08-31", 75),
    ("2027-09-30", 45),
    ("2027-10-31", 14),
    ("2027-11-30", 0),
]


@pytest.fixture
def shop(business: Opening) -> Business:
    """A year of hosting costs €120, and nobody charges tax."""
    return selling_years(business("procurement"))


def selling_years(shop: Business) -> Business:
    """From 15 November."""
    world = shop.world
    world.clock.at = MID_NOVEMBER
    world.change(Provider, {"key": PROVIDER}, charges_tax=False)
    with world.database.writing() as session:
        own = select(Tariff).filter_by(provider_id=shop.provider_id, key="hosting")
        tariff = session.scalars(own).one()
        tariff.prices.append(Price(months=12, amount=12_000))
    return shop


def holds(shop: Business, kind: AccountKind, until: date | None = None) -> int:
    """The provider's account on that day, by value dates."""
    found = (
        select(func.coalesce(func.sum(Posting.amount), 0))
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .where(LedgerAccount.provider_id == shop.provider_id, LedgerAccount.kind == kind)
        .where(LedgerAccount.client_id.is_(None))
    )
    if until is not None:
        found = found.where(LedgerEntry.day <= until)
    with shop.world.database.reading() as session:
        return int(session.scalars(found).one())


def bought(shop: Business) -> int:
    order_id = shop.place(YEAR)
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    shop.deliver(order_id, by="boss")
    return order_id


def release(shop: Business) -> int:
    fired = release_revenue(
        shop.world.database, actor=shop.actor("console"), clock=shop.world.clock
    )
    assert fired.broke_off == 0
    return fired.moved


def first_of_next(day: str) -> datetime:
    year, month = int(day[:4]), int(day[5:7])
    return datetime(year + month // 12, month % 12 + 1, 1, 1, tzinfo=UTC)


def test_a_year_paid_on_15_november_is_earned_day_by_day(shop: Business) -> None:
    bought(shop)
    assert holds(shop, AccountKind.DEFERRED) == 12_000
    assert holds(shop, AccountKind.REVENUE) == 0
    for day, days_left in LEFT:
        shop.world.clock.at = first_of_next(day)
        assert release(shop) == 1
        assert release(shop) == 0
        deferred = holds(shop, AccountKind.DEFERRED, date.fromisoformat(day))
        assert abs(deferred - 12_000 * days_left / 365) <= Decimal("0.5"), day
        assert holds(shop, AccountKind.REVENUE) == 12_000 - deferred
        assert wrongs(shop.world) == []
    shop.world.clock.at = first_of_next("2027-12-31")
    assert release(shop) == 0


def test_months_the_worker_was_away_for_are_released_with_their_own_days(shop: Business) -> None:
    bought(shop)
    shop.world.clock.at = datetime(2027, 2, 3, tzinfo=UTC)
    assert release(shop) == 3
    with shop.world.database.reading() as session:
        released = select(LedgerEntry.day).filter_by(kind=EntryKind.RELEASED)
        days = session.scalars(released.order_by(LedgerEntry.id)).all()
    assert [day.isoformat() for day in days] == ["2026-11-30", "2026-12-31", "2027-01-31"]


def test_what_is_not_delivered_is_released_to_nobody(shop: Business) -> None:
    order_id = shop.place(YEAR)
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    shop.world.clock.at = datetime(2027, 2, 3, tzinfo=UTC)
    assert release(shop) == 0
    assert holds(shop, AccountKind.DEFERRED) == 12_000


def test_what_is_sold_once_is_earned_at_once(shop: Business) -> None:
    order_id = shop.place(ROUTER)
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    assert holds(shop, AccountKind.DEFERRED) == 0
    assert holds(shop, AccountKind.REVENUE) == 6_000


def test_a_refund_takes_back_what_is_deferred_and_what_is_earned(shop: Business) -> None:
    order_id = bought(shop)
    shop.world.clock.at = first_of_next("2026-11-30")
    release(shop)
    deferred = holds(shop, AccountKind.DEFERRED)
    fields = {"reason": "half of it", "refund_to": "method", "amount": "60.00"}
    shop.move(order_id, "refund", by="boss", **fields)
    assert holds(shop, AccountKind.DEFERRED) == (deferred + 1) // 2
    assert holds(shop, AccountKind.REVENUE) + holds(shop, AccountKind.DEFERRED) == 6_000
    shop.move(order_id, "refund", by="boss", reason="the rest", refund_to="method")
    assert holds(shop, AccountKind.DEFERRED) == holds(shop, AccountKind.REVENUE) == 0


def test_a_month_is_closed_once_its_revenue_is_released(shop: Business) -> None:
    bought(shop)
    shop.world.clock.at = first_of_next("2026-11-30")
    closing = CloseMonth(PROVIDER, "2026-11")
    said = shop.refusal(lambda: shop.act(close_month, closing, by="boss"))
    assert "revenue_not_released" in said
    release(shop)
    shop.act(close_month, closing, by="boss")


def test_orders_of_earlier_releases_stay_earned(shop: Business) -> None:
    order_id = shop.place(YEAR)
    shop.world.change(Order, {"id": order_id}, defers=False)
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    assert holds(shop, AccountKind.REVENUE) == 12_000


# --- changes before the worker has released --------------------------------------------------


def by_month(shop: Business) -> dict[str, int]:
    """Revenue by the month of its value date."""
    found = (
        select(LedgerEntry.day, Posting.amount)
        .join(Posting, Posting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(LedgerAccount.provider_id == shop.provider_id)
        .where(LedgerAccount.kind == AccountKind.REVENUE)
    )
    sums: dict[str, int] = {}
    with shop.world.database.reading() as session:
        for day, amount in session.execute(found):
            month = f"{day:%Y-%m}"
            sums[month] = sums.get(month, 0) + amount
    return {month: sum_ for month, sum_ in sorted(sums.items()) if sum_}


REFUND = {"reason": "some of it", "refund_to": "method", "amount": "12.00"}


def test_a_refund_before_the_worker_leaves_each_month_its_own_revenue(shop: Business) -> None:
    shop.world.clock.at = datetime(2026, 10, 1, 10, tzinfo=UTC)
    order_id = bought(shop)
    shop.world.clock.at = datetime(2026, 12, 5, 10, tzinfo=UTC)
    shop.move(order_id, "refund", by="boss", **REFUND)
    # 31 and 30 days of 365 of 120.00; of 12.00 what was earned in 61 days
    right = {"2026-10": 1_019, "2026-11": 986, "2026-12": -200}
    assert by_month(shop) == right
    assert release(shop) == 0
    assert by_month(shop) == right
    assert wrongs(shop.world) == []
    shop.world.clock.at = first_of_next("2026-12-31")
    assert release(shop) == 1
    assert by_month(shop) == {**right, "2026-12": -200 + 917}


def test_on_the_first_before_the_job_a_change_leaves_the_last_month_its_share(
    shop: Business,
) -> None:
    order_id = bought(shop)
    shop.world.clock.at = first_of_next("2026-11-30")
    shop.move(order_id, "refund", by="boss", **REFUND)
    assert by_month(shop) == {"2026-11": 526, "2026-12": -53}
    shop.world.clock.at = first_of_next("2026-12-31")
    (hosting,) = shop.order(order_id).lines
    shop.act(raise_price, RaisePrice(order_id, hosting.id, "240.00", "dearer"), by="boss")
    # by its end 47 days of 108.00 were earned; then 47 days of 120.00 more
    assert by_month(shop) == {"2026-11": 526, "2026-12": 1_391 - 526, "2027-01": 1_545}
    assert wrongs(shop.world) == []
    assert release(shop) == 0


def test_what_came_in_an_earlier_month_is_earned_as_that_month_had_it(shop: Business) -> None:
    order_id = shop.place(YEAR)
    shop.move(order_id, "pay", by="petar", payment_method="cash", amount="60.00")
    shop.deliver(order_id, by="boss")
    # the rest was lent; what was given back in January is paid once more
    shop.world.clock.at = datetime(2027, 1, 2, 10, tzinfo=UTC)
    shop.move(order_id, "refund", by="boss", **{**REFUND, "amount": "60.00"})
    assert by_month(shop) == {"2026-11": 526, "2026-12": 1_019, "2027-01": -772}
    rest = {"payment_method": "bank_transfer", "received_on": "2026-11-20", "amount": "120.00"}
    shop.move(order_id, "pay", by="petar", **rest)
    # of 60.00 more, 16 and 31 days of 365 in the months that had them
    assert by_month(shop) == {"2026-11": 526 + 263, "2026-12": 1_019 + 509, "2027-01": -772}
    assert wrongs(shop.world) == []
    assert release(shop) == 0


def test_what_is_kept_of_a_lost_order_is_earned_day_by_day_until_it_ends(
    business: Opening,
) -> None:
    shop = selling_years(business("hosting"))
    order_id = shop.place(YEAR, ROUTER)
    hosting, _router = shop.order(order_id).lines
    shop.deliver(order_id, hosting.id)
    shop.move(order_id, "cancel", by="buyer")
    assert shop.services(order_id) == ["active"]
    assert shop.order(order_id).owed == 12_000
    shop.move(order_id, "pay", by="petar", payment_method="cash", amount="120.00")
    assert (holds(shop, AccountKind.DEFERRED), by_month(shop)) == (12_000, {})
    for day in ("2026-11-30", "2026-12-31"):
        shop.world.clock.at = first_of_next(day)
        assert release(shop) == 1
    assert by_month(shop) == {"2026-11": 526, "2026-12": 1_019}
    shop.world.change(Service, {"client_id": shop.client_id}, state=ServiceState.ENDED)
    shop.world.clock.at = first_of_next("2027-01-31")
    assert release(shop) == 1
    assert holds(shop, AccountKind.DEFERRED) == 0
    assert by_month(shop) == {"2026-11": 526, "2026-12": 1_019, "2027-01": 12_000 - 1_545}


# --- by category and rate --------------------------------------------------------------------


def in_books(shop: Business, order_id: int) -> dict[Decimal, tuple[int, int]]:
    """By rate: without tax, and the tax."""
    found: dict[Decimal, tuple[int, int]] = {}
    for kind, percent, amount in _earned(shop, order_id):
        net, tax = found.get(percent, (0, 0))
        is_tax = kind is AccountKind.TAX
        found[percent] = (net + amount * (not is_tax), tax + amount * is_tax)
    return {percent: sums for percent, sums in found.items() if any(sums)}


def _earned(shop: Business, order_id: int) -> Iterator[Any]:
    kinds = (AccountKind.REVENUE, AccountKind.DEFERRED, AccountKind.TAX)
    found = (
        select(LedgerAccount.kind, Posting.tax_percent, Posting.amount)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .where(LedgerEntry.subject_kind == "order", LedgerEntry.subject_id == order_id)
        .where(LedgerAccount.kind.in_(kinds))
    )
    with shop.world.database.reading() as session:
        yield from session.execute(found).all()


def on_documents(shop: Business, order_id: int) -> dict[Decimal, tuple[int, int]]:
    """The same of invoices less credit notes."""
    found: dict[Decimal, tuple[int, int]] = {}
    for row in bills(shop, order_id):
        if row.kind not in {Kind.INVOICE, Kind.CREDIT_NOTE}:
            continue
        sign = -1 if row.kind is Kind.CREDIT_NOTE else 1
        for one in content_of(row).taxes:
            net, tax = found.get(one.percent or Decimal(0), (0, 0))
            found[one.percent or Decimal(0)] = (net + sign * one.base, tax + sign * one.tax)
    return {percent: sums for percent, sums in found.items() if any(sums)}


@pytest.fixture
def two_rates(business: Opening) -> Business:
    """Hosting at 9 %, everything else at 20 %, invoiced with the payment."""
    shop = invoicing(business("procurement"))
    world = shop.world
    with world.database.writing() as session:
        low = TaxRate(
            provider_id=shop.provider_id,
            tax_class="low",
            since=date(2020, 1, 1),
            percent=Decimal(9),
        )
        session.add(low)
        own = select(Tariff).filter_by(provider_id=shop.provider_id, key="hosting")
        session.scalars(own).one().tax_class = "low"
    return shop


def test_each_rate_has_its_revenue_and_tax_however_it_is_paid(two_rates: Business) -> None:
    shop = two_rates
    order_id = shop.place(ROUTER, HOSTING)
    order = shop.order(order_id)
    for amount in ("0.01", "19.99", "12.34"):
        shop.move(order_id, "pay", by="petar", payment_method="cash", amount=amount)
        assert wrongs(shop.world) == []
    shop.move(order_id, "pay", by="petar", payment_method="balance")
    taxes = {tax.percent: (tax.base, tax.tax) for tax in order.taxes}
    assert taxes == {Decimal(20): (5000, 1000), Decimal(9): (459, 41)}
    assert in_books(shop, order_id) == taxes == on_documents(shop, order_id)


def test_calling_off_and_raising_leave_the_books_with_what_documents_say(
    two_rates: Business,
) -> None:
    shop = two_rates
    order_id = shop.place(ROUTER, HOSTING)
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    (first, _) = shop.order(order_id).lines
    shop.act(raise_price, RaisePrice(order_id, first.id, "70.00", "dearer"), by="boss")
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    assert in_books(shop, order_id) == on_documents(shop, order_id)
    assert in_books(shop, order_id)[Decimal(20)] == (5833, 1167)
    shop.move(order_id, "refund", by="boss", reason="all of it", refund_to="method")
    assert in_books(shop, order_id) == on_documents(shop, order_id) == {}
