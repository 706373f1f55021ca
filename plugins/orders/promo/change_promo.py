"""Promo codes of a provider, made and changed by staff."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider, own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import ClientGroup
from billing_panel.administration.details import validators
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.database.unique_key_violations import refusing_taken
from billing_panel.kernel.input.invisible_characters import tidy
from billing_panel.kernel.language.errors import FieldError, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import Money, parse
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.promo.promo_models import MAX_CODE, MAX_FOLDED, PromoCode
from plugins.orders.promo.use_promo import folded

MOST_USES = 1_000_000_000


@dataclass(frozen=True)
class PromoDetails:
    """A code as people type it: ``percent``, or ``amount`` in major units of the currency.

    ``periods`` are months; ``groups`` and ``tariffs`` ids. Empty lists and None: no restriction.
    """

    code: str
    percent: Decimal | None = None
    amount: str = ""
    since: date | None = None
    until: date | None = None
    periods: Sequence[int] = field(default_factory=list)
    groups: Sequence[int] = field(default_factory=list)
    tariffs: Sequence[int] = field(default_factory=list)
    max_uses: int | None = None
    max_uses_per_client: int | None = None
    archived: bool = False


def promo_codes(session: Session, actor: Actor) -> Sequence[Row[PromoCode, Provider]]:
    """Codes of the actor's providers, those that are in use first. Raises FunctionNotHeld."""
    require(actor, OrdersFunction.PROMO_CHANGE)
    rows = select(PromoCode, Provider).join(Provider, Provider.id == PromoCode.provider_id)
    in_order = (PromoCode.archived, Provider.id, PromoCode.folded)
    return session.execute(rows.where(own_providers(actor)).order_by(*in_order)).all()


def find_code(session: Session, actor: Actor, promo_id: int) -> tuple[PromoCode, Provider]:
    """Raises FunctionNotHeld, NotFound."""
    require(actor, OrdersFunction.PROMO_CHANGE)
    found = session.execute(
        select(PromoCode, Provider)
        .join(Provider, Provider.id == PromoCode.provider_id)
        .where(PromoCode.id == promo_id, own_providers(actor))
    ).first()
    if found is None:
        raise NotFound(text("No such promo code, or you don’t have access to it."))
    return found[0], found[1]


def promo_details(promo: PromoCode, currency: str) -> PromoDetails:
    """Read a code as people type it."""
    return PromoDetails(
        code=promo.code,
        percent=promo.percent or None,
        amount=str(Money(promo.amount, currency)) if promo.amount else "",
        since=promo.since,
        until=promo.until,
        periods=promo.periods,
        groups=promo.groups,
        tariffs=promo.tariffs,
        max_uses=promo.max_uses,
        max_uses_per_client=promo.max_uses_per_client,
        archived=promo.archived,
    )


def create_promo(
    session: Session, provider: str, details: PromoDetails, *, actor: Actor, clock: Clock
) -> PromoCode:
    """Raises FunctionNotHeld, NotFound, Invalid."""
    require(actor, OrdersFunction.PROMO_CHANGE)
    of = find_provider(session, actor, provider)
    promo = PromoCode(provider_id=of.id)
    _write(session, promo, of, details)
    _record(session, "promo_code.created", promo, {"code": promo.code}, actor, clock)
    return promo


def change_promo(
    session: Session,
    promo_id: int,
    details: PromoDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> PromoCode:
    """What orders have used of it stays as it was.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict ``changed_meanwhile``.
    """
    promo, of = find_code(session, actor, promo_id)
    lock_row(session, promo)
    now = promo_details(promo, of.currency)
    refuse_stale(now, seen)
    _write(session, promo, of, details)
    if changes := differences(now, promo_details(promo, of.currency)):
        _record(session, "promo_code.changed", promo, {"changes": changes}, actor, clock)
    return promo


TAKEN = FieldError("code", "taken", text("This provider already has a code spelled like this."))


def _write(session: Session, promo: PromoCode, of: Provider, details: PromoDetails) -> None:
    code = tidy(details.code)
    validators.refuse_wrong([*_wrong(session, of, details), *_taken(session, promo, code)])
    with refusing_taken(session, {PromoCode.folded: TAKEN}):
        promo.code, promo.folded = code, folded(code)
        promo.percent = details.percent or Decimal(0)
        promo.amount = parse(details.amount, of.currency).minor if details.amount else 0
        promo.since, promo.until = details.since, details.until
        promo.periods = sorted(set(details.periods))
        promo.groups = sorted(set(details.groups))
        promo.tariffs = sorted(set(details.tariffs))
        promo.max_uses = details.max_uses
        promo.max_uses_per_client = details.max_uses_per_client
        promo.archived = details.archived
        session.add(promo)


def _taken(session: Session, promo: PromoCode, code: str) -> Iterator[FieldError]:
    same = select(PromoCode.id).filter_by(provider_id=promo.provider_id, folded=folded(code))
    with session.no_autoflush:
        there = session.scalar(same)
    if there is not None and there != promo.id:
        yield TAKEN


def _wrong(session: Session, of: Provider, details: PromoDetails) -> Iterator[FieldError]:
    yield from validators.filled("code", details.code, most=MAX_CODE)
    yield from validators.printable("code", details.code)
    if details.code.strip() and not 0 < len(folded(details.code)) <= MAX_FOLDED:
        yield FieldError("code", "letters", text("Use letters and digits."))
    if details.percent is None and not details.amount:
        message = text("Enter a percentage or a sum.")
        yield FieldError("percent", "required", message)
    elif details.percent is not None and details.amount:
        message = text("A code takes off either a percentage or a sum, not both.")
        yield FieldError("amount", "both", message)
    elif details.percent is not None:
        yield from validators.percent("percent", details.percent or None)
    else:
        yield from validators.amount("amount", details.amount, of.currency, least=1)
    if details.since and details.until and details.until < details.since:
        message = text("The last day is before the first.")
        yield FieldError("until", "before", message)
    for name in ("max_uses", "max_uses_per_client"):
        yield from validators.number(name, getattr(details, name), least=1, most=MOST_USES)
    yield from _unknown(session, of, details)


def _unknown(session: Session, of: Provider, details: PromoDetails) -> Iterator[FieldError]:
    own = select(Tariff.id).where(Tariff.provider_id == of.id, Tariff.id.in_(details.tariffs))
    groups = select(ClientGroup.id).where(ClientGroup.id.in_(details.groups))
    for name, asked, known in (
        ("tariffs", details.tariffs, session.scalars(own)),
        ("groups", details.groups, session.scalars(groups)),
    ):
        yield from validators.among(name, map(str, asked), map(str, known))


def _record(
    session: Session,
    kind: str,
    promo: PromoCode,
    facts: dict[str, object],
    actor: Actor,
    clock: Clock,
) -> None:
    record(
        session,
        kind,
        actor=actor,
        at=clock.now(),
        subject=("promo_code", promo.id),
        provider_id=promo.provider_id,
        facts=facts,
    )
