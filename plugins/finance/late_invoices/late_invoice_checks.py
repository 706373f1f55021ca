"""No invoice is missing whose term is over."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from plugins.finance.late_invoices.find_late_invoices import late_invoices


def in_time(session: Session) -> Iterator[Text]:
    """By the time of the last event there is: a check has no clock of its own."""
    now = session.scalar(select(func.max(Event.at)))
    if now is None:
        return
    invoicing = select(Provider).where(Provider.invoices_since.is_not(None)).order_by(Provider.id)
    for one in late_invoices(session, session.scalars(invoicing).all(), now):
        yield text(
            "The invoice of order %(order)s was to be there by %(day)s, and is not.",
            order=one.number,
            day=one.last_day,
        )


LATE_INVOICE_CHECKS = (Check("orders.invoiced_in_time", in_time),)
