"""One reminder written down and posted, in the transaction of both: it is sent once, or not."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_models import Client, addresses_in
from billing_panel.kernel.database.database import insert_into
from billing_panel.kernel.language.text import say, say_value
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import Money
from billing_panel.kernel.values.secret_fingerprints import digest
from billing_panel.mail.letters import Letter, post
from billing_panel.mail.post_office import PostOffice
from invoices.document_event_wording import NAMES
from plugins.finance.late_payment.claim_of_order import claim_of
from plugins.finance.late_payment.interest_laws import InterestLaw
from plugins.finance.late_payment.late_interest import LateClaim
from plugins.finance.late_payment.reference_rates import rates_of
from plugins.finance.reminders.reminder_models import PaymentReminder, ReminderRules
from plugins.finance.reminders.reminder_steps import Step
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note

REMINDED = "payment.reminded"
KEY_LENGTH = 32


def kind_of(step: Step) -> str:
    """The kind of its letters, which has a text in each language."""
    return f"reminder.{step.value}"


def write_reminder(
    session: Session,
    office: PostOffice,
    order: Order,
    rules: ReminderRules,
    step: Step,
    *,
    actor: Actor,
    at: datetime,
    again: int = 0,
) -> int | None:
    """Remind of the bill of ``order``, which is locked; how many letters.

    None: this step was sent already, and nothing is written.
    """
    today = local_date(at, order.provider.timezone)
    claim = claim_by(session, order, rules, today)
    addresses = [*addresses_of(rules, order.client)]
    row = {
        "order_id": order.id,
        "provider_id": order.provider_id,
        "client_id": order.client_id,
        "document_id": order.to_print.id if order.to_print else None,
        "due_on": order.due_on,
        "step": step,
        "rank": step.rank,
        "again": again,
        "at": at,
        "user_id": actor.user_id,
        "left": order.asked_for,
        "interest": claim.interest,
        "fixed_sum": claim.fixed_sum,
        "letters": len(addresses),
    }
    written = insert_into(session, PaymentReminder).values(row).on_conflict_do_nothing()
    reminder_id = session.scalar(written.returning(PaymentReminder.id))
    if reminder_id is None:
        return None
    values = reminder_values(order, claim, today, office.public_url, order.client.language)
    post(session, _letters(order, rules, step, reminder_id, addresses, values), at=at)
    facts = {
        "step": step.value,
        "day": order.due_on and order.due_on.isoformat(),
        "letters": len(addresses),
    }
    note(session, REMINDED, order, facts, actor, at)
    return len(addresses)


def claim_by(session: Session, order: Order, rules: ReminderRules, today: date) -> LateClaim:
    """What is claimed besides what is left, by the provider's rules."""
    if rules.law is InterestLaw.NONE:
        return LateClaim()
    rates = rates_of(rules.law, rules.margin, rules.entered(rules.law))
    return claim_of(session, order, today, rules.law, rates, fixed_sum=rules.fixed_sum)


def addresses_of(rules: ReminderRules, client: Client) -> Iterator[str]:
    """Whom a reminder goes to, each once."""
    if client.erased_at is not None:
        return
    own = [client.email] if rules.to_client else []
    more = addresses_in(client.accounting_emails) if rules.to_accounting else []
    yield from addresses_in(" ".join([*own, *more]))


def _letters(
    order: Order,
    rules: ReminderRules,
    step: Step,
    reminder_id: int,
    addresses: list[str],
    values: Mapping[str, str],
) -> Iterator[Letter]:
    document = order.to_print
    attached = (("document", document.id),) if rules.attaches and document else ()
    for address in addresses:
        name = digest({"address": address.casefold()})[:KEY_LENGTH]
        yield Letter(
            key=f"reminder:{reminder_id}:{name}",
            kind=kind_of(step),
            to=address,
            language=order.client.language,
            values=values,
            provider_id=order.provider_id,
            client_id=order.client_id,
            thread=f"order-{order.id}",
            attachments=attached,
            takes_answers=True,
        )


def reminder_values(
    order: Order, claim: LateClaim, today: date, public_url: str, language: str
) -> Mapping[str, str]:
    """Everything the text of a reminder may name; empty where there is nothing to say."""
    document = order.to_print
    overdue = max((today - order.due_on).days, 0) if order.due_on else 0
    claimed = order.asked_for + claim.total if claim.total else 0

    def money(minor: int) -> str:
        return say_value(Money(minor, order.currency), language) if minor else ""

    return {
        "client": order.client.name,
        "provider": order.provider.name,
        "number": order.number,
        "document": say(NAMES[document.kind], language) if document else "",
        "bill": document.number if document else "",
        "left": money(order.asked_for),
        "day": say_value(order.due_on, language) if order.due_on else "",
        "days": str(overdue) if overdue else "",
        "interest": money(claim.interest),
        "till": say_value(claim.till, language) if claim.till and claim.interest else "",
        "fixed_sum": money(claim.fixed_sum),
        "claimed": money(claimed),
        "link": f"{public_url}/orders/{order.id}",
    }
