"""Fields that read what people type: words, numbers, money, and the same in each language."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override
from wtforms import (
    BooleanField,
    Field,
    Form,
    FormField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from billing_panel.accounts.companies.provider_models import METHOD_TITLES
from billing_panel.kernel.input.amount_reader import TwoWaysError, plain_amount, typed_amount
from billing_panel.kernel.language.text import LANGUAGES, OWN_NAMES, Text, say, text
from billing_panel.kernel.values.bounded_parsing import decimal_number, signed_number
from billing_panel.web.forms.country_currency_zone_fields import ListedField
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import language

MOST = 10**15


class WordsField(StringField):  # type: ignore[misc]  # wtforms has no types
    """Several words or codes in one field, parted by spaces or commas."""

    @override
    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else ", ".join(self.data or ())

    @override
    def process_formdata(self, valuelist: Sequence[str]) -> None:
        written = valuelist[0] if valuelist else ""
        self.data = [*dict.fromkeys(written.replace(",", " ").split())]


class ChoicesField(StringField):  # type: ignore[misc]
    """Choices of an option, parted by semicolons: they may hold spaces and commas."""

    @override
    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else "; ".join(self.data or ())

    @override
    def process_formdata(self, valuelist: Sequence[str]) -> None:
        parts = (part.strip() for part in (valuelist[0] if valuelist else "").split(";"))
        self.data = [*dict.fromkeys(part for part in parts if part)]


class NumberField(IntegerField):  # type: ignore[misc]
    """A whole number, or nothing."""

    @override
    def process_formdata(self, valuelist: Sequence[str]) -> None:
        written = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not written:
            return
        self.data = signed_number(written, most=MOST)
        if self.data is None:
            raise ValueError(say(text("Use a whole number."), language()))


class AmountField(StringField):  # type: ignore[misc]
    """Money in major units, typed as its reader writes it; ``data`` has plain digits.

    ``currency`` is known when the form says it (``DetailsForm.amounts_in``).
    """

    currency = ""
    two_ways: TwoWaysError | None = None

    @override
    def process_formdata(self, valuelist: Sequence[str]) -> None:
        written = valuelist[0].strip() if valuelist else ""
        self.data, self.two_ways = written, None
        try:
            self.data = plain_amount(written, language(), self.currency)
        except TwoWaysError as error:
            self.two_ways = error

    @override
    def pre_validate(self, form: Form) -> None:
        if self.two_ways:
            raise ValidationError(say(self.two_ways.message, language()))

    @override
    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else typed_amount(self.data or "", language())


class PercentField(StringField):  # type: ignore[misc]
    """A percentage, with a comma or a point."""

    @override
    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:f}"

    @override
    def process_formdata(self, valuelist: Sequence[str]) -> None:
        written = valuelist[0].strip().replace(",", ".") if valuelist else ""
        self.data = decimal_number(written)
        if written and self.data is None:
            raise ValueError(say(text("Use a percentage, such as 20."), language()))


def address_lines(label: Text, description: Text | None = None) -> Field:
    """Street and house, in as many lines as an envelope has above the city."""
    return TextAreaField(label, description=description or "", render_kw={"rows": 2})


def method_titles() -> dict[str, str]:
    """Choices of payment methods."""
    return {kind.value: say(title, language()) for kind, title in METHOD_TITLES.items()}


class CheckListField(SelectMultipleField):  # type: ignore[misc]
    """Several of a few, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class GroupedChecksField(CheckListField):
    """Very many, by group, as check boxes; the first of each group chooses the whole of it."""


class TitlesForm(Form):  # type: ignore[misc]
    """A field for each language of the interface."""

    en = StringField(OWN_NAMES["en"])
    ru = StringField(OWN_NAMES["ru"])
    bg = StringField(OWN_NAMES["bg"])


class TitlesField(FormField):  # type: ignore[misc]
    """The same words in each language of the interface; languages left empty are left out."""

    def __init__(self, label: Text, **more: Any) -> None:
        super().__init__(TitlesForm, label, **more)

    @property
    @override
    def data(self) -> dict[str, str]:
        typed = self.form.data
        return {code: typed[code].strip() for code in LANGUAGES if (typed[code] or "").strip()}


def said_value(field: Field) -> str:
    """What stands in it, as its reader says it: a choice by its name, a code with its own."""
    if isinstance(field, BooleanField):
        return gettext("Yes") if field.data else gettext("No")
    if isinstance(field, SelectField):
        titles: Mapping[str, str] = {str(one.value): one.label for one in field.iter_choices()}
        return titles.get(str(field.data), "") or "–"
    if isinstance(field, ListedField):
        return field.said or "–"
    return str(field.data or "–")
