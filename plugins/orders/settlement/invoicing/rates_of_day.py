"""What an order comes to at the tax rates of another day than it was placed on.

The rate is that of the tax event: the delivery or the payment before it (Directive 2006/112/EC,
Articles 63, 65 and 93; НК РФ, ст. 167, п. 1). Until then an order follows the law. What the client
pays without tax, or with tax inside, stays as it was agreed; the tax changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from billing_panel.catalog.load_eligibility_facts import seller_facts
from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.catalog.rules.line_sums import TaxTotal, tax_totals
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.tax.supply import SupplyTax, TaxSeller
from billing_panel.tax.tax_ruling import on_day
from invoices.document import Kind
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.workflow.statuses.stage import Stage

# what fixes the rate once it is issued
TAX_DOCUMENTS = frozenset({Kind.INVOICE, Kind.ADVANCE})


@dataclass(frozen=True)
class RatesOfDay:
    """The tax of each line by its id, and of the delivery; ``taxes``: the order's, the highest
    first. None of them is what the order has.
    """

    day: date
    lines: Mapping[int, SupplyTax]
    delivery: SupplyTax | None
    taxes: tuple[TaxTotal, ...]

    @property
    def total(self) -> int:
        """What the order comes to, minor units."""
        return sum(tax.base + tax.tax for tax in self.taxes)

    @property
    def tax(self) -> int:
        return sum(tax.tax for tax in self.taxes)


def follows_rates(order: Order) -> bool:
    """Its tax event is to come: nothing of it is paid, delivered or on a tax document."""
    had = any(line.delivered_at or line.taken_back_at for line in order.lines)
    return (
        not had
        and order.paid == 0
        and order.total > 0
        and order.stage is not Stage.LOST
        and not order.is_kept_in_part
        and all(document.kind not in TAX_DOCUMENTS for document in order.documents)
    )


def day_of_rates(order: Order) -> date:
    """The day whose rates it has, where the provider is."""
    return order.rated_on or local_date(order.placed_at, order.provider.timezone)


def rates_of_day(session: Session, order: Order, day: date) -> RatesOfDay | None:
    """What changes at the rates of ``day``; None: nothing.

    Raises NoRate, NoRateAbroad: a rate that nobody knows is never nothing.
    """
    if day == day_of_rates(order) or not follows_rates(order):
        return None
    seller = seller_facts(session, order.provider).for_tax
    in_money = [line for line in order.lines if line.tender is Tender.MONEY]
    lines = {line.id: _of_line(line, day, seller) for line in in_money}
    delivery = _of_delivery(order, day, seller)
    amounts = [(lines[line.id], line.amount) for line in in_money]
    if delivery is not None:
        amounts.append((delivery, order.delivery))
    is_same = all(lines[line.id] == line.levied for line in in_money)
    if is_same and delivery == order.delivery_levied:
        return None
    taxes = tax_totals(amounts, taxes_inside=order.taxes_inside)
    return RatesOfDay(day, lines, delivery, taxes)


def _of_line(line: OrderLine, day: date, seller: TaxSeller) -> SupplyTax:
    return on_day(line.levied, line.tariff.tax_class, day, seller)


def _of_delivery(order: Order, day: date, seller: TaxSeller) -> SupplyTax | None:
    """A service that somebody wrote down, which the provider does not list, keeps its tax."""
    levied = order.delivery_levied
    classes = {service.key: service.tax_class for service in order.provider.delivery_services}
    tax_class = classes.get(order.delivery_service or "")
    if levied is None or tax_class is None:
        return levied
    return on_day(levied, tax_class, day, seller)
