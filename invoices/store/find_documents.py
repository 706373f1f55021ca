"""Documents in a reader's scope."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import own_providers, seen_client
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from invoices.document import FiscalRecord, Kind, Mark, Marking
from invoices.hooks import settled
from invoices.store.document_search import documents_numbered
from invoices.store.models import IssuedDocument


def documents(actor: Actor) -> Select[IssuedDocument]:
    """Documents of the actor's providers and clients."""
    return (
        select(IssuedDocument)
        .join(Provider, Provider.id == IssuedDocument.provider_id)
        .join(Client, Client.id == IssuedDocument.client_id)
        .where(own_providers(actor), seen_client(actor))
    )


def find_document(session: Session, actor: Actor, document_id: int) -> IssuedDocument:
    """Raises NotFound."""
    row = session.scalar(documents(actor).where(IssuedDocument.id == document_id))
    if row is None:
        raise NotFound(text("No such document, or you don’t have access to it."))
    return row


def documents_by_number(session: Session, actor: Actor, number: str) -> Sequence[IssuedDocument]:
    """The number as it is written first, then what is taken for it (``text_folding``)."""
    ids = documents_numbered(session, number, actor)
    page = documents(actor).where(IssuedDocument.id.in_(ids))
    return session.scalars(page.order_by(IssuedDocument.number != number, IssuedDocument.id)).all()


def marking_of(session: Session, row: IssuedDocument) -> Marking | None:
    """Why the document asks for money no more; None: it does, or it never did."""
    if row.voided_at is not None:
        timezone = session.get_one(Provider, row.provider_id).timezone
        return Marking(Mark.VOID, local_date(row.voided_at, timezone))
    if row.kind is Kind.RECEIPT:
        return _registered(session, row)
    return settled(session, row.id) if _asked(row) else None


def _registered(session: Session, row: IssuedDocument) -> Marking | None:
    """By a fiscal device; None: by none yet."""
    step = row.registered
    if step is None:
        return None
    timezone = session.get_one(Provider, row.provider_id).timezone
    fiscal = FiscalRecord(step.reference, step.device, step.link)
    return Marking(Mark.FISCAL, local_date(step.at, timezone), fiscal)


def _asked(row: IssuedDocument) -> bool:
    """It asked for money when it was issued."""
    if row.kind is Kind.PROFORMA:
        return True
    is_bill = row.kind in {Kind.INVOICE, Kind.ADVANCE}
    return is_bill and row.content.get("prepaid", 0) < row.total
