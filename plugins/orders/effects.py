"""What a workflow may do to an order, by name. A workflow file names effects, never code."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from billing_panel.accounts.providers import MethodKind
from billing_panel.catalog.models import BundlePart, Tariff
from billing_panel.catalog.rules.facts import TariffKind
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
    """Take what is counted out of stock. The rows are locked and were judged; this is the fence."""
    wanted = _counted_demand(session, order)
    if not wanted:
        return
    quantity = case(wanted, value=Tariff.id)
    taken = session.scalars(
        update(Tariff)
        .where(Tariff.id.in_(wanted), Tariff.stock >= quantity)
        .values(stock=Tariff.stock - quantity)
        .returning(Tariff.id)
        .execution_options(synchronize_session=False)
    ).all()
    if set(taken) != wanted.keys():
        raise Refused(text("Somebody else has just taken the last ones."), code="out_of_stock")


def _counted_demand(session: Session, order: Order) -> dict[int, int]:
    """Id of a tariff whose stock is counted → how many, the parts of bundles counted too."""
    wanted: Counter[int] = Counter()
    for line in order.lines:
        if line.tariff.stock is not None:
            wanted[line.tariff_id] += line.quantity
    bundles = {o.tariff_id for o in order.lines if o.tariff.kind is TariffKind.BUNDLE}
    if bundles:
        parts = (
            select(BundlePart.bundle_id, BundlePart.tariff_id)
            .join(Tariff, Tariff.id == BundlePart.tariff_id)
            .where(BundlePart.bundle_id.in_(bundles), Tariff.stock.is_not(None))
        )
        for bundle_id, tariff_id in session.execute(parts):
            wanted[tariff_id] += sum(o.quantity for o in order.lines if o.tariff_id == bundle_id)
    return dict(wanted)


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
