"""Orders, lines, quotes and carts as JSON, for the API and for ``--json``."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from billing_panel.accounts.access.facts import reasons_told, sees
from billing_panel.catalog.rules.facts import Choice, Period, TariffFacts, Tender
from billing_panel.catalog.rules.quote import Quote
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.guarded import Fact
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.web.requests.problem import money
from invoices.store.models import IssuedDocument
from plugins.orders.balance.statements import Line
from plugins.orders.checkout.assess_basket import Judgement
from plugins.orders.checkout.shopping import Shopping
from plugins.orders.settlement.pay_by import pay_by
from plugins.orders.store.models import CartLine, Order, OrderLine
from plugins.orders.store.payment import Dispute, Payment, Refund
from plugins.orders.store.price_visibility import priced
from plugins.orders.store.queries import order_group, placed_by
from plugins.orders.store.shown import (
    disputes_of,
    fields_of,
    reference_of,
    refund_reason,
    refunded_to,
)
from plugins.orders.timeline.timeline import TimelineEntry, question_of
from plugins.orders.workflow.plan import Offer

Json = dict[str, Any]


def order_rows(orders: Sequence[Order], language: str, actor: Actor) -> list[Json]:
    """Orders as a list has them; amounts are null for whoever may not see prices."""
    return [_order(order, language) for order in priced([*orders], actor)]


def _order(order: Order, language: str) -> Json:
    return {
        "id": order.id,
        "number": order.number,
        "provider": order.provider.key,
        "client": {
            "id": order.client.id,
            "login": order.client.login,
            "account_number": order.client.account_number,
            "name": order.client.name,
        },
        "status": order.status.key,
        "status_title": say(order.status.title, language),
        "stage": order.stage.value,
        "version": order.version,
        "placed_at": order.placed_at.isoformat(),
        "payment_method": order.payment_method.key,
        "payment_state": order.payment_standing.value,
        "total": _money(order.total, order),
        "paid": _money(order.paid, order),
        "left": _money(order.left, order),
        "total_points": _shown(order.points, POINTS),
        "left_points": _shown(order.left_points, POINTS),
        "lines": [_line(line, order, language) for line in order.lines],
        "totals": _totals(order),
        "invoices": [_document(document) for document in order.documents],
        "note": order.note,
    }


def order_details(session: Session, order: Order, language: str, actor: Actor) -> Json:
    """An order with everything about it: who placed it for whom, and its group."""
    shown = priced(order, actor)
    return {
        **_order(shown, language),
        "placed_by": _placed_by(session, order, actor),
        "placed_for": order.client.login,
        "delivery": {"service": order.delivery_service, "address": order.delivery_address},
        "deadlines": [{"due_at": order.deadline.due_at.isoformat()}] if order.deadline else [],
        "pay_by": by.isoformat() if (by := pay_by(order)) else None,
        "status_since": order.status_since.isoformat(),
        "question": question_of(session, order),
        "workflow": {"key": order.workflow.key, "version": order.workflow.number},
        "fields": dict(fields_of(order, actor)),
        "group": list(order_group(session, order)),
        "owed": _money(shown.owed, order),
        "payments": [_payment(payment, actor) for payment in shown.payments],
    }


def payment_row(payment: Payment, actor: Actor) -> Json:
    return _payment(priced(payment, actor), actor)


def _payment(payment: Payment, actor: Actor) -> Json:
    """``surplus``: what the order did not need, and the balance took."""
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "method": payment.method.value,
        "state": payment.state.value,
        "amount": _shown(payment.amount, payment.currency),
        "surplus": _shown(payment.surplus, payment.currency),
        "refunded": _shown(payment.refunded, payment.currency),
        "reference": reference_of(payment, actor),
        "received_at": payment.received_at.isoformat() if payment.received_at else None,
        "refunds": [_refund(refund, payment.currency, actor) for refund in payment.refunds],
        "disputes": [_dispute(one, payment.currency) for one in disputes_of(payment, actor)],
    }


def _dispute(dispute: Dispute, currency: str) -> Json:
    return {
        "id": dispute.id,
        "state": dispute.state.value,
        "amount": _shown(dispute.amount, currency),
        "at": dispute.heard_at.isoformat(),
        "closed_at": dispute.closed_at.isoformat() if dispute.closed_at else None,
    }


def refund_row(refund: Refund, currency: str, actor: Actor) -> Json:
    return _refund(priced(refund, actor), currency, actor)


def _refund(refund: Refund, currency: str, actor: Actor) -> Json:
    return {
        "id": refund.id,
        "payment_id": refund.payment_id,
        "amount": _shown(refund.amount, currency),
        "to": refunded_to(refund, actor).value,
        "reason": refund_reason(refund, actor),
        "at": refund.at.isoformat(),
        "failed_at": refund.failed_at.isoformat() if refund.failed_at else None,
    }


def posting_row(line: Line, language: str) -> Json:
    """A line of a statement, as ``lines_of`` has read it for somebody."""
    entry = line.posting.entry
    return {
        "id": line.posting.id,
        "entry": entry.id,
        "at": line.at.isoformat(),
        "kind": entry.kind.value,
        "title": say(line.title, language),
        "amount": money(line.amount),
        "balance": None if line.balance is None else money(line.balance),
        "reason": line.reason,
        "who": line.who,
        "order": None
        if line.order_id is None
        else {"id": line.order_id, "number": line.order_number},
    }


def offer_row(offer: Offer, actor: Actor, language: str) -> Json:
    """Something that can be done with an order, or why it cannot; ``requires``: fields to send."""
    step = offer.step
    return {
        "action": step.action,
        "to": step.target.key,
        "allowed": offer.allowed,
        "requires": [asked.name for asked in step.requires if asked.field],
        "asks": [asked.name for asked in step.asks if asked.field],
        "reasons": reasons_json(offer.reasons, actor, language),
    }


def timeline_row(entry: TimelineEntry, language: str) -> Json:
    return {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "by": entry.by.value,
        "who": entry.who or None,
        "text": say(entry.said, language),
        "details": {say(what, language): say(value, language) for what, value in entry.details},
    }


def document_row(document: IssuedDocument, actor: Actor) -> Json:
    return _document(priced(document, actor))


def _document(document: IssuedDocument) -> Json:
    return {
        "id": document.id,
        "kind": document.kind.value,
        "number": document.number,
        "issued_on": document.issued_on.isoformat(),
        "due_on": document.due_on.isoformat(),
        "void": document.is_void,
        "total": _shown(document.total, document.currency),
    }


def judged(judgement: Judgement, shopping: Shopping, actor: Actor, language: str) -> Json:
    """The answer of a quote: totals over all orders it would make, reasons line by line.

    What would be left on balance and points is null for whoever may not see them.
    """
    currency = shopping.seller.currency
    quotes = judgement.quotes
    return {
        "provider": shopping.provider.key,
        "orderable": judgement.orderable,
        "reasons": reasons_json(judgement.basket_reasons, actor, language),
        "lines": _judged_lines(judgement, currency, actor, language),
        "totals": {
            "goods": _sum(currency, (q.goods for q in quotes)),
            "delivery": _sum(currency, (q.delivery_amount for q in quotes)),
            "discount": _sum(currency, (q.discount for q in quotes)),
            "taxes": [tax for q in quotes for tax in _taxes(q)],
        },
        "total": money(Money(judgement.total, currency)),
        "total_points": _points(judgement.points),
        **_left_after(judgement, shopping, actor),
        "orders": [
            {
                "lines": [judgement.place_of(line.choice) for line in q.lines],
                "total": money(Money(q.total, currency)),
                "total_points": _points(q.points),
            }
            for q in quotes
        ],
    }


def _left_after(judgement: Judgement, shopping: Shopping, actor: Actor) -> Json:
    facts, currency = shopping.facts, shopping.seller.currency
    if not sees(actor, Fact.BALANCE):
        return {"balance_after": None, "points_after": None}
    return {
        "balance_after": money(Money(facts.balance - judgement.total, currency)),
        "points_after": _points(facts.points - judgement.points),
    }


def reasons_json(reasons: Sequence[Reason], actor: Actor, language: str) -> list[Json]:
    return [
        {
            "code": reason.code,
            "message": say(reason.message, language),
            "remedy": say(reason.remedy, language),
        }
        for reason in reasons_told(reasons, actor)
    ]


def tariff_row(
    tariff: TariffFacts, judgement: Judgement, currency: str, actor: Actor, language: str
) -> Json:
    """A tariff of the catalogue as this client sees it; their prices are added by the caller."""
    reasons = (*judgement.reasons[0], *judgement.basket_reasons)
    return {
        "key": tariff.key,
        "title": say(tariff.title, language),
        "kind": tariff.kind.value,
        "category": tariff.category,
        "availability": tariff.availability.value,
        "lead_time_days": tariff.lead_time_days,
        "stock": tariff.stock,
        "setup_fee": money(Money(tariff.setup_fee, currency)),
        "self_service": tariff.self_service,
        "archived": tariff.archived,
        "needs_delivery": tariff.needs_delivery,
        "options": [_option(option, currency, language) for option in tariff.options],
        "components": [
            {"tariff": part.tariff.key, "period": str(part.period)} for part in tariff.components
        ],
        "orderable": not reasons,
        "reasons": reasons_json(reasons, actor, language),
    }


def cart_row(line: CartLine, provider: str, language: str) -> Json:
    return {
        "id": line.id,
        "provider": provider,
        "tariff": line.tariff.key,
        "title": say(line.tariff.title, language),
        "period": str(Period(line.months)),
        "quantity": line.quantity,
        "options": line.options,
        "pay_with": line.tender.value,
        "added_at": line.added_at.isoformat(),
    }


def _judged_lines(judgement: Judgement, currency: str, actor: Actor, language: str) -> list[Json]:
    by_choice = {id(line.choice): line for q in judgement.quotes for line in q.lines}
    rows = []
    for choice, reasons in zip(judgement.choices, judgement.reasons, strict=True):
        quoted = by_choice[id(choice)]
        rows.append(
            {
                **_choice(choice, language),
                "unit_price": money(Money(quoted.unit_price, currency)),
                "setup_fee": money(Money(quoted.setup_fee, currency)),
                "discount": money(Money(quoted.discount, currency)),
                "amount": money(Money(quoted.amount, currency)),
                "tax_percent": str(quoted.tax_percent),
                "points": _points(quoted.points),
                "orderable": not reasons,
                "reasons": reasons_json(reasons, actor, language),
            }
        )
    return rows


def _choice(choice: Choice, language: str) -> Json:
    return {
        "tariff": choice.tariff.key,
        "title": say(choice.tariff.title, language),
        "period": str(choice.period),
        "quantity": choice.quantity,
        "options": dict(choice.options),
        "pay_with": choice.tender.value,
    }


def _line(line: OrderLine, order: Order, language: str) -> Json:
    return {
        "id": line.id,
        "tariff": line.tariff.key,
        "title": say(line.title, language),
        "status": "delivered" if line.delivered_at else line.status or "ordered",
        "period": str(Period(line.months)),
        "quantity": line.quantity,
        "options": line.options,
        "pay_with": line.tender.value,
        "unit_price": _money(line.unit_price, order),
        "setup_fee": _money(line.setup_fee, order),
        "discount": _money(line.discount, order),
        "amount": _money(line.amount, order),
        "tax_percent": str(line.tax_percent),
        "points": _shown(line.points if line.tender is Tender.POINTS else 0, POINTS),
        "delivered_at": line.delivered_at.isoformat() if line.delivered_at else None,
        "taken_back_at": line.taken_back_at.isoformat() if line.taken_back_at else None,
    }


def _totals(order: Order) -> Json:
    return {
        "goods": _money(order.goods, order),
        "delivery": _money(order.delivery, order),
        "discount": _money(order.discount, order),
        "taxes": [
            {
                "percent": str(tax.percent),
                "base": _money(tax.base, order),
                "tax": _money(tax.tax, order),
            }
            for tax in order.taxes
        ],
        "taxes_inside": order.taxes_inside,
        "treatment": order.treatment.value,
    }


def _taxes(quoted: Quote) -> list[Json]:
    return [
        {
            "percent": str(tax.percent),
            "base": money(Money(tax.base, quoted.currency)),
            "tax": money(Money(tax.tax, quoted.currency)),
        }
        for tax in quoted.taxes
    ]


def _placed_by(session: Session, order: Order, actor: Actor) -> Json:
    by = placed_by(session, order, actor)
    return {"kind": by.kind.value, "login": by.login, "name": by.name}


def _option(option: Any, currency: str, language: str) -> Json:
    return {
        "key": option.key,
        "title": say(option.title, language),
        "unit": option.unit,
        "included": option.included,
        "step": option.step,
        "max": option.maximum,
        "price_per_unit_month": money(Money(option.price_per_unit_month, currency)),
        "choices": list(option.choices),
    }


def _sum(currency: str, amounts: Any) -> dict[str, str]:
    return money(Money(sum(amounts), currency))


def _money(minor: int | None, order: Order) -> dict[str, str] | None:
    return _shown(minor, order.currency)


def _shown(minor: int | None, currency: str) -> dict[str, str] | None:
    """None: not for whoever asks."""
    return None if minor is None else money(Money(minor, currency))


def _points(points: int) -> dict[str, str]:
    return money(Money(points, POINTS))
