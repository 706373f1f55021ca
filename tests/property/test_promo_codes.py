"""Promo codes on any basket: never below zero, all of it on the lines, tax of what is left."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing_panel.catalog.rules.eligibility_facts import Period, Tender
from billing_panel.catalog.rules.line_sums import taxes_of
from billing_panel.kernel.values.money import percent_of
from plugins.orders.checkout.assess_basket import less_promo
from plugins.orders.promo.promo_rules import PromoFacts, PromoWish
from tests.property.strategies import KEYS, Checkout, checkouts, some
from tests.property.test_totals import judged

sums = st.integers(1, 10**9).map(lambda minor: PromoFacts("C", amount=minor))
parts = st.integers(1, 1_000_000).map(lambda n: PromoFacts("C", percent=Decimal(n).scaleb(-4)))


@st.composite
def promos(draw: st.DrawFn) -> PromoFacts:
    plain = draw(sums | parts)
    return PromoFacts(
        "C",
        percent=plain.percent,
        amount=plain.amount,
        tariffs=draw(some(KEYS)),
        periods=draw(st.just(frozenset()) | st.just(frozenset({Period(1), Period(12)}))),
    )


@given(checkouts(), promos(), st.sampled_from((1, 2)))
def test_a_code_takes_off_what_it_says_and_never_more(
    till: Checkout, promo: PromoFacts, most_orders: int
) -> None:
    before = judged(till, by_availability=most_orders == 2)
    wish = PromoWish("c", promo)
    after = less_promo(before, wish, client=till.client, day=till.day)
    covered = [choice for choice in till.choices if promo.covers(choice)]
    if not covered:
        assert [reason.code for reason in after.basket_reasons][-1:] == ["promo_not_for_these"]
        assert after.quotes == before.quotes
        return
    lines = [
        (old, new)
        for one, other in zip(before.quotes, after.quotes, strict=True)
        for old, new in zip(one.lines, other.lines, strict=True)
    ]
    base = 0
    for old, new in lines:
        fees = old.fees
        if promo.covers(old.choice):
            base += old.amount - fees
        else:
            assert new == old
        assert new.amount >= (fees if old.tender is Tender.MONEY else 0)
        assert (new.amount + new.promo, new.discount - new.promo) == (old.amount, old.discount)
    off = min(percent_of(base, promo.percent) if promo.percent else promo.amount, base)
    assert after.promo == sum(new.promo for _, new in lines) == off
    assert after.total >= 0
    for one in after.quotes:
        sent = (one.delivery.levied, one.delivery.amount) if one.delivery else None
        assert one.taxes == taxes_of(one.lines, sent, taxes_inside=one.taxes_inside)
        assert one.goods - one.discount == sum(line.amount for line in one.lines)
