"""What finance does in the demo: invoices, payouts, reminders, and months that are closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.demo.demo_actor import demo_actor
from billing_panel.demo.demo_order_models import (
    ClosingEntry,
    CreditEntry,
    Orders,
    PayoutEntry,
    ReminderEntry,
    TogetherEntry,
    read_orders,
)
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.clock import Clock, FixedClock
from billing_panel.mail.post_office import post_office
from invoices.document import Kind
from invoices.store.models import IssuedDocument
from plugins.finance.closing.close_months import CloseMonth, close_month
from plugins.finance.payouts.record_payout import RecordPayout, record_payout
from plugins.finance.reminders.remind_by_hand import remind_now
from plugins.orders.documents.invoice_together import InvoiceTogether, invoice_together
from plugins.orders.documents.write_credit_note import (
    LineToCredit,
    WriteCreditNote,
    write_credit_note,
)
from plugins.orders.store.find_orders import ASKS_FOR_MONEY
from plugins.orders.store.models import Order, OrderDocument


def load_books(session: Session, *, known: Iterable[str], clock: Clock) -> None:
    """After the orders. Reminders are there where mail is set up, or shown (the sandbox)."""
    owner = demo_actor(session, "owner", frozenset(known))
    _Books(session, owner, clock.now()).load(read_orders())


@dataclass(frozen=True)
class _Books:
    session: Session
    actor: Actor
    now: datetime

    def load(self, file: Orders) -> None:
        for together in file.together:
            self.together(together)
        for credit in file.credit_note:
            self.credit(credit)
        for payout in file.payout:
            self.pay_out(payout)
        if post_office(self.session) is not None:
            for reminder in file.reminder:
                self.remind(reminder)
        for month in file.closed_month:
            self.close(month)

    def together(self, entry: TogetherEntry) -> None:
        orders = self._orders_of(entry.client).where(Order.uninvoiced_since.is_not(None))
        command = InvoiceTogether(tuple(self.session.scalars(orders)))
        invoice_together(self.session, command, actor=self.actor, clock=self._clock(entry))

    def credit(self, entry: CreditEntry) -> None:
        invoices = (
            select(IssuedDocument.id)
            .join(OrderDocument, OrderDocument.document_id == IssuedDocument.id)
            .where(
                OrderDocument.order_id.in_(self._orders_of(entry.client)),
                IssuedDocument.kind == Kind.INVOICE,
            )
        )
        newest = self.session.scalars(invoices.order_by(IssuedDocument.id.desc()).limit(1)).one()
        lines = (LineToCredit(entry.line, entry.amount),)
        command = WriteCreditNote(newest, entry.reason, lines, refund_to="balance")
        write_credit_note(self.session, command, actor=self.actor, clock=self._clock(entry))

    def pay_out(self, entry: PayoutEntry) -> None:
        command = RecordPayout(**entry.model_dump(exclude={"hours_ago"}))
        record_payout(self.session, command, actor=self.actor, clock=self._clock(entry))

    def remind(self, entry: ReminderEntry) -> None:
        oldest = self._orders_of(entry.client).where(ASKS_FOR_MONEY).limit(1)
        order_id = self.session.scalars(oldest).one()
        remind_now(self.session, order_id, actor=self.actor, clock=self._clock(entry))

    def close(self, entry: ClosingEntry) -> None:
        zone = find_provider(self.session, self.actor, entry.provider).timezone
        first = local_date(self.now, zone).replace(day=1)
        for _ in range(entry.months_ago):
            first = (first - timedelta(days=1)).replace(day=1)
        command = CloseMonth(entry.provider, f"{first:%Y-%m}")
        close_month(self.session, command, actor=self.actor, clock=FixedClock(self.now))

    def _orders_of(self, login: str) -> Select[int]:
        client = select(Client.id).filter_by(login=login).scalar_subquery()
        return select(Order.id).where(Order.client_id == client).order_by(Order.id)

    def _clock(
        self, entry: TogetherEntry | CreditEntry | PayoutEntry | ReminderEntry
    ) -> FixedClock:
        return FixedClock(self.now - timedelta(hours=entry.hours_ago))
