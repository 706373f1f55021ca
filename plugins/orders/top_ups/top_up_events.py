"""What top-ups write into the log, how it is read, and who is told of it at once."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.companies.provider_models import METHOD_TITLES, MethodKind
from billing_panel.kernel.extension.hooks import Detail, EventReader, EventWords, Sight, Subject
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from permissions.panel_functions import PanelFunction

KINDS: Mapping[str, Text] = {
    "top_up.asked": text("Top-up asked for"),
    "top_up.paid": text("Balance topped up"),
    "top_up.cancelled": text("Top-up cancelled"),
    "top_up.failed": text("Top-up not paid"),
    "top_up.message_refused": text("Message from the payment system doesn’t match its top-up"),
    "top_up.disputed": text("Top-up disputed by the payer"),
    "top_up.dispute_won": text("Dispute of a top-up won"),
    "top_up.dispute_lost": text("Dispute of a top-up lost, money taken back"),
}
# what staff look after by themselves; a client sees the balance
FOR_STAFF = frozenset({"top_up.message_refused", "top_up.disputed", "top_up.dispute_won"})


def _words(_session: Session, events: Sequence[Event], actor: Actor) -> Mapping[int, EventWords]:
    return {event.id: _of(event, actor) for event in events}


def _of(event: Event, actor: Actor) -> EventWords:
    told = dict(event.told)
    number = told.get("top_up", "")
    details = [
        Detail(text("Number"), number),
        Detail(text("Payment method"), METHOD_TITLES[MethodKind(told["method"])]),
    ]
    if sees(actor, Fact.BALANCE):
        details.append(Detail(text("Amount"), Money(told["amount"], told["currency"])))
    else:
        told["amount"] = None
    return EventWords(
        said=KINDS[event.kind],
        told=told,
        details=details,
        subject=Subject(
            text("Top-up %(number)s", number=number),
            "top_ups.of_client",
            {"client_id": event.client_id},
            PanelFunction.BALANCE_READ,
        ),
    )


def _numbered(_session: Session, _number: str) -> Sequence[tuple[str, int]]:
    return ()


SIGHTS = {
    kind: Sight((PanelFunction.BALANCE_READ,), clients=kind not in FOR_STAFF) for kind in KINDS
}
TOP_UP_EVENTS = EventReader(KINDS, _words, _numbered, SIGHTS)
