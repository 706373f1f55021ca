"""Loading the demo into an empty database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.actors import console
from billing_panel.accounts.clients import Client, ClientGroup, ForbiddenMethod, Membership
from billing_panel.accounts.providers import DeliveryService, PaymentMethod, Provider, TaxRate
from billing_panel.accounts.staff import Department, Staff
from billing_panel.accounts.users import ClientUser, User
from billing_panel.catalog.models import (
    BundlePart,
    CountryRule,
    GroupRule,
    Option,
    Price,
    Requirement,
    Tariff,
)
from billing_panel.catalog.rules.choose import WantedLine
from billing_panel.catalog.rules.facts import Period
from billing_panel.demo.files import (
    ClientEntry,
    GroupEntry,
    OptionEntry,
    ProviderEntry,
    TariffEntry,
    read_catalogue,
    read_people,
)
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.clock import Clock
from billing_panel.kernel.errors import Refused
from billing_panel.kernel.events import Event, record
from billing_panel.kernel.money import POINTS, parse
from billing_panel.kernel.text import DEFAULT_LANGUAGE, text
from billing_panel.ledger.actions import post
from billing_panel.ledger.entries import AccountKind, AccountName, Movement
from permissions.actions import set_department_functions
from plugins.orders.actions.change_cart import AddToCart, add_to_cart
from plugins.orders.actions.run_workflow import run_workflow, shipped_workflow

LOADED = "demo.loaded"


def is_demo_loaded(session: Session) -> bool:
    return session.scalar(select(Event.id).filter_by(kind=LOADED).limit(1)) is not None


def load_demo(session: Session, *, known: Iterable[str], clock: Clock) -> None:
    """Write both demo files. Raises pydantic.ValidationError, UnknownFunction."""
    _check_free(session)
    loading = _Loading(session, console(known), clock, clock.now(), frozenset(known))
    loading.catalogue()
    loading.people()
    record(session, LOADED, actor=loading.actor, at=loading.at, subject=("installation", 1))


def _check_free(session: Session) -> None:
    """Raises Refused ``login_taken``: the demo goes into a panel of its own."""
    people = read_people()
    wanted = [*(p.login for p in people.staff), *(c.login for c in people.client)]
    taken = session.scalars(select(User.login).where(User.login.in_(wanted))).all()
    if taken:
        message = text("The demo needs these logins, and they are taken: %(logins)s.", logins=taken)
        raise Refused(message, code="login_taken")


@dataclass
class _Loading:
    session: Session
    actor: Actor
    clock: Clock
    at: datetime
    known: frozenset[str]
    providers: dict[str, Provider] = field(default_factory=dict)
    groups: dict[str, ClientGroup] = field(default_factory=dict)
    tariffs: dict[tuple[str, str], Tariff] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)

    def catalogue(self) -> None:
        file = read_catalogue()
        for entry in file.provider:
            self._provider(entry)
        for service in file.delivery_service:
            self.session.add(
                DeliveryService(
                    provider_id=self.providers[service.provider].id,
                    key=service.key,
                    titles=service.title,
                    price=self._minor(service.price, service.provider),
                    tax_class=service.tax,
                )
            )
        for group in file.client_group:
            self.groups[group.key] = _group(group)
        self.session.add_all(self.groups.values())
        self.session.flush()
        for tariff in file.tariff:
            self._tariff(tariff)
        self.session.flush()
        for tariff in file.tariff:
            self._ties(tariff)
        self.session.flush()

    def people(self) -> None:
        file = read_people()
        for entry in file.client:
            self._client(entry)
        for department in file.department:
            row = Department(key=department.key, titles=department.title)
            self.departments[department.key] = row
            self.session.add(row)
            self.session.flush()
            set_department_functions(
                self.session, row.id, department.functions, actor=self.actor, known=self.known
            )
        for person in file.staff:
            self.session.add(
                Staff(
                    user=User(login=person.login, language=DEFAULT_LANGUAGE),
                    name=person.name,
                    owner=person.owner,
                    departments=[self.departments[key] for key in person.departments],
                    providers=[self.providers[key] for key in person.providers],
                )
            )

    def _provider(self, entry: ProviderEntry) -> None:
        bank = entry.bank
        plain = entry.model_dump(exclude={"locale", "payment_methods", "bank", "series", "tax"})
        row = Provider(
            **plain,
            language=entry.locale,
            series_proforma=entry.series.proforma,
            series_fiscal=entry.series.fiscal,
            **{f"bank_{name}": value for name, value in bank.model_dump().items()},
            tax_rates=[
                TaxRate(tax_class=tax_class, since=rate.since, percent=rate.percent)
                for tax_class, rates in entry.tax.items()
                for rate in rates
            ],
            payment_methods=[
                PaymentMethod(key=kind.value, kind=kind, position=position)
                for position, kind in enumerate(entry.payment_methods)
            ],
        )
        self.session.add(row)
        self.session.flush()
        run_workflow(self.session, row.id, shipped_workflow(entry.workflow))
        self.providers[entry.key] = row

    def _tariff(self, entry: TariffEntry) -> None:
        plain = entry.model_dump(
            include={
                "key",
                "kind",
                "category",
                "availability",
                "lead_time_days",
                "stock",
                "per_client_limit",
                "archived",
                "self_service",
                "needs_delivery",
                "hours",
            }
        )
        row = Tariff(
            **plain,
            provider_id=self.providers[entry.provider].id,
            titles=entry.title,
            setup_fee=self._minor(entry.setup_fee, entry.provider),
            tax_class=entry.tax,
            prices=[
                Price(
                    months=Period.parse(period).months,
                    amount=self._minor(amount, entry.provider),
                    points=entry.points_prices.get(period),
                )
                for period, amount in entry.prices.items()
            ],
            options=[
                self._option(option, position, entry.provider)
                for position, option in enumerate(entry.options)
            ],
            group_rules=[
                *(GroupRule(group=self.groups[k], allowed=True) for k in entry.allowed_groups),
                *(GroupRule(group=self.groups[k], allowed=False) for k in entry.forbidden_groups),
            ],
            country_rules=[CountryRule(country=c) for c in entry.restricted_to_countries],
        )
        self.session.add(row)
        self.tariffs[entry.provider, entry.key] = row

    def _ties(self, entry: TariffEntry) -> None:
        """What names other tariffs, written when all are there."""
        own = self.tariffs[entry.provider, entry.key]
        own.components = [
            BundlePart(
                tariff_id=self.tariffs[entry.provider, part.tariff].id,
                position=position,
                months=Period.parse(part.period).months,
            )
            for position, part in enumerate(entry.components)
        ]
        own.requirements = [
            Requirement(required_id=self.tariffs[entry.provider, key].id)
            for key in entry.requires_one_of
        ]

    def _option(self, entry: OptionEntry, position: int, provider: str) -> Option:
        return Option(
            key=entry.key,
            position=position,
            titles=entry.title,
            unit=entry.unit,
            included=entry.included,
            step=entry.step,
            maximum=entry.max,
            price_per_unit_month=self._minor(entry.price_per_unit_month, provider),
            choices=entry.choices,
        )

    def _client(self, entry: ClientEntry) -> None:
        plain = entry.model_dump(
            include={
                "login",
                "account_number",
                "name",
                "kind",
                "country",
                "vat_number",
                "tax_number",
                "tax_registration_reason",
                "phone",
                "email",
                "address",
            }
        )
        client = Client(**plain, language=entry.locale, created_at=self.at)
        user = User(login=entry.login, language=entry.locale)
        self.session.add_all([client, user])
        self.session.flush()
        self.session.add(ClientUser(user_id=user.id, client_id=client.id))
        for key in entry.providers:
            self._membership(client, entry, key)
        self.session.flush()
        for line in entry.cart:
            wanted = WantedLine(line.tariff, line.period, line.quantity, pay_with=line.pay_with)
            command = AddToCart(client.id, line.provider, wanted)
            add_to_cart(self.session, command, actor=self.actor, clock=self.clock)

    def _membership(self, client: Client, entry: ClientEntry, key: str) -> None:
        provider = self.providers[key]
        first = key == entry.providers[0]
        client.memberships.append(
            Membership(
                provider=provider,
                group=self.groups[entry.group],
                credit_limit=self._minor(entry.credit_limit, key) if first else 0,
                blocked_reason=entry.blocked_reason,
                blocked_at=self.at if entry.blocked_reason else None,
            )
        )
        opening = (
            (AccountKind.BALANCE, AccountKind.OPENING, self._minor(entry.balance_with(key), key)),
            (AccountKind.RECEIVABLE, AccountKind.REVENUE, self._minor(entry.debt, key) * first),
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
        post(
            self.session,
            f"opening:{provider.key}:{client.login}:{own.value}",
            [
                Movement(AccountName(provider.id, own, currency, client.id), amount),
                Movement(AccountName(provider.id, other, currency), -amount),
            ],
            reason="opening",
            actor=self.actor,
            at=self.at,
        )

    def _minor(self, amount: str, provider: str) -> int:
        return parse(amount, self.providers[provider].currency).minor


def _group(entry: GroupEntry) -> ClientGroup:
    return ClientGroup(
        key=entry.key,
        titles=entry.title,
        only_for=entry.only_for,
        discount_percent=entry.discount_percent,
        ignores_service_limits=entry.ignores_service_limits,
        payment_terms_days=entry.payment_terms_days,
        forbidden_methods=[
            ForbiddenMethod(method=m.value) for m in entry.forbidden_payment_methods
        ],
    )
