"""What a promo code takes off a basket, or why it can't. Pure.

1. A code holds for lines in money: for those of its tariffs and periods, where it names some, and
   for clients of its groups.
2. It is taken of what such lines cost after the group's discount, set-up fees and delivery left
   out: a percentage of their sum, or a sum, and never more than they cost.
3. What it takes off is spread over those lines by the largest remainder; tax follows from what is
   left of each line. A sum is as the client pays the lines: with tax where it is inside.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from billing_panel.catalog.rules.eligibility_facts import Choice, ClientFacts, Period, Tender
from billing_panel.catalog.rules.line_sums import taxes_of
from billing_panel.catalog.rules.quote import Quote, QuotedLine
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.money import percent_of, spread

TOO_MANY = text("Too many wrong promo codes were entered.")
OTHERWISE_LATER = text("Wait up to 15 minutes, or order without a code.")
OTHERWISE = text("Order without the code, or with another one.")


@dataclass(frozen=True)
class PromoFacts:
    """``percent`` or ``amount`` (minor units). Empty sets hold for all; ``left`` None: no end.

    ``since`` and ``until`` are days of the seller's calendar, both of them in. ``left`` and
    ``left_to_client``: uses that are left in all, and to this client.
    """

    code: str
    percent: Decimal = Decimal(0)
    amount: int = 0
    since: date | None = None
    until: date | None = None
    periods: frozenset[Period] = frozenset()
    groups: frozenset[str] = frozenset()
    tariffs: frozenset[str] = frozenset()
    left: int | None = None
    left_to_client: int | None = None

    def covers(self, choice: Choice) -> bool:
        """Whether the code takes anything off the line."""
        return (
            choice.tender is Tender.MONEY
            and (not self.periods or choice.period in self.periods)
            and (not self.tariffs or choice.tariff.key in self.tariffs)
        )


@dataclass(frozen=True)
class PromoWish:
    """The code as it was typed; ``facts`` None: the seller has no such code.

    ``is_guessed``: too many wrong ones were typed before, and it was not looked up.
    """

    code: str
    facts: PromoFacts | None
    is_guessed: bool = False

    @property
    def unknown(self) -> Reason:
        """Why it is none."""
        if self.is_guessed:
            return Reason("promo_guessed", TOO_MANY, OTHERWISE_LATER)
        return _reason("promo_unknown", text("There is no promo code %(code)s.", code=self.code))


def promo_reasons(
    wish: PromoWish, choices: Sequence[Choice], client: ClientFacts, day: date
) -> tuple[Reason, ...]:
    """The first reason why the code can't be used for ``choices`` on ``day``; none: it can."""
    if wish.facts is None:
        return (wish.unknown,)
    against = (
        *_out_of_time(wish.facts, day),
        *_used_up(wish.facts),
        *_for_others(wish.facts, choices, client),
    )
    return against[:1]


def _out_of_time(promo: PromoFacts, day: date) -> Iterator[Reason]:
    if promo.since and day < promo.since:
        yield _reason("promo_expired", text("The code is valid from %(day)s.", day=promo.since))
    if promo.until and day > promo.until:
        yield _reason("promo_expired", text("The code was valid until %(day)s.", day=promo.until))


def _used_up(promo: PromoFacts) -> Iterator[Reason]:
    if promo.left == 0:
        yield _reason("promo_used_up", text("The code has been used up."))
    if promo.left_to_client == 0:
        message = text("The client has used the code as often as allowed.")
        yield _reason("promo_used_up", message)


def _for_others(
    promo: PromoFacts, choices: Sequence[Choice], client: ClientFacts
) -> Iterator[Reason]:
    group = client.group.key if client.group else None
    if promo.groups and group not in promo.groups:
        yield _reason("promo_not_for_these", text("The code is for other clients."))
    if not any(promo.covers(choice) for choice in choices):
        message = text("The code doesn’t apply to anything chosen here.")
        yield _reason("promo_not_for_these", message)


def with_promo(quotes: Sequence[Quote], promo: PromoFacts) -> tuple[Quote, ...]:
    """The orders of one checkout with ``promo`` taken off, over all of them together."""
    lines = [line for quoted in quotes for line in quoted.lines]
    shares = iter(_shares(promo, lines))
    return tuple(_less(quoted, [next(shares) for _ in quoted.lines]) for quoted in quotes)


def _shares(promo: PromoFacts, lines: Sequence[QuotedLine]) -> list[int]:
    bases = [_base(line) if promo.covers(line.choice) else 0 for line in lines]
    whole = sum(bases)
    if not whole:
        return [0] * len(lines)
    off = min(percent_of(whole, promo.percent) if promo.percent else promo.amount, whole)
    return spread(off, bases)


def _base(line: QuotedLine) -> int:
    """What the line costs without its set-up fees."""
    return line.price


def _less(quoted: Quote, shares: Sequence[int]) -> Quote:
    lines = tuple(
        replace(line, discount=line.discount + off, amount=line.amount - off, promo=off)
        for line, off in zip(quoted.lines, shares, strict=True)
    )
    sent = quoted.delivery
    delivery = None if sent is None else (sent.levied, sent.amount)
    taxes = taxes_of(lines, delivery, taxes_inside=quoted.taxes_inside)
    return replace(quoted, lines=lines, taxes=taxes)


def _reason(code: str, message: Text) -> Reason:
    return Reason(code, message, OTHERWISE)
