"""The views of the list of orders that a person named, and the columns they look at."""

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import say
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import change
from billing_panel.web.shell.request_context import current_actor, language
from billing_panel.web.shell.route_access import access, needs
from plugins.orders.functions import OrdersFunction
from plugins.orders.listing.change_list_settings import (
    SaveView,
    choose_columns,
    delete_view,
    rename_view,
    save_view,
)
from plugins.orders.surface.order_lists.return_to_list import back_to_the_list
from plugins.orders.surface.order_lists.url_filters import FILTERS

list_settings = Blueprint("list_settings", "plugins.orders")
PREFIX = "asked."


@list_settings.post("/orders/views", endpoint="save")
@access(needs(OrdersFunction.HISTORY_READ, for_staff=True))
def save() -> ResponseReturnValue:
    """Keep a list under a name of one's own; one of that name is replaced.

    Needs ``orders:history:read``. Refuses a name that nobody could read, and more views than one
    can have.
    """
    asked = {
        name: value[:200] for name in FILTERS if (value := request.form.get(f"{PREFIX}{name}"))
    }
    command = SaveView(request.form.get("name", ""), asked)
    return change(
        partial(save_view, command=command, actor=current_actor()),
        _refused,
        lambda _: _told(gettext("The view is saved."), **asked),
    )


@list_settings.post("/orders/views/<bigid:view_id>", endpoint="change")
@access(needs(OrdersFunction.HISTORY_READ, for_staff=True))
def change_view(view_id: int) -> ResponseReturnValue:
    """Rename a view of one's own, or delete it.

    Needs ``orders:history:read``. Refuses a name that another view has.
    """
    if "delete" in request.form:
        return change(
            partial(delete_view, view_id=view_id, actor=current_actor()),
            _refused,
            lambda _: _told(gettext("The view is deleted.")),
        )
    name = request.form.get("name", "")
    return change(
        partial(rename_view, view_id=view_id, name=name, actor=current_actor()),
        _refused,
        lambda _: _told(gettext("The view is renamed.")),
    )


@list_settings.post("/orders/columns", endpoint="columns")
@access(needs(OrdersFunction.HISTORY_READ, for_staff=True))
def set_columns() -> ResponseReturnValue:
    """Choose the columns that lists of orders have for oneself.

    Needs ``orders:history:read``. Refuses columns that lists don't have.
    """
    chosen = request.form.getlist("column")
    return change(
        partial(choose_columns, columns=chosen, actor=current_actor()),
        _refused,
        lambda _: back_to_the_list(),
    )


def _told(sentence: str, **asked: Any) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("every_order.index", **asked), 303)


def _refused(refusal: DomainError) -> ResponseReturnValue:
    said = [refusal.message, *(error.message for error in refusal.errors)]
    flash(" ".join(say(one, language()) for one in said), "bad")
    return redirect(url_for("every_order.index"), 303)
