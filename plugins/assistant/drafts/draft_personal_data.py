"""What drafts hold about a client, and how they are forgotten."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import ClientRecords, Preview
from billing_panel.kernel.files.plain_row_values import plain_row
from plugins.assistant.drafts.models import Draft


def _export(session: Session, client_id: int) -> Mapping[str, Any]:
    rows = session.scalars(select(Draft).filter_by(client_id=client_id))
    return {"assistant_drafts": [plain_row(row) for row in rows]}


def _erase(session: Session, client_id: int, _at: datetime) -> None:
    session.execute(delete(Draft).where(Draft.client_id == client_id))


DRAFT_RECORDS = ClientRecords(
    export=_export, preview=lambda _session, _client_id: Preview(), erase=_erase
)
