"""Many who pay, credit, debit and give back at once, on both databases: no money is made or lost.

The negative control pays the way it is written without thinking, in the same race, and fails it.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from threading import Barrier, get_ident

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, select, update
from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_models import ClientKind
from billing_panel.administration.clients.change_client import create_client
from billing_panel.administration.clients.client_details import ClientDetails
from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.kernel.language.errors import DomainError
from billing_panel.ledger.double_entry import AccountKind, EntryKind
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance, debit_balance
from plugins.orders.checkout.place_order import PlaceOrder, place_order
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.store.payment import Payment, Refund
from tests.actions.conftest import Opening
from tests.actions.test_races import PATIENCE, at_once, count
from tests.api import ApiClient
from tests.businesses import BALANCE, HIS_POINTS, HOSTING, PROVIDER, Business, opened, wrongs
from tests.world import World, line

THREADS = 50
PAYMENTS = 200
REACHES_FOR = 10
PART = 500
NAIVE = 12


@pytest.fixture
def desk(business: Opening) -> Business:
    return business("desk")


@pytest.fixture
def hosting(business: Opening) -> Business:
    return business("hosting")


def codes(results: Sequence[object]) -> list[str]:
    return sorted(result.code if isinstance(result, DomainError) else "done" for result in results)


def change(
    business: Business, amount: int, act: object = credit_balance, *, in_points: bool = False
) -> object:
    written = str(amount) if in_points else f"{amount // 100}.{amount % 100:02}"
    command = ChangeBalance(business.client_id, written, "agreed", PROVIDER, in_points)
    return business.act(act, command, by="boss")


def big_order(desk: Business) -> int:
    """One that 200 payments of a part would just pay, with money for ten of them."""
    hosting = line("hosting", "1 month", quantity=PAYMENTS)
    order_id = desk.place(hosting)
    desk.move(order_id, "accept")
    change(desk, BALANCE - REACHES_FOR * PART, debit_balance)
    return order_id


def pay_part(business: Business, order_id: int) -> object:
    return business.move(order_id, "pay", by="petar", payment_method="balance", amount="5")


def test_15_of_200_payments_out_of_a_balance_that_covers_10_exactly_10_succeed(
    desk: Business,
) -> None:
    order_id = big_order(desk)

    def pay_four_times() -> list[str]:
        told = []
        for _ in range(PAYMENTS // THREADS):
            try:
                pay_part(desk, order_id)
                told.append("done")
            except DomainError as refusal:
                told.append(refusal.code)
        return told

    results = at_once([pay_four_times] * THREADS)
    told = [word for words in results if not isinstance(words, DomainError) for word in words]
    assert len(told) == PAYMENTS
    assert told.count("done") == REACHES_FOR
    assert told.count("insufficient_funds") == PAYMENTS - REACHES_FOR
    order, stands = desk.order(order_id), desk.stands()
    assert (order.paid, stands.balance) == (REACHES_FOR * PART, 0)
    assert (stands.debt, order.owed) == (order.left, order.left)
    assert count(desk.world, Payment) == REACHES_FOR


def test_50_equal_requests_with_one_key_are_one_payment(app: Flask, hosting: Business) -> None:
    order_id = hosting.place()
    token = hosting.world.token("petar")
    fields = {"payment_method": "balance", "amount": "10"}

    def ask() -> tuple[int, str, bool]:
        caller = ApiClient(app.test_client(), token)
        body = {"action": "pay", "fields": fields}
        answer = caller.post(f"/orders/{order_id}/transitions", body, Idempotency_Key="k")
        return answer.status_code, answer.text, "Idempotency-Replayed" in answer.headers

    answers = [answer for answer in at_once([ask] * THREADS) if isinstance(answer, tuple)]
    assert {status for status, _, _ in answers} == {200}
    assert len({body for _, body, _ in answers}) == 1
    assert sorted(replayed for _, _, replayed in answers) == [False] + [True] * (THREADS - 1)
    assert (count(hosting.world, Payment), hosting.stands().balance) == (1, BALANCE - 1000)


def test_credits_and_debits_at_once_are_all_in_the_balance(desk: Business) -> None:
    amounts = range(1, 21)
    ins = [partial(change, desk, 100 + amount, credit_balance) for amount in amounts]
    outs = [partial(change, desk, amount, debit_balance) for amount in amounts]
    assert codes(at_once([*ins, *outs])) == ["done"] * 40
    assert desk.stands().balance == BALANCE + 20 * 100


def test_what_is_credited_once_is_debited_once(desk: Business) -> None:
    change(desk, BALANCE, debit_balance)
    ins = [partial(change, desk, 700, credit_balance)] * 3
    outs = [partial(change, desk, 700, debit_balance)] * 10
    told = codes(at_once([*ins, *outs]))
    debited = told.count("done") - 3
    assert 0 <= debited <= 3
    assert told.count("insufficient_funds") == 10 - debited
    assert desk.stands().balance == (3 - debited) * 700


def test_of_pay_cancel_and_expire_one_wins(hosting: Business) -> None:
    orders = [hosting.place() for _ in range(5)]
    hosting.wait(days=31)
    acts: list[Callable[[], object]] = [hosting.fire]
    for order_id in orders:
        acts += [
            partial(hosting.move, order_id, "pay", by="petar", payment_method="balance"),
            partial(hosting.move, order_id, "cancel"),
        ]
    at_once(acts)
    ends = [hosting.order(order_id) for order_id in orders]
    for order in ends:
        paid = order.total if order.status.key == "paid" else 0
        assert order.status.key in {"paid", "cancelled", "expired"}
        assert (order.paid, order.refunded) == (paid, 0)
        steps = [action for action, _ in hosting.path(order.id)]
        assert steps in (["pay", "payment_succeeded"], ["cancel"], ["deadline"])
    assert hosting.stands().balance == BALANCE - sum(order.paid for order in ends)


def test_of_two_refunds_of_one_payment_no_more_goes_back_than_was_paid(hosting: Business) -> None:
    order_id = hosting.place()
    hosting.move(order_id, "pay", by="petar", payment_method="cash")

    def refund() -> object:
        fields = {"reason": "broke", "amount": "40", "refund_to": "method"}
        return hosting.move(order_id, "refund", by="boss", **fields)

    assert codes(at_once([refund] * 8)) == ["done", *["invalid"] * 7]
    assert (count(hosting.world, Refund), hosting.order(order_id).refunded) == (1, 4000)
    assert hosting.received(AccountKind.CASH) == 2000


def test_17_a_price_raised_while_it_is_paid_is_owed_and_never_forgotten(hosting: Business) -> None:
    orders = [hosting.place() for _ in range(6)]
    acts: list[Callable[[], object]] = []
    for order_id in orders:
        line_id = hosting.order(order_id).lines[0].id
        raised = RaisePrice(order_id, line_id, "70.00", "dearer")
        acts += [
            partial(hosting.act, raise_price, raised, by="boss"),
            partial(hosting.move, order_id, "pay", by="petar", payment_method="cash"),
        ]
    assert codes(at_once(acts)) == ["done"] * len(acts)
    for order_id in orders:
        order = hosting.order(order_id)
        assert (order.total, order.paid + order.left) == (7000, 7000)
        assert order.paid in {6000, 7000}


def test_20_points_that_reach_for_one_order_pay_one(hosting: Business) -> None:
    for_points = line("router", "once", pay_with=Tender.POINTS)
    orders = [hosting.place(for_points) for _ in range(3)]
    change(hosting, HIS_POINTS - 350, debit_balance, in_points=True)
    pays = [
        partial(hosting.move, order_id, "pay", by="petar", payment_method="points")
        for order_id in orders
    ]
    told = codes(at_once(pays))
    assert (told.count("done"), told.count("insufficient_funds")) == (1, 2)
    assert hosting.stands().points == 50


def test_those_who_move_money_both_ways_never_block_each_other(hosting: Business) -> None:
    """Orders paid by two methods are given back while others are paid by the first of the two."""
    clients = [new_client(hosting, f"neighbour-{number}") for number in range(8)]
    orders = [place_for(hosting, client_id) for client_id in clients]
    pay = partial(hosting.move, action="pay", by="petar")
    for order_id in orders[:4]:
        pay(order_id, payment_method="bank_transfer", amount="2")
        pay(order_id, payment_method="cash", amount="1")
    back = partial(hosting.move, action="refund", by="boss", reason="broke", refund_to="method")
    acts: list[Callable[[], object]] = [partial(back, order_id) for order_id in orders[:4]]
    acts += [partial(pay, order_id, payment_method="bank_transfer") for order_id in orders[4:]]
    assert codes(at_once(acts)) == ["done"] * 8
    assert hosting.received(AccountKind.BANK) == 4 * 500
    assert hosting.received(AccountKind.CASH) == 0


def new_client(business: Business, login: str) -> int:
    """One who may order, without money."""
    world, owner = business.world, business.world.actor("owner")
    details = ClientDetails(login, login.title(), ClientKind.COMPANY, "BG", city="Sofia")
    with world.database.writing() as session:
        client = create_client(session, details, provider=PROVIDER, actor=owner, clock=world.clock)
    return client.id


def place_for(business: Business, client_id: int) -> int:
    command = PlaceOrder(client_id, PROVIDER, "bank_transfer", (HOSTING,))
    (order,) = business.act(place_order, command)
    return int(order.id)


@pytest.fixture
def naive(demo_url: str) -> Iterator[Engine]:
    """An engine as the library makes it, on the database that ``desk`` has."""
    engine = create_engine(demo_url)
    yield engine
    engine.dispose()


def test_control_who_reads_a_balance_and_then_writes_it_pays_more_than_there_is(
    world: World, naive: Engine
) -> None:
    """The same race, lost; and no balance below zero tells of it, the sum of the postings does."""
    desk = opened(world, "desk")
    their = account(desk, AccountKind.BALANCE, desk.client_id)
    own = account(desk, AccountKind.OPENING, None)
    all_have_read = Barrier(NAIVE, timeout=PATIENCE)

    def pay() -> None:
        with Session(naive) as session, session.begin():
            held = session.scalars(select(LedgerAccount.balance).filter_by(id=their)).one()
            all_have_read.wait()
            if held >= BALANCE:
                entry = LedgerEntry(
                    key=f"naive:{get_ident()}",
                    kind=EntryKind.DEBITED,
                    subject_kind="client",
                    subject_id=desk.client_id,
                    at=world.clock.now(),
                    day=world.clock.now().date(),
                    reason="",
                )
                session.add(entry)
                session.flush()
                for account_id, amount, after in (
                    (their, -BALANCE, held - BALANCE),
                    (own, BALANCE, 0),
                ):
                    session.add(
                        Posting(
                            entry_id=entry.id,
                            account_id=account_id,
                            amount=amount,
                            balance_after=after,
                        )
                    )
                    changed = update(LedgerAccount).filter_by(id=account_id)
                    session.execute(changed.values(balance=after))

    at_once([pay] * NAIVE)
    assert count(world, LedgerEntry, kind=EntryKind.DEBITED) == NAIVE
    assert desk.stands().balance == 0
    assert {"ledger.sums", "ledger.chain"} <= {wrong.check for wrong in wrongs(world)}


def account(business: Business, kind: AccountKind, client_id: int | None) -> int:
    of = {"provider_id": business.provider_id, "client_id": client_id, "currency": "EUR"}
    with business.world.database.reading() as session:
        return session.scalars(select(LedgerAccount.id).filter_by(kind=kind, **of)).one()
