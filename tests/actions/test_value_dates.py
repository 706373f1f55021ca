"""On which day money counts: value dates, and months that are closed to them."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import InvoiceTime, Provider
from billing_panel.audit.check_append_only_tables import guards_missing
from billing_panel.kernel.database.column_types import UtcDateTime
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.ledger.client_standing import Statement, closing_of, held_account, opening_of
from billing_panel.ledger.double_entry import (
    AccountKind,
    AccountName,
    EntryKind,
    Happened,
    Movement,
)
from billing_panel.ledger.models import LedgerEntry
from billing_panel.ledger.post_entries import post
from invoices.document import Kind
from plugins.finance.closing.close_months import (
    CLOSED,
    REOPENED,
    CloseMonth,
    ReopenMonth,
    close_month,
    closings,
    reopen_month,
)
from plugins.finance.closing.closing_checks import closed
from plugins.orders.balance.change_balance import (
    ChangeBalance,
    ReverseEntry,
    credit_balance,
    reverse_entry,
)
from plugins.orders.documents.issue_due_invoices import issue_due_invoices
from plugins.orders.payments.pay_order import PayOrder, pay_order
from plugins.orders.settlement.invoicing.tax_event import day_of_tax_event
from tests.actions.conftest import Opening
from tests.actions.test_invoices import invoicing, of_kind
from tests.businesses import BALANCE, HOSTING, PROVIDER, ROUTER, Business, wrongs

TODAY = date(2026, 11, 22)
BEFORE = date(2026, 11, 20)


@pytest.fixture
def shop(business: Opening) -> Business:
    return business("hosting")


def days(shop: Business, kind: AccountKind) -> list[date]:
    """Value dates of what moved that account of the provider, in the order it was written."""
    with shop.world.database.reading() as session:
        entries = session.scalars(select(LedgerEntry).order_by(LedgerEntry.id)).all()
        return [
            entry.day
            for entry in entries
            for posting in entry.postings
            if posting.account.kind is kind and posting.account.provider_id == shop.provider_id
        ]


def paid(shop: Business, received_on: str, method: str = "bank_transfer") -> int:
    order_id = shop.place(ROUTER)
    command = PayOrder(order_id, method, received_on=received_on)
    shop.act(pay_order, command, by="petar")
    return order_id


def test_a_transfer_counts_on_the_day_it_came(shop: Business) -> None:
    order_id = paid(shop, "2026-11-20")
    paid(shop, "")
    assert days(shop, AccountKind.BANK) == [BEFORE, TODAY]
    (payment,) = shop.order(order_id).payments
    assert payment.received_on == BEFORE
    assert payment.received_at == shop.world.clock.at
    with shop.world.database.reading() as session:
        order = shop.order(order_id)
        session.add(order)
        assert day_of_tax_event(order) == BEFORE
    assert shop.happened(order_id, "payment.received")[0]["received_on"] == "2026-11-20"


def test_a_credit_of_the_30th_typed_on_the_2nd_is_on_the_statement_of_the_30th(
    shop: Business,
) -> None:
    shop.world.clock.at += timedelta(days=10)
    credit = ChangeBalance(
        shop.client_id, "10", "transfer", PROVIDER, method="cash", received_on="2026-11-30"
    )
    shop.act(credit_balance, credit, by="boss")
    with shop.world.database.reading() as session:
        provider = shop.order(shop.place(HOSTING)).provider
        account = held_account(shop.client_id, provider, in_points=False)
        november = Statement(account, date(2026, 11, 23), date(2026, 11, 30))
        december = Statement(account, date(2026, 12, 1))
        assert (opening_of(session, november), closing_of(session, november)) == (
            BALANCE,
            BALANCE + 1000,
        )
        assert (opening_of(session, december), closing_of(session, december)) == (
            BALANCE + 1000,
            BALANCE + 1000,
        )


@pytest.mark.parametrize(
    ("typed", "code"),
    [("2026-11-23", "future_day"), ("20.11.2026", "day"), ("2026-13-01", "day")],
)
def test_a_day_that_cannot_be_is_refused_where_it_was_typed(
    shop: Business, typed: str, code: str
) -> None:
    order_id = shop.place(HOSTING)
    by_api = PayOrder(order_id, "bank_transfer", received_on=typed)
    said = shop.refusal(lambda: shop.act(pay_order, by_api, by="petar"))
    assert "received_on" in said
    credit = ChangeBalance(
        shop.client_id, "10", "transfer", PROVIDER, method="cash", received_on=typed
    )
    said = shop.refusal(lambda: shop.act(credit_balance, credit, by="boss"))
    assert {code, "received_on"} <= said


def test_what_is_paid_from_the_balance_is_paid_today(shop: Business) -> None:
    order_id = shop.place(HOSTING)
    command = PayOrder(order_id, "balance", received_on="2026-11-20")
    assert "not_dated" in shop.refusal(lambda: shop.act(pay_order, command, by="petar"))


def test_clients_say_no_value_dates(shop: Business) -> None:
    order_id = shop.place(HOSTING)
    command = PayOrder(order_id, "balance", received_on="2026-11-20")
    assert "received_on" in shop.refusal(lambda: shop.act(pay_order, command, by="buyer"))


def test_the_worker_counts_the_four_days_from_the_day_it_came(business: Opening) -> None:
    shop = invoicing(business("hosting"), InvoiceTime.WITHIN_FIVE_DAYS)
    order_id = paid(shop, "2026-11-19")
    shop.wait(days=1)
    issue_due_invoices(shop.world.database, actor=shop.actor("console"), clock=shop.world.clock)
    assert len(of_kind(shop, order_id, Kind.INVOICE)) == 1


def close(shop: Business, month: str = "2026-10", by: str = "boss") -> None:
    shop.act(close_month, CloseMonth(PROVIDER, month), by=by)


def test_a_closed_month_refuses_what_is_dated_into_it_and_takes_what_comes_after(
    shop: Business,
) -> None:
    close(shop)
    late = PayOrder(shop.place(HOSTING), "bank_transfer", received_on="2026-10-31")
    assert "month_closed" in shop.refusal(lambda: shop.act(pay_order, late, by="petar"))
    credit = ChangeBalance(
        shop.client_id, "10", "transfer", PROVIDER, method="cash", received_on="2026-10-31"
    )
    assert "month_closed" in shop.refusal(lambda: shop.act(credit_balance, credit, by="boss"))
    paid(shop, "2026-11-01")
    # the books themselves refuse it, whoever asks
    provider = shop.provider_id
    moved = [
        Movement(AccountName(provider, AccountKind.BANK, "EUR"), -100),
        Movement(AccountName(provider, AccountKind.WRITE_OFF, "EUR"), 100),
    ]
    happened = Happened(EntryKind.CREDITED, "test", ("client", 1), day=date(2026, 10, 31))

    def post_it(session: Session, _command: None, *, actor: Actor, clock: Clock) -> None:
        post(session, happened, moved, actor=actor, at=clock.now())

    assert "month_closed" in shop.refusal(lambda: shop.act(post_it, None))


def test_a_correction_of_a_closed_month_goes_into_the_open_one(shop: Business) -> None:
    credit = ChangeBalance(shop.client_id, "10", "transfer", PROVIDER, method="cash")
    entry = shop.act(credit_balance, credit, by="boss")
    shop.wait(days=10)
    close(shop, "2026-11")
    reversing = ReverseEntry(shop.client_id, entry.id, "typed twice")
    assert shop.act(reverse_entry, reversing, by="boss").day == date(2026, 12, 2)


@pytest.mark.parametrize(
    ("month", "code"),
    [("2026-11", "month_not_over"), ("2027-01", "month_not_over"), ("11/2026", "month")],
)
def test_only_a_month_that_is_over_is_closed(shop: Business, month: str, code: str) -> None:
    assert code in shop.refusal(lambda: close(shop, month))


def test_months_are_closed_once_and_reopened_with_a_reason_by_who_may(shop: Business) -> None:
    close(shop)
    assert "already_closed" in shop.refusal(lambda: close(shop, "2026-09"))
    assert shop.refusal(lambda: close(shop, by="georgi")) >= {"function_not_held"}

    def reopen(reason: str, month: str = "2026-10", by: str = "boss") -> None:
        shop.act(reopen_month, ReopenMonth(PROVIDER, month, reason), by=by)

    assert "reason_missing" in shop.refusal(lambda: reopen(" "))
    assert "not_closed" in shop.refusal(lambda: reopen("a fee", "2026-11"))
    assert shop.refusal(lambda: reopen("a fee", by="georgi")) >= {"function_not_held"}
    reopen("a fee")
    paid(shop, "2026-10-31")
    close(shop)
    with shop.world.database.reading() as session:
        events = session.scalars(
            select(Event).where(Event.kind.in_([CLOSED, REOPENED])).order_by(Event.id)
        )
        assert [(one.kind, one.told) for one in events] == [
            (CLOSED, {"month": "2026-10", "closed_on": "2026-10-31"}),
            (REOPENED, {"month": "2026-10", "closed_on": "2026-09-30", "reason": "a fee"}),
            (CLOSED, {"month": "2026-10", "closed_on": "2026-10-31"}),
        ]


def test_the_check_finds_a_month_that_nobody_has_reopened_and_is_open(
    shop: Business,
) -> None:
    paid(shop, "2026-10-31")
    close(shop)
    assert wrongs(shop.world) == []
    shop.world.change(Provider, {"key": PROVIDER}, books_closed_on=None)
    assert {wrong.check for wrong in wrongs(shop.world)} == {"ledger.closings"}
    shop.world.change(Provider, {"key": PROVIDER}, books_closed_on=date(2026, 10, 31))


def into_october(session: Session, at: datetime) -> None:
    """A posting dated into October, by whoever has only SQL: the entry, then both its sides."""
    session.execute(
        text(
            "INSERT INTO ledger_entry (id, key, kind, subject_kind, subject_id, at, day, reason)"
            " SELECT 9999, 'forged', kind, subject_kind, subject_id, :at, :day, ''"
            " FROM ledger_entry WHERE kind = 'paid' LIMIT 1"
        ).bindparams(bindparam("at", type_=UtcDateTime)),
        {"at": at, "day": date(2026, 10, 31)},
    )
    session.execute(
        text(
            "INSERT INTO posting (entry_id, account_id, amount, balance_after)"
            " SELECT 9999, account_id, amount, balance_after FROM posting WHERE entry_id ="
            " (SELECT id FROM ledger_entry WHERE kind = 'paid' ORDER BY id LIMIT 1)"
        )
    )


def test_the_database_refuses_what_is_dated_into_a_closed_month(
    shop: Business, engine: str
) -> None:
    """Where somebody took the trigger away, what they did is found; reopening hides nothing."""
    paid(shop, "2026-10-31")
    close(shop)
    shop.wait(days=1)
    before, now = shop.world.everything(), shop.world.clock.now()
    with (
        pytest.raises(IntegrityError, match="closed month"),
        shop.world.database.writing() as session,
    ):
        into_october(session, now)
    assert shop.world.everything() == before
    of = "" if engine == "sqlite" else " ON posting"
    with shop.world.database.writing() as session:
        session.execute(text(f"DROP TRIGGER posting_refuses_closed{of}"))
        into_october(session, now)
        reopening = ReopenMonth(PROVIDER, "2026-10", "a fee")
        reopen_month(session, reopening, actor=shop.actor("boss"), clock=shop.world.clock)
        assert [len([*closed(session)]), len([*guards_missing(session)])] == [1, 1]
        session.rollback()
    shop.act(reopen_month, reopening, by="boss")
    paid(shop, "2026-10-31")


def test_each_closing_and_reopening_stays_readable(shop: Business) -> None:
    close(shop, "2026-09")
    close(shop)
    shop.act(reopen_month, ReopenMonth(PROVIDER, "2026-09", "a fee"), by="boss")
    with shop.world.database.reading() as session:
        found = closings(session, [shop.provider_id], 10)
        assert [(one.closed_on, one.reason) for one in found] == [
            (date(2026, 8, 31), "a fee"),
            (date(2026, 10, 31), ""),
            (date(2026, 9, 30), ""),
        ]


def test_a_bank_reference_is_recorded_twice_only_where_that_is_meant(shop: Business) -> None:
    first, second = shop.place(HOSTING), shop.place(HOSTING)

    def transfer(order_id: int, *, accept: bool = False) -> None:
        command = PayOrder(
            order_id, "bank_transfer", reference="RF18 5390", accept_duplicate=accept
        )
        shop.act(pay_order, command, by="petar")

    transfer(first)
    said = shop.refusal(lambda: transfer(second))
    assert {"duplicate_reference", "reference"} <= said
    transfer(second, accept=True)
    assert [p.reference for p in shop.order(second).payments] == ["RF18 5390"]
    # cash has receipts of its own
    shop.act(pay_order, PayOrder(shop.place(HOSTING), "cash", reference="RF18 5390"), by="petar")
