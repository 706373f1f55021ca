"""Adding and changing providers, with everything that belongs to them alone."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import insert
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import (
    DeliveryService,
    MethodKind,
    PaymentMethod,
    Provider,
    TaxRate,
)
from billing_panel.accounts.people.staff_models import staff_provider
from billing_panel.administration.details import validators
from billing_panel.administration.details.address_fields import tidied_address
from billing_panel.administration.details.balance_floors import move_floors
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.administration.details.record_provider_event import record_of_provider
from billing_panel.administration.providers.provider_details import (
    PLAIN,
    DeliveryDetails,
    MethodDetails,
    ProviderDetails,
    RateDetails,
    provider_details,
)
from billing_panel.administration.providers.provider_mistakes import (
    TAKEN,
    still_used,
    taken,
    unknown_gateway,
    wrong_details,
    wrong_numbers,
    wrong_registration,
)
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.database.unique_key_violations import refusing_taken
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import parse
from permissions.guard import require
from permissions.panel_functions import PanelFunction


def create_provider(
    session: Session,
    details: ProviderDetails,
    *,
    gateways: Collection[str] = (),
    mails: bool = False,
    actor: Actor,
    clock: Clock,
) -> Provider:
    """Whoever enters a provider works for it from then on; ``gateways``: those there are keys for.

    ``mails``: mail is set up, so that registration can be switched on. Raises FunctionNotHeld,
    Invalid.
    """
    require(actor, PanelFunction.PROVIDER_CREATE)
    details = replace(details, **tidied_address(details))
    wrong = [
        *taken(session, details.key),
        *unknown_gateway(details, gateways),
        *wrong_registration(session, details, can_open=mails),
    ]
    validators.refuse_wrong([*wrong_details(details, ()), *wrong_numbers(details), *wrong])
    provider = Provider(**{name: getattr(details, name) for name in PLAIN})
    provider.points_for = _minor(details.points_for, details.currency)
    provider.registration_group = details.registration_group or None
    with refusing_taken(session, {Provider.key: TAKEN}):
        session.add(provider)
        _write_lists(provider, details)
    if actor.staff_id is not None:
        values = {"staff_id": actor.staff_id, "provider_id": provider.id}
        session.execute(insert(staff_provider).values(**values))
    record_of_provider(session, "provider.created", provider, actor=actor, at=clock.now())
    return provider


def change_provider(
    session: Session,
    key: str,
    details: ProviderDetails,
    *,
    seen: str | None = None,
    gateways: Collection[str] = (),
    mails: bool = False,
    actor: Actor,
    clock: Clock,
) -> Provider:
    """Raises FunctionNotHeld, NotFound, Conflict ``changed_meanwhile``.

    And Invalid, ``below_floor`` when balances that stand below zero may do so no more.
    """
    require(actor, PanelFunction.PROVIDER_CHANGE)
    provider = find_provider(session, actor, key)
    # orders, which refer to the provider, are not kept waiting
    lock_row(session, provider, key_share=True)
    now = provider_details(provider)
    refuse_stale(now, seen)
    # one whose keys were taken away may stay
    known = {*gateways, *(method.gateway for method in now.payment_methods)}
    wrong = [
        *still_used(session, provider, details, now),
        *unknown_gateway(details, known),
        *wrong_registration(session, details, can_open=mails or now.registration_open),
    ]
    before = [now.key, *(service.key for service in now.delivery_services)]
    details = replace(details, **tidied_address(details))
    own = [*wrong_details(details, before, now), *wrong_numbers(details, now)]
    validators.refuse_wrong([*own, *wrong])
    for name in PLAIN:
        setattr(provider, name, getattr(details, name))
    provider.points_for = _minor(details.points_for, provider.currency)
    provider.registration_group = details.registration_group or None
    _write_lists(provider, details)
    if details.balance_may_go_below != now.balance_may_go_below:
        move_floors(session, provider)
    if changes := differences(now, details):
        record_of_provider(
            session, "provider.changed", provider, {"changes": changes}, actor=actor, at=clock.now()
        )
    return provider


def _minor(amount: str, currency: str) -> int | None:
    return parse(amount, currency).minor if amount else None


def _write_lists(provider: Provider, details: ProviderDetails) -> None:
    _write_rates(provider, details.tax_rates)
    _write_methods(provider, details.payment_methods)
    _write_services(provider, details.delivery_services)


def _write_rates(provider: Provider, rates: Sequence[RateDetails]) -> None:
    there: dict[tuple[str, date | None], TaxRate] = {
        (rate.tax_class, rate.since): rate for rate in provider.tax_rates
    }
    kept = []
    for rate in rates:
        row = there.get((rate.tax_class, rate.since)) or TaxRate(
            tax_class=rate.tax_class, since=rate.since
        )
        row.percent = rate.percent or Decimal(0)
        kept.append(row)
    provider.tax_rates = kept


def _write_methods(provider: Provider, methods: Sequence[MethodDetails]) -> None:
    """A method that is left out is no longer offered; orders may be paid by it still."""
    there = {method.kind: method for method in provider.payment_methods}
    named = {method.kind: method for method in methods}
    for kind in [*named, *(kind for kind in there if kind not in named)]:
        details = named.get(
            kind, MethodDetails(kind, client_may_choose=False, staff_may_take=False)
        )
        row = there.get(kind)
        if row is None and not details.is_offered:
            continue
        if row is None:
            row = PaymentMethod(key=kind.value, kind=kind)
            provider.payment_methods.append(row)
        row.position = [*named, kind].index(kind)
        row.client_may_choose = details.client_may_choose
        row.staff_may_take = details.staff_may_take
        row.gateway = details.gateway if kind is MethodKind.CARD_GATEWAY else None


def _write_services(provider: Provider, services: Sequence[DeliveryDetails]) -> None:
    there = {service.key: service for service in provider.delivery_services}
    for service in services:
        row = there.get(service.key)
        if row is None:
            row = DeliveryService(key=service.key)
            provider.delivery_services.append(row)
        row.titles = dict(service.titles)
        row.price = parse(service.price, provider.currency).minor
        row.tax_class = service.tax_class
        row.offered = service.offered
        row.tracking_url = service.tracking_url
