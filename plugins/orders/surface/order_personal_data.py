"""What orders hold about a client, for export and erasure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session, selectinload

from billing_panel.kernel.extension.hooks import ClientRecords, Preview
from billing_panel.kernel.files.plain_row_values import plain_row
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.search_entries import forget
from plugins.orders.promo.promo_models import CartPromo
from plugins.orders.store.cart_line import CartLine
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.store.order_review import OrderReview
from plugins.orders.store.order_search import WRITTEN
from plugins.orders.store.payment import GatewayMessage, Payment
from plugins.orders.store.top_up import TopUp, TopUpState
from plugins.orders.workflow.statuses.stage import Stage

LIVE = (Stage.NEW, Stage.OPEN)


def _export(session: Session, client_id: int) -> Mapping[str, Any]:
    orders = select(Order).where(Order.client_id == client_id).order_by(Order.id)
    cart = select(CartLine).where(CartLine.client_id == client_id).order_by(CartLine.id)
    top_ups = select(TopUp).where(TopUp.client_id == client_id).order_by(TopUp.id)
    return {
        "top_ups": [{**plain_row(row), "number": row.number} for row in session.scalars(top_ups)],
        "orders": [
            {
                **plain_row(order),
                "number": order.number,
                "provider": order.provider.key,
                "status": order.status.key,
                "lines": [plain_row(line) for line in order.lines],
                "taxes": [plain_row(tax) for tax in order.taxes],
            }
            for order in session.scalars(
                orders.options(selectinload(Order.lines), selectinload(Order.taxes))
            )
        ],
        "cart": [{**plain_row(line), "tariff": line.tariff.key} for line in session.scalars(cart)],
    }


# an order's place of delivery, forgotten
NOWHERE: Mapping[str, str] = dict.fromkeys(
    (
        "delivery_address",
        "delivery_post_code",
        "delivery_city",
        "delivery_region",
        "delivery_country",
    ),
    "",
)


def _hinders(session: Session, client_id: int) -> Sequence[Reason]:
    live = select(Order).where(Order.client_id == client_id, Order.stage.in_(LIVE))
    orders = [order.number for order in session.scalars(live.order_by(Order.id))]
    waiting = select(TopUp).filter_by(client_id=client_id, state=TopUpState.WAITING)
    top_ups = [top_up.number for top_up in session.scalars(waiting.order_by(TopUp.id))]
    found = {
        "orders_open": (text("Orders in progress: %(numbers)s.", numbers=orders), orders),
        "top_ups_open": (text("Top-ups that wait: %(numbers)s.", numbers=top_ups), top_ups),
    }
    remedy = text("Complete or cancel them first.")
    return [Reason(code, said, remedy) for code, (said, numbers) in found.items() if numbers]


def _preview(session: Session, client_id: int) -> Preview:
    count = select(func.count())
    own = Order.client_id == client_id
    written = session.scalar(count.select_from(Order).where(own, _has_words()))
    orders = session.scalar(count.select_from(Order).where(own))
    said = session.scalar(count.select_from(GatewayMessage).where(_said_of(client_id)))
    cart = session.scalar(count.select_from(CartLine).where(CartLine.client_id == client_id))
    return Preview(
        erased=(
            text("Notes, delivery addresses and order fields: %(number)s.", number=written),
            text("Items in carts: %(number)s.", number=cart),
            text("Contents of payment system messages: %(number)s.", number=said),
        ),
        kept=(text("Orders with their lines and amounts: %(number)s.", number=orders),),
    )


def _has_words() -> ColumnElement[bool]:
    written = (getattr(Order, name) != "" for name in NOWHERE)
    return or_(Order.note != "", *written, Order.fields != {})


def _said_of(client_id: int) -> ColumnElement[bool]:
    """Messages may hold the payer's name and address."""
    payments = select(Payment.id).join(Order, Order.id == Payment.order_id)
    top_ups = select(TopUp.id).where(TopUp.client_id == client_id)
    return or_(
        GatewayMessage.payment_id.in_(payments.where(Order.client_id == client_id)),
        GatewayMessage.top_up_id.in_(top_ups),
    )


def _erase(session: Session, client_id: int, _at: datetime) -> None:
    session.execute(delete(CartLine).where(CartLine.client_id == client_id))
    own = select(Order.id).where(Order.client_id == client_id)
    session.execute(update(OrderLine).where(OrderLine.order_id.in_(own)).values(note=""))
    reviews = update(OrderReview).where(OrderReview.order_id.in_(own))
    session.execute(reviews.values(answer="", hidden_reason=""))
    session.execute(delete(CartPromo).where(CartPromo.client_id == client_id))
    session.execute(update(GatewayMessage).where(_said_of(client_id)).values(body=b""))
    session.execute(
        update(Order)
        .where(Order.client_id == client_id)
        .values(note="", **NOWHERE, fields={}, version=Order.version + 1)
    )
    forget(session, WRITTEN, select(Order.id).where(Order.client_id == client_id))


ORDER_RECORDS = ClientRecords(export=_export, hinders=_hinders, preview=_preview, erase=_erase)
