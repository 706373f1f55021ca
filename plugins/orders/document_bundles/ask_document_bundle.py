"""Asking for documents in one file; the worker makes it (``print_document_bundles``)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, selectinload

from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.row_locks import lock
from billing_panel.kernel.language.errors import FieldError, Invalid, NotFound, TooManyAtOnce
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.process.concurrency_limit import COME_AGAIN
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from invoices.functions import InvoicesFunction
from invoices.store.find_documents import documents
from invoices.store.models import IssuedDocument
from permissions.guard import require
from plugins.orders.document_bundles.document_bundle import KEPT, BundleForm, DocumentBundle
from plugins.orders.store.find_orders import own_orders
from plugins.orders.store.models import Order

# bundles of one person that wait or are being printed
MOST_WAITING = 3
# and different ones that they may ask for within a day, for each is kept so long
MOST_A_DAY = 20
# documents in one file: a minute or two of two processes, some twenty megabytes
MOST_DOCUMENTS = 500
# why an order has no page in the file, by code
NOT_BILLED, ANNULLED, UNKNOWN = "not_billed", "annulled", "unknown"
WHY: dict[str, Text] = {
    NOT_BILLED: text("No bill was issued for it."),
    ANNULLED: text("Its bill was annulled."),
    UNKNOWN: text("No such order, or you don’t have access to it."),
}


@dataclass(frozen=True)
class AskDocuments:
    """``documents``: their ids, in the order in which they stand in the file."""

    documents: tuple[int, ...]
    form: BundleForm = BundleForm.PDF


def ask_documents(
    session: Session, command: AskDocuments, *, actor: Actor, clock: Clock
) -> DocumentBundle:
    """For whoever asks alone; asked for again, the same is made anew in its place.

    Raises FunctionNotHeld, NotFound where one of them is not in scope, Invalid: ``no_documents``,
    ``too_many_documents``, ``too_many_files``; and TooManyAtOnce.
    """
    require(actor, InvoicesFunction.INVOICE_PRINT)
    _lock_asking(session, actor)
    wanted = list(dict.fromkeys(command.documents))
    if not wanted:
        message = text("Tick some documents first.")
        raise Invalid([FieldError("document", "no_documents", message)])
    if len(wanted) > MOST_DOCUMENTS:
        message = text(
            "At most %(most)s documents go into one file: narrow the list, by days for example.",
            most=MOST_DOCUMENTS,
        )
        raise Invalid([FieldError("document", "too_many_documents", message)])
    if not _are_seen(session, actor, wanted):
        raise NotFound(text("No such document, or you don’t have access to it."))
    asked = _Asked("document", wanted, [], command.form)
    return _bundle_of(session, asked, actor=actor, clock=clock)


def ask_bills(
    session: Session, order_ids: Sequence[int], *, actor: Actor, clock: Clock
) -> DocumentBundle:
    """What *Print invoice* prints of each order, as one PDF, in the order of ``order_ids``.

    Raises FunctionNotHeld, NotFound where none of them is in scope, Invalid where none was named,
    none of them has a bill, or ``too_many_files``, and TooManyAtOnce.
    """
    require(actor, InvoicesFunction.INVOICE_PRINT)
    _lock_asking(session, actor)
    wanted = list(dict.fromkeys(order_ids))
    issued = selectinload(Order.documents).defer(IssuedDocument.content)
    rows = session.scalars(
        select(Order).where(own_orders(actor), Order.id.in_(wanted)).options(issued)
    )
    found = {order.id: order for order in rows}
    if wanted and not found:
        raise NotFound(WHY[UNKNOWN])
    bills: list[int] = []
    without: list[list[int | str]] = []
    for order_id in wanted:
        bill = _bill_of(found.get(order_id))
        if isinstance(bill, int):
            bills.append(bill)
        else:
            without.append([order_id, bill])
    if not bills:
        message = (
            text("None of these orders has a bill.") if wanted else text("Tick some orders first.")
        )
        raise Invalid([FieldError("order", "no_bills", message)])
    # orders that are invoiced together are printed once
    once = list(dict.fromkeys(bills))
    asked = _Asked("order", once, without, BundleForm.PDF)
    return _bundle_of(session, asked, actor=actor, clock=clock)


@dataclass(frozen=True)
class _Asked:
    """``named``: the field in which it was asked for. ``ids``: of the documents in it."""

    named: str
    ids: list[int]
    without: list[list[int | str]]
    form: BundleForm


def _lock_asking(session: Session, actor: Actor) -> None:
    """What one person asks for at once is counted one after the other."""
    own = select(User.id).where(User.id == actor.user_id)
    # rows that refer to the person are not kept waiting
    lock(session, own.with_for_update(key_share=True))


def _bundle_of(session: Session, asked: _Asked, *, actor: Actor, clock: Clock) -> DocumentBundle:
    """Theirs of the same documents, or a new one. Raises TooManyAtOnce, Invalid."""
    rows = select(DocumentBundle).filter_by(user_id=actor.user_id).order_by(DocumentBundle.id)
    theirs = session.scalars(rows).all()
    found = next((one for one in theirs if _is_same(one, asked)), None)
    if found is not None and found.finished_at is None:
        return found
    if sum(one.finished_at is None for one in theirs) >= MOST_WAITING:
        raise TooManyAtOnce(MOST_WAITING, COME_AGAIN)
    if found is None:
        since = clock.now() - KEPT
        _refuse_many(asked, sum(one.asked_at > since for one in theirs))
        found = DocumentBundle(user_id=actor.user_id, documents=asked.ids, form=asked.form.value)
        session.add(found)
    # its documents may be paid or annulled since, and are printed with a mark then
    found.asked_at, found.without, found.failed = clock.now(), asked.without, []
    found.printed, found.finished_at, found.file = 0, None, None
    session.flush()
    return found


def _is_same(one: DocumentBundle, asked: _Asked) -> bool:
    return one.documents == asked.ids and one.form == asked.form.value


def _refuse_many(asked: _Asked, number: int) -> None:
    """Raises Invalid."""
    if number >= MOST_A_DAY:
        message = text(
            "You have asked for %(most)s different files within a day, which is the maximum. Use"
            " those, or ask again tomorrow.",
            most=MOST_A_DAY,
        )
        raise Invalid([FieldError(asked.named, "too_many_files", message)])


def _bill_of(order: Order | None) -> int | str:
    """The id of the document, or the code of why there is none."""
    if order is None:
        return UNKNOWN
    # an order that was paid at once has an invoice, and never had a bill
    if order.to_print is not None:
        return order.to_print.id
    return ANNULLED if order.bills else NOT_BILLED


def find_bundle(session: Session, bundle_id: int, *, actor: Actor) -> DocumentBundle:
    """Of the actor's own, whose documents are all in their scope still.

    Raises FunctionNotHeld, NotFound, also once it is removed.
    """
    require(actor, InvoicesFunction.INVOICE_PRINT)
    own = select(DocumentBundle).filter_by(id=bundle_id, user_id=actor.user_id)
    found = session.scalar(own)
    if found is None or not _are_seen(session, actor, found.documents):
        raise NotFound(
            text("There is no such file, or it has been deleted: files are kept for a day.")
        )
    return found


def _are_seen(session: Session, actor: Actor, ids: Sequence[int]) -> bool:
    seen = documents(actor).where(IssuedDocument.id.in_(ids)).with_only_columns(func.count())
    return session.scalar(seen) == len(ids)


def forget_bundles(database: Database, *, actor: Actor, clock: Clock) -> None:  # noqa: ARG001
    """Those that were asked for more than a day ago; the worker does it."""
    with database.writing() as session:
        session.execute(delete(DocumentBundle).where(DocumentBundle.asked_at < clock.now() - KEPT))
