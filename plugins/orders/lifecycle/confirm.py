"""What can't be undone says on a page what follows, and asks once.

The page carries a mark of what it said. It is done only if exactly that follows then: the step is
taken in the same transaction, and undone when something else came of it.
"""

from dataclasses import asdict, dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.kernel.language.text import Text, Titles
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.ids import digest
from billing_panel.web.shell.context import current_actor
from plugins.orders.lifecycle.advance_order import (
    AdvanceOrder,
    Planned,
    plan_step,
    take_planned,
)
from plugins.orders.lifecycle.consequences import Consequences, words_of
from plugins.orders.lifecycle.preview_step import take_watched
from plugins.orders.store.models import number_of
from plugins.orders.store.price_visibility import without_sums
from plugins.orders.store.workflow_store import workflow_of
from plugins.orders.workflow.order_facts import BY_HAND

# the field that carries the mark, and what is of the page alone
MARK = "confirmed"
OWN = frozenset({"csrf_token", "version", MARK, "back"})


@dataclass(frozen=True)
class Shown:
    """``called``: what the button says. ``version``: of the order that was looked at."""

    order_id: int
    version: int
    status: Titles
    called: Text | Titles
    is_lost: bool
    says: tuple[Text, ...]
    mark: str

    @property
    def number(self) -> str:
        return number_of(self.order_id)


class Unconfirmed(Exception):
    """Nothing is done yet: nobody has seen what follows, or something else would."""

    def __init__(self, shown: Shown) -> None:
        super().__init__("not confirmed")
        self.shown = shown


def advance_confirmed(
    session: Session, command: AdvanceOrder, *, actor: Actor, clock: Clock
) -> None:
    """As ``advance_order``. Raises Unconfirmed too; then the transaction is to be undone."""
    planned = plan_step(session, command, actor=actor)
    if not planned.is_lasting:
        take_planned(session, planned, actor=actor, at=clock.now())
        return
    order = planned.order
    version, status = order.version, order.status.title
    told = take_watched(session, planned, actor=actor, clock=clock)
    if request.form.get(MARK) != mark_of(told):
        raise Unconfirmed(_shown(planned, version, status, told, actor))


def mark_of(told: Consequences) -> str:
    return digest(asdict(told))


def _shown(
    planned: Planned, version: int, status: Titles, told: Consequences, actor: Actor
) -> Shown:
    step, order = planned.step, planned.order
    by_hand = step.action == BY_HAND
    words = words_of(told, for_staff=actor.client_id is None)
    return Shown(
        order_id=order.id,
        version=version,
        status=status,
        called=step.target.title if by_hand else workflow_of(order).actions[step.action],
        is_lost=told.is_lost and not told.stays,
        says=tuple(without_sums(one, actor) for one in words),
        mark=mark_of(told),
    )


def confirm_page(unconfirmed: Unconfirmed) -> ResponseReturnValue:
    """With everything that was typed, to be sent again or changed."""
    return render_template(
        "orders/confirm.html",
        shown=unconfirmed.shown,
        again=MARK in request.form,
        typed=[pair for pair in request.form.items(multi=True) if pair[0] not in OWN],
        staff=current_actor().client_id is None,
    )
