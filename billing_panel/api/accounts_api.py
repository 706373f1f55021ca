"""The API of accounts: who the token is, providers, clients, balances and services in scope."""

from datetime import datetime

from pydantic import Field, StrictStr
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from billing_panel.accounts.access.client_search import clients_found
from billing_panel.accounts.access.membership_terms_seen import terms_seen
from billing_panel.accounts.access.scope import (
    clients,
    find_client,
    find_provider,
    own_providers,
    provider_for,
    providers,
)
from billing_panel.accounts.companies.provider_models import PaymentMethod, Provider
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.accounts.people.login_names import is_login
from billing_panel.administration.clients.client_users import MANAGING, client_users
from billing_panel.administration.providers.switch_payment_method import (
    MAX_REASON,
    SwitchMethodOff,
    switch_method_off,
    switch_method_on,
)
from billing_panel.api.account_answers import (
    BalanceAnswer,
    ClientAnswer,
    ClientUserAnswer,
    MeAnswer,
    PaymentMethodAnswer,
    ProviderAnswer,
    ServiceAnswer,
    client_answer,
    client_user_answer,
    credit_limit_answer,
    method_answer,
    provider_answer,
    service_answer,
)
from billing_panel.api.answer_models import PageAnswer, minor
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import (
    PageQuery,
    ProviderQuery,
    Whole,
    page_by_id,
    page_by_place,
)
from billing_panel.api.request_bodies import Body, NoBody
from billing_panel.catalog.service_models import Service
from billing_panel.kernel.language.errors import FieldError, Invalid, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.find_search_entries import Page
from billing_panel.kernel.values.bounded_parsing import read_moment
from billing_panel.kernel.values.money import POINTS
from billing_panel.ledger.client_standing import seen_standing
from permissions.panel_functions import PanelFunction

METHOD_OFF = "/providers/<key>/payment-methods/<method>/off"

api = Api("panel_api", "Accounts")


class ClientsQuery(PageQuery):
    """``query``: words as people type them; ``login`` and ``account_number`` exactly.

    ``provider``: the key of one whose clients they are.
    """

    query: str | None = Field(default=None, examples=["stoyanova"])
    provider: str | None = Field(default=None, examples=["nordvik"])
    login: str | None = Field(default=None, examples=["stoyanova"])
    account_number: Whole | None = None


@api.get("/me")
def me(call: Call) -> MeAnswer:
    """Shows whose token it is, and what they may do."""
    actor = call.actor
    return MeAnswer(
        kind=actor.kind,
        login=actor.login,
        name=actor.name,
        client_id=actor.client_id,
        functions=sorted(actor.functions),
        providers=[provider.key for provider in providers(call.session, actor)],
    )


@api.get("/providers")
def list_providers(call: Call[NoBody, PageQuery]) -> PageAnswer[ProviderAnswer]:
    """Lists the providers in scope."""
    page, cursor = page_by_place(call.query, providers(call.session, call.actor))
    now = call.panel.clock.now()
    items = [provider_answer(row, call.actor, call.language, now) for row in page]
    return PageAnswer(items=items, next_cursor=cursor)


@api.get("/clients", PanelFunction.CLIENT_READ)
def list_clients(call: Call[NoBody, ClientsQuery]) -> PageAnswer[ClientAnswer]:
    """Lists the clients in scope."""
    query = call.query
    narrowed = []
    if query.login:
        narrowed.append(is_login(Client.login, query.login)[0])
    if query.account_number is not None:
        narrowed.append(Client.account_number == query.account_number)
    if query.provider:
        whose = find_provider(call.session, call.actor, query.provider).id
        members = select(Membership.client_id).where(Membership.provider_id == whose)
        narrowed.append(Client.id.in_(members))
    page = clients(call.actor).options(selectinload(Client.memberships).joinedload("*"))
    page = page.where(*narrowed)
    if query.query:
        wanted = Page(query.limit + 1, after=query.cursor or 0)
        found = clients_found(call.session, query.query, call.actor, wanted, *narrowed)
        page = page.where(Client.id.in_(found))
    if query.cursor is not None:
        page = page.where(Client.id > query.cursor)
    read = call.session.scalars(page.order_by(Client.id).limit(query.limit + 1)).all()
    rows, cursor = page_by_id(read, query.limit)
    items = [client_answer(row, call.actor, call.language) for row in rows]
    return PageAnswer(items=items, next_cursor=cursor)


@api.get("/clients/<bigid:client_id>", PanelFunction.CLIENT_READ)
def show_client(call: Call, client_id: int) -> ClientAnswer:
    """Shows a client, and what holds between them and each provider in scope."""
    client = find_client(call.session, call.actor, client_id=client_id)
    return client_answer(client, call.actor, call.language)


@api.get("/clients/<bigid:client_id>/users", *MANAGING)
def list_client_users(
    call: Call[NoBody, PageQuery], client_id: int
) -> PageAnswer[ClientUserAnswer]:
    """Lists who signs in for the client."""
    page, cursor = page_by_place(call.query, client_users(call.session, call.actor, client_id))
    return PageAnswer(items=[client_user_answer(row) for row in page], next_cursor=cursor)


@api.get(
    "/clients/<bigid:client_id>/balance",
    PanelFunction.BALANCE_READ,
    errors={422: ("provider_needed",)},
)
def show_balance(call: Call[NoBody, ProviderQuery], client_id: int) -> BalanceAnswer:
    """Shows what the client holds with a provider, and what they owe there."""
    client = find_client(call.session, call.actor, client_id=client_id)
    provider = provider_for(call.session, call.actor, client, call.query.provider)
    membership = next((m for m in client.memberships if m.provider_id == provider.id), None)
    if membership is None:
        raise NotFound
    stands = seen_standing(call.session, call.actor, client.id, provider.id)
    if stands is None:
        raise NotFound
    return BalanceAnswer(
        provider=provider.key,
        money=minor(stands.balance, provider.currency),
        points=minor(stands.points, POINTS),
        credit_limit=credit_limit_answer(terms_seen(membership, call.actor)),
        debt=minor(stands.debt, provider.currency),
    )


@api.get("/clients/<bigid:client_id>/services", PanelFunction.CLIENT_READ)
def list_services(call: Call[NoBody, PageQuery], client_id: int) -> PageAnswer[ServiceAnswer]:
    """Lists the services that the client holds with providers in scope."""
    client = find_client(call.session, call.actor, client_id=client_id)
    page = (
        select(Service)
        .join(Provider, Provider.id == Service.provider_id)
        .where(Service.client_id == client.id, own_providers(call.actor))
        .options(joinedload(Service.tariff))
    )
    if call.query.cursor is not None:
        page = page.where(Service.id > call.query.cursor)
    found = call.session.scalars(page.order_by(Service.id).limit(call.query.limit + 1)).all()
    rows, cursor = page_by_id(found, call.query.limit)
    items = [service_answer(row, call.language) for row in rows]
    return PageAnswer(items=items, next_cursor=cursor)


class MethodOffBody(Body):
    """``until`` ISO 8601 with its offset. ``for_clients``: why, as clients read it.

    ``for_staff``: the same for staff; absent: they read what clients do.
    """

    until: StrictStr = Field(examples=["2026-12-01T12:00:00+00:00"])
    for_clients: StrictStr = Field(max_length=MAX_REASON)
    for_staff: StrictStr = Field(default="", max_length=MAX_REASON)


@api.put(
    METHOD_OFF,
    PanelFunction.METHOD_SWITCH,
    example={"until": "2026-12-01T12:00:00+00:00", "for_clients": "The terminal is offline"},
)
def put_method_off(call: Call[MethodOffBody], key: str, method: str) -> PaymentMethodAnswer:
    """Switches a payment method off until then; nobody can choose it or pay by it meanwhile."""
    command = call.body.into(
        SwitchMethodOff, provider=key, method=method, until=_moment(call.body.until)
    )
    row = switch_method_off(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _method_answer(call, row)


@api.delete(METHOD_OFF, PanelFunction.METHOD_SWITCH)
def delete_method_off(call: Call[NoBody], key: str, method: str) -> PaymentMethodAnswer:
    """Switches a payment method on again, before its time."""
    row = switch_method_on(call.session, key, method, actor=call.actor, clock=call.panel.clock)
    return _method_answer(call, row)


def _method_answer(call: AnyCall, row: PaymentMethod) -> PaymentMethodAnswer:
    return method_answer(row, call.actor, call.language, call.panel.clock.now())


def _moment(written: str) -> datetime:
    """Raises Invalid."""
    read = read_moment(written)
    if read is None or read.tzinfo is None:
        message = text("Write the time with its offset, such as 2026-12-01T12:00:00+00:00.")
        raise Invalid([FieldError("until", "moment", message)])
    return read
