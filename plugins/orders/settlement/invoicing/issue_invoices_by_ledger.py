"""Tax documents follow the books: an order's invoice, and credit notes when less of it is earned.

1. An order's invoice is issued once, when the provider says (``tax_event``); what a raised price or
   a refund that failed earns after it has an invoice of its own.
2. When less is earned than invoices say, a credit note says the difference: of a refund, of what is
   called off, of a dispute that is lost. Where a dispute leaves the sum owed, nothing is credited.
3. Where the provider wants advance invoices, what is paid before the delivery has one each time it
   is paid, and the invoice at delivery settles them (``settled_advances``).
4. Points are no money, and stand on none of them.

So of an order that is invoiced Σ invoices − Σ credit notes is what its revenue and tax come to. A
credit note written by hand (``documents.write_credit_note``) goes before the money; what is given
back after it has no second one.

Numbers of tax documents are taken after the books were written: whoever takes one holds the
provider's own accounts, so that nobody waits for the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import Text, say, text
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.ledger.post_entries import lock_own
from invoices.document import CorrectedDocument, Document, Kind
from invoices.einvoice.wanted_einvoice import NOT_FIT
from invoices.issue_and_print import content_of, issue
from invoices.store.models import IssuedDocument
from plugins.orders.settlement.invoicing.collective_invoice import part_for
from plugins.orders.settlement.invoicing.credit_shares import (
    Standing,
    Sums,
    lines_beyond,
    part_of,
    standing_of,
    sums_of,
    take_down_to,
    take_lines,
    take_sum,
)
from plugins.orders.settlement.invoicing.invoice_of_order import (
    invoice_of,
    invoice_of_rest,
    receipt_of,
)
from plugins.orders.settlement.invoicing.settled_advances import (
    Advance,
    beside_advances,
    settling,
    tax_arises_with_payment,
)
from plugins.orders.settlement.invoicing.tax_event import (
    advance_payments,
    day_delivered,
    has_advances,
    is_invoiced_in_advance,
    is_invoiced_now,
    paid_in_advance,
)
from plugins.orders.store.models import Order, OrderDocument
from plugins.orders.store.payment import PaymentState
from plugins.orders.store.plain_reading.order_to_change import add_document, read_settled
from plugins.orders.workflow.statuses.stage import Stage

log = logger()
# a courier has the money of cash on delivery before the provider has (M14)
AT_THE_DESK = frozenset({MethodKind.CASH, MethodKind.CARD_AT_DESK})
# what credit notes take back
CORRECTED = frozenset({Kind.ADVANCE, Kind.INVOICE})


CALLED_OFF = text("The order was cancelled, in whole or in part.")
GIVEN_BACK = text("Money was given back.")


@dataclass(frozen=True)
class Writing:
    """Who issues documents of the order, which is locked, and when."""

    session: Session
    order: Order
    actor: Actor
    at: datetime

    @property
    def day(self) -> date:
        return local_date(self.at, self.order.provider.timezone)

    def issue(self, document: Document, corrects: IssuedDocument | None = None) -> IssuedDocument:
        """Numbered and kept, as a document of the order."""
        issued = self.number(document, corrects)
        add_document(self.session, self.order, issued)
        return issued

    def share(self, issued: IssuedDocument, share: int) -> None:
        """Only so much of what it says is the order's."""
        self.session.flush()
        own = {"order_id": self.order.id, "document_id": issued.id}
        self.session.execute(update(OrderDocument).filter_by(**own).values(share=share))

    def number(self, document: Document, corrects: IssuedDocument | None = None) -> IssuedDocument:
        """The same without saying whose it is."""
        order = self.order
        lock_own(self.session, order.provider_id, order.currency)
        return issue(
            self.session,
            document,
            provider=order.provider,
            client_id=order.client_id,
            corrects=corrects,
            actor=self.actor,
            at=self.at,
        )


@dataclass(frozen=True)
class _Before:
    """What the order had earned, and what of it is for advance invoices."""

    earned: int
    in_advance: int

    @classmethod
    def of(cls, order: Order) -> "_Before":
        return cls(order.earnings, paid_in_advance(order))


@contextmanager
def following_books(
    session: Session, order: Order, *, actor: Actor, at: datetime, why: Text | None = None
) -> Iterator[None]:
    """What happens to the order's money meanwhile is invoiced, credited and receipted.

    ``why``: what a credit note says of it; else that it was called off, or given back. What staff
    have written down for themselves is printed on none. Raises Refused ``not_an_e_invoice``: to
    people, who can add what it lacks; where the system takes money in, that comes first.
    """
    if order.provider.invoices_since is None and not has_tax_documents(order):
        yield
        order.await_invoice(at if order.earnings else None)
        return
    writing = Writing(session, order, actor, at)
    read_settled(session, order)
    before, received = _Before.of(order), _received(order)
    yield
    if session.new:
        session.flush()
    _give_receipts(writing, received)
    try:
        _follow(writing, before, why)
    except Refused as refusal:
        if refusal.code != NOT_FIT or actor.kind is not ActorKind.SYSTEM:
            raise
        # Nobody is there to correct it, and the money has come: the worker tries the invoice again,
        # and a check finds the credit note that is missing.
        lacking = [reason.code for reason in refusal.reasons]
        log.warning("e_invoice_refused", order=order.number, lacking=lacking)
    waits = not invoices_of(order) and order.earnings > 0
    order.await_invoice(at if waits else None)


def _follow(writing: Writing, before: _Before, why: Text | None) -> None:
    """Raises Refused ``not_an_e_invoice``."""
    order = writing.order
    if not invoices_of(order):
        follow_before_invoice(writing, why, before.in_advance)
        return
    earned, says = order.earnings, said_by_invoices(order)
    if earned < says:
        credit(writing, says - earned, why)
    elif (more := min(earned - says, earned - before.earned)) > 0:
        # where something was credited by hand, the books have its tax still
        tax = order.taxed - sums_by_invoices(order).tax if more == earned - says else None
        writing.issue(invoice_of_rest(order, writing.day, sums_by_invoices(order), more, tax))


def follow_before_invoice(
    writing: Writing, why: Text | None = None, before: int | None = None
) -> None:
    """The invoice if it is due, and until then an advance invoice for what is paid more.

    Less stands on those there are when less is paid, even where it stays owed: an advance is for
    money. ``before``: what was paid until now; None: whatever came and has no advance invoice yet.
    """
    order = writing.order
    anew = _credit_lines(writing, why)
    if (less := said_by_invoices(order) - paid_in_advance(order)) > 0:
        credit(writing, less, why)
    if is_invoiced_now(order):
        write_invoice(writing)
    elif is_invoiced_in_advance(order, writing.day):
        came = _not_invoiced(order) if before is None else paid_in_advance(order) - before
        _write_advance(writing, came + anew)


def _not_invoiced(order: Order) -> int:
    """What came of the order beyond what advance invoices were for, whatever was credited since."""
    advances = sum(row.total for row in order.documents if row.kind is Kind.ADVANCE)
    return sum(payment.amount - payment.surplus for payment in advance_payments(order)) - advances


def _credit_lines(writing: Writing, why: Text | None) -> int:
    """What advance invoices together say of each line beyond what the order has of it: how much."""
    order = writing.order
    if not has_advances(order):
        return 0
    said = said_by_invoices(order)
    over = lines_beyond(sums_by_invoices(order), sums_of(invoice_of(order, writing.day)))
    for row, standing in reversed(standings(order)):
        left = standing.left.amounts
        wanted = {key: min(left[key], more) for key, more in over.items() if left.get(key, 0) > 0}
        over = {key: more - wanted.get(key, 0) for key, more in over.items()}
        if any(wanted.values()):
            _write_note(writing, row, standing, take_lines(standing, wanted), why)
    return said - said_by_invoices(order)


def _write_advance(writing: Writing, came: int) -> None:
    """For ``came`` at most: what was credited by hand stays so."""
    order = writing.order
    said = said_by_invoices(order)
    more = min(paid_in_advance(order) - said, came)
    if more <= 0 or not tax_arises_with_payment(invoice_of(order, writing.day)):
        return
    invoiced = sums_by_invoices(order)
    # else the books have tax of what is owed, was credited by hand or came before invoices began
    tax = order.taxed - invoiced.tax if said + more == order.earnings else None
    writing.issue(invoice_of_rest(order, writing.day, invoiced, more, tax, Kind.ADVANCE))


def write_invoice(writing: Writing) -> None:
    """For the whole order; what less is earned of it is credited at once."""
    order = writing.order
    whole = invoice_of(order, writing.day)
    if whole.total <= 0:
        return
    if has_advances(order):
        supplied = day_delivered(order)
        whole = replace(whole, supplied_on=supplied if supplied != writing.day else None)
    document = settling(whole, _advances(order))
    issued = writing.issue(document)
    if document.deducted:
        share = document.total - sum(tax.base + tax.tax for tax in document.deducted)
        writing.share(issued, share)
    order.await_invoice(None)
    credit_surplus(writing)


def credit_surplus(writing: Writing) -> None:
    """What less is earned of the order than its invoices say."""
    order = writing.order
    if (less := said_by_invoices(order) - order.earnings) > 0:
        credit(writing, less)


def _advances(order: Order) -> Sequence[Advance]:
    """Those that stand, oldest first."""
    return [
        Advance(CorrectedDocument(row.number, row.issued_on), standing)
        for row, standing in standings(order)
        if row.kind is Kind.ADVANCE
    ]


def credit(writing: Writing, gross: int, why: Text | None = None) -> None:
    """``gross`` less stands on the order's invoices, the newest first."""
    for row, standing in reversed(standings(writing.order)):
        part = min(gross, standing.total)
        if part <= 0:
            continue
        gross -= part
        _write_note(writing, row, standing, _taken(writing.order, standing, part), why)


def _write_note(
    writing: Writing, row: IssuedDocument, standing: Standing, taken: Sums, why: Text | None
) -> None:
    order = writing.order
    known = CALLED_OFF if order.stage is Stage.LOST else GIVEN_BACK
    reason = say(why or known, order.client.language)
    writing.issue(part_of(standing, taken, Kind.CREDIT_NOTE, writing.day, reason=reason), row)


def _taken(order: Order, standing: Standing, part: int) -> Sums:
    """What the order does not come to any more, line by line; else a share of all."""
    rest, earned = standing.total - part, order.earnings
    whole = invoice_of(order, standing.invoice.issued_on)
    if rest == whole.total == earned:
        taken = take_down_to(standing, sums_of(whole))
        if taken is not None:
            return taken
    said = sums_by_invoices(order)
    is_last = said_by_invoices(order) - part == earned
    return take_sum(standing, part, said.tax - order.taxed if is_last else None)


def has_tax_documents(order: Order) -> bool:
    """As it was counted with the order, else as it is; where nobody invoices, none comes."""
    return bool(invoices_of(order) if order.invoiced is None else order.invoiced)


def invoices_of(order: Order) -> Sequence[IssuedDocument]:
    """Those of the order, oldest first; advance invoices are none of them."""
    return [row for row in order.documents if row.kind is Kind.INVOICE]


def standings(order: Order) -> Sequence[tuple[IssuedDocument, Standing]]:
    """Of each of its invoices, oldest first: of a collective one the part of the order, of one that
    settles advances what it says beside them.
    """
    notes: dict[int | None, list[Document]] = {}
    for row in order.documents:
        if row.kind is Kind.CREDIT_NOTE:
            notes.setdefault(row.corrects_id, []).append(content_of(row))
    return [
        (row, standing_of(_own_part(row, order), notes.get(row.id, ())))
        for row in order.documents
        if row.kind in CORRECTED
    ]


def _own_part(row: IssuedDocument, order: Order) -> Document:
    return beside_advances(part_for(content_of(row), order.number))


def said_by_invoices(order: Order) -> int:
    """With tax, less what was credited."""
    return sum(standing.total for _, standing in standings(order))


def sums_by_invoices(order: Order) -> Sums:
    """The same line by line."""
    return sum((standing.left for _, standing in standings(order)), Sums())


def _received(order: Order) -> Mapping[int, PaymentState]:
    return {payment.id: payment.state for payment in order.payments}


def _give_receipts(writing: Writing, before: Mapping[int, PaymentState]) -> None:
    provider = writing.order.provider
    since = provider.invoices_since
    if not provider.series_receipt or since is None or writing.day < since:
        return
    for payment in writing.order.payments:
        is_new = before.get(payment.id) is not PaymentState.RECEIVED
        if is_new and payment.state is PaymentState.RECEIVED and payment.method in AT_THE_DESK:
            writing.issue(receipt_of(writing.order, payment, writing.day))
