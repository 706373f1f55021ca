"""How payouts are read in the log."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Detail, EventReader, EventWords, Sight
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind
from plugins.finance.functions import FinanceFunction
from plugins.finance.payouts.record_payout import IN_TRANSIT, PAID_OUT

KINDS = {PAID_OUT: text("Payout recorded")}


def _words(_session: Session, events: Sequence[Event], _actor: Actor) -> Mapping[int, EventWords]:
    return {event.id: _of(event) for event in events}


def _of(event: Event) -> EventWords:
    told = event.told
    details = [
        Detail(text("Paid out by"), IN_TRANSIT[AccountKind(told["source"])]),
        Detail(text("Amount"), Money(told["amount"], told["currency"])),
        Detail(text("Fee"), Money(told["fee"], told["currency"])),
    ]
    if told.get("reference"):
        details.append(Detail(text("Reference"), told["reference"]))
    return EventWords(KINDS[event.kind], told, tuple(details))


def _numbered(_session: Session, _number: str) -> Sequence[tuple[str, int]]:
    return ()


SIGHT = Sight((FinanceFunction.PAYOUT_RECORD,))
PAYOUT_EVENTS = EventReader(KINDS, _words, _numbered, dict.fromkeys(KINDS, SIGHT))
