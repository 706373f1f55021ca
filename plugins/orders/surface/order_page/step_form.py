"""The forms that pages of an order send to move it."""

from collections.abc import Mapping, Sequence

from flask import request

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.kernel.files.attached_files import take_files
from billing_panel.kernel.language.errors import DomainError, FieldError, Invalid
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.kernel.values.money import POINTS
from billing_panel.web.forms.uploaded_files import sent_files
from billing_panel.web.shell.parse_typed_amounts import in_plain
from billing_panel.web.shell.request_context import current_actor, language, panel
from plugins.orders.lifecycle.advance_order import AdvanceOrder
from plugins.orders.lifecycle.confirm_page import confirmed_mark
from plugins.orders.store.find_orders import find_order
from plugins.orders.store.versions.installed_vocabulary import vocabulary_of
from plugins.orders.timeline.event_sentences import services_of
from plugins.orders.workflow import return_request_field, take_back_field
from plugins.orders.workflow.order_facts import BY_HAND
from plugins.orders.workflow.requirements import TAKEN_BACK, TO_RETURN

# what is said of a delivered line stands under this and its number
LINE = "line:"
# how many of one the client would like to send back, the same
RETURN = "return:"
# fields by which money moves: their choice has no default
CHOSEN = frozenset({"payment_method", "refund_to"})


def typed_fields() -> dict[str, str]:
    """What was typed, and what was said of each delivered line as one field."""
    prefix = "fields."
    typed = {k.removeprefix(prefix): v for k, v in request.form.items() if k.startswith(prefix)}
    if of_lines := _of_lines(LINE):
        typed[TAKEN_BACK] = take_back_field.written_for(of_lines)
    if to_return := _of_lines(RETURN):
        typed[TO_RETURN] = return_request_field.written_for(to_return)
    return typed


def _of_lines(prefix: str) -> dict[int, str]:
    """What was said of each line, by its id."""
    return {
        line: word
        for name, word in request.form.items()
        if name.startswith(prefix) and (line := whole_number(name.removeprefix(prefix))) is not None
    }


def asked_step(order_id: int) -> AdvanceOrder:
    """The step that was asked for, as an action takes it. Raises Invalid, NotFound."""
    return AdvanceOrder(
        order_id,
        action=request.form.get("action", BY_HAND),
        to=request.form.get("to") or None,
        fields=_read(order_id, typed_fields()),
        version=seen_version(),
        confirmed=confirmed_mark(),
        files=take_files(sent_files()),
    )


def _read(order_id: int, fields: dict[str, str]) -> dict[str, str]:
    """What was typed as an action takes it: plain amounts, keys of services that were named.

    Amounts are in points where the method named is. Raises Invalid, NotFound.
    """
    with panel().database.reading() as db:
        order = find_order(db, current_actor(), order_id)
        methods = {method.key: method.kind for method in order.provider.payment_methods}
        services = {title.in_language(language()): key for key, title in services_of(order).items()}
    read = dict(fields)
    if service := services.get(fields.get("delivery_service", "").strip()):
        read["delivery_service"] = service
    if fields.get("amount"):
        in_points = methods.get(fields.get("payment_method", "")) is MethodKind.POINTS
        currency = POINTS if in_points else order.currency
        read["amount"] = in_plain(fields["amount"], currency, "fields.amount")
    return read


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
