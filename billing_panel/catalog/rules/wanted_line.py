"""Turns what was asked for into a valid line, or says everything that is wrong with it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from billing_panel.catalog.rules.eligibility_facts import (
    Choice,
    OptionFacts,
    OptionValue,
    Period,
    TariffFacts,
    Tender,
)
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import AnyOf, text

MAX_QUANTITY = 100_000
MAX_LINES = 100
MAX_LINE_NOTE = 500


@dataclass(frozen=True)
class WantedLine:
    """A line as asked for; ``period`` None: the only one there is. Absent options are defaults.

    ``note``: what the client writes to it.
    """

    tariff: str
    period: str | None = None
    quantity: int = 1
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    pay_with: Tender = Tender.MONEY
    note: str = ""


def too_many_lines() -> FieldError:
    """Make the error of an order with more than MAX_LINES lines."""
    message = text("An order can have at most %(most)s lines.", most=MAX_LINES)
    return FieldError("lines", "length", message)


def choose(
    catalogue: Mapping[str, TariffFacts], wanted: WantedLine, place: str
) -> Choice | list[FieldError]:
    """``place`` (``lines.0.``) begins the field names of the errors."""
    tariff = catalogue.get(wanted.tariff)
    if tariff is None:
        message = text("The provider has no tariff %(key)s.", key=wanted.tariff)
        return [FieldError(f"{place}tariff", "unknown_tariff", message)]
    period = _period(tariff, wanted.period)
    errors = [*_errors(tariff, wanted, period, place)]
    if errors or period is None:
        return errors
    return Choice(
        tariff=tariff,
        period=period,
        quantity=wanted.quantity,
        options={option.key: _value(option, wanted.options) for option in tariff.options},
        tender=wanted.pay_with,
        note=wanted.note,
    )


def _period(tariff: TariffFacts, written: str | None) -> Period | None:
    if written is None:
        return next(iter(tariff.prices)) if len(tariff.prices) == 1 else None
    try:
        period = Period.parse(written)
    except ValueError:
        return None
    return period if period in tariff.prices else None


def _value(option: OptionFacts, given: Mapping[str, OptionValue]) -> OptionValue:
    return given.get(option.key, option.choices[0] if option.choices else option.included)


def _errors(
    tariff: TariffFacts, wanted: WantedLine, period: Period | None, place: str
) -> Iterator[FieldError]:
    if not 1 <= wanted.quantity <= MAX_QUANTITY:
        message = text("The quantity must be a whole number from 1 to %(most)s.", most=MAX_QUANTITY)
        yield FieldError(f"{place}quantity", "quantity", message)
    if period is None:
        offered = AnyOf([str(offer) for offer in sorted(tariff.prices)])
        message = text("Choose one of these periods: %(offered)s.", offered=offered)
        yield FieldError(f"{place}period", "period_not_offered", message)
    if len(wanted.note) > MAX_LINE_NOTE:
        message = text("A note can have at most %(most)s characters.", most=MAX_LINE_NOTE)
        yield FieldError(f"{place}note", "length", message)
    yield from _option_errors(tariff, wanted, place)
    if wanted.pay_with is Tender.POINTS and period is not None:
        yield from _points_errors(tariff, wanted, period, place)


def _option_errors(tariff: TariffFacts, wanted: WantedLine, place: str) -> Iterator[FieldError]:
    options = {option.key: option for option in tariff.options}
    for key, value in wanted.options.items():
        field_name = f"{place}options.{key}"
        option = options.get(key)
        if option is None:
            message = text(
                "There is no such option; use one of: %(options)s.", options=sorted(options)
            )
            yield FieldError(field_name, "unknown_option", message)
        elif option.choices and value not in option.choices:
            message = text("Choose one of: %(choices)s.", choices=AnyOf(option.choices))
            yield FieldError(field_name, "unknown_choice", message)
        elif not option.choices and not _is_step(option, value):
            message = text(
                "Enter a number from %(least)s to %(most)s in steps of %(step)s.",
                least=option.included,
                most=option.maximum,
                step=option.step,
            )
            yield FieldError(field_name, "option_range", message)


def _is_step(option: OptionFacts, value: OptionValue) -> bool:
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and option.included <= value <= option.maximum
        and (value - option.included) % option.step == 0
    )


def _points_errors(
    tariff: TariffFacts, wanted: WantedLine, period: Period, place: str
) -> Iterator[FieldError]:
    if tariff.prices[period].points is None:
        message = text("%(tariff)s has no price in points.", tariff=tariff.title)
        yield FieldError(f"{place}pay_with", "no_points_price", message)
    for option in tariff.options:
        value = wanted.options.get(option.key, option.included)
        if not option.choices and value != option.included:
            message = text("Add-ons to a tariff are paid in money, not points.")
            yield FieldError(f"{place}options.{option.key}", "no_points_price", message)
