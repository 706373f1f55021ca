"""A bank's reference names one transfer: one that is recorded twice is asked about first."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from plugins.orders.store.models import Order, number_of
from plugins.orders.store.payment import Payment, PaymentState


def refuse_twice(session: Session, order: Order, reference: str, place: str) -> None:
    """Raises Invalid ``duplicate_reference`` where a transfer to the provider has it already."""
    found = session.scalar(
        select(Payment.order_id)
        .join(Order, Order.id == Payment.order_id)
        .where(
            Order.provider_id == order.provider_id,
            Payment.reference == reference,
            Payment.reference != "",
            Payment.method == MethodKind.BANK_TRANSFER,
            Payment.state == PaymentState.RECEIVED,
        )
        .order_by(Payment.id.desc())
        .limit(1)
    )
    if found is not None:
        message = text(
            "A transfer with this reference is recorded already, for order № %(number)s;"
            " check that this is other money.",
            number=number_of(found),
        )
        error = FieldError(place, "duplicate_reference", message)
        raise Invalid([error], code="duplicate_reference")
