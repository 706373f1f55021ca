"""How proposals of write-offs, and decisions on them, are read in the log."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Detail, EventReader, EventWords, Sight, Subject
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from plugins.finance.functions import WRITING_OFF
from plugins.finance.write_offs.decide_write_off import DECIDED
from plugins.finance.write_offs.propose_write_off import PROPOSED
from plugins.finance.write_offs.write_off_models import WriteOffState
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import number_of
from plugins.orders.store.visibility.price_visibility import sees_prices

KINDS: Mapping[str, Text] = {
    PROPOSED: text("Write-off of a debt proposed"),
    DECIDED[WriteOffState.APPROVED]: text("Write-off of a debt approved"),
    DECIDED[WriteOffState.REFUSED]: text("Write-off of a debt refused"),
}


def _words(_session: Session, events: Sequence[Event], actor: Actor) -> Mapping[int, EventWords]:
    sums = sees_prices(actor)
    return {event.id: _of(event, sums=sums) for event in events}


def _of(event: Event, *, sums: bool) -> EventWords:
    told = event.told if sums else {**event.told, "amount": None}
    order_id = event.facts["order"]
    subject = Subject(
        text("Order № %(number)s", number=number_of(order_id)),
        "order.details",
        {"order_id": order_id},
        OrdersFunction.ORDER_READ,
    )
    return EventWords(KINDS[event.kind], told, [*_details(told)], subject)


def _details(told: Mapping[str, object]) -> Iterator[Detail]:
    amount, currency = told["amount"], told["currency"]
    if isinstance(amount, int):
        yield Detail(text("Amount"), Money(amount, str(currency)))
    if told.get("reason"):
        yield Detail(text("Reason"), told["reason"])


def _numbered(_session: Session, _number: str) -> Sequence[tuple[str, int]]:
    """Orders are found by the reader that they belong to."""
    return ()


WRITE_OFF_EVENTS = EventReader(KINDS, _words, _numbered, dict.fromkeys(KINDS, Sight(WRITING_OFF)))
