"""When and how a provider reminds of its bills: shown, checked and changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.details import validators
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.administration.details.record_provider_event import record_of_provider
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.clock import Clock
from billing_panel.tax.territories import EU
from permissions.guard import require
from plugins.finance.functions import FinanceFunction
from plugins.finance.late_payment.interest_laws import InterestLaw
from plugins.finance.late_payment.reference_rates import begins_half_year, is_known
from plugins.finance.reminders.reminder_models import EnteredRate, ReminderRules
from plugins.finance.reminders.reminder_steps import Step

RULES_CHANGED = "reminders.rules_changed"
MOST_DAYS = 365
# Directive 2011/7/EU, Art. 2(6): at least
LEAST_MARGIN = Decimal(8)
FOR_OTHERS = {
    InterestLaw.EU: text("The rate of the European Central Bank is for sellers in the euro area."),
    InterestLaw.RU: text("Article 395 is for Russian sellers, in roubles."),
}
AFTER = tuple(step.value for step in Step if step is not Step.BEFORE)


@dataclass(frozen=True)
class ReferenceRate:
    """A reference rate that holds from ``since`` on, as typed. None: not filled in."""

    since: date | None
    percent: Decimal | None


@dataclass(frozen=True)
class RulesDetails:
    """As ``ReminderRules`` has them; no day at all: nobody is reminded.

    ``rates``: those of the law that this seller may claim by, whether it does or not.
    """

    before: int | None = None
    first: int | None = None
    second: int | None = None
    third: int | None = None
    last: int | None = None
    to_client: bool = True
    to_accounting: bool = True
    attaches: bool = True
    law: str = InterestLaw.NONE.value
    margin: Decimal | None = LEAST_MARGIN
    fixed_sum: bool = False
    rates: Sequence[ReferenceRate] = ()

    @property
    def days(self) -> tuple[int | None, ...]:
        return tuple(getattr(self, step.value) for step in Step)


PLAIN = tuple(name for name in RulesDetails.__dataclass_fields__ if name not in {"law", "rates"})
# what is filled in for whoever sets them up first
USUAL = RulesDetails(before=3, first=1, second=7, third=14, last=30)


def rules_details(session: Session, provider: Provider) -> RulesDetails:
    """As they are now; nothing is sent before somebody saves them."""
    row = session.get(ReminderRules, provider.id)
    if row is None:
        return RulesDetails()
    entered = row.entered(law_of(provider))
    return RulesDetails(
        **{name: getattr(row, name) for name in PLAIN},
        law=row.law.value,
        rates=[ReferenceRate(since, percent) for since, percent in entered],
    )


def change_rules(
    session: Session,
    key: str,
    details: RulesDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> None:
    """New days hold from today on: what they would have sent before is not sent now.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict ``changed_meanwhile``.
    """
    require(actor, FinanceFunction.REMINDER_RULES)
    provider = find_provider(session, actor, key)
    lock_row(session, provider)
    now = rules_details(session, provider)
    refuse_stale(now, seen)
    validators.refuse_wrong(wrong_rules(details, provider))
    details = replace(details, rates=sorted(details.rates, key=lambda rate: str(rate.since)))
    if not (changes := differences(now, details)):
        return
    row = session.get(ReminderRules, provider.id)
    today = local_date(clock.now(), provider.timezone)
    if row is None:
        row = ReminderRules(provider_id=provider.id, since=today)
        session.add(row)
    if now.days != details.days:
        row.since = today
    for name in PLAIN:
        setattr(row, name, getattr(details, name))
    row.law, row.margin = InterestLaw(details.law), details.margin or Decimal(0)
    _write_rates(row, law_of(provider), details.rates)
    at = clock.now()
    record_of_provider(session, RULES_CHANGED, provider, {"changes": changes}, actor=actor, at=at)


def law_of(provider: Provider) -> InterestLaw:
    """By which it may claim interest."""
    match provider.country, provider.currency:
        case "RU", "RUB":
            return InterestLaw.RU
        case country, "EUR" if country in EU:
            return InterestLaw.EU
        case _:
            return InterestLaw.NONE


def _write_rates(row: ReminderRules, law: InterestLaw, rates: Sequence[ReferenceRate]) -> None:
    """Those of ``law`` that ours don't know are these; the others stay as they are."""
    shown = {since for since, _ in row.entered(law)}
    there = {rate.since: rate for rate in row.rates if rate.law is law}
    kept = [rate for rate in row.rates if rate.law is not law or rate.since not in shown]
    for rate in rates:
        entered = there.get(rate.since) if rate.since else None
        entered = entered or EnteredRate(law=law, since=rate.since)
        entered.percent = rate.percent or Decimal(0)
        kept.append(entered)
    row.rates = kept


def wrong_rules(details: RulesDetails, provider: Provider) -> Iterator[FieldError]:
    """What can’t be so, at its field."""
    for step in Step:
        yield from validators.number(
            step.value, getattr(details, step.value), least=1, most=MOST_DAYS
        )
    yield from _in_their_order(details)
    sends = any(days is not None for days in details.days)
    if sends and not (details.to_client or details.to_accounting):
        yield FieldError("to_client", "required", text("Choose at least one address."))
    yield from _wrong_law(details, provider)
    yield from _wrong_rates(details.rates, law_of(provider))


def _in_their_order(details: RulesDetails) -> Iterator[FieldError]:
    """Each later than those before it."""
    latest = 0
    for name in AFTER:
        days = getattr(details, name)
        if days is not None and days <= latest:
            message = text("It has to come later than the previous reminder.")
            yield FieldError(name, "order", message)
        latest = max(latest, days or 0)


def _wrong_law(details: RulesDetails, provider: Provider) -> Iterator[FieldError]:
    if details.law not in [*InterestLaw]:
        yield FieldError("law", "unknown", text("Choose one from the list."))
        return
    law = InterestLaw(details.law)
    if law is not InterestLaw.NONE and law is not law_of(provider):
        yield FieldError("law", "not_here", FOR_OTHERS[law])
    yield from validators.percent("margin", details.margin)
    if law is InterestLaw.EU and details.margin is not None and details.margin < LEAST_MARGIN:
        message = text("The directive sets at least %(points)s points.", points=LEAST_MARGIN)
        yield FieldError("margin", "too_low", message)


def _wrong_rates(rates: Sequence[ReferenceRate], law: InterestLaw) -> Iterator[FieldError]:
    if rates and law is InterestLaw.NONE:
        message = text("Reference rates are only for sellers in the euro area or in Russia.")
        yield FieldError("rates", "not_here", message)
        return
    for place, rate in enumerate(rates):
        yield from _wrong_day(f"rates.{place}.since", rate.since, law)
        yield from validators.percent(f"rates.{place}.percent", rate.percent)
    yield from validators.different("rates", [rate.since for rate in rates])


def _wrong_day(field: str, since: date | None, law: InterestLaw) -> Iterator[FieldError]:
    if since is None:
        yield FieldError(field, "required", text("Enter the day from which the rate applies."))
    elif is_known(law, since):
        message = text("The rate of this day comes with the panel; enter only later ones.")
        yield FieldError(field, "known", message)
    elif law is InterestLaw.EU and not begins_half_year(since):
        message = text("By the directive a rate holds for a half-year: use 1 January or 1 July.")
        yield FieldError(field, "half_year", message)
