"""Settings → Order statuses → Older orders: which run by an older version, and moving them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text
from billing_panel.web.shell.i18n import ngettext
from billing_panel.web.shell.post_in_transaction import change
from billing_panel.web.shell.request_context import current_actor, panel
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.settings.move_to_newest_version import Outdated, move_to_latest, outdated_orders
from plugins.orders.settings.workflow_page_frame import Frame, frame_of, of_transitions
from plugins.orders.workflow.statuses.status import Status

PREFIX = "instead."

older_orders = Blueprint("older_orders", "plugins.orders", url_prefix="/order-statuses")


@dataclass(frozen=True)
class OlderOrdersPage:
    """``outdated``: orders by status. ``offered``: statuses for those whose own is gone.

    ``typed``: by the key of the status that is gone, the key of the one instead.
    """

    frame: Frame
    outdated: Sequence[Outdated]
    offered: Sequence[Status]
    may_give: bool
    typed: Mapping[str, str]
    refusal: DomainError | None

    @property
    def wrong(self) -> Mapping[str, Text]:
        """What is said of each field."""
        return {error.field: error.message for error in self.refusal.errors} if self.refusal else {}


@older_orders.get("/<key>/older-orders")
@of_transitions
def page(key: str) -> ResponseReturnValue:
    """Orders that run by an older version of the workflow, by status.

    Needs ``orders:transition:change``.
    """
    return _page(key)


@older_orders.post("/<key>/older-orders", endpoint="send")
@of_transitions
def send(key: str) -> ResponseReturnValue:
    """Let all of them run by the newest version from now on.

    Needs ``orders:transition:change``, and ``orders:status:change`` too where a status is gone.
    Refuses while one that is gone has none instead.
    """
    running, actor = panel(), current_actor()

    def act(db: Session) -> int:
        return move_to_latest(db, key, _typed(), actor=actor, clock=running.clock)

    def done(moved: int) -> ResponseReturnValue:
        flash(
            ngettext(
                "%(number)s order now follows the newest version.",
                "%(number)s orders now follow the newest version.",
                moved,
            ),
            "ok",
        )
        return redirect(url_for("older_orders.page", key=key), 303)

    return change(act, partial(_page, key), done)


def _typed() -> dict[str, str]:
    return {
        name.removeprefix(PREFIX): value
        for name, value in request.form.items()
        if name.startswith(PREFIX) and value
    }


def _page(key: str, refusal: DomainError | None = None) -> ResponseReturnValue:
    actor = current_actor()
    with panel().database.reading() as db:
        frame = frame_of(db, key)
        page = OlderOrdersPage(
            frame=frame,
            outdated=outdated_orders(db, actor, key),
            offered=[status for status in frame.file.status if status.enabled],
            may_give=allows(actor, OrdersFunction.STATUS_CHANGE),
            typed=_typed() if refusal else {},
            refusal=refusal,
        )
        drawn = render_template("orders/older_orders.html", page=page)
    return drawn, refusal.status if refusal else 200
