"""An order that a draft places, as its person is told of it: all of it that confirming decides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from billing_panel.catalog.rules.eligibility_facts import OptionValue, Tender
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.values.money import Money
from billing_panel.tax.supply import SupplyTax
from plugins.orders.exceptions.exception_models import OrderException
from plugins.orders.lifecycle.consequences import Consequences
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.store.visibility.price_visibility import HIDDEN
from plugins.orders.timeline.event_sentences import services_of


@dataclass(frozen=True)
class ToldLine:
    """``amount`` in minor units, without tax where the provider's prices are; ``fee`` is in it.

    ``months``: 0 where it is paid once.
    """

    title: Titles
    quantity: int
    months: int
    options: Sequence[tuple[Titles, OptionValue]]
    note: str
    tender: Tender
    amount: int
    points: int
    fee: int


@dataclass(frozen=True)
class ToldOrder:
    """Sums in minor units of ``currency``; ``discount`` without ``promo``, what the code takes off.

    ``method`` None: named when it is paid. ``service`` None: nothing is delivered, or how is agreed
    later. ``due_on``: the last day of its bill. ``follows``: what placing it does beside.
    ``shows_sums``: whether its reader may see them.
    """

    provider: str
    currency: str
    lines: Sequence[ToldLine]
    goods: int
    discount: int
    promo: int
    promo_code: str
    delivery: int
    taxes: Sequence[tuple[SupplyTax, int]]
    taxes_inside: bool
    total: int
    points: int
    paid: int
    due_on: date | None
    status: Titles
    method: Text | Titles | None
    service: Titles | str | None
    address: str
    note: str
    exceptions: Sequence[Text]
    follows: Consequences
    shows_sums: bool = True
    says: Sequence[Text] = ()

    @property
    def said(self) -> Text:
        """In a sentence."""
        return text(
            "Places an order with %(provider)s: items: %(lines)s, total: %(total)s",
            lines=len(self.lines),
            provider=self.provider,
            total=Money(self.total, self.currency) if self.shows_sums else HIDDEN,
        )

    @property
    def sentences(self) -> Sequence[Text]:
        """That, what it uses, and what follows."""
        return [self.said, *map(_uses, self.exceptions), *self.says]


def _uses(exception: Text) -> Text:
    return text("Uses the exception: %(what)s.", what=exception)


def told_order(session: Session, order: Order, follows: Consequences) -> ToldOrder:
    """An order that was placed in this transaction; every sum of it, whoever reads."""
    promo = order.promo_discount
    return ToldOrder(
        provider=order.provider.name,
        currency=order.currency,
        lines=[_told_line(line) for line in order.lines],
        goods=order.goods,
        discount=order.discount - promo,
        promo=promo,
        promo_code=order.promo_code,
        delivery=order.delivery,
        taxes=[(one.levied, one.tax) for one in order.taxes],
        taxes_inside=order.taxes_inside,
        total=order.total,
        points=order.points,
        paid=order.paid,
        due_on=order.due_on,
        status=order.status.title,
        method=order.payment_method.title if order.payment_method else None,
        service=_service(order),
        address=str(order.place_of_delivery),
        note=order.note,
        exceptions=_exceptions(session, order),
        follows=follows,
    )


def _told_line(line: OrderLine) -> ToldLine:
    return ToldLine(
        title=line.title,
        quantity=line.quantity,
        months=line.months,
        options=[(line.option_title(key), value) for key, value in line.options.items()],
        note=line.note,
        tender=line.tender,
        amount=line.amount,
        points=line.points,
        fee=line.fees,
    )


def _service(order: Order) -> Titles | str | None:
    key = order.delivery_service
    return None if key is None else services_of(order).get(key, key)


def _exceptions(session: Session, order: Order) -> Sequence[Text]:
    used = select(OrderException).filter_by(order_id=order.id).order_by(OrderException.id)
    tariff = joinedload(OrderException.tariff, innerjoin=True)
    return [one.said for one in session.scalars(used.options(tariff))]


def for_reader(told: ToldOrder, says: Sequence[Text], *, sums: bool) -> ToldOrder:
    """As its reader is told of it; ``says``: what follows, in words for them."""
    return replace(told, says=says, shows_sums=sums)
