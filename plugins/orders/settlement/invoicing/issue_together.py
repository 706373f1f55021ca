"""One invoice for several orders: which of them it can be of, and issuing it.

The orders are locked, of one client and one provider.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from invoices.store.models import IssuedDocument
from plugins.orders.settlement.invoicing.collective_invoice import together
from plugins.orders.settlement.invoicing.invoice_of_order import invoice_of
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import (
    Writing,
    credit_surplus,
    has_tax_documents,
)
from plugins.orders.settlement.invoicing.tax_event import day_of_tax_event
from plugins.orders.store.models import Order

# the tax of each is rounded by itself: of more, the sum may be a unit off what EN 16931 counts
MOST_TOGETHER = 100


def why_not_invoiced(order: Order, day: date) -> Text | None:
    """Why no invoice of ``day`` can be issued for all of it; None: it can."""
    since, event = order.provider.invoices_since, day_of_tax_event(order)
    if has_tax_documents(order):
        return text("Order %(order)s is invoiced already.", order=order.number)
    if since is None or day < since or (event is not None and event < since):
        return text(
            "Order %(order)s is older than the day from which invoices are issued.",
            order=order.number,
        )
    document = invoice_of(order, day)
    # less than all is earned where something of it was given back
    if event is None or not 0 < order.earnings <= document.total:
        return text(
            "Order %(order)s is neither paid nor delivered in full yet.", order=order.number
        )
    return None


def issue_together(
    session: Session, orders: Sequence[Order], *, actor: Actor, at: datetime
) -> IssuedDocument:
    """``orders``: at least one, and nothing is against any of them (``why_not_invoiced``).

    Raises Refused ``not_an_e_invoice``.
    """
    first = Writing(session, orders[0], actor, at)
    alone = [invoice_of(order, first.day) for order in orders]
    if len(orders) == 1:
        issued = first.issue(alone[0])
    else:
        issued = first.number(together(alone))
        for order, one in zip(orders, alone, strict=True):
            order.documents.append(issued)
            Writing(session, order, actor, at).share(issued, one.total)
    for order in orders:
        order.await_invoice(None)
        credit_surplus(Writing(session, order, actor, at))
    return issued
