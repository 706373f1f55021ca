"""From quotes to the rows of orders."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count

from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import (
    DeliveryService,
    MethodKind,
    PaymentMethod,
)
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility_facts import Availability, TariffFacts
from billing_panel.catalog.rules.quote import Quote, QuotedLine
from billing_panel.kernel.database.plain_objects import add_at_once
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from billing_panel.kernel.values.postal_address import Address
from billing_panel.tax.supply import TaxCategory
from plugins.orders.checkout.checkout_context import Shopping, place_for
from plugins.orders.store.models import Order, OrderDeadline, OrderLine
from plugins.orders.store.order_search import index_orders
from plugins.orders.store.order_sums import tax_row
from plugins.orders.store.versions.workflow_store import statuses_named
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.order_facts import OrderFacts
from plugins.orders.workflow.plan_step import entry_for
from plugins.orders.workflow.workflow import Entry, Workflow


@dataclass(frozen=True)
class OrderBuilder:
    """What all orders of one checkout share; ``tariffs`` by id.

    ``terms``: the version of the provider's terms that the client accepts; empty: none.
    """

    shopping: Shopping
    tariffs: Mapping[int, Tariff]
    method: PaymentMethod | None
    service: DeliveryService | None
    delivery_address: Address
    note: str
    terms: str
    actor: Actor
    at: datetime

    def make(self, session: Session, quotes: Sequence[Quote]) -> list[Order]:
        """One order for each quote, not written yet."""
        positions = count()
        entries = [self.entry_of(quoted) for quoted in quotes]
        begin = [entry.status.key for entry in entries]
        statuses = statuses_named(session, self.shopping.provider.id, begin)
        return [
            self._order(quoted, statuses[entry.status.key], entry, positions)
            for quoted, entry in zip(quotes, entries, strict=True)
        ]

    def write(self, session: Session, orders: Sequence[Order]) -> None:
        """They have their ids then; several are tied into a group."""
        add_at_once(session, orders)
        index_orders(session, orders)
        if len(orders) > 1:
            for order in orders:
                order.group_id = orders[0].id

    def entry_of(self, quoted: Quote) -> Entry:
        """Where the workflow has the order of ``quoted`` begin."""
        tariffs = [line.choice.tariff for line in quoted.lines]
        facts = OrderFacts(
            status="",
            total=Money(quoted.total, quoted.currency),
            paid=Money(0, quoted.currency),
            points=quoted.points,
            lines=len(tariffs),
            lines_on_order=sum(is_on_order(tariff) for tariff in tariffs),
            needs_delivery=any(tariff.needs_delivery for tariff in tariffs),
            pays_online=self.method is not None and self.method.kind is MethodKind.CARD_GATEWAY,
            placed_by=self.actor.kind,
        )
        return entry_for(self.shopping.workflow, facts)

    def _order(
        self, quoted: Quote, status: OrderStatus, entry: Entry, positions: Iterator[int]
    ) -> Order:
        return Order(
            provider=self.shopping.provider,
            client=self.shopping.client,
            status=status,
            stage=status.stage,
            status_since=self.at,
            workflow=self.shopping.version,
            fields={},
            held={},
            deadline=self._deadline(entry),
            placed_at=self.at,
            placed_by_kind=self.actor.kind,
            placed_by_id=self.actor.user_id,
            payment_method=self.method,
            note=self.note,
            terms_version=self.terms,
            terms_accepted_at=self.at if self.terms else None,
            delivery_service=self.service.key if self.service and quoted.delivery else None,
            currency=quoted.currency,
            treatment=quoted.treatment,
            taxes_inside=quoted.taxes_inside,
            goods=quoted.goods,
            discount=quoted.discount,
            delivery=quoted.delivery_amount,
            total=quoted.total,
            points=quoted.points,
            # all of them: nobody need ask, and what stays as it is is not written again
            paid=0,
            paid_points=0,
            owed=0,
            written_off=0,
            refunded=0,
            refunded_points=0,
            surplus=0,
            taxed=0,
            earned=0,
            kept=None,
            kept_tax=None,
            kept_points=None,
            taken_up_at=None,
            return_asked_at=None,
            lines=[self._line(line, next(positions)) for line in quoted.lines],
            taxes=[tax_row(total) for total in quoted.taxes],
            documents=[],
            promo_code=self._promo_code(quoted),
            **_tax_of_delivery(quoted),
            **self._place(quoted),
        )

    def _deadline(self, entry: Entry) -> OrderDeadline | None:
        """Written with the order; it begins with the status (``begin_status``)."""
        if entry.deadline is None:
            return None
        timezone = self.shopping.provider.timezone
        return OrderDeadline(due_at=entry.deadline.due(self.at, timezone))

    def _line(self, quoted: QuotedLine, position: int) -> OrderLine:
        return new_line(
            quoted, position, self.tariffs[quoted.choice.tariff.id], self.shopping.workflow
        )

    def _promo_code(self, quoted: Quote) -> str:
        promo = self.shopping.promo
        return promo.facts.code if promo and promo.facts and quoted.promo else ""

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


def new_line(quoted: QuotedLine, position: int, tariff: Tariff, workflow: Workflow) -> OrderLine:
    """The row of a line that is ordered now."""
    choice = quoted.choice
    line = OrderLine(
        position=position,
        tariff=tariff,
        titles=dict(choice.tariff.title.by_language),
        tender=choice.tender,
        note=choice.note,
        on_order=is_on_order(choice.tariff),
        status=workflow.line_statuses[0].key if workflow.line_statuses else None,
        option_names={},
    )
    line.be_quoted(quoted)
    return line


def _tax_of_delivery(quoted: Quote) -> dict[str, Decimal | TaxCategory | str]:
    """Columns of an Order, empty where nothing is delivered."""
    if quoted.delivery is None:
        return {}
    levied = quoted.delivery.levied
    return {
        "delivery_tax_percent": levied.percent,
        "delivery_tax_category": levied.category,
        "delivery_tax_place": levied.place,
    }


def is_on_order(tariff: TariffFacts) -> bool:
    """It has to be got first."""
    return tariff.availability is Availability.ON_ORDER
