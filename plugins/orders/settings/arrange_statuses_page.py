"""Settings → Store configuration → Order statuses: their order, on and off, on entering (W1-W6).

One form. The buttons up and down show it again with a status moved; nothing is in force before
*Save*. What somebody else saved meanwhile is kept beside what was changed here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.kernel.language.errors import DomainError
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import may_open
from plugins.orders.settings.workflow_page_frame import (
    Frame,
    first_place,
    frame_of,
    nothing_runs,
    of_list,
    save_workflow,
    seen_version,
    shaping,
)
from plugins.orders.store.versions.installed_vocabulary import vocabulary_of
from plugins.orders.workflow.file.change_status_list import (
    StatusList,
    merged,
    status_list,
    with_list,
)
from plugins.orders.workflow.file.single_transitions import instead_of
from plugins.orders.workflow.file.workflow_edit import moved, status_of
from plugins.orders.workflow.file.workflow_file import Draft, WorkflowFile
from plugins.orders.workflow.file.workflow_in_words import NO_STOCK_MOVE, STOCK_MOVES
from plugins.orders.workflow.review.file_under_review import ReviewedFile
from plugins.orders.workflow.review.status_substitutes import indispensable, may_stand_in
from plugins.orders.workflow.statuses.stage import StockMove
from plugins.orders.workflow.statuses.status import Status

STOCK_CHOICES = {"": NO_STOCK_MOVE, **{move.value: said for move, said in STOCK_MOVES.items()}}
UP, DOWN = "up", "down"

statuses = Blueprint("statuses", "plugins.orders", url_prefix="/order-statuses")


@dataclass(frozen=True)
class StatusRow:
    """A status as it is saved, and as it is on the page.

    ``is_indispensable``: switched off, orders enter ``instead``, one of ``stand_ins``.
    """

    status: Status
    enabled: bool
    emailed: bool
    stock: StockMove | None
    has_moved: bool
    is_begun: bool
    is_reached: bool
    instead: str
    stand_ins: Sequence[Status]
    is_indispensable: bool


@dataclass(frozen=True)
class StatusesPage:
    """``pressed``: the button that moved a status, and its key."""

    frame: Frame
    rows: Sequence[StatusRow]
    pressed: tuple[str, str]
    refusal: DomainError | None

    stock_choices: ClassVar = STOCK_CHOICES


@statuses.get("")
@shaping
def first() -> ResponseReturnValue:
    """The place in the menu: it leads to one provider's statuses, the others are a choice away.

    Needs ``orders:status_list:change`` or ``orders:transition:change``.
    """
    with panel().database.reading() as db:
        keys = [provider.key for provider in providers_in_scope(db, current_actor())]
    if not keys:
        return redirect(url_for("web.home"))
    wanted = request.args.get("provider", "")
    return redirect(first_place(wanted if wanted in keys else keys[0]))


@statuses.get("/<key>")
@of_list
def index(key: str) -> ResponseReturnValue:
    """The statuses of one provider's orders, in their order (W1, W2).

    Needs ``orders:status_list:change``. Where no workflow runs yet, it leads to choosing one.
    """
    if may_open("workflow.page") and nothing_runs(key):
        return redirect(url_for("workflow.page", key=key))
    return _page(key)


@statuses.post("/<key>", endpoint="send")
@of_list
def send(key: str) -> ResponseReturnValue:
    """Save the list; or, for the buttons up and down, show it with a status moved (W1, W2, W6).

    Needs ``orders:status_list:change``. Refuses a list by which orders couldn't run, with every
    reason.
    """
    typed = _typed()
    for name, by in ((UP, -1), (DOWN, +1)):
        if chosen := request.form.get(name):
            order = tuple(moved(typed.order, chosen, by))
            return _page(key, replace(typed, order=order), pressed=(name, chosen))
    return save_workflow(
        key,
        lambda file: with_list(file, typed),
        seen_version(),
        then=url_for("statuses.index", key=key),
        refused=lambda refusal: _page(key, typed, refusal=refusal),
    )


def _typed() -> StatusList:
    order = tuple(dict.fromkeys(request.form.getlist("order")))
    moves = {move.value: move for move in StockMove}
    return StatusList(
        order=order,
        enabled=frozenset(request.form.getlist("enabled")),
        emailed=frozenset(request.form.getlist("emailed")),
        stock={key: moves.get(request.form.get(f"stock-{key}", "")) for key in order},
        instead={
            key: request.form[f"instead-{key}"] or None
            for key in order
            if f"instead-{key}" in request.form
        },
    )


def _page(
    key: str,
    typed: StatusList | None = None,
    *,
    pressed: tuple[str, str] = ("", ""),
    refusal: DomainError | None = None,
) -> ResponseReturnValue:
    with panel().database.reading() as db:
        frame = frame_of(db, key, seen_version() if typed else None)
        now = status_list(frame.file)
        shown = merged(status_list(frame.seen), typed, now) if typed else now
        page = StatusesPage(frame, _rows(frame.file, shown), pressed, refusal)
        drawn = render_template("orders/statuses.html", page=page)
    return drawn, refusal.status if refusal else 200


def _rows(file: WorkflowFile, shown: StatusList) -> Sequence[StatusRow]:
    reached = ReviewedFile(Draft(file), vocabulary_of(panel().database)).reached
    in_place = instead_of(file)
    begun = {in_place.get(entry.status, entry.status) for entry in file.entry}
    needed = indispensable(file)
    as_shown = with_list(file, shown).status
    places = {status.key: place for place, status in enumerate(file.status)}
    return [
        StatusRow(
            status=status_of(file, key),
            enabled=key in shown.enabled,
            emailed=key in shown.emailed,
            stock=shown.stock[key],
            has_moved=places[key] != place,
            is_begun=key in begun,
            is_reached=key in reached,
            instead=shown.instead.get(key) or "",
            stand_ins=[s for s in as_shown if may_stand_in(status_of(file, key), s)],
            is_indispensable=key in needed,
        )
        for place, key in enumerate(shown.order)
    ]
