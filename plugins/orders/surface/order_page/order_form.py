"""What the page of an order sends when the order is moved."""

from collections.abc import Mapping, Sequence

from flask import request

from billing_panel.kernel.language.errors import DomainError, FieldError, Invalid
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.web.shell.request_context import panel
from plugins.orders.store.workflow_language import vocabulary_of
from plugins.orders.workflow.requirements import TAKEN_BACK
from plugins.orders.workflow.take_back_answers import written_for

# what is said of a delivered line stands under this and its number
LINE = "line:"
# fields by which money moves: their choice has no default
CHOSEN = frozenset({"payment_method", "refund_to"})


def typed_fields() -> dict[str, str]:
    """What was typed, and what was said of each delivered line as one field."""
    prefix = "fields."
    typed = {k.removeprefix(prefix): v for k, v in request.form.items() if k.startswith(prefix)}
    of_lines = {
        line: word
        for name, word in request.form.items()
        if name.startswith(LINE) and (line := whole_number(name.removeprefix(LINE))) is not None
    }
    return {**typed, TAKEN_BACK: written_for(of_lines)} if of_lines else typed


def demand_choices() -> None:
    """Raises Invalid "missing_fields": where money comes from or goes was asked, and not said."""
    names = sorted(name for name in CHOSEN if request.form.get(f"fields.{name}") == "")
    message = text("Choose one; there is no default.")
    if names:
        errors = [FieldError(f"fields.{name}", "not_chosen", message) for name in names]
        raise Invalid(errors, code="missing_fields")


def written_words() -> Sequence[tuple[Text, str]]:
    """What was typed, by its titles: the step that asked for it may be there no more."""
    known = vocabulary_of(panel().database).fields
    typed = typed_fields() | {
        "reason": request.form.get("reason") or typed_fields().get("reason", "")
    }
    return [(known[name].title, value) for name, value in typed.items() if name in known and value]


def wrong_fields(refusal: DomainError | None) -> Mapping[str, Text]:
    """Say what is wrong with each field, by its name; empty: nothing was refused."""
    return {error.field: error.message for error in refusal.errors} if refusal else {}


def seen_version() -> int | None:
    """Read which version of the order was looked at. None: the form has no number there."""
    return whole_number(request.form.get("version", ""))
