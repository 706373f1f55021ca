"""What a basket costs, to the minor unit. Amounts here are minor units."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing_panel.catalog.rules.eligibility_facts import (
    Choice,
    ClientFacts,
    PriceFacts,
    SellerFacts,
    Tender,
)
from billing_panel.catalog.rules.quote import DeliveryFacts, Quote, points_reasons, quote
from billing_panel.kernel.language.text_with_guarded_fact import Guarded
from billing_panel.tax.rates import NoRate
from billing_panel.tax.sale_tax_summary import TaxTreatment
from billing_panel.tax.supply import Standing, SupplyKind
from tests.property.facts import (
    MONTH,
    ONCE,
    TODAY,
    YEAR,
    choice,
    client,
    ram,
    rates,
    seller,
    system,
    tariff,
    titles,
)

VPS = tariff(
    "vps",
    prices={MONTH: PriceFacts(2100), YEAR: PriceFacts(21420)},
    options=(ram(), system()),
)
DEDICATED = tariff("dedicated", 9580, setup_fee=4900)
WEB = tariff("web", prices={MONTH: PriceFacts(490, points=490)})
CENT = tariff("cent", 3)

BULGARIA = seller()
RUSSIA = seller(
    territory="RU",
    currency="RUB",
    prices_include_tax=True,
    rates=rates(standard={date(2019, 1, 1): "20", date(2026, 1, 1): "22"}),
)
GERMANY = seller(territory="DE", prices_include_tax=True, rates=rates(standard="19", reduced="7"))
JAPAN = seller(territory="JP", currency="JPY", rates=rates(standard="10"))
KUWAIT = seller(territory="KW", currency="KWD", rates=rates(standard="5"))

RUSSIAN = client(country="RU", currency="RUB")
VIP = client(discount_percent=Decimal(10))
COMPANY = client(country="DE", tax_standing=Standing.CONFIRMED)


def quoted(
    *lines: Choice,
    of: SellerFacts = BULGARIA,
    buyer: ClientFacts | None = None,
    day: date = TODAY,
    delivery: DeliveryFacts | None = None,
) -> Quote:
    return quote(lines, seller=of, client=buyer or client(), day=day, delivery=delivery)


def taxes(of: Quote) -> list[tuple[str, int, int]]:
    """(percent, base, tax) of each rate."""
    return [(f"{total.levied.percent:f}", total.base, total.tax) for total in of.taxes]


LINES = [
    # line, client: unit price, set-up fee, discount, amount
    pytest.param(choice(VPS), client(), (2100, 0, 0, 2100), id="a month"),
    pytest.param(choice(VPS, period=YEAR), client(), (21420, 0, 0, 21420), id="a year"),
    pytest.param(choice(VPS, 3), client(), (2100, 0, 0, 6300), id="three of them"),
    pytest.param(
        choice(VPS, options={"ram": 16, "os": "Ubuntu"}),
        client(),
        (3300, 0, 0, 3300),
        id="8 GB more for a month",
    ),
    pytest.param(
        choice(VPS, period=YEAR, options={"ram": 16}),
        client(),
        (35820, 0, 0, 35820),
        id="8 GB more for twelve months",
    ),
    pytest.param(
        choice(
            tariff("disk", prices={ONCE: PriceFacts(500)}, options=(ram(),)), options={"ram": 9}
        ),
        client(),
        (650, 0, 0, 650),
        id="a thing sold once counts as one month",
    ),
    pytest.param(
        choice(VPS, options={"ram": 8, "os": "Ubuntu"}),
        client(),
        (2100, 0, 0, 2100),
        id="what is included, and a choice, cost nothing",
    ),
    pytest.param(choice(DEDICATED, 2), client(), (9580, 4900, 0, 28960), id="a fee for each"),
    pytest.param(
        choice(DEDICATED, 2), VIP, (9580, 4900, 1916, 27044), id="no discount on the set-up fee"
    ),
    pytest.param(
        choice(VPS, options={"ram": 16}), VIP, (3300, 0, 330, 2970), id="a discount on options too"
    ),
    pytest.param(
        choice(tariff(amount=495), 3), VIP, (495, 0, 149, 1336), id="half a cent of discount"
    ),
    pytest.param(
        choice(DEDICATED),
        client(discount_percent=Decimal(100)),
        (9580, 4900, 9580, 4900),
        id="all but the fee is free",
    ),
    pytest.param(choice(tariff(amount=0)), client(), (0, 0, 0, 0), id="free"),
]


@pytest.mark.parametrize(("line", "buyer", "expected"), LINES)
def test_a_lines_price(
    line: Choice, buyer: ClientFacts, expected: tuple[int, int, int, int]
) -> None:
    (priced,) = quoted(line, buyer=buyer).lines
    assert (priced.unit_price, priced.setup_fee, priced.discount, priced.amount) == expected
    assert priced.before_discount == priced.amount + priced.discount
    assert priced.points == 0


TOTALS = [
    # seller, client, day, lines: taxes (percent, base, tax), total
    pytest.param(
        BULGARIA, client(), TODAY, [choice(VPS)], [("20", 2100, 420)], 2520, id="tax on top"
    ),
    pytest.param(
        BULGARIA,
        client(),
        TODAY,
        [choice(CENT)] * 3,
        [("20", 9, 2)],
        11,
        id="tax once on the sum, not line by line",
    ),
    pytest.param(
        BULGARIA,
        client(),
        TODAY,
        [choice(VPS), choice(tariff("book", 1000, tax_class="reduced"), 2), choice(CENT)],
        [("20", 2103, 421), ("9", 2000, 180)],
        4704,
        id="two tax classes",
    ),
    pytest.param(
        BULGARIA,
        client(country="DE", tax_standing=Standing.CONFIRMED),
        TODAY,
        [choice(VPS)],
        [("0", 2100, 0)],
        2100,
        id="reverse charge",
    ),
    pytest.param(
        BULGARIA,
        client(country="DE"),
        TODAY,
        [choice(VPS)],
        [("20", 2100, 420)],
        2520,
        id="a private person in the union",
    ),
    pytest.param(
        BULGARIA,
        client(country="US"),
        TODAY,
        [choice(VPS), choice(tariff("book", tax_class="reduced"))],
        [("0", 3100, 0)],
        3100,
        id="export, of two tax classes",
    ),
    pytest.param(
        RUSSIA,
        RUSSIAN,
        date(2026, 1, 1),
        [choice(tariff(amount=649000), 2)],
        [("22", 1063934, 234066)],
        1298000,
        id="22 % inside from 2026 on",
    ),
    pytest.param(
        RUSSIA,
        RUSSIAN,
        date(2025, 12, 31),
        [choice(tariff(amount=649000), 2)],
        [("20", 1081667, 216333)],
        1298000,
        id="20 % inside until then",
    ),
    pytest.param(
        RUSSIA,
        RUSSIAN,
        TODAY,
        [choice(CENT)] * 3,
        [("22", 7, 2)],
        9,
        id="tax inside once, in the sum",
    ),
    pytest.param(
        GERMANY,
        client(country="DE"),
        TODAY,
        [choice(tariff(amount=11900)), choice(tariff("book", 10700, tax_class="reduced"))],
        [("19", 10000, 1900), ("7", 10000, 700)],
        22600,
        id="two tax classes inside",
    ),
    pytest.param(
        GERMANY,
        client(country="BG", tax_standing=Standing.CONFIRMED),
        TODAY,
        [choice(tariff(amount=11900), 2)],
        [("0", 20000, 0)],
        20000,
        id="reverse charge takes the tax out of the price",
    ),
    pytest.param(
        GERMANY,
        client(country="BG"),
        TODAY,
        [choice(tariff(amount=11900))],
        [("19", 10000, 1900)],
        11900,
        id="a private person pays the seller's tax",
    ),
    pytest.param(
        RUSSIA,
        client(country="BG"),
        TODAY,
        [choice(tariff(amount=10000, setup_fee=100), 3)],
        # three times 101.00, less 54.64 of the sum
        [("0", 24836, 0)],
        24836,
        id="abroad the tax is out of the price and out of the fee",
    ),
    pytest.param(
        JAPAN,
        client(country="JP"),
        TODAY,
        [choice(tariff(amount=1005), 3)],
        [("10", 3015, 302)],
        3317,
        id="yen have no decimals",
    ),
    pytest.param(
        KUWAIT,
        client(country="KW"),
        TODAY,
        [choice(tariff(amount=1234))],
        [("5", 1234, 62)],
        1296,
        id="dinars have three",
    ),
]


@pytest.mark.parametrize(("of", "buyer", "day", "lines", "expected", "total"), TOTALS)
def test_taxes_and_total(
    of: SellerFacts,
    buyer: ClientFacts,
    day: date,
    lines: list[Choice],
    expected: list[tuple[str, int, int]],
    total: int,
) -> None:
    priced = quoted(*lines, of=of, buyer=buyer, day=day)
    assert taxes(priced) == expected
    assert (priced.total, priced.net + priced.tax, priced.currency) == (total, total, of.currency)


@pytest.mark.parametrize(
    ("of", "buyer", "treatment", "inside"),
    [
        (BULGARIA, client(), TaxTreatment.DOMESTIC, False),
        (
            BULGARIA,
            client(country="DE", tax_standing=Standing.CONFIRMED),
            TaxTreatment.REVERSE_CHARGE,
            False,
        ),
        (RUSSIA, RUSSIAN, TaxTreatment.DOMESTIC, True),
        (RUSSIA, client(country="BG"), TaxTreatment.EXPORT, False),
        (GERMANY, client(country="BG"), TaxTreatment.DOMESTIC, True),
        (
            GERMANY,
            client(country="BG", tax_standing=Standing.CONFIRMED),
            TaxTreatment.REVERSE_CHARGE,
            False,
        ),
    ],
)
def test_prices_hold_tax_only_where_tax_is_due(
    of: SellerFacts, buyer: ClientFacts, treatment: TaxTreatment, *, inside: bool
) -> None:
    priced = quoted(choice(VPS), of=of, buyer=buyer)
    assert (priced.treatment, priced.taxes_inside) == (treatment, inside)


def test_the_discount_abroad_is_taken_from_the_net_price() -> None:
    buyer = client(country="BG", discount_percent=Decimal(10))
    (line,) = quoted(choice(tariff(amount=10000), 3), of=RUSSIA, buyer=buyer).lines
    assert (line.unit_price, line.listed_percent) == (10000, Decimal(22))
    assert (line.discount, line.amount) == (2459, 22131)


SPEEDY = DeliveryFacts("speedy", titles("Speedy"), 450, "standard")


def test_delivery_is_taxed_with_the_goods_of_its_rate_and_never_discounted() -> None:
    priced = quoted(choice(DEDICATED), buyer=VIP, delivery=SPEEDY)
    assert (priced.goods, priced.discount, priced.delivery_amount) == (14480, 958, 450)
    assert taxes(priced) == [("20", 13972, 2794)]
    assert priced.goods - priced.discount + priced.delivery_amount == priced.net == 13972


def test_delivery_may_have_a_rate_of_its_own() -> None:
    reduced = DeliveryFacts("post", titles("Post"), 450, "reduced")
    assert taxes(quoted(choice(VPS), delivery=reduced)) == [("20", 2100, 420), ("9", 450, 41)]


def test_delivery_abroad_loses_the_tax_in_it() -> None:
    service = DeliveryFacts("cdek", titles("CDEK"), 12200, "standard")
    priced = quoted(
        choice(tariff(amount=12200)), of=RUSSIA, buyer=client(country="BG"), delivery=service
    )
    assert (priced.delivery_amount, priced.total) == (10000, 20000)


def test_with_tax_inside_the_total_is_goods_less_discount_and_delivery() -> None:
    service = DeliveryFacts("cdek", titles("CDEK"), 35000, "standard")
    buyer = client(country="RU", discount_percent=Decimal("7.5"))
    priced = quoted(choice(tariff(amount=649000), 2), of=RUSSIA, buyer=buyer, delivery=service)
    assert (priced.goods, priced.discount, priced.delivery_amount) == (1298000, 97350, 35000)
    assert priced.total == 1298000 - 97350 + 35000


def in_points(quantity: int = 1) -> Choice:
    return choice(WEB, quantity, tender=Tender.POINTS)


def test_a_line_for_points_costs_points_and_no_money() -> None:
    priced = quoted(in_points(2))
    assert (priced.points, priced.total, priced.goods, taxes(priced)) == (980, 0, 0, [])


def test_points_prices_are_final() -> None:
    setup = tariff("web", prices={MONTH: PriceFacts(490, points=490)}, setup_fee=100)
    priced = quoted(choice(setup, tender=Tender.POINTS), buyer=VIP)
    assert (priced.points, priced.total, priced.discount) == (490, 0, 0)


def test_each_line_is_paid_with_its_own_tender() -> None:
    priced = quoted(in_points(), choice(WEB), buyer=VIP)
    assert (priced.points, priced.net, priced.discount) == (490, 441, 49)


def test_goods_for_points_are_delivered_for_money() -> None:
    priced = quoted(in_points(), delivery=SPEEDY)
    assert (priced.points, taxes(priced)) == (490, [("20", 450, 90)])


def test_enough_points_give_no_reason() -> None:
    assert points_reasons(980, client(points=980)) == ()
    assert points_reasons(0, client(points=0)) == ()


def test_too_few_points_are_a_reason() -> None:
    (reason,) = points_reasons(3800, client(points=3250))
    assert reason.code == "insufficient_points"
    assert str(reason.message) == "The order needs more points than there are: 3,800."
    assert isinstance(reason.message, Guarded)
    assert str(reason.message.full) == "The order needs 3,800 points; the client has 3,250."
    assert str(reason.remedy) == "Pay some of the lines in money."


@pytest.mark.parametrize(
    ("tax_class", "day"), [("luxury", TODAY), ("standard", date(1999, 12, 31))]
)
def test_what_has_no_rate_on_that_day_has_no_price(tax_class: str, day: date) -> None:
    with pytest.raises(NoRate):
        quoted(choice(tariff(tax_class=tax_class)), day=day)


def test_nothing_costs_nothing() -> None:
    priced = quoted()
    assert (priced.total, priced.points, priced.lines, priced.taxes) == (0, 0, (), ())


def test_e8_tax_is_taken_out_of_a_line_once_not_of_each_unit() -> None:
    """FINANCE E8: 10,000 at 0.03 with 20 % inside are 250.00 to a company elsewhere, not 200.00."""
    of = seller(prices_include_tax=True)
    priced = quoted(choice(tariff(amount=3), 10_000), of=of, buyer=COMPANY)
    (line,) = priced.lines
    assert (line.unit_price, line.listed_percent, line.amount) == (3, Decimal(20), 25_000)
    assert priced.total == 25_000


def test_e5_a_consumer_elsewhere_pays_their_own_rate_where_the_seller_uses_the_one_stop_shop() -> (
    None
):
    """10.03 net: 12.04 with Bulgaria's 20 % below the threshold, 11.94 with Germany's 19 %."""
    german = client(country="DE")
    vps = choice(tariff(amount=1003))
    assert quoted(vps, buyer=german).total == 1204
    priced = quoted(vps, of=seller(one_stop_shop=True), buyer=german)
    assert (priced.total, priced.taxes[0].levied.place) == (1194, "DE")


def test_e5_goods_and_services_of_one_order_are_taxed_apart() -> None:
    goods = tariff("switch", 5000, supply=SupplyKind.GOODS)
    priced = quoted(choice(goods), choice(WEB), buyer=COMPANY)
    assert [total.levied.category.value for total in priced.taxes] == ["AE", "K"]
    assert priced.total == 5490


def test_e5_an_address_to_which_nothing_is_sent_takes_no_tax_off() -> None:
    token, switch = (
        tariff(key, 5000, supply=SupplyKind.GOODS, needs_delivery=sent)
        for key, sent in (("token", False), ("switch", True))
    )
    abroad = replace(client(), ships_to="US")
    priced = quoted(choice(token), choice(switch), buyer=abroad)
    assert [total.levied.category.value for total in priced.taxes] == ["S", "G"]


def test_e6_who_charges_no_tax_charges_nobody_any() -> None:
    """Article 203: what an invoice shows is owed."""
    for buyer in (client(), COMPANY, client(country="US")):
        priced = quoted(choice(VPS), of=seller(registered=False), buyer=buyer)
        assert [total.levied.category.value for total in priced.taxes] == ["E"]
        assert priced.total == 2100
    inside = seller(registered=False, prices_include_tax=True)
    assert quoted(choice(VPS), of=inside).total == 2100


def test_what_has_no_rate_abroad_says_why_it_cannot_be_ordered() -> None:
    (line,) = quoted(
        choice(tariff(tax_class="reduced")),
        of=seller(one_stop_shop=True),
        buyer=client(country="DE"),
    ).lines
    assert line.untaxable is not None
    assert line.untaxable.code == "no_tax_rate_abroad"
