"""The wording of exports of registers in the log."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.extension.hooks import Detail, EventReader, EventWords, Sight, Subject
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from plugins.finance.functions import FinanceFunction
from plugins.finance.registers.all_registers import REGISTERS
from plugins.finance.registers.log_register_export import EXPORTED

KINDS: Mapping[str, Text] = {EXPORTED: text("Register saved as a file")}


def _words(session: Session, events: Sequence[Event], _actor: Actor) -> Mapping[int, EventWords]:
    ids = {event.subject_id for event in events}
    rows = session.execute(select(Provider.id, Provider.name).where(Provider.id.in_(ids)))
    names = {row.id: row.name for row in rows}
    return {
        event.id: EventWords(
            KINDS[event.kind], event.told, [*_details(event)], _subject(event, names)
        )
        for event in events
    }


def _details(event: Event) -> Iterator[Detail]:
    told = event.told
    register = REGISTERS.get(told["register"])
    yield Detail(text("Register"), register.title if register else told["register"])
    for name, title in (("from", text("From date")), ("to", text("To date"))):
        if name in told:
            yield Detail(title, date.fromisoformat(told[name]))
    yield Detail(text("File"), told["file"].upper())


def _subject(event: Event, names: Mapping[int, str]) -> Subject | None:
    if event.subject_id not in names:
        return None
    needs = FinanceFunction.REGISTER_READ
    values = {"register": event.told["register"]}
    return Subject(names[event.subject_id], "registers.one", values, needs)


def _numbered(_session: Session, _number: str) -> Sequence[tuple[str, int]]:
    """No number leads to it."""
    return ()


# it stands on no page but the log's
REGISTER_EVENTS = EventReader(KINDS, _words, _numbered, sights={EXPORTED: Sight()})
