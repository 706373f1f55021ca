"""Whatever is done with a client's money, on a real database: it agrees with books kept on paper.

Now and then the panel breaks off in the middle, at any statement: then nothing has happened. After
each step all that ``billing-panel check`` looks up is right, and nothing was made or lost.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, event, select
from typing_extensions import override

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Membership
from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import POINTS
from billing_panel.ledger.double_entry import AccountKind, AccountName
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from billing_panel.ledger.post_entries import set_floor
from invoices.document import FISCAL, Kind
from invoices.issue_and_print import content_of
from invoices.store.models import IssuedDocument
from plugins.finance.registers.all_registers import REGISTERS
from plugins.finance.registers.general_ledger import account_rows
from plugins.finance.registers.register import ask
from plugins.finance.write_offs.decide_write_off import DecideWriteOff, decide_write_off
from plugins.finance.write_offs.propose_write_off import ProposeWriteOff, propose_write_off
from plugins.orders.balance.change_balance import (
    ChangeBalance,
    ReverseEntry,
    credit_balance,
    debit_balance,
    reverse_entry,
)
from plugins.orders.balance.expire_points import expire_points
from plugins.orders.balance.reconciliation_statement import reconcile
from plugins.orders.balance.statement import Days, find_account
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.settlement.ledger.earnings import EARNED
from plugins.orders.store.models import Order, OrderDocument
from plugins.orders.workflow.statuses.stage import Stage
from tests.businesses import BALANCE, HIS_POINTS, HOSTING, PROVIDER, ROUTER, Business, wrongs
from tests.conftest import Templates
from tests.property.money_model import Books, Sheet
from tests.property.test_orders_live import template_of

LIMIT = 20_000
MOST_ORDERS = 4
LASTING = 40
KINDS = {"cash": AccountKind.CASH, "bank_transfer": AccountKind.BANK}
STEPS = (
    *("accept", "cancel", "void", "complete", "set_up", "deliver", "suspend", "cancel", "void"),
    "take_back",
)
LINES = (ROUTER, HOSTING, replace(ROUTER, pay_with=Tender.POINTS))

amounts = st.sampled_from([1, 99, 1_000, 2_500, 6_000, 30_000])
# the statement at which the panel breaks off; most of the time it doesn't
breaks = st.one_of(st.none(), st.none(), st.none(), st.integers(0, 60))


class BreaksOff(Exception):
    """Not one of the panel's refusals: the process is as good as dead."""


@contextmanager
def breaking_off(engine: Engine, at: int | None) -> Iterator[None]:
    """Before the statement with the number ``at`` is sent."""
    sent = 0

    def count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        nonlocal sent
        sent += not statement.startswith(("PRAGMA", "BEGIN"))
        if at is not None and sent > at:
            raise BreaksOff

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", count)


class Money(RuleBasedStateMachine):
    """Of one client, whose books each example finds as they were opened."""

    fresh: Callable[[], Any]
    done: set[str]

    def __init__(self) -> None:
        super().__init__()
        self.opening = self.fresh()
        self.business: Business = self.opening.__enter__()
        self.world = self.business.world
        self.books = Books(BALANCE, HIS_POINTS)
        self.seen = 0
        self.floor = 0
        self.by_hand: list[tuple[int, str, int]] = []
        self.looked_at: tuple[Any, ...] = ()
        self.aged: dict[date, dict[str, int]] = {}

    @override
    def teardown(self) -> None:
        self.opening.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        pair = {"client_id": self.business.client_id, "provider_id": self.business.provider_id}
        self.world.change(Membership, pair, credit_limit=LIMIT)
        own = {"id": self.business.provider_id}
        self.world.change(
            Provider, own, invoices_since=date(2026, 1, 1), series_receipt="R-{number}"
        )
        self.place([ROUTER, HOSTING], accepted=True)

    # what is done

    @rule(lines=st.lists(st.sampled_from(LINES), min_size=1, max_size=2), accepted=st.booleans())
    @precondition(lambda self: len(self.books.sheets) < MOST_ORDERS)
    def place(self, lines: list[Any], accepted: bool) -> None:  # noqa: FBT001
        placed: list[int] = []
        if self._done(lambda: placed.append(self.business.place(*lines)), None, "place"):
            order = self.business.order(placed[0])
            lines = [(row.amount, row.points) for row in order.lines]
            self.books.sheets[order.id] = Sheet(order.total, order.points, lines)
            if accepted:
                self._done(lambda: self._move(order.id, "accept", {}), None, "accept")
            self._see()

    @rule(
        data=st.data(),
        method=st.sampled_from(["cash", "bank_transfer", "balance"]),
        amount=st.none() | amounts,
        breaks=breaks,
    )
    def pay(self, data: st.DataObject, method: str, amount: int | None, breaks: int | None) -> None:
        order_id = self._some_order(data)
        sheet = self.books.sheets[order_id]
        fields = {"payment_method": method, **_written(amount)}
        points = sheet.points - sheet.paid_points
        if sheet.gives_up and (amount is None or points):
            return
        asked = [(method, sheet.left if amount is None else amount)]
        asked += [("points", points)] if amount is None else []
        if self._done(lambda: self._move(order_id, "pay", fields), breaks, f"pay {method}"):
            for by, sum_ in asked:
                if sum_:
                    self.books.pay(order_id, by, sum_)
            self.books.settle(order_id)
            self._see()

    @rule(
        data=st.data(),
        amount=st.none() | amounts,
        to=st.sampled_from(["balance", "method"]),
        breaks=breaks,
    )
    def refund(self, data: st.DataObject, amount: int | None, to: str, breaks: int | None) -> None:
        order_id = self._some_order(data)
        fields = {"reason": "broke", "refund_to": to, **_written(amount)}
        if self._done(lambda: self._move(order_id, "refund", fields), breaks, f"refund to {to}"):
            self.books.give_back(order_id, amount, to)
            self.books.settle(order_id)
            self._see()

    @rule(
        amount=amounts,
        comes=st.booleans(),
        method=st.sampled_from(["", "cash", "bank_transfer"]),
        in_points=st.booleans(),
        breaks=breaks,
    )
    def credit_or_debit(
        self,
        amount: int,
        comes: bool,  # noqa: FBT001
        method: str,
        in_points: bool,  # noqa: FBT001
        breaks: int | None,
    ) -> None:
        typed = str(amount) if in_points else _major(amount)
        method = "" if in_points else method
        command = ChangeBalance(
            self.business.client_id, typed, "agreed", PROVIDER, in_points=in_points, method=method
        )
        act = credit_balance if comes else debit_balance
        made: list[int] = []
        if self._done(lambda: made.append(self._act(act, command).id), breaks, act.__name__):
            signed = amount if comes else -amount
            self.by_hand.append((made[0], "points" if in_points else method, signed))
            self._change(signed, method, in_points=in_points)
            if comes and not in_points:
                self.books.cover()
            self._see()

    @rule(data=st.data(), breaks=breaks)
    @precondition(lambda self: self.by_hand)
    def reverse(self, data: st.DataObject, breaks: int | None) -> None:
        entry_id, method, signed = data.draw(st.sampled_from(self.by_hand))
        command = ReverseEntry(self.business.client_id, entry_id, "a slip")
        if self._done(lambda: self._act(reverse_entry, command), breaks, "reverse"):
            self._change(-signed, method, in_points=method == "points")

    @rule(data=st.data(), by=st.sampled_from([1, 700]), breaks=breaks)
    def raise_a_price(self, data: st.DataObject, by: int, breaks: int | None) -> None:
        order_id = self._some_order(data)
        order = self.business.order(order_id)
        with self.world.database.reading() as session:
            line = session.merge(order, load=False).lines[0]
        command = RaisePrice(order_id, line.id, _major(line.unit_price + by), "dearer")
        if self._done(lambda: self._act(raise_price, command), breaks, "raise price"):
            sheet = self.books.sheets[order_id]
            order = self.business.order(order_id)
            sheet.total = order.total
            sheet.lines = [(row.amount, row.points) for row in order.lines]
            if sheet.owed or sheet.with_client:
                sheet.owed = sheet.left - sheet.written_off
            self._see()

    @rule(
        data=st.data(),
        action=st.sampled_from(STEPS),
        said=st.sampled_from(["back", "kept"]),
        breaks=breaks,
    )
    def go_on(self, data: st.DataObject, action: str, said: str, breaks: int | None) -> None:
        order_id = self._some_order(data)
        fields = {"reason": "so"}
        if self.books.sheets[order_id].with_client and action in {"cancel", "void", "take_back"}:
            fields["taken_back"] = said
        if self._done(lambda: self._move(order_id, action, fields), breaks, action):
            self._see()

    @rule(data=st.data(), breaks=breaks)
    def write_off(self, data: st.DataObject, breaks: int | None) -> None:
        order_id = self._some_order(data)

        def act() -> None:
            by = {"clock": self.world.clock}
            with self.world.database.writing() as session:
                proposal = ProposeWriteOff(order_id, "insolvent")
                petar, boss = self.business.actor("petar"), self.business.actor("boss")
                made = propose_write_off(session, proposal, actor=petar, **by)
                decision = DecideWriteOff(made.id, approve=True, reason="agreed")
                decide_write_off(session, decision, actor=boss, **by)

        if self._done(act, breaks, "write off"):
            sheet = self.books.sheets[order_id]
            sheet.written_off, sheet.owed = sheet.written_off + sheet.owed, 0

    @rule(data=st.data(), breaks=breaks)
    def deliver_a_line(self, data: st.DataObject, breaks: int | None) -> None:
        order_id = self._some_order(data)
        first = self.business.order(order_id).lines[0].id
        if self._done(lambda: self.business.deliver(order_id, first), breaks, "deliver a line"):
            self.books.deliver(order_id, 0)
            self._see()

    @rule(days=st.sampled_from([1, 1, 1, 31]))
    def time_passes(self, days: int) -> None:
        self.business.wait(days=days)
        self.business.fire()
        self._see()
        system = self.business.actor("console")
        self.books.points -= expire_points(
            self.world.database, actor=system, clock=self.world.clock
        )

    # how the provider does business

    @rule(covers=st.booleans(), points_for=st.sampled_from([None, 100]), last=st.booleans())
    def the_provider_thinks_again(
        self,
        covers: bool,  # noqa: FBT001
        points_for: int | None,
        last: bool,  # noqa: FBT001
    ) -> None:
        self.books.covers, self.books.points_for = covers, points_for
        self.world.change(
            Provider,
            {"key": PROVIDER},
            credit_covers_debt=covers,
            points_for=points_for,
            points_last_days=LASTING if last else None,
        )

    @rule(below=st.booleans())
    def the_balance_may_go_below(self, below: bool) -> None:  # noqa: FBT001
        floor = -LIMIT if below else 0
        account = AccountName(
            self.business.provider_id, AccountKind.BALANCE, "EUR", self.business.client_id
        )

        def allow() -> None:
            with self.world.database.writing() as session:
                set_floor(session, account, floor)
                own = session.scalars(select(Provider).filter_by(key=PROVIDER)).one()
                own.balance_may_go_below = below

        if self._done(allow, None, f"floor {floor}"):
            self.floor = floor

    # how it is done

    def _some_order(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.books.sheets)))

    def _move(self, order_id: int, action: str, fields: dict[str, str]) -> None:
        self.business.move(order_id, action, by="boss", **fields)

    def _act(self, action: Any, command: Any) -> Any:
        return self.business.act(action, command, by="boss")

    def _change(self, signed: int, method: str, *, in_points: bool) -> None:
        if in_points:
            self.books.points += signed
            return
        self.books.balance += signed
        if method:
            self.books.received[method] += signed

    def _done(self, act: Callable[[], object], at: int | None, what: str) -> bool:
        """Whether it was; what was refused or broke off has changed nothing."""
        before = self.world.everything() if at is not None else None
        try:
            with breaking_off(self.world.database.engine, at):
                act()
        except BreaksOff:
            self.done.add("broke off")
            assert self.world.everything() == before
            return False
        except DomainError as refusal:
            self.done.add(refusal.code)
            return False
        self.done.add(what)
        return True

    def _see(self) -> None:
        """Steps since the last look did by themselves what their effects say."""
        steps = select(Event).where(Event.id > self.seen, Event.kind == "order.moved")
        with self.world.database.reading() as session:
            for step in session.scalars(steps.order_by(Event.id)):
                back = step.told.get("fields", {}).get("taken_back") == "back"
                self.books.happen(step.subject_id, step.facts["effects"], back=back)
                self.books.settle(step.subject_id)
                self.seen = step.id
        for order_id, sheet in self.books.sheets.items():
            sheet.gives_up = self.business.order(order_id).stage is Stage.LOST

    # what is always true

    @invariant()
    def the_books_agree(self) -> None:
        """Looked up again when something was written, here or on paper, or time has passed."""
        state = (self.world.clock.now(), self.world.everything(), repr(self.books))
        if state == self.looked_at:
            return
        self.looked_at = state
        assert wrongs(self.world) == []
        stands, books = self.business.stands(), self.books
        assert (stands.balance, stands.points) == (books.balance, books.points)
        assert stands.debt == books.debt
        assert stands.balance >= self.floor
        for method, kind in KINDS.items():
            assert self.business.received(kind) == books.received[method]
        for order_id, sheet in books.sheets.items():
            order = self.business.order(order_id)
            assert (order.paid, order.owed) == (sheet.paid, sheet.owed)
            assert order.written_off == sheet.written_off
            assert (order.paid_points, order.earned) == (sheet.paid_points, sheet.earned)
            self._see_invoices(order)
        self._see_registers()
        self._see_months()

    def _see_months(self) -> None:
        """At the end of each month invoices less credit notes are what was earned, by rate.

        Revenue, tax and what was deferred; of orders that were invoiced by then.
        """
        said: dict[int, Counter[tuple[date, Any]]] = defaultdict(Counter)
        earned: dict[int, Counter[tuple[date, Any]]] = defaultdict(Counter)
        invoiced: dict[int, date] = {}
        with self.world.database.reading() as session:
            documents = session.execute(
                select(OrderDocument.order_id, IssuedDocument)
                .join(IssuedDocument, IssuedDocument.id == OrderDocument.document_id)
                .where(IssuedDocument.kind.in_([Kind.INVOICE, Kind.CREDIT_NOTE]))
                .order_by(IssuedDocument.id)
            )
            for order_id, row in documents:
                sign, content = (1 if row.kind is Kind.INVOICE else -1), content_of(row)
                invoiced.setdefault(order_id, month_end(content.issued_on))
                for tax in content.taxes:
                    rate = (tax.category, tax.percent or Decimal(0))
                    said[order_id][month_end(content.issued_on), (rate, "net")] += sign * tax.base
                    said[order_id][month_end(content.issued_on), (rate, "tax")] += sign * tax.tax
            postings = session.execute(
                select(LedgerEntry.subject_id, LedgerEntry.day, LedgerAccount.kind, Posting)
                .join(Posting, Posting.entry_id == LedgerEntry.id)
                .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
                .where(LedgerEntry.subject_kind == "order", LedgerAccount.kind.in_(EARNED))
            )
            for order_id, day, kind, posting in postings:
                part = "tax" if kind is AccountKind.TAX else "net"
                rate = (posting.tax_category, posting.tax_percent)
                earned[order_id][month_end(day), (rate, part)] += posting.amount
        for order_id, since in invoiced.items():
            months = {month for month, _ in (*said[order_id], *earned[order_id]) if month >= since}
            for month in months:
                assert until(said[order_id], month) == until(earned[order_id], month)

    def _see_registers(self) -> None:
        """Registers add up to books and documents; the statement of account to how they stand."""
        with self.world.database.reading() as session:
            boss, now = self.business.actor("boss"), self.world.clock.now()
            asked = ask(session, boss, PROVIDER, Days(), now=now)
            sums = {
                key: {(one.what, one.sum.currency): one.sum.minor for one in made}
                for key, one in REGISTERS.items()
                for made in [one.totals(session, asked)]
            }
            rows = account_rows(session, asked, 0, None)
            account = find_account(
                session, boss, self.business.client_id, PROVIDER, in_points=False
            )
            found = reconcile(session, account, Days(), 1000)
            fiscal = [
                row.total if row.kind is Kind.INVOICE else -row.total
                for row in session.scalars(select(IssuedDocument))
                if row.kind in FISCAL and row.provider_id == self.business.provider_id
            ]
        for currency in ("EUR", POINTS):
            assert sums["ledger"]["debit", currency] == sums["ledger"]["credit", currency]
            own = [row for row in rows if row.currency == currency]
            assert sum(row.closing.minor for row in own) == 0
        for kind in KINDS.values():
            assert sums["payments"].get((kind.value, "EUR"), 0) == self.business.received(kind)
        assert sums["aging"].get(("total", "EUR"), 0) == self.books.debt
        self._see_earlier_days({what: sum_ for (what, _), sum_ in sums["aging"].items()})
        assert sums["sales"].get(("gross", "EUR"), 0) == sum(fiscal)
        stands = self.business.stands()
        assert found.closing.minor == stands.balance - stands.debt
        assert found.opening + found.paid - found.supplied == found.closing

    def _see_earlier_days(self, today: dict[str, int]) -> None:
        """Whatever happens later, what was owed at the end of a day is told as it was told then."""
        now = self.world.clock.now()
        self.aged[local_date(now, "UTC")] = today
        with self.world.database.reading() as session:
            own = session.scalars(select(Provider).filter_by(key=PROVIDER)).one()
            assert own.timezone == "UTC"
            for day, then in self.aged.items():
                asked = ask(
                    session, self.business.actor("boss"), PROVIDER, Days(None, day), now=now
                )
                found = REGISTERS["aging"].totals(session, asked)
                assert {one.what: one.sum.minor for one in found} == then

    def _see_invoices(self, order: Order) -> None:
        """Every paid order has an invoice; Σ invoices − Σ credit notes is what it has earned."""
        own = select(IssuedDocument).join(OrderDocument).where(OrderDocument.order_id == order.id)
        with self.world.database.reading() as session:
            documents = [content_of(row) for row in session.scalars(own)]
        made = [one for one in documents if one.kind is Kind.INVOICE]
        back = [one for one in documents if one.kind is Kind.CREDIT_NOTE]
        assert made or order.paid == 0 or order.left > 0
        if made:
            said = (sum(o.total for o in made), sum(o.tax for o in made))
            less = (sum(o.total for o in back), sum(o.tax for o in back))
            earned = (order.earnings, order.taxed)
            assert (said[0] - less[0], said[1] - less[1]) == earned
        for one in documents:
            assert one.total == one.net + one.tax == sum(line.amount for line in one.lines)
            assert one.net == sum(tax.base for tax in one.taxes) or not one.taxes


def month_end(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def until(sums: Counter[tuple[date, Any]], month: date) -> dict[Any, int]:
    """Up to the end of the month, by rate; nothing where that is nothing."""
    found: Counter[Any] = Counter()
    for (ended, what), amount in sums.items():
        found[what] += amount if ended <= month else 0
    return {what: amount for what, amount in found.items() if amount}


def _major(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02}"


def _written(amount: int | None) -> dict[str, str]:
    return {} if amount is None else {"amount": _major(amount)}


@pytest.mark.parametrize(
    ("workflow", "engine", "examples"),
    [("desk", "sqlite", 6), ("hosting", "sqlite", 7), ("desk", "postgresql", 3)],
)
def test_whatever_is_done_with_money_the_books_agree(
    templates: Templates, tmp_path: Any, workflow: str, engine: str, examples: int
) -> None:
    """Most of it on SQLite: what is tested here are sequences, and many of them."""
    with template_of(templates, tmp_path, workflow, engine) as fresh:
        done: set[str] = set()
        own = {"fresh": staticmethod(fresh), "done": done}
        machine = type(f"Money_{workflow}", (Money,), own)
        steps = settings(
            max_examples=examples, stateful_step_count=25, suppress_health_check=[*HealthCheck]
        )
        run_state_machine_as_test(machine, settings=steps)
    # the examples are worth something
    assert len(done) >= 8
