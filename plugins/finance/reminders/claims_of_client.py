"""What a provider claims of a client besides what is owed, as a statement of account names it."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.language.text import Text, text
from plugins.finance.reminders.reminder_models import ReminderRules
from plugins.finance.reminders.write_reminder import claim_by
from plugins.orders.store.find_orders import is_overdue
from plugins.orders.store.models import Order

# bills past their day; whoever has more is asked for by other means
MOST = 200


def claim_remarks(
    session: Session, client_id: int, provider_id: int, today: date
) -> Sequence[Text]:
    """Sentences; none where nothing is claimed. ``today``: where the provider is."""
    rules = session.get(ReminderRules, provider_id)
    if rules is None:
        return ()
    orders = session.scalars(
        select(Order)
        .where(Order.client_id == client_id, is_overdue({provider_id: today}))
        .order_by(Order.due_on, Order.id)
        .limit(MOST)
    ).all()
    claims = [(order, claim_by(session, order, rules, today)) for order in orders]
    interest = sum(claim.interest for _, claim in claims)
    fixed = sum(claim.fixed_sum for _, claim in claims)
    days = [claim.till for _, claim in claims if claim.till is not None]
    remarks = []
    if interest and days:
        remarks.append(
            text(
                "In addition, interest on late payment until %(till)s is claimed: %(sum)s.",
                till=max(days),
                sum=orders[0].money(interest),
            )
        )
    if fixed:
        remarks.append(
            text(
                "In addition, a fixed sum for late payment is claimed: %(sum)s.",
                sum=orders[0].money(fixed),
            )
        )
    return remarks
