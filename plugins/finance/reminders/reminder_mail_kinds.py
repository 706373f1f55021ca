"""The letters that remind of a bill: one kind for each step, each with a text of its own."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.mail_kinds import MailKind, Sample
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.mail.post_office import post_office
from permissions.guard import allows
from plugins.finance.functions import FinanceFunction
from plugins.finance.late_payment.late_interest import LateClaim
from plugins.finance.reminders.find_reminders import STEP_WORDS
from plugins.finance.reminders.reminder_models import ReminderRules
from plugins.finance.reminders.reminder_steps import Step
from plugins.finance.reminders.write_reminder import claim_by, kind_of, reminder_values
from plugins.orders.store.find_orders import ASKS_FOR_MONEY, own_orders
from plugins.orders.store.models import Order

SECTION = text("Reminders of bills")
PLACES: Mapping[str, Text] = {
    "client": text("Name of the client"),
    "provider": text("Name of the provider"),
    "number": text("Number of the order"),
    "document": text("Kind of document: bill, invoice or credit note"),
    "bill": text("Number of the document attached"),
    "left": text("What is left to pay"),
    "day": text("The last day to pay"),
    "days": text("By how many days it is overdue"),
    "interest": text("Interest claimed"),
    "till": text("Up to which day interest is counted"),
    "fixed_sum": text("Fixed sum claimed"),
    "claimed": text("What is left to pay, with interest and the fixed sum"),
    "link": text("Link to the page in the panel"),
}
EXAMPLE: Mapping[str, str] = {
    "client": "Balkan Media OOD",
    "provider": "Nordvik Hosting",
    "number": "10017",
    "document": "Bill",
    "bill": "P-2026-0117",
    "left": "€238.80",
    "day": "13 Dec 2026",
    "days": "7",
    "interest": "€0.46",
    "till": "20 Dec 2026",
    "fixed_sum": "€40.00",
    "claimed": "€279.26",
    "link": "https://panel.example.com/orders/17",
}


def reminder_mail_kinds() -> Sequence[MailKind]:
    """Whoever owes gets them: they can't be switched off by their reader."""
    return [
        MailKind(
            key=kind_of(step),
            section=SECTION,
            title=STEP_WORDS[step],
            placeholders=PLACES,
            example=EXAMPLE,
            samples=_sample,
        )
        for step in Step
    ]


def _sample(session: Session, actor: Actor, provider_id: int, language: str) -> Sample | None:
    """Of the newest unpaid bill of the provider that the actor may see."""
    office = post_office(session)
    if office is None or not allows(actor, FinanceFunction.REMINDER_READ):
        return None
    order = session.scalar(
        select(Order)
        .where(own_orders(actor), Order.provider_id == provider_id, Order.due_on.is_not(None))
        .where(ASKS_FOR_MONEY)
        .order_by(Order.id.desc())
        .limit(1)
    )
    if order is None or order.due_on is None:
        return None
    # as if it were reminded of a week after the last day to pay
    today = order.due_on + timedelta(days=7)
    rules = session.get(ReminderRules, provider_id)
    claim = claim_by(session, order, rules, today) if rules else LateClaim()
    values = reminder_values(order, claim, today, office.public_url, language)
    return Sample(values, text("Order № %(number)s", number=order.number))
