"""What the finance desk brings to orders: reminders, and write-offs of what is owed."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import PagePart
from billing_panel.kernel.values.actor import Actor
from plugins.finance.reminders.reminder_parts import ORDER_REMINDERS
from plugins.finance.write_offs.write_off_parts import write_off_parts
from plugins.orders.store.models import Order


def _page_parts(session: Session, order: Order, actor: Actor) -> Sequence[PagePart]:
    return (*ORDER_REMINDERS.page_parts(session, order, actor), *write_off_parts(order, actor))


ORDER_FINANCE = replace(ORDER_REMINDERS, page_parts=_page_parts)
