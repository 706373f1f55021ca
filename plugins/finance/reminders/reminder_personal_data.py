"""What reminders hold about a client, for export and erasure.

What was sent and when is kept with the orders it is of; why somebody is not reminded is words of
staff, which may name a person, and is forgotten.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import ClientRecords, Preview
from billing_panel.kernel.language.text import text
from plugins.finance.reminders.reminder_models import PaymentReminder, ReminderPause
from plugins.orders.store.models import number_of


def _export(session: Session, client_id: int) -> Mapping[str, Any]:
    rows = session.scalars(
        select(PaymentReminder).filter_by(client_id=client_id).order_by(PaymentReminder.id)
    )
    return {
        "payment_reminders": [
            {
                "order": number_of(row.order_id),
                "at": row.at.isoformat(),
                "step": row.step.value,
                "pay_by": row.due_on.isoformat(),
                "e_mails": row.letters,
            }
            for row in rows
        ]
    }


def _preview(session: Session, client_id: int) -> Preview:
    found = select(func.count()).select_from(ReminderPause).filter_by(client_id=client_id)
    pauses = text(
        "Reasons why they are not sent reminders: %(number)s.", number=session.scalar(found)
    )
    return Preview(
        erased=(pauses,),
        kept=(text("When reminders of which bills were sent, without addresses."),),
    )


def _erase(session: Session, client_id: int, _at: datetime) -> None:
    session.execute(
        delete(ReminderPause)
        .where(ReminderPause.client_id == client_id)
        .execution_options(synchronize_session=False)
    )


REMINDER_RECORDS = ClientRecords(export=_export, preview=_preview, erase=_erase)
