"""Crediting and debiting on a page, with a preview of the balance afterwards.

With JavaScript it follows what is typed; without, the first press shows it and the second means it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import DomainError, FieldError, Invalid, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.values.bounded_parsing import signed_number
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.parse_typed_amounts import in_plain
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.template_formats import amount
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance, debit_balance

CHANGES = {"credit": credit_balance, "debit": debit_balance}
# what is chosen where no money came: no key of a method is written so
GIVEN = "-"


@dataclass(frozen=True)
class BalanceForm:
    """As it was typed. ``after``: the balance that was shown, minor units; None: none was.

    ``method``: a key, GIVEN, or nothing while neither was chosen.
    """

    name: str = ""
    provider: str = ""
    amount: str = ""
    reason: str = ""
    method: str = ""
    received_on: str = ""
    in_points: bool = False
    after: int | None = None
    request_key: str = ""

    def is_of(self, name: str, provider: str) -> bool:
        return (self.name, self.provider) == (name, provider)

    def command(self, client_id: int) -> ChangeBalance:
        return ChangeBalance(
            client_id,
            self.amount,
            self.reason,
            provider=self.provider,
            in_points=self.in_points,
            method="" if self.in_points or self.method == GIVEN else self.method,
            received_on=self.received_on,
            request_key=self.request_key or None,
        )


def read_balance_form(name: str, provider: str, typed: "MultiDict[str, str]") -> BalanceForm:
    """Read a form as it was typed. ``name``: credit or debit; ``provider``: a key."""
    return BalanceForm(
        name=name,
        provider=provider,
        amount=typed.get("amount", ""),
        reason=typed.get("reason", ""),
        method=typed.get("method", ""),
        received_on=typed.get("received_on", ""),
        in_points=typed.get("account") == POINTS,
        after=signed_number(typed.get("after", "")),
        request_key=typed.get("request_key", ""),
    )


def carry_out(client_id: int, form: BalanceForm) -> str:
    """Credit or debit; what the page says of it then.

    Raises what crediting and debiting raise, Invalid when it is not said where the money came
    from, and Refused ``look_first`` with ``after`` when that is not what the page showed; then
    nothing is written. Whoever may not see balances looks at none, and is told none.
    """
    _demand_source(form)
    running, actor = panel(), current_actor()
    with running.database.writing() as db:
        act = CHANGES[form.name]
        amount_read = in_plain(form.amount, _currency(db, form))
        command = replace(form.command(client_id), amount=amount_read)
        entry = act(db, command, actor=actor, clock=running.clock)
        if not sees(actor, Fact.BALANCE):
            return gettext("Done.")
        (own,) = [posting for posting in entry.postings if posting.account.client_id is not None]
        # what covers debts has moved it once more
        db.refresh(own.account)
        after = Money(own.account.balance, own.account.currency)
        if form.after != after.minor:
            raise Refused(
                text("The balance afterwards: %(after)s. Check it, then press again.", after=after),
                code="look_first",
                facts={"after": after.minor},
            )
        return gettext("The balance is now %(after)s.", after=amount(after))


def _demand_source(form: BalanceForm) -> None:
    """Raises Invalid: whether money came or is given is chosen, and has no default."""
    if form.name == "credit" and not form.in_points and not form.method:
        message = text("Choose how the money came, or that none did and it is a gift.")
        raise Invalid([FieldError("method", "method_missing", message)])


def _currency(db: Session, form: BalanceForm) -> str:
    """Empty: of a provider that is none, which the action refuses."""
    if form.in_points:
        return POINTS
    return db.scalar(select(Provider.currency).filter_by(key=form.provider)) or ""


def after_of(refusal: DomainError | None) -> int | None:
    """The balance after what was typed, once it is known."""
    after = refusal.facts.get("after") if refusal else None
    return after if isinstance(after, int) else None


def new_keys() -> Mapping[str, str]:
    """For each form of a page that is shown."""
    return {name: uuid4().hex for name in CHANGES}
