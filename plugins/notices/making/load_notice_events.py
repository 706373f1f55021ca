"""Reading events of the log as happenings, with their order and whom they name."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.tables.event_log import Event
from plugins.notices.kinds.event_notice_kinds import DECISIONS
from plugins.notices.kinds.notice_event import Happening
from plugins.notices.wording.load_notice_facts import orders_of_documents
from plugins.orders.exceptions.exception_models import OrderException

COLUMNS = (
    Event.id,
    Event.kind,
    Event.at,
    Event.actor_kind,
    Event.user_id,
    Event.provider_id,
    Event.client_id,
    Event.subject_kind,
    Event.subject_id,
    Event.facts,
)


def happenings(session: Session, event_ids: Sequence[int]) -> Sequence[Happening]:
    """Those of ``event_ids`` that somebody may be told of, in their order."""
    told = select(*COLUMNS).where(Event.id.in_(event_ids), Event.kind.in_(DECISIONS))
    rows = session.execute(told.order_by(Event.id)).all()
    documents = [row.subject_id for row in rows if row.subject_kind == "document"]
    orders_of = orders_of_documents(session, documents) if documents else {}
    exceptions = [row.subject_id for row in rows if row.subject_kind == "exception"]
    proposers = _proposers(session, exceptions) if exceptions else {}
    return [
        Happening(
            event_id=row.id,
            kind=row.kind,
            at=row.at,
            by=row.actor_kind,
            user_id=row.user_id,
            provider_id=row.provider_id,
            client_id=row.client_id,
            subject=(row.subject_kind, row.subject_id),
            order_id={
                "order": row.subject_id,
                "document": orders_of.get(row.subject_id),
                "dialogue": row.facts.get("order_id"),
            }.get(row.subject_kind),
            to_user=proposers.get(row.subject_id) if row.subject_kind == "exception" else None,
            facts=row.facts,
        )
        for row in rows
    ]


def _proposers(session: Session, exception_ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(OrderException.id, OrderException.proposed_by_id).where(
            OrderException.id.in_(exception_ids)
        )
    )
    return {row.id: row.proposed_by_id for row in rows}
