"""What a workflow may do to an order, by name. A workflow file names effects, never code."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from billing_panel.accounts.providers import MethodKind
from billing_panel.catalog.models import BundlePart, Tariff
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.errors import Refused
from billing_panel.kernel.text import text
from invoices.actions import issue
from plugins.orders.models import Order
from plugins.orders.proforma import proforma_of
from plugins.orders.shopping import Shopping

Effect = Callable[[Session, Order, Shopping, Actor, datetime], None]


def hold_stock(
    session: Session, order: Order, _shopping: Shopping, _actor: Actor, _at: datetime
) -> None:
    """Take what is counted out of stock. The row is locked and was judged; this is the fence."""
    wanted: Counter[int] = Counter()
    for line in order.lines:
        wanted[line.tariff_id] += line.quantity
        parts = select(BundlePart.tariff_id).filter_by(bundle_id=line.tariff_id)
        for part_id in session.scalars(parts):
            wanted[part_id] += line.quantity
    for tariff_id, quantity in sorted(wanted.items()):
        _take_from_stock(session, tariff_id, quantity)


def _take_from_stock(session: Session, tariff_id: int, quantity: int) -> None:
    counted = (Tariff.id == tariff_id, Tariff.stock.is_not(None))
    if session.scalar(select(Tariff.id).where(*counted)) is None:
        return
    taken = session.scalar(
        update(Tariff)
        .where(*counted, Tariff.stock >= quantity)
        .values(stock=Tariff.stock - quantity)
        .returning(Tariff.id)
    )
    if taken is None:
        raise Refused(text("Somebody else has just taken the last ones."), code="out_of_stock")


def issue_proforma(
    session: Session, order: Order, shopping: Shopping, actor: Actor, at: datetime
) -> None:
    """The bill to pay, for an order that a bank transfer pays (H7)."""
    if order.payment_method.kind is not MethodKind.BANK_TRANSFER or order.total == 0:
        return
    document = proforma_of(order, shopping)
    order.documents.append(
        issue(
            session,
            document,
            provider=shopping.provider,
            client_id=order.client_id,
            actor=actor,
            at=at,
        )
    )


EFFECTS: Mapping[str, Effect] = {"hold_stock": hold_stock, "issue_proforma": issue_proforma}


def run_effects(
    session: Session, order: Order, shopping: Shopping, *, actor: Actor, at: datetime
) -> None:
    """Those the provider's workflow names for a new order, in its order."""
    for name in shopping.workflow.entry_effects:
        EFFECTS[name](session, order, shopping, actor, at)
