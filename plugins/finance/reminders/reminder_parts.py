"""What pages of orders and clients say of reminders, to staff who may see them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.extension.home_parts import Waiting
from billing_panel.kernel.extension.hooks import NavigationEntry, PagePart
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from permissions.guard import allows
from plugins.finance.functions import FinanceFunction
from plugins.finance.late_payment.interest_laws import InterestLaw
from plugins.finance.reminders.claims_of_client import claim_remarks
from plugins.finance.reminders.find_reminders import STEP_WORDS, StandingFilter, sent_reminders
from plugins.finance.reminders.reminder_models import ReminderRules
from plugins.orders.store.models import Order
from plugins.orders.store.order_extensions import OrderExtension

SHOWN = 5


def _page_parts(session: Session, order: Order, actor: Actor) -> Sequence[PagePart]:
    if actor.client_id is not None or not allows(actor, FinanceFunction.REMINDER_READ):
        return ()
    asked = StandingFilter(order_id=order.id)
    sent = sent_reminders(session, actor, asked, limit=SHOWN)
    if order.due_on is None and not sent:
        return ()
    values = {"order_id": order.id, "client_id": None, "sent": sent, "steps": STEP_WORDS}
    return (PagePart("finance/reminders_card.html", values, place="client"),)


def client_parts(session: Session, client_id: int, actor: Actor) -> Sequence[PagePart]:
    """What was last sent to them, and the way to their unpaid bills."""
    if not allows(actor, FinanceFunction.REMINDER_READ):
        return ()
    sent = sent_reminders(session, actor, StandingFilter(client_id=client_id), limit=SHOWN)
    values = {"order_id": None, "client_id": client_id, "sent": sent, "steps": STEP_WORDS}
    return (PagePart("finance/reminders_card.html", values, place="client"),)


def provider_places(key: str) -> Sequence[NavigationEntry]:
    """Where a provider’s reminders are set up."""
    return (NavigationEntry(text("Reminders"), "reminder_rules.change", "bell", {"key": key}),)


def home_parts(session: Session, actor: Actor, now: datetime) -> Sequence[Waiting]:
    """Providers that claim interest at a rate that isn’t known, to whoever may enter it."""
    if actor.client_id is not None or not allows(actor, FinanceFunction.REMINDER_RULES):
        return ()
    found = select(ReminderRules, Provider).join(Provider, Provider.id == ReminderRules.provider_id)
    claiming = found.where(ReminderRules.law != InterestLaw.NONE, own_providers(actor))
    missing = [
        Waiting(
            title=text("Reference rate for interest isn’t known"),
            count=1,
            endpoint="reminder_rules.change",
            values={"key": provider.key},
            note=provider.name,
            urgent=True,
        )
        for rules, provider in session.execute(claiming.order_by(Provider.key))
        if rules.rate_unknown_since(local_date(now, provider.timezone))
    ]
    return tuple(missing)


def _reminds(session: Session, provider_id: int) -> bool:
    rules = session.scalar(select(ReminderRules).filter_by(provider_id=provider_id))
    return rules is not None and bool(rules.schedule.days)


ORDER_REMINDERS = OrderExtension(page_parts=_page_parts, reminds=_reminds, remarks=claim_remarks)
