"""What clients owe by age, and tax by place: to the cent what the books say."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.errors import FunctionNotHeld, NotFound
from billing_panel.ledger.double_entry import AccountKind
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from plugins.finance.registers.aging import AGING, bucket_of
from plugins.finance.registers.all_registers import REGISTERS
from plugins.finance.registers.register import Register, ask
from plugins.finance.registers.vat_register import VAT, vat_rows
from plugins.orders.balance.statement import Days
from tests.actions.conftest import Opening
from tests.businesses import ANTENNA, HOSTING, PROVIDER, ROUTER, SERVER, Business


@pytest.fixture
def desk(business: Opening) -> Business:
    return business("desk")


def totals(desk: Business, register: Register, days: Days = Days()) -> dict[str, int]:  # noqa: B008
    with desk.world.database.reading() as session:
        now = desk.world.clock.now()
        asked = ask(session, desk.actor("boss"), PROVIDER, days, now=now)
        return {one.what: one.sum.minor for one in register.totals(session, asked)}


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-5, "not_due"),
        (0, "not_due"),
        (1, "days_1_30"),
        (30, "days_1_30"),
        (31, "days_31_60"),
        (60, "days_31_60"),
        (61, "days_61_90"),
        (90, "days_61_90"),
        (91, "over_90"),
        (4000, "over_90"),
    ],
)
def test_on_the_last_day_nothing_is_overdue(days: int, bucket: str) -> None:
    assert bucket_of(days) == bucket


def test_a_debt_grows_older_and_what_is_paid_of_it_is_owed_no_more(desk: Business) -> None:
    order_id = desk.place(ROUTER)
    desk.move(order_id, "accept")
    owed = desk.stands().debt
    assert owed > 0
    seen = set()
    for _ in range(5):
        found = totals(desk, AGING)
        assert found["total"] == owed == sum(found.values()) - found["total"]
        seen |= {what for what, minor in found.items() if minor}
        desk.wait(days=31)
    assert {"days_1_30", "days_31_60", "days_61_90", "over_90"} <= seen
    desk.move(order_id, "pay", by="boss", payment_method="cash", amount="1.00")
    assert totals(desk, AGING)["total"] == owed - 100 == desk.stands().debt
    left = f"{(owed - 100) / 100:.2f}"
    desk.move(order_id, "pay", by="boss", payment_method="cash", amount=left)
    assert totals(desk, AGING) == {}


def test_what_came_before_its_debt_is_counted_below_zero(desk: Business) -> None:
    first = desk.place(ROUTER)
    desk.move(first, "accept")
    desk.wait(days=4)
    on_time = Days(None, date(2026, 11, 24))
    for tariff in (HOSTING, ANTENNA, SERVER):
        order_id = desk.place(tariff)
        desk.move(order_id, "accept")
        paid = {"payment_method": "cash", "received_on": "2026-11-23"}
        desk.move(order_id, "pay", by="boss", **paid)
        before = -receivable(desk, on_time)
        found = totals(desk, AGING, on_time)
        assert found.get("total", 0) == before
        assert found.get("not_due", 0) == before
    assert receivable(desk, on_time) == 500 + 4_000 + 8_000 - 6_000
    assert totals(desk, AGING)["total"] == 6_000


def receivable(desk: Business, days: Days) -> int:
    """What the books have by value dates."""
    found = (
        select(func.sum(Posting.amount))
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .where(LedgerAccount.provider_id == desk.provider_id, LedgerEntry.day <= days.last)
        .where(LedgerAccount.kind == AccountKind.RECEIVABLE)
    )
    with desk.world.database.reading() as session:
        return int(session.scalar(found) or 0)


def test_tax_of_another_member_state_is_marked_for_the_one_stop_shop(desk: Business) -> None:
    since = date(2026, 1, 1)
    where = {"id": desk.provider_id}
    desk.world.change(Provider, where, invoices_since=since, one_stop_shop=True)
    for country in ("BG", "DE"):
        desk.world.change(Client, {"id": desk.client_id}, country=country, kind="person")
        order_id = desk.place(HOSTING)
        desk.move(order_id, "accept")
        desk.move(order_id, "pay", by="boss", payment_method="cash", amount="5.00")
    with desk.world.database.reading() as session:
        asked = ask(session, desk.actor("boss"), "", Days(since), now=desk.world.clock.now())
        rows = vat_rows(session, asked, 0, None)
        found = [(row.place, row.percent, row.oss) for row in rows]
    assert found == [("BG", Decimal(20), False), ("DE", Decimal(19), True)]
    sums = totals(desk, VAT)
    assert sums["difference"] == 0
    assert sums["documents"] == sums["books"] > 0


def test_books_of_others_are_in_no_register(desk: Business) -> None:
    now = desk.world.clock.now()
    elsewhere = replace(desk.world.actor("olga"), functions=desk.actor("boss").functions)
    with desk.world.database.reading() as session:
        with pytest.raises(FunctionNotHeld):
            ask(session, desk.actor("maria"), PROVIDER, Days(), now=now)
        with pytest.raises(NotFound):
            ask(session, elsewhere, PROVIDER, Days(), now=now)
        asked = ask(session, elsewhere, "", Days(), now=now)
        assert [one.key for one in asked.providers] == ["sever"]
        rows = [row for one in REGISTERS.values() for row in one.rows(session, asked, 0, None)]
        assert {getattr(row, "provider", "") for row in rows} <= {"sever"}
