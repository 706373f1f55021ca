"""How a document stands: by itself, and by the order or top-up it was issued for."""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from billing_panel.kernel.language.text import Text, text
from invoices.document import Kind
from invoices.store.models import DocumentEvent, DocumentEventKind, IssuedDocument
from plugins.orders.store.models import Order, OrderDocument
from plugins.orders.store.top_up import TopUp, TopUpState
from plugins.orders.workflow.statuses.stage import Stage


class DocumentState(StrEnum):
    """``credited``: credit notes take all of it back. ``issued``: it never asks for money."""

    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    CLOSED = "closed"
    CREDITED = "credited"
    ISSUED = "issued"


STATE_TITLES: Mapping[DocumentState, Text] = {
    DocumentState.OPEN: text("Not paid"),
    DocumentState.PAID: text("Paid"),
    DocumentState.VOID: text("Annulled"),
    DocumentState.CLOSED: text("Cancelled"),
    DocumentState.CREDITED: text("Credited in full"),
    DocumentState.ISSUED: text("Issued"),
}

_note = aliased(IssuedDocument)
_of_kept = or_(Order.kept > 0, Order.kept_points > 0)
_left = case((_of_kept, func.coalesce(Order.kept, 0)), else_=Order.total) - Order.paid
# as ``Order.is_settled``
_goodwill = and_(Order.stage == Stage.DONE, Order.owed == 0, _left <= Order.refunded)
_settled = or_(_left <= 0, _goodwill)
_is_own = and_(OrderDocument.document_id == IssuedDocument.id, OrderDocument.order_id == Order.id)


def _all_orders(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """It has orders, and the condition holds for each."""
    return and_(exists().where(_is_own), ~exists().where(_is_own, ~condition))


def state_column() -> ColumnElement[str]:
    """Of ``IssuedDocument``, one of the words of ``DocumentState``."""
    voided = exists().where(
        DocumentEvent.document_id == IssuedDocument.id,
        DocumentEvent.kind == DocumentEventKind.VOIDED,
    )
    credited = (
        select(func.coalesce(func.sum(_note.total), 0))
        .where(_note.corrects_id == IssuedDocument.id)
        .scalar_subquery()
    )
    topped_up = exists().where(
        TopUp.document_id == IssuedDocument.id, TopUp.state == TopUpState.PAID
    )
    of_kinds = IssuedDocument.kind.in_([Kind.CREDIT_NOTE, Kind.RECEIPT])
    is_tax_document = IssuedDocument.kind.in_([Kind.INVOICE, Kind.ADVANCE])
    nothing_owed = and_(Order.stage == Stage.LOST, Order.owed + Order.written_off == 0)
    return case(
        (voided, literal(DocumentState.VOID.value)),
        (of_kinds, literal(DocumentState.ISSUED.value)),
        (
            and_(is_tax_document, credited > 0, credited >= IssuedDocument.total),
            literal(DocumentState.CREDITED.value),
        ),
        # it was issued for money that had come
        (IssuedDocument.kind == Kind.ADVANCE, literal(DocumentState.PAID.value)),
        (or_(topped_up, _all_orders(_settled)), literal(DocumentState.PAID.value)),
        (_all_orders(or_(_settled, nothing_owed)), literal(DocumentState.CLOSED.value)),
        else_=literal(DocumentState.OPEN.value),
    )
