"""The basket that an edited order comes to: lines that stand as they were placed, others at today's
price.

The client's own restrictions hold, as for a new order (H2). A line that stands is refused only for
what the edit itself brings up against it, not for what has changed since it was placed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from billing_panel.catalog.rules.eligibility import eligibility
from billing_panel.catalog.rules.eligibility_facts import (
    Basket,
    Choice,
    LinePrice,
    MethodFacts,
    OptionValue,
    Period,
    TariffFacts,
    Tender,
)
from billing_panel.catalog.rules.quote import DeliveryFacts
from billing_panel.catalog.rules.wanted_line import MAX_LINES, WantedLine, choose, too_many_lines
from billing_panel.kernel.language.errors import FieldError, Invalid, Reason
from billing_panel.kernel.language.text import Titles, text
from plugins.orders.checkout.assess_basket import Judgement, assess_basket
from plugins.orders.checkout.checkout_context import Shopping
from plugins.orders.checkout.order_builder import is_on_order
from plugins.orders.promo.promo_rules import PromoFacts, with_promo
from plugins.orders.store.models import Order, OrderLine


@dataclass(frozen=True)
class EditedLine:
    """A line as it is to be from now on: one of the order by ``line_id``, or a new one of a tariff.

    None in a line of the order: as it is. One in which nothing differs stands as it was placed, its
    price too. ``pay_with`` and ``note`` are for new lines.
    """

    line_id: int | None = None
    tariff: str = ""
    quantity: int | None = None
    period: str | None = None
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    pay_with: Tender = Tender.MONEY
    note: str = ""


@dataclass(frozen=True)
class EditedBasket:
    """What the order is to be. ``before``: what it is, each line as it was placed.

    ``line_ids[i]`` and ``touched[i]`` belong to ``choices[i]``; id None: it is new.
    """

    before: Sequence[Choice]
    choices: tuple[Choice, ...]
    line_ids: tuple[int | None, ...]
    touched: tuple[bool, ...]


def edited_basket(
    order: Order, catalogue: Mapping[str, TariffFacts], lines: Sequence[EditedLine]
) -> EditedBasket:
    """Raises Invalid with all mistakes, those of lines by their place: ``lines.0.quantity``."""
    own = {line.id: line for line in order.lines}
    _refuse_unfit(own, lines)
    stands = {
        line.id: _standing(line, catalogue[line.tariff.key], inside=order.taxes_inside)
        for line in order.lines
    }
    found = [_chosen(catalogue, own, stands, line, f"lines.{n}.") for n, line in enumerate(lines)]
    if errors := [error for one in found if isinstance(one, list) for error in one]:
        raise Invalid(errors)
    choices = tuple(one for one in found if isinstance(one, Choice))
    touched = tuple(choice.placed is None for choice in choices)
    if not any(touched) and len(choices) == len(stands):
        message = text("Nothing has changed.")
        raise Invalid([FieldError("lines", "unchanged", message)])
    line_ids = tuple(line.line_id for line in lines)
    return EditedBasket([*stands.values()], choices, line_ids, touched)


def _refuse_unfit(own: Mapping[int, OrderLine], lines: Sequence[EditedLine]) -> None:
    """Raises Invalid."""
    if not lines:
        message = text("An order needs at least one line; cancel the order instead.")
        raise Invalid([FieldError("lines", "empty", message)])
    if len(lines) > MAX_LINES:
        raise Invalid([too_many_lines()])
    named = [line.line_id for line in lines if line.line_id is not None]
    if len(named) > len(set(named)) or not set(named) <= own.keys():
        message = text("Name only lines of this order, each once.")
        raise Invalid([FieldError("lines", "unknown_line", message)])


def _standing(line: OrderLine, tariff: TariffFacts, *, inside: bool) -> Choice:
    price = LinePrice(
        unit_price=line.unit_price,
        setup_fee=line.setup_fee,
        discount_percent=line.discount_percent,
        levied=line.levied,
        listed_percent=line.tax_percent if inside else line.listed_percent,
        points=line.points // line.quantity,
    )
    return Choice(
        tariff,
        Period(line.months),
        line.quantity,
        dict(line.options),
        line.tender,
        line.note,
        placed=price,
    )


def _chosen(
    catalogue: Mapping[str, TariffFacts],
    own: Mapping[int, OrderLine],
    stands: Mapping[int, Choice],
    edited: EditedLine,
    place: str,
) -> Choice | list[FieldError]:
    """One of ``stands`` where nothing differs."""
    if edited.line_id is None:
        quantity = 1 if edited.quantity is None else edited.quantity
        wanted = WantedLine(
            edited.tariff, edited.period, quantity, edited.options, edited.pay_with, edited.note
        )
        return choose(catalogue, wanted, place)
    line, stood = own[edited.line_id], stands[edited.line_id]
    if _is_same(stood, edited):
        return stood
    known = {option.key for option in stood.tariff.options}
    kept = {key: value for key, value in line.options.items() if key in known}
    wanted = WantedLine(
        line.tariff.key,
        edited.period or str(stood.period),
        line.quantity if edited.quantity is None else edited.quantity,
        {**kept, **edited.options},
        line.tender,
        line.note,
    )
    return choose(catalogue, wanted, place)


def _is_same(stood: Choice, edited: EditedLine) -> bool:
    """An option that the tariff has had since counts as what one gets who does not choose."""
    usual = {
        option.key: option.choices[0] if option.choices else option.included
        for option in stood.tariff.options
    }
    return (
        edited.quantity in {None, stood.quantity}
        and edited.period in {None, str(stood.period)}
        and all(
            value == stood.options.get(key, usual.get(key)) for key, value in edited.options.items()
        )
    )


def assess_edit(
    shopping: Shopping,
    basket: EditedBasket,
    *,
    method: MethodFacts | None,
    delivery: DeliveryFacts | None,
    promo: PromoFacts | None,
) -> Judgement:
    """What stands against the edited order, and what it comes to: one quote.

    ``shopping`` knows nothing of the order itself: its own lines count against no limit twice.
    """

    def judge(choices: Sequence[Choice]) -> Judgement:
        return assess_basket(
            choices,
            client=shopping.facts,
            seller=shopping.seller,
            day=shopping.day,
            method=method,
            delivery=delivery,
        )

    judged, before = judge(basket.choices), judge(basket.before)
    stood = Basket(basket.before, method)
    known = {
        id(choice): {reason.code for reason in eligibility(shopping.facts, choice, stood)}
        for choice in basket.before
    }
    apart = _split_apart(shopping, basket)
    more_points = judged.points > before.points
    return replace(
        judged,
        reasons=tuple(
            (
                *(one for one in reasons if one.code not in known.get(id(choice), ())),
                *(apart if is_touched else ()),
            )
            for choice, reasons, is_touched in zip(
                judged.choices, judged.reasons, basket.touched, strict=True
            )
        ),
        basket_reasons=tuple(
            one for one in judged.basket_reasons if more_points or one.code != "insufficient_points"
        ),
        quotes=with_promo(judged.quotes, promo) if promo else judged.quotes,
    )


def _split_apart(shopping: Shopping, basket: EditedBasket) -> Iterator[Reason]:
    """Where goods in stock and goods on order are orders of their own, an edit joins none (M2)."""
    if not shopping.workflow.split_by_availability:
        return
    if len({is_on_order(choice.tariff) for choice in basket.choices}) > 1:
        yield Reason(
            "order_apart",
            text("Goods in stock and goods on order need separate orders here."),
            text("Place another order for it."),
        )


def standing_delivery(order: Order) -> DeliveryFacts | None:
    """Delivery as it was charged when the order was placed; None: none is, or it was not chosen."""
    levied = order.delivery_levied
    if levied is None:
        return None
    listed = levied.percent if order.taxes_inside else Decimal(0)
    price = LinePrice(order.delivery, 0, Decimal(0), levied, listed)
    return DeliveryFacts(order.delivery_service or "", Titles({}), order.delivery, "", placed=price)
