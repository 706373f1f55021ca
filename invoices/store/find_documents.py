"""Documents in a reader's scope."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import own_providers, seen_client
from billing_panel.accounts.firms.providers import Provider
from billing_panel.accounts.people.clients import Client
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import local_date
from invoices.document import Kind, Mark, Marking
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
    return settled(session, row.id) if row.kind is Kind.PROFORMA else None
