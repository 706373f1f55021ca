"""The API of accounts: who the token is, providers, clients, balances and services in scope."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from billing_panel.accounts.access.client_search import matching
from billing_panel.accounts.access.scope import (
    clients,
    find_client,
    own_providers,
    provider_for,
    providers,
    seen_memberships,
)
from billing_panel.accounts.access.terms import Terms, all_terms_seen, terms_seen
from billing_panel.accounts.firms.providers import Provider
from billing_panel.accounts.people.clients import Client
from billing_panel.accounts.people.logins import is_login
from billing_panel.accounts.people.users import ClientUser
from billing_panel.administration.clients.client_users import MANAGING, client_users
from billing_panel.api.bodies import NoBody, page_of, query_values, short_page, whole
from billing_panel.api.routes import Answer, Api, Call
from billing_panel.catalog.models import Service
from billing_panel.catalog.rules.facts import Period
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.ledger.queries import seen_standing
from billing_panel.web.requests.problem import money
from permissions.functions import PanelFunction

api = Api("panel_api")


@api.get("/me")
def me(call: Call[NoBody]) -> Answer:
    actor = call.actor
    return {
        "kind": actor.kind.value,
        "login": actor.login,
        "name": actor.name,
        "client_id": actor.client_id,
        "functions": sorted(actor.functions),
        "providers": [provider.key for provider in providers(call.session, actor)],
    }


@api.get("/providers")
def list_providers(call: Call[NoBody]) -> Answer:
    found = providers(call.session, call.actor)
    page, cursor = short_page(query_values("limit", "cursor"), found)
    return {"items": [_provider(row, call.language) for row in page], "next_cursor": cursor}


@api.get("/clients", PanelFunction.CLIENT_READ)
def list_clients(call: Call[NoBody]) -> Answer:
    values = query_values("query", "login", "account_number", "limit", "cursor")
    limit, after = page_of(values)
    page = clients(call.actor).options(selectinload(Client.memberships).joinedload("*"))
    if login := values.get("login"):
        page = page.where(is_login(Client.login, login)[0])
    if (number := whole(values, "account_number")) is not None:
        page = page.where(Client.account_number == number)
    if words := values.get("query"):
        page = page.where(matching(words, call.actor))
    if after is not None:
        page = page.where(Client.id > after)
    rows = call.session.scalars(page.order_by(Client.id).limit(limit + 1)).all()
    return {
        "items": [_client(row, call.actor, call.language) for row in rows[:limit]],
        "next_cursor": str(rows[limit - 1].id) if len(rows) > limit else None,
    }


@api.get("/clients/<bigid:client_id>", PanelFunction.CLIENT_READ)
def show_client(call: Call[NoBody], client_id: int) -> Answer:
    return _client(
        find_client(call.session, call.actor, client_id=client_id), call.actor, call.language
    )


@api.get("/clients/<bigid:client_id>/users", *MANAGING)
def list_client_users(call: Call[NoBody], client_id: int) -> Answer:
    found = client_users(call.session, call.actor, client_id)
    page, cursor = short_page(query_values("limit", "cursor"), found)
    return {"items": [_user(row) for row in page], "next_cursor": cursor}


@api.get("/clients/<bigid:client_id>/balance", PanelFunction.BALANCE_READ)
def show_balance(call: Call[NoBody], client_id: int) -> Answer:
    key = query_values("provider").get("provider")
    client = find_client(call.session, call.actor, client_id=client_id)
    provider = provider_for(call.session, call.actor, client, key)
    membership = next((m for m in client.memberships if m.provider_id == provider.id), None)
    if membership is None:
        raise NotFound
    stands = seen_standing(call.session, call.actor, client.id, provider.id)
    if stands is None:
        raise NotFound
    return {
        "provider": provider.key,
        "money": money(Money(stands.balance, provider.currency)),
        "points": money(Money(stands.points, POINTS)),
        "credit_limit": _limit(terms_seen(membership, call.actor)),
        "debt": money(Money(stands.debt, provider.currency)),
    }


@api.get("/clients/<bigid:client_id>/services", PanelFunction.CLIENT_READ)
def list_services(call: Call[NoBody], client_id: int) -> Answer:
    limit, after = page_of(query_values("limit", "cursor"))
    client = find_client(call.session, call.actor, client_id=client_id)
    page = (
        select(Service)
        .join(Provider, Provider.id == Service.provider_id)
        .where(Service.client_id == client.id, own_providers(call.actor))
        .options(joinedload(Service.tariff))
    )
    if after is not None:
        page = page.where(Service.id > after)
    rows = call.session.scalars(page.order_by(Service.id).limit(limit + 1)).all()
    return {
        "items": [_service(row, call.language) for row in rows[:limit]],
        "next_cursor": str(rows[limit - 1].id) if len(rows) > limit else None,
    }


def _provider(row: Provider, language: str) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "country": row.country,
        "currency": row.currency,
        "prices_include_tax": row.prices_include_tax,
        "payment_methods": [
            {"key": method.key, "kind": method.kind.value, "title": say(method.title, language)}
            for method in row.payment_methods
            if row.can_take_by(method)
        ],
        "delivery_services": [
            {
                "key": service.key,
                "title": say(service.title, language),
                "price": money(Money(service.price, row.currency)),
            }
            for service in row.delivery_services
        ],
    }


def _client(row: Client, actor: Actor, language: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "login": row.login,
        "account_number": row.account_number,
        "name": row.name,
        "kind": row.kind.value,
        "country": row.country,
        "vat_number": row.vat_number,
        "tax_number": row.tax_number,
        "phone": row.phone,
        "email": row.email,
        "address": row.address,
        "delivery_address": row.delivery_address or row.address,
        "language": row.language,
        "providers": [
            _terms(terms, language) for terms in all_terms_seen(seen_memberships(actor, row), actor)
        ],
    }


def _user(row: ClientUser) -> dict[str, Any]:
    return {
        "id": row.user_id,
        "login": row.user.login,
        "role": row.role.value,
        "language": row.user.language,
        "disabled": row.user.disabled_at is not None,
    }


def _terms(terms: Terms, language: str) -> dict[str, Any]:
    """``blocked_reason``: staff's words for staff, the client's for the client."""
    return {
        "key": terms.provider.key,
        "name": terms.provider.name,
        "group": {"key": terms.group_key, "title": say(terms.group, language)}
        if terms.group
        else None,
        "credit_limit": _limit(terms),
        "blocked": terms.blocked,
        "blocked_reason": terms.block or None,
    }


def _limit(terms: Terms) -> dict[str, str] | None:
    """None: not for whoever asks."""
    if terms.credit_limit is None:
        return None
    return money(Money(terms.credit_limit, terms.provider.currency))


def _service(row: Service, language: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "tariff": row.tariff.key,
        "title": say(row.tariff.title, language),
        "period": str(Period(row.months)),
        "since": row.since.isoformat(),
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "paid_until": row.paid_until.isoformat() if row.paid_until else None,
        "state": row.state.value,
    }
