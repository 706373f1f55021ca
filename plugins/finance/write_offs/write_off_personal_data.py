"""What write-offs hold about a client, for export and erasure: sums stay, words of staff go."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import ClientRecords, Preview
from billing_panel.kernel.language.text import text
from plugins.finance.write_offs.write_off_models import WriteOff
from plugins.orders.store.models import number_of


def _export(session: Session, client_id: int) -> Mapping[str, Any]:
    rows = session.scalars(select(WriteOff).filter_by(client_id=client_id).order_by(WriteOff.id))
    return {
        "write_offs": [
            {
                "order": number_of(row.order_id),
                "at": row.proposed_at.isoformat(),
                "amount": row.amount,
                "state": row.state.value,
                "reason": row.reason,
                "decision_reason": row.decision_reason,
            }
            for row in rows
        ]
    }


def _preview(session: Session, client_id: int) -> Preview:
    found = select(func.count()).select_from(WriteOff).filter_by(client_id=client_id)
    number = session.scalar(found)
    return Preview(
        erased=(text("Reasons of write-offs of their debts: %(number)s.", number=number),)
        if number
        else ()
    )


def _erase(session: Session, client_id: int, _at: datetime) -> None:
    session.execute(
        update(WriteOff)
        .where(WriteOff.client_id == client_id)
        .values(reason="", decision_reason="")
        .execution_options(synchronize_session=False)
    )


WRITE_OFF_RECORDS = ClientRecords(export=_export, preview=_preview, erase=_erase)
