"""The page of payouts: what is on its way to the bank, and the form that says it has arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.access.scope import provider_names, providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.parse_typed_amounts import in_plain
from billing_panel.web.shell.post_in_transaction import answer
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.finance.functions import FinanceFunction
from plugins.finance.payouts.last_payouts import Payout, last_payouts
from plugins.finance.payouts.record_payout import (
    IN_TRANSIT,
    RecordPayout,
    in_transit,
    record_payout,
)
from plugins.finance.registers.all_registers import REGISTERS

payouts = Blueprint("payouts", "plugins.finance")
recording = access(needs(FinanceFunction.PAYOUT_RECORD, for_staff=True))


@dataclass(frozen=True)
class PayoutsPage:
    """``there``: by the key of a provider, what is on its way from where. ``last``: recorded."""

    providers: Sequence[Provider]
    there: Mapping[str, Mapping[AccountKind, Money]]
    last: Sequence[Payout]
    refusal: DomainError | None = None
    typed: Mapping[str, str] = field(default_factory=dict)

    registers: ClassVar = tuple(REGISTERS.values())
    sources: ClassVar = IN_TRANSIT

    @property
    def names(self) -> Mapping[str, str]:
        """Of providers, by key."""
        return provider_names(self.providers)

    @property
    def expecting(self) -> Sequence[Provider]:
        """Those to whom anything is still to be paid out, and the one that was just typed for."""
        typed = self.typed.get("provider")
        return [
            one for one in self.providers if one.key == typed or any(self.there[one.key].values())
        ]

    @property
    def wrong(self) -> Mapping[str, Text]:
        """What is said of each field."""
        return {error.field: error.message for error in self.refusal.errors} if self.refusal else {}


@payouts.get("/payouts")
@recording
def index() -> ResponseReturnValue:
    """What payment systems and couriers still have to pay out.

    Needs ``finance:payout:record``.
    """
    return _page()


@payouts.post("/payouts")
@recording
def save() -> ResponseReturnValue:
    """Record a payout.

    Needs ``finance:payout:record``. Refuses more than is on its way, and a day that is to come or
    of a closed month.
    """
    return answer(_record, _page)


def _record() -> ResponseReturnValue:
    running, typed = panel(), request.form
    with running.database.writing() as db:
        own = {one.key: one.currency for one in providers(db, current_actor())}
        currency = own.get(typed.get("provider", ""), "")
        fee = typed.get("fee", "").strip()
        command = RecordPayout(
            provider=typed.get("provider", ""),
            source=typed.get("source", ""),
            amount=in_plain(typed.get("amount", ""), currency),
            fee=in_plain(fee, currency, "fee") if fee else "",
            reference=typed.get("reference", ""),
            received_on=typed.get("received_on", ""),
        )
        record_payout(db, command, actor=current_actor(), clock=running.clock)
    flash(gettext("The payout is recorded."), "ok")
    return redirect(url_for("payouts.index"), 303)


def _page(refusal: DomainError | None = None) -> ResponseReturnValue:
    with panel().database.reading() as db:
        own = providers(db, current_actor())
        page = PayoutsPage(
            providers=own,
            there={one.key: in_transit(db, one) for one in own},
            last=last_payouts(db, own),
            refusal=refusal,
            typed=request.form,
        )
        drawn = render_template("finance/payouts.html", page=page)
    return drawn, refusal.status if refusal else 200
