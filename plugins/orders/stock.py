"""What an order has out of stock. Its rows of tariffs are locked before (``locks``)."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from billing_panel.catalog.models import BundlePart, Tariff
from billing_panel.catalog.rules.facts import TariffKind
from billing_panel.kernel.errors import Refused
from billing_panel.kernel.text import text
from plugins.orders.models import Order


def hold(session: Session, order: Order) -> None:
    """Take what is counted, once. Raises Refused ``out_of_stock``."""
    if order.held:
        return
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
    order.held = {str(tariff_id): number for tariff_id, number in wanted.items()}


def bring_back(session: Session, order: Order) -> None:
    """What the order took comes back, where it is still counted."""
    if not order.held:
        return
    held = {int(tariff_id): number for tariff_id, number in order.held.items()}
    session.execute(
        update(Tariff)
        .where(Tariff.id.in_(held), Tariff.stock.is_not(None))
        .values(stock=Tariff.stock + case(held, value=Tariff.id))
        .execution_options(synchronize_session=False)
    )
    order.held = {}


def _counted_demand(session: Session, order: Order) -> Mapping[int, int]:
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
