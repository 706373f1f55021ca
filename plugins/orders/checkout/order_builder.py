"""From quotes to the rows of orders."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from sqlalchemy.orm import Session

from billing_panel.accounts.firms.providers import DeliveryService, MethodKind, PaymentMethod
from billing_panel.accounts.people.clients import Client
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.facts import Availability, TariffFacts
from billing_panel.catalog.rules.quote import Quote, QuotedLine
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from billing_panel.kernel.values.postal_address import Address
from plugins.orders.checkout.shopping import Shopping
from plugins.orders.store.models import Order, OrderLine, OrderStatus
from plugins.orders.store.order_money import OrderTax
from plugins.orders.store.order_search import enter_orders
from plugins.orders.workflow.order_facts import OrderFacts
from plugins.orders.workflow.plan import entry_for
from plugins.orders.workflow.workflow import Entry


@dataclass(frozen=True)
class OrderBuilder:
    """What all orders of one checkout share; ``tariffs`` by id, ``statuses`` by key.

    ``terms``: the version of the provider's terms that the client accepts; empty: none.
    """

    shopping: Shopping
    tariffs: Mapping[int, Tariff]
    statuses: Mapping[str, OrderStatus]
    method: PaymentMethod | None
    service: DeliveryService | None
    delivery_address: Address
    note: str
    terms: str
    actor: Actor
    at: datetime

    def write(self, session: Session, quotes: Sequence[Quote]) -> list[Order]:
        """One order for each quote, flushed; several are tied into a group."""
        positions = count()
        orders = [self._order(quoted, positions) for quoted in quotes]
        session.add_all(orders)
        session.flush()
        enter_orders(session, orders)
        if len(orders) > 1:
            for order in orders:
                order.group_id = orders[0].id
        return orders

    def entry_of(self, quoted: Quote) -> Entry:
        """Where the workflow has the order of ``quoted`` begin."""
        tariffs = [line.choice.tariff for line in quoted.lines]
        facts = OrderFacts(
            status="",
            total=Money(quoted.total, quoted.currency),
            paid=Money(0, quoted.currency),
            points=quoted.points,
            lines=len(tariffs),
            lines_on_order=sum(_is_on_order(tariff) for tariff in tariffs),
            needs_delivery=any(tariff.needs_delivery for tariff in tariffs),
            pays_online=self.method is not None and self.method.kind is MethodKind.CARD_GATEWAY,
            placed_by=self.actor.kind,
        )
        return entry_for(self.shopping.workflow, facts)

    def _order(self, quoted: Quote, positions: Iterator[int]) -> Order:
        status = self.statuses[self.entry_of(quoted).status.key]
        return Order(
            provider=self.shopping.provider,
            client=self.shopping.client,
            status=status,
            stage=status.stage,
            status_since=self.at,
            workflow=self.shopping.version,
            fields={},
            held={},
            deadline=None,
            placed_at=self.at,
            placed_by_kind=self.actor.kind,
            placed_by_id=self.actor.user_id,
            payment_method=self.method,
            note=self.note,
            terms_version=self.terms,
            terms_accepted_at=self.at if self.terms else None,
            delivery_service=self.service.key if self.service and quoted.delivery else None,
            delivery_tax_percent=quoted.delivery.tax_percent if quoted.delivery else None,
            currency=quoted.currency,
            treatment=quoted.treatment,
            taxes_inside=quoted.taxes_inside,
            goods=quoted.goods,
            discount=quoted.discount,
            delivery=quoted.delivery_amount,
            total=quoted.total,
            points=quoted.points,
            paid=0,
            paid_points=0,
            lines=[self._line(line, next(positions)) for line in quoted.lines],
            taxes=[OrderTax(percent=t.percent, base=t.base, tax=t.tax) for t in quoted.taxes],
            documents=[],
            promo_code=self._promo_code(quoted),
            **self._place(quoted),
        )

    def _line(self, quoted: QuotedLine, position: int) -> OrderLine:
        choice = quoted.choice
        return OrderLine(
            position=position,
            tariff=self.tariffs[choice.tariff.id],
            titles=dict(choice.tariff.title.by_language),
            months=choice.period.months,
            quantity=choice.quantity,
            options=dict(choice.options),
            option_names={o.key: dict(o.title.by_language) for o in choice.tariff.options},
            tender=choice.tender,
            note=choice.note,
            unit_price=quoted.unit_price,
            setup_fee=quoted.setup_fee,
            discount=quoted.discount,
            discount_percent=quoted.discount_percent,
            promo_discount=quoted.promo,
            amount=quoted.amount,
            tax_percent=quoted.tax_percent,
            points=quoted.points,
            on_order=_is_on_order(choice.tariff),
            status=self._line_status,
        )

    def _promo_code(self, quoted: Quote) -> str:
        promo = self.shopping.promo
        return promo.facts.code if promo and promo.facts and quoted.promo else ""

    @property
    def _line_status(self) -> str | None:
        of_lines = self.shopping.workflow.line_statuses
        return of_lines[0].key if of_lines else None

    def _place(self, quoted: Quote) -> dict[str, str]:
        """Columns of an Order, empty where nothing is delivered; see ``place_for``."""
        is_delivered = any(line.choice.tariff.needs_delivery for line in quoted.lines)
        place = place_for(self.shopping.client, self.delivery_address if is_delivered else None)
        return {
            "delivery_address": place.lines,
            "delivery_post_code": place.post_code,
            "delivery_city": place.city,
            "delivery_region": place.region,
            "delivery_country": place.country,
        }


def place_for(client: Client, wanted: Address | None) -> Address:
    """The address asked for, in the client's country unless it says another; else their own.

    None: nothing is delivered.
    """
    if wanted is None:
        return Address()
    if not wanted:
        return client.place_of_delivery
    return replace(wanted, country=wanted.country or client.country)


def _is_on_order(tariff: TariffFacts) -> bool:
    return tariff.availability is Availability.ON_ORDER
