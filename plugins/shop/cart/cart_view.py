"""A client's cart with one provider, priced again each time it is looked at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.accounts.access.person_names import Person, people
from billing_panel.catalog.load_eligibility_facts import tariffs
from billing_panel.catalog.rules.eligibility_facts import (
    Choice,
    OptionValue,
    Period,
    TariffFacts,
    Tender,
)
from billing_panel.catalog.rules.line_sums import highest_first
from billing_panel.catalog.rules.quote import QuotedLine
from billing_panel.catalog.rules.wanted_line import choose
from billing_panel.kernel.language.errors import FieldError, Reason
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.secret_fingerprints import digest
from billing_panel.tax.supply import SupplyTax
from plugins.orders.cart.find_carts import cart_with
from plugins.orders.checkout.assess_basket import Judgement
from plugins.orders.checkout.change_cart import price_of_one
from plugins.orders.checkout.checkout_context import Shopping, as_wanted
from plugins.orders.store.cart_line import CartLine


@dataclass(frozen=True)
class Position:
    """A position as it is now.

    ``errors``: it makes no sense any more, and costs nothing. ``reasons``: why it can't be ordered.
    ``was``: what one of it cost when it was put there, where that was another price; in points
    where ``in_points``. ``who`` put it there; empty: the client themselves.
    """

    id: int
    title: Titles
    tariff: TariffFacts | None
    period: Period
    quantity: int
    options: Mapping[str, OptionValue]
    tender: Tender
    note: str
    added_at: datetime
    who: str
    choice: Choice | None
    quoted: QuotedLine | None
    errors: Sequence[FieldError]
    reasons: Sequence[Reason]
    was: int | None

    @property
    def in_points(self) -> bool:
        return self.tender is Tender.POINTS

    @property
    def now(self) -> int:
        """What one of it costs now."""
        return price_of_one(self.quoted) if self.quoted else 0

    @property
    def has_points_price(self) -> bool:
        offered = self.tariff.prices.get(self.period) if self.tariff else None
        return offered is not None and offered.points is not None


@dataclass(frozen=True)
class CartView:
    """``judgement``: of all positions that make sense, None where none does.

    ``content``: a word that changes with whatever lies there.
    """

    shopping: Shopping
    positions: Sequence[Position]
    judgement: Judgement | None
    content: str

    @property
    def orderable(self) -> Sequence[Position]:
        """Those against which nothing stands; the others stay in the cart."""
        return [one for one in self.positions if one.choice is not None and not one.reasons]

    @property
    def choices(self) -> Sequence[Choice]:
        """What would be ordered."""
        return [one.choice for one in self.orderable if one.choice is not None]

    @property
    def taxes(self) -> Sequence[tuple[SupplyTax, int]]:
        return taxes_of(self.judgement) if self.judgement else ()

    @property
    def quantities(self) -> Mapping[str, int]:
        """How many of each tariff lie there, by its key."""
        counted: Counter[str] = Counter()
        for one in self.positions:
            if one.tariff is not None:
                counted[one.tariff.key] += one.quantity
        return counted

    @property
    def needs_delivery(self) -> bool:
        return any(choice.tariff.needs_delivery for choice in self.choices)


def taxes_of(judgement: Judgement) -> Sequence[tuple[SupplyTax, int]]:
    """Of all its orders together: each tax, the highest rate first, and its minor units."""
    sums: Counter[SupplyTax] = Counter()
    for quoted in judgement.quotes:
        for total in quoted.taxes:
            sums[total.levied] += total.tax
    return sorted(sums.items(), key=lambda one: highest_first(one[0]))


def read_cart(session: Session, shopping: Shopping, actor: Actor) -> CartView:
    """The cart of the client who was found in the actor's scope, oldest position first."""
    lines = cart_with(session, shopping.client.id, shopping.provider.id)
    known = tariffs(session, shopping.provider, [line.tariff.key for line in lines])
    chosen = [choose(known, as_wanted(line), "") for line in lines]
    choices = [one for one in chosen if isinstance(one, Choice)]
    judgement = shopping.judge(choices) if choices else None
    names = _names(session, lines, actor, shopping)
    rows = zip(lines, chosen, strict=True)
    positions = [_position(line, one, judgement, known, names) for line, one in rows]
    return CartView(shopping, positions, judgement, content_of(lines))


def content_of(lines: Sequence[CartLine]) -> str:
    """What lies in a cart, as one word that changes with it."""
    content = [
        [line.id, line.tariff_id, line.months, line.quantity, line.options, line.tender, line.note]
        for line in lines
    ]
    return digest({"lines": content})


def _position(
    line: CartLine,
    chosen: Choice | list[FieldError],
    judgement: Judgement | None,
    known: Mapping[str, TariffFacts],
    names: Mapping[int, str],
) -> Position:
    choice = chosen if isinstance(chosen, Choice) else None
    quoted = _quoted(judgement, choice) if judgement and choice else None
    was = (
        line.seen_price if quoted and line.seen_price not in {None, price_of_one(quoted)} else None
    )
    return Position(
        id=line.id,
        title=line.tariff.title,
        tariff=known.get(line.tariff.key),
        period=Period(line.months),
        quantity=line.quantity,
        options=line.options,
        tender=line.tender,
        note=line.note,
        added_at=line.added_at,
        who=names[line.id],
        choice=choice,
        quoted=quoted,
        errors=chosen if isinstance(chosen, list) else (),
        reasons=judgement.reasons[judgement.place_of(choice)] if judgement and choice else (),
        was=was,
    )


def _quoted(judgement: Judgement, choice: Choice) -> QuotedLine:
    every = (line for quoted in judgement.quotes for line in quoted.lines)
    return next(line for line in every if line.choice is choice)


def _names(
    session: Session, lines: Sequence[CartLine], actor: Actor, shopping: Shopping
) -> Mapping[int, str]:
    """Who put each position there, by its id; to the client the staff are the provider."""
    if actor.client_id is not None:
        return {line.id: shopping.provider.name if line.by_staff else "" for line in lines}
    known = people(session, [line.added_by_id for line in lines if line.by_staff], actor)
    unnamed = shopping.provider.name
    return {
        line.id: _named(known, line.added_by_id, unnamed) if line.by_staff else "" for line in lines
    }


def _named(known: Mapping[int, Person], user_id: int | None, unnamed: str) -> str:
    person = known.get(user_id or 0)
    return person.name if person else unnamed
