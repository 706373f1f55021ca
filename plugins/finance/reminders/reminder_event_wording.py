"""The wording of events of the finance desk in the log."""

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
from plugins.finance.reminders.change_reminder_rules import RULES_CHANGED
from plugins.finance.reminders.find_reminders import STEP_WORDS
from plugins.finance.reminders.remind_by_hand import PAUSED, RESUMED
from plugins.finance.reminders.reminder_steps import Step
from plugins.finance.reminders.write_reminder import REMINDED
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import number_of

KINDS: Mapping[str, Text] = {
    REMINDED: text("Reminder of a bill sent"),
    PAUSED: text("Reminders paused"),
    RESUMED: text("Reminders resumed"),
    RULES_CHANGED: text("Reminders set up"),
}
SEES = Sight((FinanceFunction.REMINDER_READ,))


def _words(session: Session, events: Sequence[Event], _actor: Actor) -> Mapping[int, EventWords]:
    ids = {event.subject_id for event in events if event.subject_kind == "provider"}
    rows = session.execute(
        select(Provider.id, Provider.name, Provider.key).filter(Provider.id.in_(ids))
    )
    providers = {row.id: (row.name, row.key) for row in rows}
    return {
        event.id: EventWords(
            KINDS[event.kind], event.told, [*_details(event)], _subject(event, providers)
        )
        for event in events
    }


def _details(event: Event) -> Iterator[Detail]:
    told = event.told
    if "step" in told:
        yield Detail(text("Reminder"), STEP_WORDS[Step(told["step"])])
        yield Detail(text("Pay by"), date.fromisoformat(told["day"]))
        yield Detail(text("E-mails"), told["letters"])
    if told.get("reason"):
        yield Detail(text("Reason"), told["reason"])


def _subject(event: Event, providers: Mapping[int, tuple[str, str]]) -> Subject | None:
    if event.subject_kind == "order":
        name = text("Order № %(number)s", number=number_of(event.subject_id))
        values = {"order_id": event.subject_id}
        return Subject(name, "order.details", values, OrdersFunction.ORDER_READ)
    if event.subject_kind == "provider" and event.subject_id in providers:
        provider, key = providers[event.subject_id]
        needs = FinanceFunction.REMINDER_RULES
        return Subject(provider, "reminder_rules.change", {"key": key}, needs)
    return None


def _numbered(_session: Session, _number: str) -> Sequence[tuple[str, int]]:
    """Orders are found by the reader that they belong to."""
    return ()


REMINDER_EVENTS = EventReader(KINDS, _words, _numbered, sights=dict.fromkeys(KINDS, SEES))
