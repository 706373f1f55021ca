"""The page on which the lines of an order are edited, and the one that shows what would change.

Both are one form, without JavaScript too. The second asks once, and carries what it showed: where
something else came of it meanwhile, it is shown and asked again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.catalog.load_eligibility_facts import category_titles
from billing_panel.catalog.rules.eligibility_facts import Period, TariffFacts
from billing_panel.catalog.whole_catalogue import catalogue
from billing_panel.kernel.language.errors import Conflict, DomainError, Invalid
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.kernel.values.money import Money
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import answer
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.orders.checkout.checkout_context import go_shopping
from plugins.orders.checkout.new_order_page import TariffRow, tariff_rows
from plugins.orders.checkout.remedy_links import WaysOut
from plugins.orders.editing.edit_difference import EditTold
from plugins.orders.editing.edit_form import BACK, CONFIRM, EditLinesForm
from plugins.orders.editing.edit_lines import EditLines, edit_lines, why_not_edited
from plugins.orders.editing.preview_edit import preview_edit
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.find_orders import find_order
from plugins.orders.store.models import Order, OrderLine

RULE = "/orders/<bigid:order_id>/lines"
# what is of the preview alone, and is not sent on
OWN = frozenset({"csrf_token", "do", "version", "expected_total", "expected_points"})

edit_order = Blueprint("edit_order", "plugins.orders")
editing_staff = access(needs(OrdersFunction.LINE_EDIT, for_staff=True))


@dataclass(frozen=True)
class EditPage:
    """``tariffs`` by key, as they are today; ``rows``: what may be added, in its ``categories``."""

    order: Order
    refusal: DomainError | None
    form: EditLinesForm
    tariffs: Mapping[str, TariffFacts]
    rows: Sequence[TariffRow]
    categories: Mapping[str, Titles]
    ways_out: WaysOut

    # none is used here: an order has those that it was placed with
    exceptions: ClassVar[Sequence[object]] = ()

    def period_of(self, line: OrderLine) -> str:
        """As forms write it."""
        return str(Period(line.months))

    @property
    def wrong(self) -> Mapping[str, object]:
        """What is said of each field, by its name on the page."""
        errors = self.refusal.errors if self.refusal else ()
        return {error.field: error.message for error in errors}


@edit_order.get(RULE)
@editing_staff
def page(order_id: int) -> ResponseReturnValue:
    """The lines of an order that is neither paid nor delivered, and the catalogue to add from.

    Needs ``orders:line:edit``; staff alone.
    """
    return _page(order_id, EditLinesForm(), None)


@edit_order.post(RULE)
@editing_staff
def send(order_id: int) -> ResponseReturnValue:
    """Show what an edit of the lines would change, then make it.

    Needs ``orders:line:edit``. Refuses an order that was paid for, delivered from or has ended,
    what the client may not have, with every reason, and another total than was shown.
    """
    form = EditLinesForm(request.form)
    if form.wanted == BACK:
        return _page(order_id, form, None)
    act = _confirm if form.wanted == CONFIRM else _preview
    return answer(partial(act, order_id, form), partial(_refused, order_id, form))


def _refused(order_id: int, form: EditLinesForm, refusal: DomainError) -> ResponseReturnValue:
    if refusal.code == "price_changed":
        form.expected_total.data = form.expected_points.data = None
        shown = partial(_preview, order_id, form, refusal)
        return answer(shown, partial(_page, order_id, form))
    return _page(order_id, form, refusal)


def _command(db: Session, order_id: int, form: EditLinesForm) -> EditLines:
    """Raises NotFound, Invalid."""
    order = find_order(db, current_actor(), order_id)
    lines, errors = form.edited([line.id for line in order.lines])
    if errors:
        raise Invalid(errors)
    total, points = form.expected_total.data, form.expected_points.data
    return EditLines(
        order_id,
        tuple(lines),
        reason=form.reason.data or "",
        expected_total=None if total is None else Money(total, order.currency),
        expected_points=points,
        version=whole_number(form.version.data or ""),
    )


def _preview(
    order_id: int, form: EditLinesForm, changed: DomainError | None = None
) -> ResponseReturnValue:
    """``changed``: it came to something else when it was confirmed."""
    running, actor = panel(), current_actor()
    with running.database.writing() as db:
        command = _command(db, order_id, form)
        preview = preview_edit(db, command, actor=actor, clock=running.clock)
    if preview.told is None:
        assert preview.refusal is not None  # noqa: S101 (for mypy: one of the two is there)
        raise preview.refusal
    return _told(order_id, preview.told, changed)


def _told(order_id: int, told: EditTold, changed: DomainError | None) -> ResponseReturnValue:
    typed = [pair for pair in request.form.items(multi=True) if pair[0] not in OWN]
    with panel().database.reading() as db:
        order = find_order(db, current_actor(), order_id)
        drawn = render_template(
            "orders/edit_preview.html", order=order, told=told, typed=typed, changed=changed
        )
    return drawn, changed.status if changed else 200


def _confirm(order_id: int, form: EditLinesForm) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    with running.database.writing() as db:
        command = _command(db, order_id, form)
        edit_lines(db, command, actor=actor, clock=running.clock)
    flash(gettext("The lines are changed."), "ok")
    return redirect(url_for("order.details", order_id=order_id), 303)


def _page(order_id: int, form: EditLinesForm, refusal: DomainError | None) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        order = find_order(db, actor, order_id)
        why = why_not_edited(order)
        if refusal is None and why is not None:
            refusal = Conflict(why[1], code=why[0])
        client, provider = order.client, order.provider
        shopping = go_shopping(
            db, actor, client, provider, at=running.clock.now(), besides=order
        ).sent_to(order.place_of_delivery)
        tariffs = catalogue(db, provider)
        shown = EditPage(
            order=order,
            refusal=refusal,
            form=form,
            tariffs=tariffs,
            rows=[] if why else list(tariff_rows(tariffs, shopping, shopping)),
            categories=category_titles(db, provider.id),
            ways_out=WaysOut(actor, client.id, provider.key, may_propose=False),
        )
        drawn = render_template("orders/edit_lines.html", page=shown)
    return drawn, refusal.status if refusal else 200
