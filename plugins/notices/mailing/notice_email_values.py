"""The values of a letter's placeholders, in its reader's language, with sums as they see them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from billing_panel.kernel.language.text import Text, say, say_value, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor, ActorKind
from invoices.document import Kind
from invoices.document_event_wording import NAMES
from invoices.store.models import IssuedDocument
from plugins.notices.wording.load_notice_facts import NoticeFacts
from plugins.notices.wording.sentences import place_of, said
from plugins.orders.exceptions.exception_models import OrderException
from plugins.orders.settlement.payment_due_day import pay_by
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.store.versions.installed_vocabulary import vocabulary_of
from plugins.orders.store.visibility.price_visibility import sees_prices
from plugins.orders.timeline.event_sentences import typed_details
from plugins.orders.timeline.question_asked import ASKING_CLIENTS

ORDER_PLACES: Mapping[str, Text] = {
    "client": text("Name of the client"),
    "provider": text("Name of the provider"),
    "number": text("Number of the order"),
    "status": text("Status of the order"),
    "lines": text("What was ordered"),
    "sum": text("The sum it is about"),
    "left": text("What is left to pay"),
    "day": text("The deadline, or the day to pay by"),
    "method": text("Payment method"),
    "document": text("Kind of document: bill, invoice or credit note"),
    "bill": text("Number of the document attached"),
    "details": text("What was asked, answered or written down"),
    "sentence": text("The same in one sentence"),
    "link": text("Link to the page in the panel"),
}
# a day by which to pay is said of these
TO_PAY = frozenset(
    {
        "order.received",
        "bill.issued",
        "price.raised",
        "lines.edited",
        "tax.changed",
        "order.changed",
    }
)
# told to those who see balances alone
OF_BALANCES = frozenset(
    {
        "balance.changed",
        "top_up.asked",
        "top_up.paid",
        "top_up.failed",
        "top_up.arrived",
        "top_up.troubled",
    }
)
WRITTEN = frozenset(
    {
        "order.changed",
        "answer.needed",
        "client.answered",
        "order.cancelled",
        "return.asked",
        "return.answered",
    }
)


@dataclass(frozen=True)
class Subject:
    """What there is to tell beside ``facts``: the order, the step it took, the exception.

    ``documents``: issued for the order in the same step.
    """

    facts: NoticeFacts
    order: Order | None = None
    step: Event | None = None
    exception: OrderException | None = None

    @property
    def documents(self) -> Sequence[IssuedDocument]:
        if self.order is None:
            return ()
        at = self.facts.at
        return [d for d in self.order.documents if d.issued_at == at and not d.is_void]


def subjects(session: Session, facts: Mapping[int, NoticeFacts]) -> Mapping[int, Subject]:
    """What letters about these events tell, by the event; a few statements for all."""
    order_ids = {one.order_id for one in facts.values() if one.order_id is not None}
    orders = {order.id: order for order in _orders(session, order_ids)} if order_ids else {}
    steps = _steps(session, order_ids) if order_ids else {}
    exceptions = _exceptions(session, facts)
    return {
        event_id: Subject(
            one,
            order=orders.get(one.order_id or 0),
            step=steps.get((one.order_id or 0, one.at)),
            exception=exceptions.get(event_id),
        )
        for event_id, one in facts.items()
    }


def _orders(session: Session, ids: Collection[int]) -> Iterable[Order]:
    return session.scalars(
        select(Order)
        .where(Order.id.in_(ids))
        .options(
            joinedload(Order.status, innerjoin=True),
            joinedload(Order.workflow, innerjoin=True),
            joinedload(Order.provider, innerjoin=True),
            joinedload(Order.payment_method, innerjoin=True),
            joinedload(Order.deadline),
            selectinload(Order.lines).joinedload(OrderLine.tariff, innerjoin=True),
            selectinload(Order.documents).defer(IssuedDocument.content),
        )
    )


def _steps(session: Session, order_ids: Collection[int]) -> Mapping[tuple[int, object], Event]:
    """The last step of each order at each moment."""
    found = select(Event).where(
        Event.subject_kind == "order", Event.subject_id.in_(order_ids), Event.kind == "order.moved"
    )
    return {(e.subject_id, e.at): e for e in session.scalars(found.order_by(Event.id))}


def _exceptions(session: Session, facts: Mapping[int, NoticeFacts]) -> Mapping[int, OrderException]:
    ids = [event_id for event_id, one in facts.items() if one.exception is not None]
    if not ids:
        return {}
    rows = session.execute(
        select(Event.id, OrderException)
        .join(OrderException, OrderException.id == Event.subject_id)
        .where(Event.id.in_(ids))
    )
    return {row.id: row.OrderException for row in rows}


def values_for(
    session: Session, kind: str, subject: Subject, reader: Actor, public_url: str
) -> Mapping[str, str]:
    """Everything a text of this kind may name; empty where there is nothing to say."""
    facts, language = subject.facts, reader.language
    values: dict[str, object] = {
        "client": facts.client,
        "provider": facts.provider,
        "sentence": said(kind, facts, reader),
        "sum": facts.sum if sees_prices(reader) or kind in OF_BALANCES else None,
        "link": f"{public_url}{place_of(kind, facts)}",
    }
    if facts.exception is not None:
        values |= _of_exception(kind, subject)
    elif facts.order_id is not None:
        values |= _of_order(session, kind, subject, reader)
    return {
        name: "" if value is None else say_value(value, language) for name, value in values.items()
    }


def _of_exception(kind: str, subject: Subject) -> Mapping[str, object]:
    exception = subject.exception
    proposed = kind == "exception.proposed"
    reason = (
        "" if exception is None else exception.reason if proposed else exception.decision_reason
    )
    return {"what": subject.facts.exception, "reason": reason}


def _of_order(session: Session, kind: str, subject: Subject, reader: Actor) -> Mapping[str, object]:
    facts, order, prices = subject.facts, subject.order, sees_prices(reader)
    bill = facts.bill
    documents = subject.documents
    return {
        "number": facts.number,
        "status": facts.status,
        "lines": "" if order is None else _lines(order, reader.language),
        "sum": (bill.total if bill else facts.sum) if prices else None,
        "left": order.money(order.asked_for)
        if order is not None and order.asked_for and prices
        else None,
        "day": _day(kind, subject),
        "method": order.payment_method.title if order and order.payment_method else None,
        "document": NAMES[bill.kind] if bill else NAMES[documents[-1].kind] if documents else None,
        "bill": bill.number if bill else documents[-1].number if documents else None,
        "details": "\n".join(_details(session, kind, subject, reader)),
    }


def _lines(order: Order, language: str) -> str:
    return "\n".join(f"{line.quantity} × {say(line.title, language)}" for line in order.lines)


def _day(kind: str, subject: Subject) -> object | None:
    facts, order = subject.facts, subject.order
    if facts.due is not None:
        return facts.due
    if facts.bill is not None:
        return facts.bill.due_on if facts.bill.kind is Kind.PROFORMA else None
    return pay_by(order) if order is not None and kind in TO_PAY else None


def _details(session: Session, kind: str, subject: Subject, reader: Actor) -> Iterator[str]:
    """What was written down with the step, as far as ``reader`` is shown it on the order's page."""
    step, order = subject.step, subject.order
    if kind not in WRITTEN or step is None or order is None:
        return
    is_staff, by_client = reader.client_id is None, step.actor_kind is ActorKind.CLIENT
    asks = step.facts.get("action") in ASKING_CLIENTS
    written = typed_details(
        step.told,
        vocabulary_of(session).fields,
        order=order,
        sums=sees_prices(reader),
        reason=is_staff or by_client or asks,
        all_fields=is_staff or by_client,
    )
    for what, value in written:
        if kind == "answer.needed" and asks:
            yield say(value, reader.language)
        else:
            yield f"{say(what, reader.language)}: {say(value, reader.language)}"
