"""The frame of the administration's forms.

A form is filled from the *details* of a row and gives details back. It says by ``SECTIONS`` how it
is laid out, so one template shows them all. It reads types only; what is right is decided by the
action, whose errors come back to the fields they name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
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
    StringField,
)

from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.process.lazy_values import kept_property
from billing_panel.web.forms.typed_fields import AmountField, said_value
from billing_panel.web.shell.i18n import said

# Empty rows under a list, to be filled in.
SPARE = 2
CSRF = "csrf_token"
MAX_ROWS = 200
ROW = re.compile(r"0|[1-9][0-9]{0,5}", re.ASCII)
# Stands for the number of a row that is not there yet.
OPEN = "__row__"


@dataclass(frozen=True)
class Section:
    """A card of the form's page: fields by name, in their order. Those a form lacks are left out.

    ``folded``: its card is closed as long as all in it is as in a form nobody has filled.
    """

    title: Text
    fields: tuple[str, ...]
    hint: Text | None = None
    folded: bool = False


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

    @kept_property
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

    # What a form nobody has filled holds, by field; what is not named there is empty.
    blank: Mapping[str, Any] = MappingProxyType({})

    seen = HiddenField()

    class Meta:
        # every post of the panel is checked before a form sees it
        csrf = False

    def __init__(
        self, filled: Mapping[str, Any], *, sent: bool | None = None, prefix: str = ""
    ) -> None:
        """``sent``: the request holds this form's fields; by default, when it is a POST."""
        self.sent = self.is_submitted() if sent is None else sent
        self.refused: set[str] = set()
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
        return [self[name] for name in section.fields if name in self]

    def is_open(self, section: Section) -> bool:
        """Something in it is wrong, or is not as it was in the beginning."""
        return not section.folded or any(
            any(_wrong_in(field)) or self._is_filled(field) for field in self.controls(section)
        )

    def _is_filled(self, field: Field) -> bool:
        usual = self.blank.get(field.short_name)
        if isinstance(field, RowsField):
            return bool(field.kept() if self.sent else field.object_data)
        typed = _bare(field.data)
        if isinstance(usual, list | tuple) or isinstance(typed, list):
            return sorted(typed or ()) != sorted(usual or ())
        return (typed or None) != (usual or None)

    def leave_out(self, *names: str) -> None:
        """The form has no such fields; what is sent of them is refused."""
        for name in names:
            del self[name]

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
            yield from _wrong_in(field)

    def show_error(self, name: str, error: FieldError) -> bool:
        """Put the error beside the field of that name; False when there is none."""
        field = self._place(name.split("."))
        if field is None:
            return False
        field.errors = [*field.errors, said(error.message)]
        return True

    def fix(self, *names: str) -> None:
        """Show what is settled as words; whoever sends anything else of it is refused."""
        for name in names:
            field = self[name]
            sent = request.form.getlist(field.name) if self.sent else []
            field.process(None, field.object_data)
            field.settled = said_value(field)
            if sent and sent != [_written(field)]:
                self.refused.add(field.name)

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
    known = {name for form in forms for name in {*_names(form)} - form.refused}
    return sorted(set(request.form) - known - {CSRF})


def _written(field: Field) -> str:
    """How a browser would send it."""
    if isinstance(field, BooleanField):
        return "y" if field.data else ""
    return str(field._value() if isinstance(field, StringField) else field.data)  # noqa: SLF001


def _wrong_in(field: Field) -> Iterator[Field]:
    """It, or those inside it, with errors."""
    if not isinstance(field, RowsField):
        yield from _wrong([field])
        return
    yield from (inside for entry in field.kept() for inside in _wrong(entry.form))
    if any(isinstance(error, str) for error in field.errors):
        yield field


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
