"""Assessing a basket: why lines can't be ordered, and what the orders would cost. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from billing_panel.catalog.rules.eligibility import eligibility, self_service_reasons
from billing_panel.catalog.rules.eligibility_facts import (
    Basket,
    Choice,
    ClientFacts,
    MethodFacts,
    SellerFacts,
)
from billing_panel.catalog.rules.quote import DeliveryFacts, Quote, points_reasons, quote
from billing_panel.kernel.language.errors import Reason
from plugins.orders.checkout.split_checkout import split
from plugins.orders.promo.promo_rules import PromoWish, promo_reasons, with_promo


@dataclass(frozen=True)
class Judgement:
    """``reasons[i]`` belong to ``choices[i]``; ``quotes``: the orders the checkout would make.

    ``taxed_until_confirmed``: with a confirmed VAT number the client would pay less tax.
    """

    choices: tuple[Choice, ...]
    reasons: tuple[tuple[Reason, ...], ...]
    basket_reasons: tuple[Reason, ...]
    quotes: tuple[Quote, ...]
    taxed_until_confirmed: bool = False

    @property
    def orderable(self) -> bool:
        """Nothing stands against any line or the whole."""
        return not any(self.reasons) and not self.basket_reasons

    def place_of(self, choice: Choice) -> int:
        """Where the very ``choice`` stands among ``choices``; an equal one is another line."""
        return next(n for n, other in enumerate(self.choices) if other is choice)

    @property
    def total(self) -> int:
        """Minor units, of all orders."""
        return sum(quoted.total for quoted in self.quotes)

    @property
    def promo(self) -> int:
        """What a promo code takes off, minor units, of all orders."""
        return sum(quoted.promo for quoted in self.quotes)

    @property
    def points(self) -> int:
        """Whole points, of all orders."""
        return sum(quoted.points for quoted in self.quotes)


def assess_basket(
    choices: Sequence[Choice],
    *,
    client: ClientFacts,
    seller: SellerFacts,
    day: date,
    method: MethodFacts | None = None,
    delivery: DeliveryFacts | None = None,
    by_availability: bool = False,
    own_area: bool = False,
) -> Judgement:
    """``own_area``: the client is ordering, so what is not for self-service is refused."""
    basket = Basket(choices, method)
    quotes = tuple(
        quote(
            part,
            seller=seller,
            client=client,
            day=day,
            delivery=delivery if any(c.tariff.needs_delivery for c in part) else None,
        )
        for part in split(choices, by_availability=by_availability)
    )
    untaxable = {id(line.choice): line.untaxable for part in quotes for line in part.lines}
    return Judgement(
        choices=tuple(choices),
        reasons=tuple(
            (
                *eligibility(client, choice, basket),
                *(self_service_reasons(choice) * own_area),
                *([reason] if (reason := untaxable.get(id(choice))) else []),
            )
            for choice in choices
        ),
        basket_reasons=(
            *points_reasons(sum(quoted.points for quoted in quotes), client),
            *_of_delivery(quotes),
        ),
        quotes=quotes,
        taxed_until_confirmed=client.number_unconfirmed
        and client.territory != seller.territory
        and any(quoted.tax for quoted in quotes),
    )


def _of_delivery(quotes: Sequence[Quote]) -> Iterator[Reason]:
    """Why it can't be sent: nobody knows the tax of it there."""
    for quoted in quotes:
        if quoted.delivery and quoted.delivery.untaxable:
            yield quoted.delivery.untaxable


def less_promo(
    judgement: Judgement, wish: PromoWish, *, client: ClientFacts, day: date
) -> Judgement:
    """The same with a promo code taken off, or with the reason why it can't be used."""
    against = promo_reasons(wish, judgement.choices, client, day)
    if wish.facts is None or against:
        return replace(judgement, basket_reasons=(*judgement.basket_reasons, *against))
    return replace(judgement, quotes=with_promo(judgement.quotes, wish.facts))
