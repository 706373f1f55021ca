"""The wording of notice events in the log."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Detail, EventReader, EventWords, Sight, Subject
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from plugins.notices.making.log_near_deadlines import APPROACHED, PASSED
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import number_of

KINDS: Mapping[str, Text] = {
    APPROACHED: text("Deadline of an order is near"),
    PASSED: text("Payment overdue"),
}


def _words(_session: Session, events: Sequence[Event], _actor: Actor) -> Mapping[int, EventWords]:
    return {
        event.id: EventWords(
            said=KINDS[event.kind],
            told=event.told,
            details=(Detail(text("Day"), date.fromisoformat(event.facts["day"])),),
            subject=Subject(
                text("Order № %(number)s", number=number_of(event.subject_id)),
                "order.details",
                {"order_id": event.subject_id},
                OrdersFunction.ORDER_READ,
            ),
        )
        for event in events
    }


def _numbered(_session: Session, _number: str) -> Sequence[tuple[str, int]]:
    """Orders are found by the reader that they belong to."""
    return ()


# they stand on no page: whom they concern has a notice
DEADLINE_EVENTS = EventReader(KINDS, _words, _numbered, sights={kind: Sight() for kind in KINDS})
