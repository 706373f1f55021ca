"""From what was asked for to a line that makes sense, or everything wrong with it at once."""

import pytest

from billing_panel.catalog.rules.eligibility_facts import (
    Choice,
    OptionValue,
    PriceFacts,
    TariffFacts,
    Tender,
)
from billing_panel.catalog.rules.wanted_line import MAX_QUANTITY, WantedLine, choose
from billing_panel.kernel.language.errors import FieldError
from tests.property.facts import MONTH, YEAR, ram, system, tariff

VPS = tariff(
    "vps",
    prices={MONTH: PriceFacts(2100, points=2100), YEAR: PriceFacts(21420)},
    options=(ram(), system("Debian", "Ubuntu")),
)
LICENCE = tariff("licence")
CATALOGUE = {"vps": VPS, "licence": LICENCE}


def chosen(wanted: WantedLine) -> Choice:
    result = choose(CATALOGUE, wanted, "lines.0.")
    assert isinstance(result, Choice)
    return result


def mistakes(wanted: WantedLine) -> list[FieldError]:
    result = choose(CATALOGUE, wanted, "lines.0.")
    assert isinstance(result, list)
    return result


def vps(**options: OptionValue) -> WantedLine:
    return WantedLine("vps", "1 month", options=options)


def test_a_line_is_taken_as_it_was_asked_for() -> None:
    wanted = WantedLine("vps", "12 months", 3, {"ram": 16, "os": "Ubuntu"})
    assert chosen(wanted) == Choice(VPS, YEAR, 3, {"ram": 16, "os": "Ubuntu"}, Tender.MONEY)


def test_what_is_not_said_is_one_piece_with_what_is_included_and_the_first_choice() -> None:
    line = chosen(WantedLine("vps", "1 month"))
    assert (line.quantity, line.options) == (1, {"ram": 8, "os": "Debian"})


def test_the_only_period_need_not_be_said() -> None:
    assert chosen(WantedLine("licence")).period == MONTH


def test_of_several_periods_one_has_to_be_said() -> None:
    (mistake,) = mistakes(WantedLine("vps"))
    assert (mistake.field, mistake.code) == ("lines.0.period", "period_not_offered")
    assert str(mistake.message) == "Choose one of these periods: 1 month or 12 months."


@pytest.mark.parametrize("period", ["6 months", "once", "12 month", "", "soon"])
def test_a_period_that_is_not_offered_is_refused(period: str) -> None:
    (mistake,) = mistakes(WantedLine("vps", period))
    assert (mistake.field, mistake.code) == ("lines.0.period", "period_not_offered")


def test_a_tariff_nobody_sells_is_refused() -> None:
    (mistake,) = mistakes(WantedLine("no-such", "1 month"))
    assert (mistake.field, mistake.code) == ("lines.0.tariff", "unknown_tariff")
    assert str(mistake.message) == "The provider has no tariff no-such."


@pytest.mark.parametrize("quantity", [1, 2, MAX_QUANTITY])
def test_a_quantity_is_from_1_to_100_000(quantity: int) -> None:
    assert chosen(WantedLine("licence", quantity=quantity)).quantity == quantity


@pytest.mark.parametrize("quantity", [0, -1, MAX_QUANTITY + 1, 2**63])
def test_any_other_quantity_is_refused(quantity: int) -> None:
    (mistake,) = mistakes(WantedLine("licence", quantity=quantity))
    assert (mistake.field, mistake.code) == ("lines.0.quantity", "quantity")


@pytest.mark.parametrize("value", [8, 12, 32])
def test_an_option_goes_from_what_is_included_to_the_most_in_steps(value: int) -> None:
    assert chosen(vps(ram=value)).options["ram"] == value


@pytest.mark.parametrize("value", [4, 9, 36, -8, 0, True, "16", "", 2**63])
def test_any_other_number_of_units_is_refused(value: OptionValue) -> None:
    (mistake,) = mistakes(vps(ram=value))
    assert (mistake.field, mistake.code) == ("lines.0.options.ram", "option_range")
    assert str(mistake.message) == "Enter a number from 8 to 32 in steps of 4."


@pytest.mark.parametrize("value", ["DOS", "debian", "", 0])
def test_a_choice_that_is_not_offered_is_refused(value: OptionValue) -> None:
    (mistake,) = mistakes(vps(os=value))
    assert (mistake.field, mistake.code) == ("lines.0.options.os", "unknown_choice")
    assert str(mistake.message) == "Choose one of: Debian or Ubuntu."


def test_an_option_the_tariff_does_not_have_is_refused() -> None:
    (mistake,) = mistakes(vps(disk=1))
    assert (mistake.field, mistake.code) == ("lines.0.options.disk", "unknown_option")
    assert str(mistake.message) == "There is no such option; use one of: os and ram."


def test_a_line_is_paid_in_points_where_there_is_a_price_in_points() -> None:
    line = chosen(WantedLine("vps", "1 month", 2, {"os": "Ubuntu"}, Tender.POINTS))
    assert line.tender is Tender.POINTS


@pytest.mark.parametrize(
    "wanted",
    [
        WantedLine("vps", "12 months", pay_with=Tender.POINTS),
        WantedLine("licence", pay_with=Tender.POINTS),
    ],
)
def test_no_points_where_there_is_no_price_in_points(wanted: WantedLine) -> None:
    (mistake,) = mistakes(wanted)
    assert (mistake.field, mistake.code) == ("lines.0.pay_with", "no_points_price")


def test_additions_to_a_tariff_are_not_paid_in_points() -> None:
    (mistake,) = mistakes(WantedLine("vps", "1 month", 1, {"ram": 16}, Tender.POINTS))
    assert (mistake.field, mistake.code) == ("lines.0.options.ram", "no_points_price")


def test_every_mistake_of_a_line_is_told_at_once() -> None:
    wanted = WantedLine("vps", "2 months", 0, {"ram": 9, "os": "DOS", "disk": 1})
    assert [(mistake.field, mistake.code) for mistake in mistakes(wanted)] == [
        ("lines.0.quantity", "quantity"),
        ("lines.0.period", "period_not_offered"),
        ("lines.0.options.ram", "option_range"),
        ("lines.0.options.os", "unknown_choice"),
        ("lines.0.options.disk", "unknown_option"),
    ]


def test_what_may_not_be_ordered_can_still_be_chosen() -> None:
    # choosing asks whether a line makes sense; whether the client may have it is another question
    unavailable: dict[str, TariffFacts] = {"old": tariff("old", archived=True, stock=0)}
    assert isinstance(choose(unavailable, WantedLine("old"), "lines.0."), Choice)
