"""What must be true is looked up: nothing is said of what is right, and each wrong is named.

For each check the data is spoilt behind the panel's back, triggers and constraints out of the way.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import InvoiceTime, Provider
from billing_panel.accounts.people.client_models import Membership
from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.core.panel_checks import MOST, Wrong, look_up
from billing_panel.core.plugins import all_checks, load_plugins
from billing_panel.kernel.language.text import LANGUAGES, say
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.clock import FixedClock
from billing_panel.ledger.double_entry import AccountKind
from billing_panel.ledger.models import LedgerAccount
from billing_panel.runtime.open_panel import open_panel
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance, debit_balance
from plugins.orders.top_ups.ask_top_up import AskTopUp, ask_top_up
from plugins.webhooks.delivering.webhook_checks import WEBHOOK_CHECKS
from tests.businesses import HOSTING, PROVIDER, ROUTER, Business, opened, wrongs
from tests.conftest import ENGINES, NOON, Templates
from tests.world import World

pytestmark = pytest.mark.every_case

HIS_BALANCE = "(SELECT id FROM ledger_account WHERE kind = 'balance' ORDER BY id DESC LIMIT 1)"
LENT_POSTING = "(SELECT max(id) FROM posting WHERE floor IS NOT NULL)"
LAST_POSTING = "(SELECT max(id) FROM posting)"
PAID, OWED, DONE, KEPT = 1, 2, 3, 4
MOVES_OF_PAID = "kind = 'order.moved' AND subject_id = 1"
EMPTY_ENTRY = (
    "INSERT INTO ledger_entry (key, kind, subject_kind, subject_id, at, day, reason)"
    " VALUES (:key, 'credited', 'client', 1, '2026-01-01', '2026-01-01', '')"
)

# what is done behind the panel's back → the checks that then say something
ALL = all_checks(load_plugins())
# nothing can be spoilt while they stand; tests/actions/test_append_only.py takes them away
TRIGGERS = "database.append_only"
SPOILT = {
    f"UPDATE ledger_account SET balance = balance + 5 WHERE id = {HIS_BALANCE}": {
        "ledger.sums",
        "ledger.zero",
    },
    f"UPDATE posting SET balance_after = balance_after + 1 WHERE id = {LAST_POSTING}": {
        "ledger.chain"
    },
    f"UPDATE posting SET amount = amount + 1 WHERE id = {LAST_POSTING}": {
        "ledger.sums",
        "ledger.chain",
        "ledger.entries",
    },
    EMPTY_ENTRY.replace(":key", "'empty'"): {"ledger.entries"},
    f"UPDATE ledger_account SET floor = balance + 1 WHERE id = {HIS_BALANCE}": {"ledger.floors"},
    f"UPDATE ledger_account SET floor = -900000, balance = -300000 WHERE id = {HIS_BALANCE}": {
        "ledger.sums",
        "ledger.zero",
        "clients.limits",
    },
    "UPDATE provider SET books_closed_on = '2027-01-31', books_closed_at = '2026-01-01'": {
        "ledger.closings"
    },
    "INSERT INTO books_closing (provider_id, at, after_entry, closed_on, reason)"
    " SELECT id, '2026-01-01', 0, '2027-01-31', '' FROM provider": {
        "ledger.closed",
        "ledger.closings",
    },
    "UPDATE posting SET tax_percent = 50000 WHERE tax_category IS NOT NULL": {"orders.rates"},
    "UPDATE posting SET amount = -amount WHERE account_id IN"
    " (SELECT id FROM ledger_account WHERE kind = 'deferred')": {
        "ledger.sums",
        "ledger.chain",
        "ledger.entries",
        "orders.deferred",
        "orders.earned",
    },
    "UPDATE tariff SET stock = -1 WHERE key = 'router'": {"catalog.stock"},
    "UPDATE request_key SET answer = NULL": {"requests.answered"},
    "DELETE FROM document WHERE id = (SELECT max(id) FROM document)": {
        "documents.numbers",
        "documents.unchanged",
        "search.documents",
    },
    "DELETE FROM document WHERE id = (SELECT min(id) + 1 FROM document)": {
        "documents.numbers",
        "documents.unchanged",
        "search.documents",
    },
    "DELETE FROM document_event": {"documents.unchanged"},
    "UPDATE document SET due_on = '2027-01-01'": {"documents.unchanged"},
    "UPDATE document SET client_id = (SELECT min(id) FROM client)": {
        "documents.unchanged",
        "search.documents",
    },
    "INSERT INTO event (at, kind, actor_kind, subject_kind, subject_id, facts)"
    " SELECT at, 'document.printed', actor_kind, subject_kind, subject_id, facts"
    " FROM event WHERE kind = 'document.issued'": {"documents.unchanged"},
    "UPDATE series_counter SET last = last + 1": {"documents.numbers"},
    "UPDATE document SET number = 'twice 2', kind = CASE WHEN id ="
    " (SELECT max(id) FROM document) THEN 'invoice' ELSE 'credit_note' END"
    " WHERE id >= (SELECT max(id) - 1 FROM document)": {
        "documents.credited",
        "documents.numbers",
        "documents.unchanged",
        "orders.awaited",
        "search.documents",
    },
    "UPDATE document SET kind = 'invoice' WHERE id = (SELECT min(id) FROM document)": {
        "documents.unchanged",
        "orders.awaited",
        "orders.invoiced",
    },
    f"UPDATE orders SET uninvoiced_since = NULL WHERE id = {PAID}": {"orders.awaited"},
    "UPDATE order_document SET share = 1": {"orders.shares"},
    "UPDATE document SET total = total + 1": {"documents.totals", "documents.unchanged"},
    "UPDATE client SET phone = '+359 2 000 00 00' WHERE id = 1": {"search.clients"},
    "UPDATE tariff SET category = 'moved' WHERE key = 'router'": {"search.tariffs"},
    "DELETE FROM search_entry WHERE kind = 'order'": {"search.orders"},
    "INSERT INTO search_entry (id, kind, subject_id, words) VALUES (1, 'payment', 1, ' a ')": {
        "search.payments"
    },
    'UPDATE orders SET fields = \'{"tracking_code": "RB 1"}\' WHERE id = (SELECT max(id)'
    " FROM orders)": {"search.order_fields"},
    "UPDATE promo_code SET used = used + 1": {"orders.promo_uses"},
    "UPDATE top_up SET state = 'paid'": {"top_ups.booked"},
    "UPDATE dialogue SET messages = messages + 1": {"messages.counts"},
    "UPDATE dialogue SET provider_id = (SELECT min(id) FROM provider"
    " WHERE provider.id <> dialogue.provider_id)": {"messages.orders"},
    "UPDATE notice_cursor SET event_id = (SELECT max(id) + 1 FROM event)": {"notices.cursor"},
    "INSERT INTO notice (event_id, recipient, route, kind, at, listed, sound, desktop)"
    " SELECT min(id), 'a@b.example', 'screen', 'order.new', min(at), true, false, false"
    " FROM event WHERE kind = 'order.placed'": {"notices.scope"},
    f"UPDATE orders SET surplus = surplus + 1 WHERE id = {PAID}": {"orders.paid"},
    f"UPDATE payment SET state = 'failed' WHERE order_id = {PAID}": {
        "orders.paid",
        "orders.refunds",
    },
    f"UPDATE orders SET earned = earned + 1 WHERE id = {PAID}": {"orders.earned"},
    f"UPDATE orders SET taxed = -1 WHERE id = {PAID}": {"orders.bounds", "orders.earned"},
    f"UPDATE orders SET owed = owed - 1 WHERE id = {OWED}": {
        "orders.debts",
        "orders.earned",
        "orders.delivered_owed",
    },
    f"UPDATE orders SET owed = total + 1 WHERE id = {OWED}": {
        "orders.bounds",
        "orders.debts",
        "orders.earned",
    },
    f"UPDATE ledger_entry SET subject_kind = 'client' WHERE subject_id = {OWED}"
    " AND kind = 'owed'": {"orders.debts", "orders.earned"},
    "UPDATE refund SET amount = amount + 1": {"orders.refunds"},
    f"UPDATE order_line SET amount = amount + 1 WHERE order_id = {PAID}": {"orders.totals"},
    f"UPDATE order_tax SET tax = tax + 1 WHERE order_id = {PAID}": {"orders.totals"},
    f"UPDATE orders SET stage = 'lost' WHERE id = {PAID}": {"orders.statuses"},
    "UPDATE orders SET status_id = (SELECT min(other.id) FROM order_status own"
    " JOIN order_status other ON other.key = own.key AND other.provider_id <> own.provider_id"
    f" WHERE own.id = orders.status_id) WHERE id = {PAID}": {"orders.statuses"},
    f"DELETE FROM event WHERE id = (SELECT id FROM event WHERE {MOVES_OF_PAID}"
    " ORDER BY id DESC LIMIT 1 OFFSET 1)": {"orders.moves"},
    "DELETE FROM event WHERE id = (SELECT max(id) FROM event WHERE kind = 'order.moved')": {
        "orders.moves"
    },
    f"INSERT INTO order_deadline (order_id, due_at) VALUES ({DONE}, '2026-01-01')": {
        "orders.deadlines"
    },
    f"UPDATE orders SET version = 1 WHERE id = {PAID}": {"orders.versions"},
    f"UPDATE orders SET paid = paid - 5 WHERE id = {KEPT}": {
        "orders.paid",
        "orders.earned",
        "orders.delivered_owed",
    },
    f"UPDATE orders SET owed = owed + 5 WHERE id = {KEPT}": {
        "orders.debts",
        "orders.earned",
        "orders.delivered_owed",
    },
    f"UPDATE orders SET kept_tax = kept_tax + 1 WHERE id = {KEPT}": {"orders.delivered_kept"},
    # weeks go by, and what was delivered has no invoice
    "INSERT INTO event (at, kind, actor_kind, subject_kind, subject_id, facts)"
    " VALUES ('2027-01-01 00:00:00.000000', 'register.exported', 'system', 'provider', 1, '{}')": {
        "orders.invoiced_in_time"
    },
    f"UPDATE orders SET held = '{{}}' WHERE id = {KEPT}": {"orders.delivered_stock"},
    "UPDATE order_line SET gone = '{\"99\": 1}' WHERE delivered_at IS NULL AND position ="
    f" (SELECT max(position) FROM order_line WHERE order_id = {KEPT})": {"orders.delivered_stock"},
    f"UPDATE order_line SET delivered_at = NULL, gone = NULL WHERE order_id = {OWED}": {
        "orders.delivered_services"
    },
    f"UPDATE posting SET floor = -1 WHERE id = {LENT_POSTING}": {"ledger.lent"},
    f"UPDATE posting SET balance_after = balance_after - 1000000 WHERE id = {LENT_POSTING}": {
        "ledger.chain",
        "ledger.lent",
    },
    "INSERT INTO event (at, kind, actor_kind, subject_kind, subject_id, facts)"
    " SELECT at, 'order.noted', actor_kind, subject_kind, subject_id, facts"
    f" FROM event WHERE {MOVES_OF_PAID}": {"orders.versions"},
}


@pytest.fixture(scope="module", params=ENGINES)
def shop(
    request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Business]:
    """One order paid too much and given back in part, one owed, one that came to its end."""
    home = tmp_path_factory.mktemp("shop")
    with templates.copy(request.param, "demo") as url:
        clock = FixedClock(NOON)
        config = Config(home=home, database_url=url, secret_key="only for tests")
        world = World(open_panel(config, load_plugins(), clock), clock)
        yield traded(opened(world, "hosting"))
        world.database.close()


def traded(hosting: Business) -> Business:
    for_points = replace(ROUTER, pay_with=Tender.POINTS)
    assert hosting.place(ROUTER, for_points) == PAID
    hosting.move(PAID, "pay", by="petar", payment_method="cash")
    hosting.move(PAID, "set_up")
    hosting.move(PAID, "refund", by="boss", reason="broke", amount="5", refund_to="method")
    assert hosting.place(ROUTER, HOSTING) == OWED
    hosting.deliver(OWED)
    assert hosting.place() == DONE
    hosting.move(DONE, "pay", by="petar", payment_method="cash", amount="70")
    hosting.move(DONE, "set_up")
    hosting.move(DONE, "cancel", by="boss", reason="changed their mind")
    assert hosting.place(ROUTER, HOSTING) == KEPT
    hosting.deliver(KEPT, hosting.order(KEPT).lines[0].id)
    hosting.move(KEPT, "pay", by="petar", payment_method="cash", amount="20")
    hosting.move(KEPT, "cancel", by="buyer")
    lend(hosting)
    credit = ChangeBalance(hosting.client_id, "3", "thanks", PROVIDER, request_key="k1")
    hosting.act(credit_balance, credit, by="boss")
    asked = AskTopUp(hosting.client_id, "5", "cash", PROVIDER)
    hosting.act(ask_top_up, asked, by="boss")
    hosting.world.change(
        Provider,
        {"key": PROVIDER},
        invoices_since=date(2026, 1, 1),
        invoice_time=InvoiceTime.WITHIN_FIVE_DAYS,
    )
    return hosting


def lend(hosting: Business) -> None:
    """The balance goes below zero, within what the debts leave of the limit."""
    terms = {"client_id": hosting.client_id}
    hosting.world.change(Provider, {"key": PROVIDER}, balance_may_go_below=True)
    hosting.world.change(Membership, terms, credit_limit=200_000)
    their = {"client_id": hosting.client_id, "kind": AccountKind.BALANCE}
    hosting.world.change(LedgerAccount, their, floor=-200_000)
    hosting.act(debit_balance, ChangeBalance(hosting.client_id, "600", "x", PROVIDER), by="boss")


@pytest.fixture
def spoil(shop: Business) -> Iterator[Callable[..., Sequence[Wrong]]]:
    """``spoil(statement)`` runs it with nothing in its way, and says what is wrong then.

    When the test is over nothing has happened.
    """
    engine = create_engine(shop.world.database.url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
            connection.exec_driver_sql("BEGIN")
        _let_everything_pass(connection)

        def spoilt(statement: str, *values: Mapping[str, object]) -> Sequence[Wrong]:
            assert connection.execute(text(statement), values or None).rowcount
            with Session(connection, info=shop.world.database.info) as session:
                return look_up(session, [one for one in ALL if one.name != TRIGGERS])

        yield spoilt
        connection.rollback()
    engine.dispose()


def _let_everything_pass(connection: Connection) -> None:
    """Triggers, foreign keys and constraints: none of them refuses anything any more."""
    if connection.dialect.name == "sqlite":
        find = "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger'"
    else:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        find = (
            "SELECT 'DROP TRIGGER ' || tgname || ' ON ' || tgrelid::regclass FROM pg_trigger"
            " WHERE NOT tgisinternal UNION ALL"
            " SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || conname"
            " FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0"
            " AND connamespace = 'public'::regnamespace"
        )
    for statement in connection.exec_driver_sql(find).scalars().all():
        connection.exec_driver_sql(statement)


def test_the_demo_is_right(world: World) -> None:
    assert wrongs(world) == []


def test_a_shop_at_work_is_right(shop: Business) -> None:
    assert wrongs(shop.world) == []


@pytest.mark.parametrize("statement", SPOILT, ids=str)
def test_what_is_wrong_is_named_in_words(
    spoil: Callable[..., Sequence[Wrong]], statement: str
) -> None:
    found = spoil(statement)
    assert {wrong.check for wrong in found} == SPOILT[statement]
    for wrong in found:
        for language in LANGUAGES:
            words = say(wrong.message, language)
            assert any(letter.isdigit() for letter in words), words


def test_every_check_is_shown_to_find_something() -> None:
    shown = {name for names in SPOILT.values() for name in names}
    # test_webhook_checks shows what its own find
    elsewhere = {TRIGGERS, *(check.name for check in WEBHOOK_CHECKS)}
    assert shown | elsewhere == {check.name for check in ALL}


def test_how_much_is_missing_and_where_is_said(spoil: Callable[..., Sequence[Wrong]]) -> None:
    account, everything = spoil(
        f"UPDATE ledger_account SET balance = balance + 5 WHERE id = {HIS_BALANCE}"
    )
    assert "a difference of €0.05" in str(account.message)
    assert str(everything.message) == "All accounts add up to €0.05, not to zero."


def test_of_very_many_wrongs_a_hundred_are_told(spoil: Callable[..., Sequence[Wrong]]) -> None:
    empty = [{"key": f"empty:{number}"} for number in range(MOST + 20)]
    assert len(spoil(EMPTY_ENTRY, *empty)) == MOST
