"""Loading the demo into an empty database, through the actions that the pages use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import MethodKind, Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.people.vat_register_answers import RegisterAnswer
from billing_panel.administration.catalog.change_stock import change_stock
from billing_panel.administration.catalog.change_tariff import create_tariff
from billing_panel.administration.catalog.tariff_categories import (
    CategoriesDetails,
    CategoryDetails,
    save_categories,
)
from billing_panel.administration.catalog.tariff_details import (
    OptionDetails,
    PartDetails,
    PriceDetails,
    TariffDetails,
    usual_supply,
)
from billing_panel.administration.clients.ask_vat_register import Found
from billing_panel.administration.clients.change_client import create_client
from billing_panel.administration.clients.change_client_terms import (
    change_membership,
    join_provider,
)
from billing_panel.administration.clients.check_vat_numbers import note_answer
from billing_panel.administration.clients.client_details import ClientDetails, MembershipDetails
from billing_panel.administration.clients.client_groups import GroupDetails, save_group
from billing_panel.administration.clients.client_users import ClientUserDetails, invite_client_user
from billing_panel.administration.providers.change_provider import create_provider
from billing_panel.administration.providers.provider_details import (
    DeliveryDetails,
    MethodDetails,
    ProviderDetails,
    RateDetails,
)
from billing_panel.administration.staff.change_rights import set_role_functions
from billing_panel.administration.staff.change_staff import StaffDetails, create_staff
from billing_panel.administration.staff.departments import DepartmentDetails, save_department
from billing_panel.catalog.rules.eligibility_facts import Period
from billing_panel.catalog.rules.wanted_line import WantedLine
from billing_panel.demo.demo_file_models import (
    Catalogue,
    ClientEntry,
    DeliveryEntry,
    GroupEntry,
    OptionEntry,
    People,
    ProviderEntry,
    TariffEntry,
    read_catalogue,
    read_people,
)
from billing_panel.demo.demo_mark import LOADED
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import POINTS, parse
from billing_panel.ledger.double_entry import (
    AccountKind,
    AccountName,
    EntryKind,
    Happened,
    Movement,
)
from billing_panel.ledger.post_entries import post
from billing_panel.tax.vat_number import compact_vat_number
from plugins.finance.reminders.change_reminder_rules import RulesDetails, change_rules
from plugins.orders.checkout.change_cart import AddToCart, add_to_cart
from plugins.orders.promo.change_promo import PromoDetails, create_promo
from plugins.orders.settings.save_workflow_version import choose_workflow


class _How(TypedDict):
    actor: Actor
    clock: Clock


def load_demo(
    session: Session, *, known: Iterable[str], clock: Clock, gateway: str | None = None
) -> None:
    """Write both demo files. Raises pydantic.ValidationError, UnknownFunction.

    ``gateway``: the payment system of those that take cards online.
    """
    _check_free(session)
    loading = _Loading(session, console(known), clock, frozenset(known), gateway)
    loading.catalogue(read_catalogue())
    loading.people(read_people())
    record(session, LOADED, actor=loading.actor, at=clock.now(), subject=("installation", 1))


def load_more(
    session: Session, *, known: Iterable[str], clock: Clock, gateway: str | None = None
) -> None:
    """Three more businesses, and clients whose orders are on their way (``orders.toml``).

    ``gateway``: the payment system of those that take cards online.
    """
    loading = _Loading(session, console(known), clock, frozenset(known), gateway)
    loading.catalogue(read_catalogue("more_catalog"))
    loading.people(read_people("more_clients"))


def _check_free(session: Session) -> None:
    """Raises Refused ``login_taken``: the demo goes into a panel of its own."""
    people, more = read_people(), read_people("more_clients")
    wanted = [*(p.login for p in [*people.staff, *more.staff]), *(c.login for c in people.client)]
    taken = session.scalars(select(User.login).where(User.login.in_(wanted))).all()
    if taken:
        message = text("The demo needs these logins, but they are taken: %(logins)s.", logins=taken)
        raise Refused(message, code="login_taken")


@dataclass
class _Loading:
    session: Session
    actor: Actor
    clock: Clock
    known: frozenset[str]
    gateway: str | None = None

    @property
    def how(self) -> "_How":
        return {"actor": self.actor, "clock": self.clock}

    def catalogue(self, file: Catalogue) -> None:
        for group in file.client_group:
            save_group(self.session, None, _group(group), **self.how)
        for entry in file.provider:
            services = [s for s in file.delivery_service if s.provider == entry.key]
            self._provider(entry, services)
        for tariff in file.tariff:
            self._tariff(tariff)
        for key in dict.fromkeys(one.provider for one in file.category):
            own = [CategoryDetails(c.name, c.title) for c in file.category if c.provider == key]
            save_categories(self.session, key, CategoriesDetails(own), **self.how)
        for promo in file.promo_code:
            details = PromoDetails(**promo.model_dump(exclude={"provider"}))
            create_promo(self.session, promo.provider, details, **self.how)

    def people(self, file: People) -> None:
        for entry in file.client:
            self._client(entry)
        for department in file.department:
            details = DepartmentDetails(department.key, department.title)
            made = save_department(self.session, None, details, **self.how)
            functions = frozenset(department.functions)
            set_role_functions(self.session, made.id, functions, known=self.known, **self.how)
        for person in file.staff:
            plain = StaffDetails(**person.model_dump())
            create_staff(self.session, plain, **self.how)

    def _provider(self, entry: ProviderEntry, services: Sequence[DeliveryEntry]) -> None:
        plain = entry.model_dump(
            exclude={
                *("locale", "payment_methods", "bank", "series", "tax", "workflow", "terms"),
                "reminders",
            }
        )
        details = ProviderDetails(
            **plain,
            language=entry.locale,
            terms_titles=entry.terms.title if entry.terms else {},
            terms_url=entry.terms.url if entry.terms else "",
            terms_version=entry.terms.version if entry.terms else "",
            **{f"series_{name}": value for name, value in entry.series.model_dump().items()},
            **{f"bank_{name}": value for name, value in entry.bank.model_dump().items()},
            tax_rates=[
                RateDetails(tax_class, rate.since, rate.percent)
                for tax_class, rates in entry.tax.items()
                for rate in rates
            ],
            payment_methods=[self._method(kind) for kind in entry.payment_methods],
            delivery_services=[
                DeliveryDetails(s.key, s.title, s.price, s.tax, tracking_url=s.tracking_url)
                for s in services
            ],
        )
        known = {self.gateway} if self.gateway else ()
        create_provider(self.session, details, gateways=known, mails=True, **self.how)
        choose_workflow(self.session, entry.key, entry.workflow, **self.how)
        if entry.reminders is not None:
            rules = RulesDetails(**entry.reminders.model_dump(mode="python"))
            change_rules(self.session, entry.key, rules, **self.how)

    def _method(self, kind: MethodKind) -> MethodDetails:
        return MethodDetails(
            kind, gateway=self.gateway if kind is MethodKind.CARD_GATEWAY else None
        )

    def _tariff(self, entry: TariffEntry) -> None:
        alike = TariffDetails.__dataclass_fields__.keys() & TariffEntry.model_fields.keys()
        plain = entry.model_dump(include=alike - {"options", "components", "prices", "supply"})
        details = TariffDetails(
            **plain,
            titles=entry.title,
            tax_class=entry.tax,
            supply=entry.supply or usual_supply(entry.kind),
            counted=entry.stock is not None,
            prices=[
                PriceDetails(Period.parse(period).months, amount, entry.points_prices.get(period))
                for period, amount in entry.prices.items()
            ],
            options=[_option(option) for option in entry.options],
            components=[
                PartDetails(part.tariff, Period.parse(part.period).months)
                for part in entry.components
            ],
            countries=entry.restricted_to_countries,
        )
        tariff = create_tariff(self.session, entry.provider, details, **self.how)
        if entry.stock:
            change_stock(self.session, tariff.id, entry.stock, "opening stock", **self.how)

    def _client(self, entry: ClientEntry) -> None:
        alike = ClientDetails.__dataclass_fields__.keys() & ClientEntry.model_fields.keys()
        details = ClientDetails(**entry.model_dump(include=alike), language=entry.locale)
        first, *others = entry.providers
        number = entry.account_number
        client = create_client(
            self.session, details, provider=first, account_number=number, **self.how
        )
        if entry.vat_confirmed:
            vat_number, found = compact_vat_number(client.vat_number), Found(RegisterAnswer.VALID)
            note_answer(
                self.session, client.id, vat_number, found, at=self.clock.now(), actor=self.actor
            )
        for key in others:
            join_provider(self.session, client.id, key, **self.how)
        for membership in client.memberships:
            self._terms(client, entry, membership.provider)
        for line in entry.cart:
            wanted = WantedLine(line.tariff, line.period, line.quantity, pay_with=line.pay_with)
            command = AddToCart(client.id, line.provider, wanted)
            add_to_cart(self.session, command, **self.how)
        for user in entry.users:
            plain = ClientUserDetails(user.login, user.role, entry.locale, email=user.email)
            invite_client_user(self.session, client.id, plain, **self.how)

    def _terms(self, client: Client, entry: ClientEntry, provider: Provider) -> None:
        key = provider.key
        first = key == entry.providers[0]
        details = MembershipDetails(
            group=entry.group,
            credit_limit=entry.credit_limit if first else "0",
            invoice_time=entry.invoice_time.value if first and entry.invoice_time else "",
            blocked_reason=entry.blocked_reason,
            blocked_text=entry.blocked_text,
        )
        change_membership(self.session, client.id, key, details, **self.how)
        opening = (
            (AccountKind.BALANCE, AccountKind.OPENING, self._minor(entry.balance_with(key), key)),
            (AccountKind.RECEIVABLE, AccountKind.OPENING, -self._minor(entry.debt, key) * first),
        )
        for own, other, amount in opening:
            self._open(client, provider, (own, other), amount, provider.currency)
        kinds = (AccountKind.POINTS, AccountKind.OPENING)
        self._open(client, provider, kinds, entry.points * first, POINTS)

    def _open(
        self,
        client: Client,
        provider: Provider,
        kinds: tuple[AccountKind, AccountKind],
        amount: int,
        currency: str,
    ) -> None:
        if amount == 0:
            return
        own, other = kinds
        key = f"opening:{provider.key}:{client.login}:{own.value}"
        post(
            self.session,
            Happened(EntryKind.OPENING, key, ("client", client.id)),
            [
                Movement(AccountName(provider.id, own, currency, client.id), amount),
                Movement(AccountName(provider.id, other, currency), -amount),
            ],
            actor=self.actor,
            at=self.clock.now(),
        )

    def _minor(self, amount: str, provider: str) -> int:
        return parse(amount, find_provider(self.session, self.actor, provider).currency).minor


def _group(entry: GroupEntry) -> GroupDetails:
    return GroupDetails(
        key=entry.key,
        titles=entry.title,
        client_titles=entry.client_title or {},
        only_for=entry.only_for or {},
        discount_percent=entry.discount_percent,
        ignores_service_limits=entry.ignores_service_limits,
        payment_terms_days=entry.payment_terms_days,
        forbidden_methods=entry.forbidden_payment_methods,
    )


def _option(entry: OptionEntry) -> OptionDetails:
    return OptionDetails(
        key=entry.key,
        titles=entry.title,
        unit=entry.unit,
        included=entry.included,
        step=entry.step,
        maximum=entry.max,
        price_per_unit_month=entry.price_per_unit_month,
        choices=entry.choices,
    )
