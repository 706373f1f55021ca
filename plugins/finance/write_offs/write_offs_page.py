"""Finance → Write-offs: proposing one for an order, deciding on those of others, all there were."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.person_names import people
from billing_panel.accounts.access.scope import providers, zone_of
from billing_panel.kernel.extension.home_parts import Waiting
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.post_in_transaction import WITH_RIGHTS, change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from permissions.guard import allows
from plugins.finance.functions import WRITING_OFF, FinanceFunction
from plugins.finance.registers.all_registers import REGISTERS
from plugins.finance.write_offs.decide_write_off import (
    DecideWriteOff,
    ExpectDebtAgain,
    decide_write_off,
    expect_debt_again,
)
from plugins.finance.write_offs.find_write_offs import waiting
from plugins.finance.write_offs.find_write_offs import write_offs as write_offs_in_scope
from plugins.finance.write_offs.propose_write_off import ProposeWriteOff, propose_write_off
from plugins.finance.write_offs.write_off_models import WriteOff, WriteOffState
from plugins.finance.write_offs.write_off_rules import is_one_person
from plugins.orders.store.find_orders import find_order
from plugins.orders.store.models import Order

PAGE = 50

write_offs = Blueprint("write_offs", "plugins.finance")
seeing = access(needs(*WRITING_OFF, for_staff=True))
proposing = access(needs(FinanceFunction.WRITE_OFF_PROPOSE, for_staff=True))
deciding = access(needs(FinanceFunction.WRITE_OFF_APPROVE, for_staff=True))


@dataclass(frozen=True)
class WriteOffShown:
    """A write-off with names, and what this person may do with it."""

    row: WriteOff
    proposed_by: str
    decided_by: str
    may_decide: bool
    may_approve: bool


@dataclass(frozen=True)
class WriteOffsPage:
    """``order``: the one whose debt is to be written off, or owed again; None: all proposals.

    ``zone``: of its times. ``refused``: the proposal that ``refusal`` is of.
    """

    order: Order | None
    rows: Sequence[WriteOffShown]
    zone: str
    next_page: int | None
    refusal: DomainError | None = None
    refused: int | None = None
    typed: Mapping[str, str] = field(default_factory=dict)

    registers: ClassVar = tuple(REGISTERS.values())

    @property
    def wrong(self) -> Mapping[str, Text]:
        """What is said of each field."""
        return {error.field: error.message for error in self.refusal.errors} if self.refusal else {}


@write_offs.get("/write-offs")
@seeing
def index() -> ResponseReturnValue:
    """Write-offs of debts, proposed and decided on, newest first.

    Needs ``finance:write_off:propose`` or ``finance:write_off:approve``.
    """
    return _page()


@write_offs.get("/orders/<bigid:order_id>/write-off")
@seeing
def of_order(order_id: int) -> ResponseReturnValue:
    """The same of one order, with the form to propose one, or to expect its debt again.

    Needs ``finance:write_off:propose`` or ``finance:write_off:approve``.
    """
    return _page(order_id)


@write_offs.post("/orders/<bigid:order_id>/write-off")
@proposing
def propose(order_id: int) -> ResponseReturnValue:
    """Propose to write off what is owed for an order.

    Needs ``finance:write_off:propose``. Refuses what is not owed, an order that is not over, and
    one whose payment is disputed or under way.
    """
    command = ProposeWriteOff(order_id, request.form.get("reason", ""))

    def act(db: Session) -> None:
        propose_write_off(db, command, actor=current_actor(), clock=panel().clock)

    return _do(act, order_id, gettext("Proposed. Someone else must approve it."))


@write_offs.post("/orders/<bigid:order_id>/write-off/undo")
@deciding
def undo(order_id: int) -> ResponseReturnValue:
    """Make what was written off of an order owed again. Needs ``finance:write_off:approve``."""
    command = ExpectDebtAgain(order_id, request.form.get("reason", ""))

    def act(db: Session) -> None:
        expect_debt_again(db, command, actor=current_actor(), clock=panel().clock)

    return _do(act, order_id, gettext("The debt is owed again."))


@write_offs.post("/write-offs/<bigid:write_off_id>")
@deciding
def decide(write_off_id: int) -> ResponseReturnValue:
    """Approve or refuse what somebody else proposed.

    Needs ``finance:write_off:approve``. Refuses one's own proposal, and a debt that has changed.
    """
    approve = request.form.get("decision") == WriteOffState.APPROVED
    command = DecideWriteOff(write_off_id, approve, request.form.get("reason", ""))

    def act(db: Session) -> None:
        decide_write_off(db, command, actor=current_actor(), clock=panel().clock)

    done = gettext("Written off.") if approve else gettext("Refused.")
    return _do(act, None, done, write_off_id)


def _do(
    act: Callable[[Session], None], order_id: int | None, done: str, write_off_id: int | None = None
) -> ResponseReturnValue:
    def refused(refusal: DomainError) -> ResponseReturnValue:
        return _page(order_id, refusal, write_off_id)

    def then(_: None) -> ResponseReturnValue:
        flash(done, "ok")
        if order_id is None:
            return redirect(url_for("write_offs.index"), 303)
        return redirect(url_for("write_offs.of_order", order_id=order_id), 303)

    return change(act, refused, then, WITH_RIGHTS)


def _page(
    order_id: int | None = None, refusal: DomainError | None = None, refused: int | None = None
) -> ResponseReturnValue:
    """Raises NotFound."""
    actor = current_actor()
    with panel().database.reading() as db:
        order = find_order(db, actor, order_id) if order_id is not None else None
        found = write_offs_in_scope(actor)
        if order is not None:
            found = found.where(WriteOff.order_id == order.id)
        if start := page_start():
            found = found.where(WriteOff.id < start)
        rows = db.scalars(found.limit(PAGE + 1)).all()
        page = WriteOffsPage(
            order=order,
            rows=_shown(db, rows[:PAGE]),
            zone=order.provider.timezone if order else zone_of(providers(db, actor)),
            next_page=rows[PAGE - 1].id if len(rows) > PAGE else None,
            refusal=refusal,
            refused=refused,
            typed=request.form,
        )
        drawn = render_template("finance/write_offs.html", page=page)
    return drawn, refusal.status if refusal else 200


def _shown(db: Session, rows: Sequence[WriteOff]) -> Sequence[WriteOffShown]:
    actor = current_actor()
    hands = (user_id for row in rows for user_id in (row.proposed_by_id, row.decided_by_id))
    names = {user_id: person.name for user_id, person in people(db, hands, actor).items()}
    may_decide = may_open("write_offs.decide")
    shown = []
    for row in rows:
        is_open = row.state is WriteOffState.OPEN and row.proposed_by_id != actor.user_id
        shown.append(
            WriteOffShown(
                row=row,
                proposed_by=names.get(row.proposed_by_id, ""),
                decided_by=names.get(row.decided_by_id or 0, ""),
                may_decide=may_decide and is_open,
                may_approve=may_decide and is_open and not is_one_person(db, row, actor),
            )
        )
    return shown


def home_parts(session: Session, actor: Actor, _now: datetime) -> Sequence[Waiting]:
    """Proposals that wait for a decision, to whoever may decide."""
    count = waiting(session, actor) if allows(actor, FinanceFunction.WRITE_OFF_APPROVE) else 0
    if not count:
        return ()
    return (Waiting(text("Write-offs awaiting a decision"), count, "write_offs.index"),)
