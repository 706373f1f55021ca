"""The frame of the administration's forms.

A form is filled from the *details* of a row and gives details back. It says by ``SECTIONS`` how it
is laid out, so one template shows them all. It reads types only; what is right is decided by the
action, whose errors come back to the fields they name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from flask import request
from flask_wtf import FlaskForm
from typing_extensions import override
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from billing_panel.accounts.firms.providers import METHOD_TITLES
from billing_panel.kernel.input.amount_reader import TwoWaysError, plain_amount, typed_amount
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import LANGUAGES, Text, say, text
from billing_panel.kernel.values.bounded_parsing import decimal_number, signed_number
from billing_panel.web.shell.i18n import OWN_NAMES, said
from billing_panel.web.shell.request_context import language

# Empty rows under a list, to be filled in.
SPARE = 2
CSRF = "csrf_token"
MAX_ROWS = 200
ROW = re.compile(r"0|[1-9][0-9]{0,5}", re.ASCII)
MOST = 10**15
# Stands for the number of a row that is not there yet.
OPEN = "__row__"


@dataclass(frozen=True)
class Section:
    """A card of the form's page: fields by name, in their order."""

    title: Text
    fields: tuple[str, ...]
    hint: Text | None = None


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


class RowForm(Form):  # type: ignore[misc]
    """One row of a list. ``remove`` takes it away; a row in which nothing is typed is none."""

    remove = BooleanField(text("Remove"))

    # Fields that are there in an empty row too, and so do not tell whether it is one.
    PRESET: ClassVar[tuple[str, ...]] = ()
    # What a row that is not empty has to have.
    REQUIRED: ClassVar[tuple[str, ...]] = ()

    def is_dropped(self) -> bool:
        return bool(self.remove.data) or not any(
            _typed(field) for field in self if field.short_name not in {"remove", *self.PRESET}
        )

    def values(self) -> dict[str, Any]:
        return {name: _bare(field.data) for name, field in self._fields.items() if name != "remove"}


def _bare(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _typed(field: Field) -> bool:
    if isinstance(field, FormField):
        return any(_typed(inside) for inside in field.form)
    return any(value.strip() for value in field.raw_data or () if isinstance(value, str))


class RowsField(FieldList):  # type: ignore[misc]
    """A list of rows with a few empty ones under it."""

    def __init__(self, row: type[RowForm], label: Text, spare: int = SPARE, **binding: Any) -> None:
        super().__init__(FormField(row), label, max_entries=MAX_ROWS, **binding)
        self.row, self.spare = row, spare

    @override
    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        """Numbers of rows; what is none, as ``²`` or a million digits, is a field nobody knows."""
        for name in formdata:
            written = name.removeprefix(f"{prefix}-").partition("-")[0]
            if name.startswith(f"{prefix}-") and ROW.fullmatch(written):
                yield int(written)

    def add_spare(self) -> None:
        for _ in range(min(self.spare, MAX_ROWS - len(self.entries))):
            self.append_entry()

    @cached_property
    def blank(self) -> FormField:
        """A row in which nothing is typed, its number left open; scripts make others of it."""
        named = {"name": f"{self.name}-{OPEN}", "id": f"{self.id}-{OPEN}"}
        more = {"_meta": self.meta, "translations": self._translations}
        row = self.meta.bind_field(self._form, self.unbound_field, {**named, **more})
        row.process(None)
        return row

    def kept(self) -> list[FormField]:
        return [entry for entry in self.entries if not entry.form.is_dropped()]

    def rows(self) -> list[dict[str, Any]]:
        return [entry.form.values() for entry in self.kept()]

    @property
    def columns(self) -> list[Field]:
        """Empty fields that tell what stands in each column."""
        return [field for field in self.row() if field.short_name != "remove"]


class DetailsForm(FlaskForm):  # type: ignore[misc]
    """``seen`` tells from which state the form was filled.

    ``REQUIRED`` are the fields that the page marks; that they are filled in is asked by the action.
    """

    SECTIONS: ClassVar[tuple[Section, ...]] = ()
    REQUIRED: ClassVar[tuple[str, ...]] = ()

    seen = HiddenField()

    class Meta:
        # every post of the panel is checked before a form sees it
        csrf = False

    def __init__(
        self, filled: Mapping[str, Any], *, sent: bool | None = None, prefix: str = ""
    ) -> None:
        """``sent``: the request holds this form's fields; by default, when it is a POST."""
        self.sent = self.is_submitted() if sent is None else sent
        super().__init__(**({} if self.sent else {"formdata": None}), data=filled, prefix=prefix)
        for name in self.REQUIRED:
            self[name].flags.required = True
        if not self.sent:
            for field in self:
                if isinstance(field, RowsField):
                    field.add_spare()

    def amounts_in(self, currency: str) -> None:
        """Say which currency the amounts of the form are in, so that they are read as in it."""
        for field in _amounts(self):
            field.currency = currency
            if self.sent and field.raw_data:
                field.process_formdata(field.raw_data)

    def controls(self, section: Section) -> list[Field]:
        return [self[name] for name in section.fields]

    def values(self) -> dict[str, Any]:
        """By field, what the details are made of; words without the spaces around them."""
        return {
            name: field.rows() if isinstance(field, RowsField) else _bare(field.data)
            for name, field in self._fields.items()
            if name != "seen"
        }

    @override
    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Fields of a row that is dropped may hold anything."""
        return bool(super().validate(extra_validators) or not any(self.problems()))

    def problems(self) -> Iterator[Field]:
        """Fields with errors, those of dropped rows left out."""
        for field in self:
            if isinstance(field, RowsField):
                yield from (inside for entry in field.kept() for inside in _wrong(entry.form))
                if any(isinstance(error, str) for error in field.errors):
                    yield field
            else:
                yield from _wrong([field])

    def show_error(self, name: str, error: FieldError) -> bool:
        """Put the error beside the field of that name; False when there is none."""
        field = self._place(name.split("."))
        if field is None:
            return False
        field.errors = [*field.errors, said(error.message)]
        return True

    def fix(self, *names: str) -> None:
        """Show what is settled without letting anybody change it."""
        for name in names:
            field = self[name]
            if isinstance(field, BooleanField):
                field.render_kw = {"disabled": True}
                field.data = bool(field.object_data)
            else:
                field.render_kw = {"readonly": True}

    def _place(self, path: Sequence[str]) -> Field | None:
        """The field at ``prices.0.amount``; of a list or titles as a whole, its first field."""
        here: Any = self
        for step in path:
            if isinstance(here, RowsField):
                kept = here.kept()
                here = kept[int(step)] if ROW.fullmatch(step) and int(step) < len(kept) else None
            else:
                inside = here.form if isinstance(here, FormField) else here
                here = inside._fields.get(step)
            if here is None:
                return None
        if isinstance(here, FormField):
            return next(field for field in here.form if field.short_name != "remove")
        return here


def unknown_fields(forms: Iterable[DetailsForm]) -> list[str]:
    """Names that were sent and stand in none of ``forms``."""
    known = {name for form in forms for name in _names(form)}
    return sorted(set(request.form) - known - {CSRF})


def _wrong(fields: Iterable[Field]) -> Iterator[Field]:
    for field in fields:
        if isinstance(field, FormField):
            yield from _wrong(field.form)
        elif field.errors:
            yield field


def _amounts(fields: Iterable[Field]) -> Iterator[AmountField]:
    for field in fields:
        if isinstance(field, FieldList):
            yield from _amounts(field.entries)
        elif isinstance(field, FormField):
            yield from _amounts(field.form)
        elif isinstance(field, AmountField):
            yield field


def _names(fields: Iterable[Field]) -> Iterator[str]:
    for field in fields:
        if isinstance(field, FieldList):
            yield from _names(field.entries)
        elif isinstance(field, FormField):
            yield from _names(field.form)
        else:
            yield field.name
