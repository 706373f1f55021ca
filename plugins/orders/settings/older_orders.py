"""Settings → Order statuses → Older orders: which run by an older version, and moving them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.kernel.language.errors import DomainError
from billing_panel.web.shell.context import current_actor, panel
from billing_panel.web.shell.i18n import ngettext
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.settings.move_orders import move_to_latest, outdated_orders
from plugins.orders.settings.workflow_frame import frame_of, of_transitions

PREFIX = "instead."

older_orders = Blueprint("older_orders", "plugins.orders", url_prefix="/order-statuses")


@older_orders.get("/<key>/older-orders")
@of_transitions
def page(key: str) -> ResponseReturnValue:
    return _page(key)


@older_orders.post("/<key>/older-orders", endpoint="send")
@of_transitions
def send(key: str) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    try:
        with running.database.writing() as db:
            moved = move_to_latest(db, key, _typed(), actor=actor, clock=running.clock)
    except DomainError as refusal:
        if refusal.status not in {409, 422}:
            raise
        return _page(key, refusal)
    flash(
        ngettext(
            "%(number)s order now follows the newest version.",
            "%(number)s orders now follow the newest version.",
            moved,
        ),
        "ok",
    )
    return redirect(url_for("older_orders.page", key=key), 303)


def _typed() -> dict[str, str]:
    return {
        name.removeprefix(PREFIX): value
        for name, value in request.form.items()
        if name.startswith(PREFIX) and value
    }


def _page(key: str, refusal: DomainError | None = None) -> ResponseReturnValue:
    with panel().database.reading() as db:
        frame = frame_of(db, key)
        return render_template(
            "orders/older_orders.html",
            frame=frame,
            may_give=allows(current_actor(), OrdersFunction.STATUS_CHANGE),
            outdated=outdated_orders(db, current_actor(), key),
            offered=[status for status in frame.file.status if status.enabled],
            typed=_typed() if refusal else {},
            wrong={error.field: error.message for error in refusal.errors} if refusal else {},
            refusal=refusal,
        ), refusal.status if refusal else 200
