"""Finance → Late invoices: orders whose invoice is not there although its term is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import provider_names, providers
from billing_panel.kernel.extension.home_parts import Waiting
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from permissions.guard import allows
from plugins.finance.functions import FinanceFunction
from plugins.finance.late_invoices.find_late_invoices import MOST, LateInvoice, late_invoices
from plugins.finance.registers.all_registers import REGISTERS

late = Blueprint("late_invoices", "plugins.finance")


@dataclass(frozen=True)
class LateInvoicesPage:
    """``names``: of providers, by key. ``more``: there are others besides."""

    rows: Sequence[LateInvoice]
    names: Mapping[str, str]
    more: bool

    registers: ClassVar = tuple(REGISTERS.values())


@late.get("/late-invoices")
@access(needs(FinanceFunction.REGISTER_READ, for_staff=True))
def index() -> ResponseReturnValue:
    """Orders whose invoice is late. Needs ``finance:register:read``."""
    with panel().database.reading() as db:
        own = providers(db, current_actor())
        rows = late_invoices(db, own, panel().clock.now())
    page = LateInvoicesPage(rows, provider_names(own), len(rows) >= MOST)
    return render_template("finance/late_invoices.html", page=page)


def home_parts(session: Session, actor: Actor, now: datetime) -> Sequence[Waiting]:
    """How many there are, to whoever reads registers."""
    if actor.client_id is not None or not allows(actor, FinanceFunction.REGISTER_READ):
        return ()
    rows = late_invoices(session, providers(session, actor), now)
    if not rows:
        return ()
    late_ones = Waiting(
        title=text("Late invoices"),
        count=len(rows),
        most=len(rows) >= MOST,
        endpoint="late_invoices.index",
        urgent=True,
    )
    return (late_ones,)
