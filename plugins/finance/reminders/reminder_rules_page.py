"""Providers → Reminders: when a provider reminds of its bills, and what it claims."""

from collections.abc import Mapping
from dataclasses import asdict, replace
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
from billing_panel.web.forms.details_form import DetailsForm, Section
from billing_panel.web.forms.form_pages import Crumbs
from billing_panel.web.forms.noun_pages import ProviderPage
from billing_panel.web.forms.typed_fields import NumberField, PercentField
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import language, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from plugins.finance.functions import FinanceFunction
from plugins.finance.late_payment.interest_laws import InterestLaw
from plugins.finance.reminders.change_reminder_rules import (
    USUAL,
    RulesDetails,
    change_rules,
    rules_details,
)
from plugins.finance.reminders.reminder_models import ReminderRules

reminder_rules = Blueprint("reminder_rules", "plugins.finance")

LAWS = {
    InterestLaw.NONE: text("No interest is claimed"),
    InterestLaw.EU: text("Directive 2011/7/EU (rate of the European Central Bank)"),
    InterestLaw.RU: text("Russian Civil Code, Art. 395 (key rate of the Bank of Russia)"),
}


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
    later_rate = PercentField(
        text("Newer reference rate"),
        description=text("Where the bank has published one that this version doesn’t know yet."),
    )
    later_since = DateField(text("Holds from"), validators=[Optional()])

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
        Section(text("Interest"), ("law", "margin", "fixed_sum", "later_rate", "later_since")),
    )

    def __init__(
        self, details: RulesDetails, *, seen: RulesDetails, sent: bool | None = None
    ) -> None:
        filled: Mapping[str, Any] = {**asdict(details), "seen": state_of(seen)}
        super().__init__(filled, sent=sent)
        self.law.choices = [(law.value, say(title, language())) for law, title in LAWS.items()]

    def details(self) -> RulesDetails:
        return RulesDetails(**self.values())


class RulesPage(ProviderPage[RulesDetails]):
    """The reminders of the provider ``key``."""

    template = "finance/reminder_rules.html"

    @override
    def details(self, db: Session, row: Provider) -> RulesDetails:
        return rules_details(db, row)

    @override
    def form(self, db: Session, details: RulesDetails, *, sent: bool | None = None) -> RulesForm:
        """Whoever sets them up first finds the usual days filled in."""
        is_new = db.get(ReminderRules, self.find(db).id) is None
        shown = details
        if is_new and details == RulesDetails():
            shown = replace(USUAL)
        return RulesForm(shown, seen=details, sent=sent)

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
        rules = db.get(ReminderRules, row.id)
        today = local_date(panel().clock.now(), row.timezone)
        return {
            "is_set_up": mail_is_set_up(panel().config),
            "is_set": rules is not None,
            "unknown_since": rules.rate_unknown_since(today) if rules else None,
            "key": self.key,
        }

    @override
    def change_row(self, db: Session, details: RulesDetails, seen: str) -> None:
        change_rules(db, self.key, details, seen=seen, **self.how)


@reminder_rules.route("/providers/<key>/reminders", methods=["GET", "POST"])
@access(needs(FinanceFunction.REMINDER_RULES, for_staff=True))
def change(key: str) -> ResponseReturnValue:
    """When a provider reminds of its bills. Needs ``finance:reminder_rules:change``.

    Two who change it at once are told of each other.
    """
    return RulesPage(key).change()
