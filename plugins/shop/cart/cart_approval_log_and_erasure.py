"""What the shop writes into the log, and holds about a client: carts that were sent to approve."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import (
    ClientRecords,
    EventReader,
    EventWords,
    Preview,
    Sight,
)
from billing_panel.kernel.files.plain_row_values import plain_row
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from plugins.orders.functions import OrdersFunction
from plugins.shop.cart.cart_approval_row import CartRequest

KINDS: Mapping[str, Text] = {
    "cart.sent_to_approve": text("Cart sent to the client for approval"),
    "cart.approved": text("Cart approved by the client"),
}


def _words(_session: Session, events: Sequence[Event], _actor: Actor) -> Mapping[int, EventWords]:
    return {event.id: EventWords(KINDS[event.kind], event.told) for event in events}


def _numbered(_session: Session, _number: str) -> Sequence[tuple[str, int]]:
    return ()


def _export(session: Session, client_id: int) -> Mapping[str, Any]:
    rows = session.scalars(select(CartRequest).filter_by(client_id=client_id))
    return {"cart_requests": [plain_row(row) for row in rows]}


def _hinders(_session: Session, _client_id: int) -> Sequence[Reason]:
    return ()


def _preview(_session: Session, _client_id: int) -> Preview:
    return Preview()


def _erase(session: Session, client_id: int, _at: datetime) -> None:
    session.execute(delete(CartRequest).where(CartRequest.client_id == client_id))


# whoever looks at the cart, on either side
SIGHT = Sight((OrdersFunction.CART_READ,), clients=True)
CART_EVENTS = EventReader(KINDS, _words, _numbered, dict.fromkeys(KINDS, SIGHT))
CART_RECORDS = ClientRecords(export=_export, hinders=_hinders, preview=_preview, erase=_erase)
