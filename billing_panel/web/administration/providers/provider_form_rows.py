"""Rows of the provider's form: rates and delivery services; and what its fields offer."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from wtforms import BooleanField, DateField, StringField
from wtforms.validators import Optional

from billing_panel.kernel.language.text import Text, say, text
from billing_panel.web.forms.details_form import RowForm
from billing_panel.web.forms.typed_fields import (
    AmountField,
    PercentField,
    TitlesField,
)
from billing_panel.web.shell.request_context import language

Named = TypeVar("Named", bound=StrEnum)


def choices_of(titles: Mapping[Named, Text]) -> dict[str, str]:
    """What a field offers: values, each by its title."""
    return {one.value: say(title, language()) for one, title in titles.items()}


class RateRow(RowForm):
    """The rate of a tax class, and the day from which it holds."""

    REQUIRED = ("tax_class", "since", "percent")

    tax_class = StringField(text("Tax class"))
    since = DateField(text("From"), validators=[Optional()])
    percent = PercentField(text("Percent"))


class ServiceRow(RowForm):
    """A delivery service, its price, and whether it is offered."""

    PRESET = ("offered",)
    REQUIRED = ("key", "titles", "price", "tax_class")

    key = StringField(text("Key"))
    titles = TitlesField(text("Title"))
    price = AmountField(text("Price"))
    tax_class = StringField(text("Tax class"))
    offered = BooleanField(text("Offered"), default=True)
    tracking_url = StringField(
        text("Where parcels are tracked"),
        description=text("An address with {code} in place of the tracking code."),
    )
