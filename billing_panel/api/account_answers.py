"""API answers about accounts: providers, clients, their users and services."""

from datetime import datetime

from pydantic import Field

from billing_panel.accounts.access.membership_terms_seen import Terms, terms_seen
from billing_panel.accounts.access.scope import seen_memberships
from billing_panel.accounts.companies.provider_models import MethodKind, PaymentMethod, Provider
from billing_panel.accounts.people.client_models import (
    Client,
    ClientKind,
    Membership,
    addresses_in,
)
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.accounts.people.user_models import ClientUser
from billing_panel.administration.clients.client_details import (
    client_details,
    hidden_terms,
    membership_details,
)
from billing_panel.administration.clients.client_users import client_user_details
from billing_panel.administration.details.concurrent_changes import version_of
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
from billing_panel.catalog.rules.eligibility_facts import Period
from billing_panel.catalog.service_models import Service, ServiceState
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
    """A way to pay the provider. ``off_until`` null: it is on.

    While it is off nobody can choose it or pay by it; ``off_reason`` says why, to clients and staff
    each in their words.
    """

    key: str = Field(examples=["bank_transfer"])
    kind: MethodKind
    title: str
    off_until: Moment | None = Field(examples=[None])
    off_reason: str | None = Field(examples=[None])


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

    ``blocked_reason``: staff's words for staff, the client's for the client. ``blocked_text``: what
    the client reads, ``invoice_time``, null where it is the provider's, and ``version``, for staff
    alone.
    """

    key: Key
    name: str
    group: GroupAnswer | None
    credit_limit: MoneyAnswer | None
    blocked: bool
    blocked_reason: str | None
    blocked_text: str | None
    invoice_time: str | None
    version: int | None


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
    registration_number: str
    tax_number: str
    tax_registration_reason: str
    phone: str
    email: str
    accounting_emails: list[str]
    address: str
    delivery_address: str
    postal_address: AddressAnswer | None
    postal_delivery_address: AddressAnswer | None
    language: str = Field(examples=["bg"])
    providers: list[TermsAnswer]
    version: int


class ClientUserAnswer(Answer):
    """Somebody who signs in for a client. ``disabled``: they can't any more.

    ``has_password`` false: they have not signed in by a link yet.
    """

    id: int
    login: str
    role: ClientRole
    language: str = Field(examples=["bg"])
    email: str
    disabled: bool
    has_password: bool
    version: int


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


def method_answer(
    row: PaymentMethod, actor: Actor, language: str, at: datetime
) -> PaymentMethodAnswer:
    """Say a payment method in ``language``, and whether it is off at that moment."""
    is_off = row.is_off(at)
    of_staff = row.off_for_staff if actor.client_id is None else ""
    return PaymentMethodAnswer(
        key=row.key,
        kind=row.kind,
        title=say(row.title, language),
        off_until=row.off_until if is_off else None,
        off_reason=(of_staff or row.off_for_clients) if is_off else None,
    )


def provider_answer(row: Provider, actor: Actor, language: str, at: datetime) -> ProviderAnswer:
    """Say a provider in ``language``, with the methods it can take money by."""
    return ProviderAnswer(
        key=row.key,
        name=row.name,
        country=row.country,
        currency=row.currency,
        prices_include_tax=row.prices_include_tax,
        payment_methods=[
            method_answer(method, actor, language, at)
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
        registration_number=row.registration_number,
        tax_number=row.tax_number,
        tax_registration_reason=row.tax_registration_reason,
        phone=row.phone,
        email=row.email,
        accounting_emails=addresses_in(row.accounting_emails),
        address=str(row.postal_address),
        delivery_address=str(row.place_of_delivery),
        postal_address=address_answer(row.postal_address),
        postal_delivery_address=address_answer(row.place_of_delivery),
        language=row.language,
        providers=[terms_answer(one, actor, language) for one in seen_memberships(actor, row)],
        version=version_of(client_details(row)),
    )


def client_user_answer(row: ClientUser) -> ClientUserAnswer:
    """Say who signs in for a client, and in which role."""
    return ClientUserAnswer(
        id=row.user_id,
        login=row.user.login,
        role=row.role,
        language=row.user.language,
        email=row.user.email,
        disabled=row.user.disabled_at is not None,
        has_password=row.user.password_hash is not None,
        version=version_of(client_user_details(row)),
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


def terms_answer(membership: Membership, actor: Actor, language: str) -> TermsAnswer:
    """Say the terms between a client and a provider, as far as ``actor`` may see them."""
    terms = terms_seen(membership, actor)
    title = say(terms.group, language) if terms.group else None
    for_staff = actor.client_id is None
    details, hidden = membership_details(membership), hidden_terms(actor)
    return TermsAnswer(
        key=terms.provider.key,
        name=terms.provider.name,
        group=None if title is None else GroupAnswer(key=terms.group_key, title=title),
        credit_limit=credit_limit_answer(terms),
        blocked=terms.blocked,
        blocked_reason=terms.block or None,
        blocked_text=membership.blocked_text if for_staff and terms.blocked else None,
        invoice_time=(details.invoice_time or None) if for_staff else None,
        version=version_of(details, hidden) if for_staff else None,
    )
