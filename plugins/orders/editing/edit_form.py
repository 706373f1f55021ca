"""The form in which the lines of an order are edited.

Fields of a line carry its id: ``quantity.17``, ``period.17``, ``number.17.ram``, ``choice.17.os``,
``remove.17``; those of the catalogue are as in a new order (``new_order_form``).
"""

from collections.abc import Iterator, Mapping, Sequence

from wtforms import Form, HiddenField, StringField, SubmitField

from billing_panel.catalog.rules.eligibility_facts import OptionValue
from billing_panel.catalog.rules.wanted_line import MAX_QUANTITY
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.bounded_parsing import whole_number
from plugins.orders.checkout.new_order_form import CatalogueField, SumField, stripped
from plugins.orders.editing.edited_basket import EditedLine
from plugins.orders.workflow.requirements import MAX_FIELD

PREVIEW, CONFIRM, BACK = "preview", "confirm", "back"


class EditLinesForm(Form):  # type: ignore[misc]  # wtforms has no types
    """``expected_*``: what the preview showed; ``do``: PREVIEW, CONFIRM or BACK."""

    do = SubmitField()
    version = HiddenField()
    expected_total = SumField()
    expected_points = SumField()
    lines = CatalogueField()
    reason = StringField(
        text("Reason"),
        description=text("For staff; clients can’t see it."),
        filters=[stripped],
        render_kw={"maxlength": MAX_FIELD},
    )

    @property
    def wanted(self) -> str:
        return str(self.do.raw_data[0]) if self.do.raw_data else PREVIEW

    def value(self, name: str, default: object) -> str:
        """What was typed in the field ``name`` of a line."""
        return str(self.lines.value(name, str(default)))

    def edited(self, line_ids: Sequence[int]) -> tuple[list[EditedLine], list[FieldError]]:
        """Lines of the order that are to stay, then new ones; and what can't be read.

        A line of which nothing was sent stays as it is.
        """
        errors: list[FieldError] = [*self.lines.mistakes]
        kept = [
            _line(self.lines.typed, line_id, errors)
            for line_id in line_ids
            if f"remove.{line_id}" not in self.lines.typed
        ]
        added = [
            EditedLine(
                tariff=one.tariff,
                quantity=one.quantity,
                period=one.period,
                options=one.options,
                pay_with=one.pay_with,
            )
            for one in self.lines.data
        ]
        return [*kept, *added], errors


def _line(typed: Mapping[str, str], line_id: int, errors: list[FieldError]) -> EditedLine:
    name = f"quantity.{line_id}"
    quantity = whole_number(typed[name].strip()) if name in typed else None
    if name in typed and quantity is None:
        message = text("The quantity must be a whole number from 1 to %(most)s.", most=MAX_QUANTITY)
        errors.append(FieldError(name, "quantity", message))
    return EditedLine(
        line_id,
        quantity=quantity,
        period=typed.get(f"period.{line_id}") or None,
        options=dict(_options(typed, line_id)),
    )


def _options(typed: Mapping[str, str], line_id: int) -> Iterator[tuple[str, OptionValue]]:
    """What is no number where one belongs stays as written; the rules say what to write."""
    for kind in ("number", "choice"):
        begin = f"{kind}.{line_id}."
        for name, written in typed.items():
            if name.startswith(begin) and (value := written.strip()):
                number = whole_number(value) if kind == "number" else None
                yield name.removeprefix(begin), value if number is None else number
