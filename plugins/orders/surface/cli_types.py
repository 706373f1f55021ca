"""How lines, sums and fields of an order are written on the command line."""

from typing import Any

import click
from typing_extensions import override

from billing_panel.catalog.rules.eligibility_facts import OptionValue, Tender
from billing_panel.catalog.rules.wanted_line import WantedLine
from billing_panel.kernel.values.bounded_parsing import signed_number, whole_number
from billing_panel.kernel.values.money import Money, MoneyError, parse

# what is larger is not read; what is smaller, and too many, the rules refuse
MOST_WRITTEN = 10**30
MOST_OF_OPTION = 10**9 - 1
LINE = "TARIFF:PERIOD:QUANTITY[;option=value;pay_with=points]"


class LineType(click.ParamType[WantedLine]):
    """A line of an order, as LINE has it."""

    name = "line"

    @override
    def convert(self, value: Any, param: Any, ctx: Any) -> WantedLine:
        what, *extras = str(value).split(";")
        parts = what.split(":")
        if len(parts) not in {2, 3} or not all(parts):
            self.fail(f"write {LINE}, for example 'web-start:12 months:1'", param, ctx)
        options = dict(self._pair(extra, param, ctx) for extra in extras)
        tender = options.pop("pay_with", Tender.MONEY.value)
        if tender not in set(Tender):
            self.fail("pay_with is money or points", param, ctx)
        written = parts[2] if len(parts) == 3 else "1"
        quantity = signed_number(written, most=MOST_WRITTEN)
        if quantity is None:
            self.fail(f"the quantity {written!r} is not a whole number", param, ctx)
        return WantedLine(parts[0], parts[1], quantity, options, Tender(tender))

    def _pair(self, written: str, param: Any, ctx: Any) -> tuple[str, OptionValue]:
        name, equals, value = written.partition("=")
        if not equals or not name:
            self.fail(f"write an option as name=value, not {written!r}", param, ctx)
        number = whole_number(value, most=MOST_OF_OPTION)
        return name, value if number is None else number


class MoneyType(click.ParamType[Money]):
    """``591.19 EUR``"""

    name = "money"

    @override
    def convert(self, value: Any, param: Any, ctx: Any) -> Money:
        amount, _, currency = str(value).partition(" ")
        try:
            return parse(amount, currency or "")
        except MoneyError as error:
            self.fail(f"{error}; write it as '591.19 EUR'", param, ctx)


class FieldType(click.ParamType[tuple[str, str]]):
    """``tracking_code=RB123``"""

    name = "field"

    @override
    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, str]:
        name, separator, written = str(value).partition("=")
        if not separator:
            self.fail("write it as NAME=VALUE", param, ctx)
        return name, written
