"""What a workflow may do to an order, by name. A workflow file names effects, never code.

What each promises stands in ``rules/vocabulary``.
"""

from collections.abc import Mapping

from billing_panel.accounts.providers import MethodKind
from billing_panel.kernel.clock import local_date
from billing_panel.kernel.errors import FieldError, Invalid
from billing_panel.kernel.text import AnyOf, text
from invoices.actions import issue, void
from plugins.orders import money, services, stock
from plugins.orders.occasion import Effect, Occasion
from plugins.orders.order_log import note
from plugins.orders.proforma import proforma_of


def hold_stock(on: Occasion) -> None:
    stock.hold(on.session, on.order)


def return_stock(on: Occasion) -> None:
    stock.bring_back(on.session, on.order)


def issue_proforma(on: Occasion) -> None:
    """For an order that a bank transfer pays (H7)."""
    if on.order.payment_method.kind is MethodKind.BANK_TRANSFER:
        issue_bill(on)


def issue_bill(on: Occasion) -> None:
    order = on.order
    if order.left <= 0 or any(not document.is_void for document in order.documents):
        return
    document = proforma_of(order, local_date(on.at, order.provider.timezone))
    issued = issue(
        on.session,
        document,
        provider=order.provider,
        client_id=order.client_id,
        actor=on.actor,
        at=on.at,
    )
    order.documents.append(issued)


def void_documents(on: Occasion) -> None:
    for document in on.order.documents:
        void(on.session, document, actor=on.actor, at=on.at)
    money.lift_debt(on.session, on.order, actor=on.actor, at=on.at)


def open_debt(on: Occasion) -> None:
    money.open_debt(on.session, on.order, actor=on.actor, at=on.at)


def take_payment(on: Occasion) -> None:
    """By the method named, which changes nothing of how the client meant to pay (D11)."""
    order = on.order
    methods = {m.key: m for m in order.provider.payment_methods if m.staff_may_take}
    key = on.fields.get("payment_method") or order.payment_method.key
    method = methods.get(key)
    if method is None or (method.kind is MethodKind.POINTS and order.left > 0):
        message = text("Take it by one of: %(methods)s.", methods=AnyOf(sorted(methods)))
        raise Invalid([FieldError("fields.payment_method", "method_not_allowed", message)])
    money.take_payment(on.session, order, method.kind, actor=on.actor, at=on.at)


def return_payments(on: Occasion) -> None:
    money.return_payments(on.session, on.order, actor=on.actor, at=on.at)


def deliver_lines(on: Occasion) -> None:
    waiting = [line for line in on.order.lines if line.delivered_at is None]
    if waiting:
        services.deliver(on.session, on.order, waiting, at=on.at)
    open_debt(on)


def suspend_services(on: Occasion) -> None:
    services.suspend(on.session, on.order, at=on.at)


def resume_services(on: Occasion) -> None:
    services.resume(on.session, on.order)


def end_services(on: Occasion) -> None:
    services.end(on.session, on.order)


def notify_client(on: Occasion) -> None:
    """Written down for whoever sends it, with the language it will be said in."""
    client = on.order.client
    _notice(on, {"to": "client", "client_id": client.id, "language": client.language})


def notify_shop(on: Occasion) -> None:
    provider = on.order.provider
    _notice(on, {"to": "shop", "provider_id": provider.id, "language": provider.language})


def _notice(on: Occasion, recipient: Mapping[str, object]) -> None:
    facts = {**recipient, "status": on.entered.key}
    note(on.session, "notice.due", on.order, facts, on.actor, on.at)


EFFECTS: Mapping[str, Effect] = {
    "hold_stock": hold_stock,
    # what is held has left the count already
    "take_stock": hold_stock,
    "return_stock": return_stock,
    "issue_proforma": issue_proforma,
    "issue_bill": issue_bill,
    "void_documents": void_documents,
    "open_debt": open_debt,
    "take_payment": take_payment,
    "return_payments": return_payments,
    "deliver_lines": deliver_lines,
    "suspend_services": suspend_services,
    "resume_services": resume_services,
    "end_services": end_services,
    "notify_client": notify_client,
    "notify_shop": notify_shop,
}
