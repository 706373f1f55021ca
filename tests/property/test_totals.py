"""Whatever lies in a basket, its amounts add up to the minor unit."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given

from billing_panel.catalog.rules.eligibility_facts import Choice, Tender
from billing_panel.catalog.rules.quote import Quote, quote
from billing_panel.kernel.values.money import half_up
from plugins.orders.checkout.assess_basket import Judgement, assess_basket
from tests.property.strategies import Checkout, checkouts


def quoted(till: Checkout) -> Quote:
    return quote(
        till.choices,
        seller=till.seller,
        client=till.client,
        day=till.day,
        delivery=till.delivery,
    )


def judged(till: Checkout, *, by_availability: bool = False, own_area: bool = False) -> Judgement:
    return assess_basket(
        till.choices,
        client=till.client,
        seller=till.seller,
        day=till.day,
        method=till.method,
        delivery=till.delivery,
        by_availability=by_availability,
        own_area=own_area,
    )


@given(checkouts())
def test_the_total_is_the_sum_of_bases_and_taxes(till: Checkout) -> None:
    price = quoted(till)
    assert price.total == sum(rate.base for rate in price.taxes) + sum(
        rate.tax for rate in price.taxes
    )
    assert len({rate.levied for rate in price.taxes}) == len(price.taxes)


@given(checkouts())
def test_each_rate_is_taken_once_of_the_sum_of_its_lines(till: Checkout) -> None:
    price = quoted(till)
    sums: Counter[object] = Counter()
    for line in price.lines:
        if line.choice.tender is Tender.MONEY:
            sums[line.levied] += line.amount
    if price.delivery:
        sums[price.delivery.levied] += price.delivery.amount
    of_lines = {rate.levied: sums.pop(rate.levied) for rate in price.taxes}
    assert not sums
    for rate in price.taxes:
        numerator, denominator = rate.levied.percent.as_integer_ratio()
        if price.taxes_inside:
            assert rate.base + rate.tax == of_lines[rate.levied]
            whole = 100 * denominator + numerator
        else:
            assert rate.base == of_lines[rate.levied]
            whole = 100 * denominator
        assert rate.tax == half_up(of_lines[rate.levied] * numerator, whole)


@given(checkouts())
def test_goods_less_discount_and_delivery_are_what_is_taxed_or_what_is_paid(till: Checkout) -> None:
    price = quoted(till)
    amount = price.goods - price.discount + price.delivery_amount
    assert amount == (price.total if price.taxes_inside else price.net)


@given(checkouts())
def test_nothing_costs_less_than_nothing(till: Checkout) -> None:
    price = quoted(till)
    for line in price.lines:
        assert 0 <= line.discount <= line.unit_price * line.choice.quantity
        assert line.amount >= 0
        assert line.points >= 0
        if line.choice.tender is Tender.POINTS:
            assert (line.amount, line.discount) == (0, 0)
    assert all(rate.base >= 0 and rate.tax >= 0 for rate in price.taxes)


def ids(lines: Sequence[Choice]) -> list[int]:
    return [id(line) for line in lines]


@given(checkouts())
def test_splitting_loses_no_line_and_adds_none(till: Checkout) -> None:
    parts = [
        [line.choice for line in part.lines] for part in judged(till, by_availability=True).quotes
    ]
    assert sorted(ids([choice for part in parts for choice in part])) == sorted(ids(till.choices))
    for part in parts:
        assert len({choice.tariff.availability for choice in part}) == 1
        assert ids(part) == [i for i in ids(till.choices) if i in ids(part)]


@given(checkouts())
def test_what_is_judged_is_the_sum_of_the_orders_that_are_made(till: Checkout) -> None:
    found = judged(till, by_availability=True)
    expected = []
    for part in found.quotes:
        lines = tuple(line.choice for line in part.lines)
        delivered = any(choice.tariff.needs_delivery for choice in lines)
        alone = Checkout(
            till.seller,
            till.client,
            lines,
            till.method,
            till.delivery if delivered else None,
        )
        expected.append(quoted(alone))
    assert list(found.quotes) == expected
    assert found.total == sum(part.total for part in expected)
    assert found.points == sum(part.points for part in expected)


@given(checkouts())
def test_splitting_changes_no_reason_and_no_points(till: Checkout) -> None:
    whole, split = judged(till), judged(till, by_availability=True)
    assert whole.reasons == split.reasons
    assert whole.basket_reasons == split.basket_reasons
    assert whole.points == split.points


@given(checkouts())
def test_h2_the_clients_own_area_adds_one_reason_and_takes_none(till: Checkout) -> None:
    for_staff, for_themselves = judged(till), judged(till, own_area=True)
    assert for_themselves.quotes == for_staff.quotes
    assert for_themselves.basket_reasons == for_staff.basket_reasons
    for choice, staff_gets, they_get in zip(
        till.choices, for_staff.reasons, for_themselves.reasons, strict=True
    ):
        assert they_get[: len(staff_gets)] == staff_gets
        added = [reason.code for reason in they_get[len(staff_gets) :]]
        closed = [part for part in choice.tariff.with_components() if not part.self_service]
        assert added == ["not_self_service"] * len(closed)
