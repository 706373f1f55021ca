"""What the API says of accounts: providers, clients, who signs in for them, their services."""

from pydantic import Field

from billing_panel.accounts.access.membership_terms import Terms, all_terms_seen
from billing_panel.accounts.access.scope import seen_memberships
from billing_panel.accounts.firms.providers import MethodKind, Provider
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.accounts.people.clients import Client, ClientKind, addresses_in
from billing_panel.accounts.people.users import ClientUser
from billing_panel.api.answer_models import (
    AddressAnswer,
    Answer,
    Country,
    Key,
    Moment,
    MoneyAnswer,
    PointsAnswer,
    address_answer,
    minor,
    minor_seen,
)
from billing_panel.catalog.models import Service, ServiceState
from billing_panel.catalog.rules.facts import Period
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.actor import Actor, ActorKind


class MeAnswer(Answer):
    """Whose token it is. ``client_id`` is null for staff. ``providers`` in scope, by key."""

    kind: ActorKind
    login: str = Field(examples=["maria"])
    name: str
    client_id: int | None
    functions: list[str] = Field(examples=[["orders:order:create"]])
    providers: list[Key]


class PaymentMethodAnswer(Answer):
    """A way to pay the provider."""

    key: str = Field(examples=["bank_transfer"])
    kind: MethodKind
    title: str


class DeliveryServiceAnswer(Answer):
    """A way to have an order delivered, and what it costs."""

    key: str = Field(examples=["courier"])
    title: str
    price: MoneyAnswer


class ProviderAnswer(Answer):
    """``payment_methods``: those it can take money by now."""

    key: Key
    name: str
    country: Country
    currency: str = Field(examples=["EUR"])
    prices_include_tax: bool
    payment_methods: list[PaymentMethodAnswer]
    delivery_services: list[DeliveryServiceAnswer]


class GroupAnswer(Answer):
    """``key`` is null where the caller may not see it."""

    key: str | None
    title: str


class TermsAnswer(Answer):
    """What holds between a client and a provider; null where the caller may not see it.

    ``blocked_reason``: staff's words for staff, the client's for the client.
    """

    key: Key
    name: str
    group: GroupAnswer | None
    credit_limit: MoneyAnswer | None
    blocked: bool
    blocked_reason: str | None


class ClientAnswer(Answer):
    """A client, with their terms for each provider in the caller's scope.

    ``delivery_address`` is ``address`` where they have no other. Both are whole, on one line; their
    parts stand in ``postal_address`` and ``postal_delivery_address``.
    """

    id: int = Field(examples=[42])
    login: str = Field(examples=["stoyanova"])
    account_number: int
    name: str
    kind: ClientKind
    country: Country
    vat_number: str
    tax_number: str
    phone: str
    email: str
    accounting_emails: list[str]
    address: str
    delivery_address: str
    postal_address: AddressAnswer | None
    postal_delivery_address: AddressAnswer | None
    language: str = Field(examples=["bg"])
    providers: list[TermsAnswer]


class ClientUserAnswer(Answer):
    """Somebody who signs in for a client. ``disabled``: they can't any more."""

    id: int
    login: str
    role: ClientRole
    language: str = Field(examples=["bg"])
    disabled: bool


class BalanceAnswer(Answer):
    """``credit_limit`` is null where the caller may not see it. ``debt``: what orders owe."""

    provider: Key
    money: MoneyAnswer
    points: PointsAnswer
    credit_limit: MoneyAnswer | None
    debt: MoneyAnswer


class ServiceAnswer(Answer):
    """A service that a client holds or held. ``ends_at`` is null where it has no end.

    ``paid_until`` is null while nothing of it is paid.
    """

    id: int
    tariff: str = Field(examples=["web-start"])
    title: str
    period: str = Field(examples=["1 month"])
    since: Moment
    ends_at: Moment | None
    paid_until: Moment | None
    state: ServiceState


def provider_answer(row: Provider, language: str) -> ProviderAnswer:
    """Say a provider in ``language``, with the methods it can take money by."""
    return ProviderAnswer(
        key=row.key,
        name=row.name,
        country=row.country,
        currency=row.currency,
        prices_include_tax=row.prices_include_tax,
        payment_methods=[
            PaymentMethodAnswer(key=method.key, kind=method.kind, title=say(method.title, language))
            for method in row.payment_methods
            if row.can_take_by(method)
        ],
        delivery_services=[
            DeliveryServiceAnswer(
                key=service.key,
                title=say(service.title, language),
                price=minor(service.price, row.currency),
            )
            for service in row.delivery_services
        ],
    )


def client_answer(row: Client, actor: Actor, language: str) -> ClientAnswer:
    """Say a client in ``language``, with their terms as far as ``actor`` may see them."""
    return ClientAnswer(
        id=row.id,
        login=row.login,
        account_number=row.account_number,
        name=row.name,
        kind=row.kind,
        country=row.country,
        vat_number=row.vat_number,
        tax_number=row.tax_number,
        phone=row.phone,
        email=row.email,
        accounting_emails=addresses_in(row.accounting_emails),
        address=str(row.postal_address),
        delivery_address=str(row.place_of_delivery),
        postal_address=address_answer(row.postal_address),
        postal_delivery_address=address_answer(row.place_of_delivery),
        language=row.language,
        providers=[
            _terms(terms, language) for terms in all_terms_seen(seen_memberships(actor, row), actor)
        ],
    )


def client_user_answer(row: ClientUser) -> ClientUserAnswer:
    """Say who signs in for a client, and in which role."""
    return ClientUserAnswer(
        id=row.user_id,
        login=row.user.login,
        role=row.role,
        language=row.user.language,
        disabled=row.user.disabled_at is not None,
    )


def credit_limit_answer(terms: Terms) -> MoneyAnswer | None:
    """Say the limit in the provider's currency. None: the caller may not see it."""
    return minor_seen(terms.credit_limit, terms.provider.currency)


def service_answer(row: Service, language: str) -> ServiceAnswer:
    """Say a service; its title in ``language``."""
    return ServiceAnswer(
        id=row.id,
        tariff=row.tariff.key,
        title=say(row.tariff.title, language),
        period=str(Period(row.months)),
        since=row.since,
        ends_at=row.ends_at,
        paid_until=row.paid_until,
        state=row.state,
    )


def _terms(terms: Terms, language: str) -> TermsAnswer:
    title = say(terms.group, language) if terms.group else None
    return TermsAnswer(
        key=terms.provider.key,
        name=terms.provider.name,
        group=None if title is None else GroupAnswer(key=terms.group_key, title=title),
        credit_limit=credit_limit_answer(terms),
        blocked=terms.blocked,
        blocked_reason=terms.block or None,
    )
