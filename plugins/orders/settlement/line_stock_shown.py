"""Whether what an order has in it is there, as staff look before they accept it (D13)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.catalog.models import Tariff
from plugins.orders.settlement.order_stock import counted_demand
from plugins.orders.store.models import Order


@dataclass(frozen=True)
class LineStock:
    """``reserved``: the order has it out of stock. ``left``: so many more are in stock.

    Of a bundle the part of which least is left.
    """

    reserved: bool
    left: int
    enough: bool


def stock_of(session: Session, order: Order) -> Mapping[int, LineStock]:
    """By the id of a line that is not delivered; of what nobody counts there is nothing to say."""
    waiting = [line for line in order.lines if line.delivered_at is None]
    of_lines = counted_demand(session, waiting)
    demand = {position: wanted for position, wanted in of_lines.items() if wanted}
    left = {line.tariff_id: line.tariff.stock or 0 for line in waiting}
    parts = {tariff_id for wanted in demand.values() for tariff_id in wanted} - left.keys()
    if parts:
        rows = session.execute(select(Tariff.id, Tariff.stock).where(Tariff.id.in_(parts)))
        left.update({row.id: row.stock or 0 for row in rows})
    held = {int(tariff_id): number for tariff_id, number in order.held.items()}
    shown = {}
    for line in waiting:
        if (wanted := demand.get(line.position)) is None:
            continue
        reserved = all(held.get(tariff_id, 0) >= number for tariff_id, number in wanted.items())
        enough = all(left[tariff_id] >= number for tariff_id, number in wanted.items())
        least = min(left[tariff_id] for tariff_id in wanted)
        shown[line.id] = LineStock(reserved, least, enough=reserved or enough)
    return shown
