"""Client groups: clients treated alike by every provider of the installation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.accounts.people.client_models import ClientGroup, ForbiddenMethod
from billing_panel.administration.details import validators
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.database.unique_key_violations import refusing_taken
from billing_panel.kernel.language.errors import FieldError, NotFound, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from permissions.panel_functions import PanelFunction


@dataclass(frozen=True)
class GroupDetails:
    """``titles`` are for staff. Clients read ``client_titles``, if there are any, and ``only_for``.

    ``only_for``: said where a tariff asks for this group; without words, its title is named.
    """

    key: str
    titles: Mapping[str, str]
    client_titles: Mapping[str, str] = field(default_factory=dict)
    only_for: Mapping[str, str] = field(default_factory=dict)
    discount_percent: Decimal | None = Decimal(0)
    ignores_service_limits: bool = False
    payment_terms_days: int | None = None
    forbidden_methods: Sequence[MethodKind] = field(default_factory=list)


def group_details(group: ClientGroup) -> GroupDetails:
    """Read a group as people type it."""
    return GroupDetails(
        key=group.key,
        titles=group.titles,
        client_titles=group.client_titles,
        only_for=group.only_for or {},
        discount_percent=group.discount_percent,
        ignores_service_limits=group.ignores_service_limits,
        payment_terms_days=group.payment_terms_days,
        forbidden_methods=sorted(MethodKind(row.method) for row in group.forbidden_methods),
    )


def groups(session: Session) -> Sequence[ClientGroup]:
    """List all client groups, by key."""
    return session.scalars(select(ClientGroup).order_by(ClientGroup.key)).all()


def find_group(session: Session, group_id: int) -> ClientGroup:
    """Raises NotFound."""
    group = session.get(ClientGroup, group_id)
    if group is None:
        raise NotFound(text("There is no such client group."))
    return group


def group_by_key(session: Session, key: str) -> ClientGroup:
    """Raises NotFound."""
    group = session.scalar(select(ClientGroup).filter_by(key=key))
    if group is None:
        raise NotFound(text("There is no such client group."))
    return group


def save_group(
    session: Session,
    group_id: int | None,
    details: GroupDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> ClientGroup:
    """A new group for ``group_id`` None.

    Raises FunctionNotHeld, Refused ``shared``, NotFound, Invalid, Conflict ``changed_meanwhile``.
    """
    require(actor, PanelFunction.GROUP_CHANGE)
    _refuse_limited(actor)
    group = ClientGroup() if group_id is None else find_group(session, group_id)
    now = None
    if group_id is not None:
        lock_row(session, group)
        now = group_details(group)
        refuse_stale(now, seen)
    validators.refuse_wrong([*_wrong(details, now), *_taken(session, details.key, group_id)])
    with refusing_taken(session, {ClientGroup.key: TAKEN}):
        _write(group, details)
        session.add(group)
    changes = differences(now, details) if now else {}
    if now is None or changes:
        record(
            session,
            "client_group.created" if now is None else "client_group.changed",
            actor=actor,
            at=clock.now(),
            subject=("client_group", group.id),
            facts={"changes": changes},
        )
    return group


def _refuse_limited(actor: Actor) -> None:
    if actor.provider_ids is not None:
        raise Refused(
            text("Groups apply to every provider; only an owner may change them."), code="shared"
        )


TAKEN = FieldError("key", "taken", text("Another group already has this key."))


def _taken(session: Session, key: str, group_id: int | None) -> Iterator[FieldError]:
    there = session.scalar(select(ClientGroup.id).filter_by(key=key))
    if there is not None and there != group_id:
        yield TAKEN


def _wrong(details: GroupDetails, now: GroupDetails | None) -> Iterator[FieldError]:
    yield from validators.key("key", details.key, before=[now.key] if now else ())
    yield from validators.titles("titles", details.titles)
    yield from validators.percent("discount_percent", details.discount_percent)
    yield from validators.number("payment_terms_days", details.payment_terms_days, most=365)
    for name in ("client_titles", "only_for"):
        yield from validators.translations(name, getattr(details, name))


def _write(group: ClientGroup, details: GroupDetails) -> None:
    group.key = details.key
    group.titles = dict(details.titles)
    group.client_titles = {k: v for k, v in details.client_titles.items() if v}
    group.only_for = {k: v for k, v in details.only_for.items() if v} or None
    group.discount_percent = details.discount_percent or Decimal(0)
    group.ignores_service_limits = details.ignores_service_limits
    group.payment_terms_days = details.payment_terms_days
    there = {row.method: row for row in group.forbidden_methods}
    group.forbidden_methods = [
        there.get(kind) or ForbiddenMethod(method=kind.value)
        for kind in sorted(set(details.forbidden_methods))
    ]
