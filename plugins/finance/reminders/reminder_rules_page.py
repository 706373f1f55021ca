"""Providers → Reminders: when a provider reminds of its bills, and what it claims."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from typing_extensions import override
from wtforms import BooleanField, DateField, SelectField
from wtforms.validators import Optional

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.process.mail_settings import mail_is_set_up
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.web.forms.details_form import DetailsForm, RowForm, RowsField, Section
from billing_panel.web.forms.form_pages import Crumbs
from billing_panel.web.forms.noun_pages import ProviderPage
from billing_panel.web.forms.typed_fields import NumberField, PercentField
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import language, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from plugins.finance.functions import FinanceFunction
from plugins.finance.late_payment.interest_laws import InterestLaw
from plugins.finance.late_payment.reference_rates import RATES
from plugins.finance.reminders.change_reminder_rules import (
    USUAL,
    ReferenceRate,
    RulesDetails,
    change_rules,
    law_of,
    rules_details,
)
from plugins.finance.reminders.reminder_models import ReminderRules

reminder_rules = Blueprint("reminder_rules", "plugins.finance")

LAWS = {
    InterestLaw.NONE: text("No interest is claimed"),
    InterestLaw.EU: text("Directive 2011/7/EU (rate of the European Central Bank)"),
    InterestLaw.RU: text("Russian Civil Code, Art. 395 (key rate of the Bank of Russia)"),
}


class ReferenceRateRow(RowForm):
    """A reference rate, and the day from which it holds."""

    REQUIRED = ("since", "percent")

    since = DateField(text("Holds from"), validators=[Optional()])
    percent = PercentField(text("Percent a year"))


class RulesForm(DetailsForm):
    """When the steps are sent, to whom, and the interest that they name."""

    before = NumberField(text("Days before the due date"))
    first = NumberField(text("First reminder: days after"))
    second = NumberField(text("Second reminder: days after"))
    third = NumberField(text("Third reminder: days after"))
    last = NumberField(text("Last reminder: days after"))
    to_client = BooleanField(text("To the client’s e-mail address"))
    to_accounting = BooleanField(text("To the client’s accounting addresses"))
    attaches = BooleanField(text("Attach the bill or invoice as PDF"))
    law = SelectField(
        text("Interest on late payment"),
        description=text("Claimed from businesses only; never posted as revenue by itself."),
    )
    margin = PercentField(
        text("Points above the rate"),
        description=text(
            "The directive sets at least 8; in Germany it is 9. Article 395 has none."
        ),
    )
    fixed_sum = BooleanField(
        text("Claim €40 for each bill paid late"),
        description=text("Compensation under Article 6 of the directive."),
    )
    rates = RowsField(ReferenceRateRow, text("Newer reference rates"), spare=1)

    SECTIONS = (
        Section(
            text("When to remind"),
            ("before", "first", "second", "third", "last"),
            text(
                "Leave a field empty and that reminder isn’t sent. What was due before today"
                " isn’t sent any more. The texts are in Mail."
            ),
        ),
        Section(text("To whom"), ("to_client", "to_accounting", "attaches")),
        Section(text("Interest"), ("law", "margin", "fixed_sum")),
        Section(
            text("Newer reference rates"),
            ("rates",),
            text(
                "Enter those published since. A rate of the European Central Bank holds for its"
                " half-year, from 1 January or 1 July; interest isn’t counted past a half-year"
                " whose rate is missing. A key rate of the Bank of Russia holds until the next one,"
                " the newest until you enter another: enter every change."
            ),
        ),
    )

    def __init__(
        self, details: RulesDetails, *, seen: RulesDetails, sent: bool | None = None
    ) -> None:
        filled: Mapping[str, Any] = {**asdict(details), "seen": state_of(seen)}
        super().__init__(filled, sent=sent)
        self.law.choices = [(law.value, say(title, language())) for law, title in LAWS.items()]

    def details(self) -> RulesDetails:
        typed = self.values()
        rates = [ReferenceRate(**row) for row in typed.pop("rates", ())]
        return RulesDetails(**typed, rates=rates)


class RulesPage(ProviderPage[RulesDetails]):
    """The reminders of the provider ``key``."""

    template = "finance/reminder_rules.html"

    @override
    def details(self, db: Session, row: Provider) -> RulesDetails:
        return rules_details(db, row)

    @override
    def form(self, db: Session, details: RulesDetails, *, sent: bool | None = None) -> RulesForm:
        """Whoever sets them up first finds the usual days filled in."""
        provider = self.find(db)
        is_new = db.get(ReminderRules, provider.id) is None
        shown = details
        if is_new and details == RulesDetails():
            shown = replace(USUAL)
        form = RulesForm(shown, seen=details, sent=sent)
        if law_of(provider) is InterestLaw.NONE:
            form.leave_out("rates")
        return form

    @override
    def name(self, row: Provider) -> str:
        return gettext("Reminders of %(provider)s", provider=row.name)

    @override
    def crumbs(self, row: Provider) -> Crumbs:
        endpoint = "reminders.index"
        return [(gettext("Reminders"), url_for(endpoint))] if may_open(endpoint) else ()

    @override
    def address(self) -> str:
        return url_for("reminder_rules.change", key=self.key)

    @override
    def values(self, db: Session, row: Provider) -> Mapping[str, Any]:
        rules, law = db.get(ReminderRules, row.id), law_of(row)
        today = local_date(panel().clock.now(), row.timezone)
        return {
            "is_set_up": mail_is_set_up(panel().config),
            "is_set": rules is not None,
            "unknown_since": _unknown_since(rules, today) if rules else None,
            "known": RATES.get(law),
            "key": self.key,
        }

    @override
    def change_row(self, db: Session, details: RulesDetails, seen: str) -> None:
        change_rules(db, self.key, details, seen=seen, **self.how)


def _unknown_since(rules: ReminderRules, today: date) -> date | None:
    """Of days to come too, where a rate was entered that leaves some before it without one."""
    entered = [since for since, _ in rules.entered(rules.law)]
    return rules.rate_unknown_since(max([today, *entered]))


@reminder_rules.route("/providers/<key>/reminders", methods=["GET", "POST"])
@access(needs(FinanceFunction.REMINDER_RULES, for_staff=True))
def change(key: str) -> ResponseReturnValue:
    """When a provider reminds of its bills. Needs ``finance:reminder_rules:change``.

    Two who change it at once are told of each other.
    """
    return RulesPage(key).change()
