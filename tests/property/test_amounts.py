"""Money is never lost between parts, nor between the page and the row."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

from hypothesis import given, settings
from hypothesis import strategies as st

from billing_panel.kernel.language.text import LANGUAGES
from billing_panel.kernel.values.money import (
    MAX_MINOR,
    POINTS,
    Money,
    MoneyError,
    half_up,
    parse,
    part_in_gross,
    percent_of,
    show,
    spread,
)
from tests.property.strategies import percents

minors = st.integers(-MAX_MINOR, MAX_MINOR)
weights = st.lists(st.integers(0, 10**9), max_size=8)
monies = st.builds(Money, minors, st.sampled_from(("EUR", "RUB", "JPY", "KWD", POINTS)))


@settings(max_examples=300)
@given(minors, weights)
def test_the_parts_of_a_spread_sum_to_the_whole(total: int, weights: list[int]) -> None:
    parts = spread(total, weights)
    assert len(parts) == len(weights)
    assert sum(parts) == (total if weights else 0)


@settings(max_examples=300)
@given(minors, weights.filter(any))
def test_no_part_of_a_spread_is_a_whole_unit_from_its_share(total: int, weights: list[int]) -> None:
    for part, weight in zip(spread(total, weights), weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


@settings(max_examples=200)
@given(minors, weights.filter(any))
def test_equal_weights_differ_by_one_unit_at_most(total: int, weights: list[int]) -> None:
    parts = spread(total, weights)
    for weight in set(weights):
        alike = [part for part, of in zip(parts, weights, strict=True) if of == weight]
        assert max(alike) - min(alike) <= 1
        assert alike == sorted(alike, reverse=True)


@settings(max_examples=300)
@given(monies)
def test_what_is_written_is_read_back(money: Money) -> None:
    assert parse(str(money), money.currency) == money


@settings(max_examples=300)
@given(monies, st.sampled_from(LANGUAGES))
def test_what_is_shown_has_every_digit_of_the_amount(money: Money, language: str) -> None:
    shown = "".join(sign for sign in show(money, language) if sign.isdigit())
    assert shown == "".join(sign for sign in str(money) if sign.isdigit())


@settings(max_examples=500)
@given(st.text(alphabet="0123456789.-+eE_, xnaif１", max_size=40), st.sampled_from(("EUR", "JPY")))
def test_what_is_read_is_exact_or_refused(written: str, currency: str) -> None:
    try:
        money = parse(written, currency)
    except MoneyError:
        return
    with localcontext(prec=100):
        assert money.decimal == Decimal(written)
    assert abs(money.minor) <= MAX_MINOR


@settings(max_examples=300)
@given(minors, percents)
def test_a_percentage_is_what_the_decimal_module_rounds_half_up(
    minor: int, percent: Decimal
) -> None:
    with localcontext(prec=100):
        exact = minor * percent / 100
        assert percent_of(minor, percent) == exact.quantize(Decimal(1), ROUND_HALF_UP)


@settings(max_examples=300)
@given(st.integers(0, MAX_MINOR), percents)
def test_the_tax_in_a_gross_amount_is_the_tax_on_its_net(gross: int, percent: Decimal) -> None:
    tax = part_in_gross(gross, percent)
    assert 0 <= tax <= gross
    # the net is off by half a unit at most, and so is its tax, at a rate up to 100 %
    assert abs(percent_of(gross - tax, percent) - tax) <= 1


@settings(max_examples=300)
@given(st.integers(-(10**20), 10**20), st.integers(1, 10**6))
def test_rounding_is_never_off_by_more_than_a_half_and_the_same_below_zero(
    numerator: int, denominator: int
) -> None:
    rounded = half_up(numerator, denominator)
    assert abs(2 * (rounded * denominator - numerator)) <= denominator
    assert half_up(-numerator, denominator) == -rounded
