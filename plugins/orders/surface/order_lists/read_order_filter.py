"""From what an address asks for to the orders that are read; what nobody knows is refused."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import clients, known_staff
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.login_names import is_login
from billing_panel.accounts.people.staff_models import Department, Staff, staff_department
from billing_panel.accounts.people.user_models import User
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.kernel.values.calendar_dates import local_date
from plugins.orders.listing.order_filter import OrderFilter
from plugins.orders.listing.status_counts import ListedProvider, ListedStatus, Offered
from plugins.orders.store.order_sum_rules import PaymentStanding
from plugins.orders.surface.order_lists.url_filters import (
    OVERDUE,
    OWED,
    Filters,
    among,
    read_filters,
    value_of,
    wrong_filters,
)

# opens the further filters, without narrowing anything
MORE = "more"


@dataclass(frozen=True)
class Known:
    """What whoever looks may name."""

    session: Session
    actor: Actor
    scope: Offered
    now: datetime

    def offered(self) -> Sequence[tuple[str, ListedStatus]]:
        keys = {one.id: one.key for one in self.scope.providers}
        return [(keys[one.provider_id], one) for one in self.scope.statuses]

    def status_id(self, value: str) -> int | None:
        """Of the status that an address names so; None: of none."""
        return next((one.id for key, one in self.offered() if value_of(key, one) == value), None)

    def client(self, login: str) -> int | None:
        meant, first = is_login(Client.login, login)
        found = clients(self.actor).where(meant).order_by(first).with_only_columns(Client.id)
        return self.session.scalar(found.limit(1))

    def tariffs(self, key: str) -> tuple[int, ...]:
        ids = [one.id for one in self.scope.providers]
        found = select(Tariff.id).where(Tariff.key == key, Tariff.provider_id.in_(ids))
        return tuple(self.session.scalars(found))

    def person(self, login: str) -> tuple[int, ...]:
        meant, first = is_login(User.login, login)
        own = select(User.id).join(Staff, Staff.user_id == User.id)
        found = own.where(meant, known_staff(self.actor)).order_by(first).limit(1)
        return tuple(self.session.scalars(found))

    def people_of(self, department: str) -> tuple[int, ...] | None:
        """None: there is no such department."""
        id_ = self.session.scalar(select(Department.id).where(Department.key == department))
        if id_ is None:
            return None
        of_it = (
            select(Staff.user_id)
            .join(staff_department, staff_department.c.staff_id == Staff.id)
            .where(staff_department.c.department_id == id_)
        )
        return tuple(self.session.scalars(of_it.order_by(Staff.user_id)))


@dataclass(frozen=True)
class Asked:
    """``shown``: what is read. ``refusal``: what of the address is not known."""

    filters: Filters
    shown: OrderFilter
    refusal: Invalid | None
    more: bool


def read_asked(written: Mapping[str, str], known: Known, *, within: str) -> Asked:
    """Whatever is wrong is told at once, each by its name."""
    more = MORE in written
    written = {name: value for name, value in written.items() if name != MORE}
    filters = read_filters(written, within)
    named = _named(filters, known)
    errors = [*_wrong(written, filters, known, named)]
    if errors:
        return Asked(filters, OrderFilter(), Invalid(errors), more)
    filters = among(filters, known.offered())
    return Asked(filters, _shown(written, filters, known, named), None, more)


def asks_more(written: Mapping[str, str]) -> bool:
    """Whether the further filters are shown."""
    return MORE in written or read_filters(written).further


@dataclass(frozen=True)
class _Named:
    """Ids of what the filters name; None, or no tariffs and nobody: there is no such thing."""

    client: int | None
    tariffs: tuple[int, ...]
    person: tuple[int, ...]
    people: tuple[int, ...] | None


def _named(filters: Filters, known: Known) -> _Named:
    return _Named(
        client=known.client(filters.client) if filters.client else None,
        tariffs=known.tariffs(filters.tariff) if filters.tariff else (),
        person=known.person(filters.person) if filters.person else (),
        people=known.people_of(filters.department) if filters.department else None,
    )


def _wrong(
    written: Mapping[str, str], filters: Filters, known: Known, named: _Named
) -> Iterator[FieldError]:
    staff = known.actor.client_id is None
    for name, allowed in wrong_filters(written, filters, staff=staff):
        message = text("Choose one of: %(choices)s.", choices=AnyOf([*map(str, allowed)]))
        yield FieldError(name, "unknown_filter", message)
    nobody = text("Nothing of this name, or you don’t have access to it.")
    if filters.provider and filters.provider not in {one.key for one in known.scope.providers}:
        yield FieldError("provider", "unknown_provider", nobody)
    statuses = {value_of(key, status) for key, status in known.offered()}
    if filters.status and filters.status not in statuses:
        yield FieldError("status", "unknown_status", nobody)
    if filters.client and named.client is None:
        yield FieldError("client", "unknown_client", nobody)
    if filters.tariff and not named.tariffs:
        yield FieldError("tariff", "unknown_tariff", nobody)
    if filters.person and not named.person:
        yield FieldError("person", "unknown_person", nobody)
    if filters.department and named.people is None:
        yield FieldError("department", "unknown_department", nobody)


def _shown(
    written: Mapping[str, str], filters: Filters, known: Known, named: _Named
) -> OrderFilter:
    """What is asked of orders; a page that nobody can read the beginning of begins at the first."""
    provider, _, status = filters.status.partition(".")
    payment = filters.payment
    return OrderFilter(
        provider=provider or filters.provider or None,
        client_id=named.client,
        status=status or None,
        status_id=known.status_id(filters.status),
        stages=filters.stages,
        payment=PaymentStanding(payment) if payment not in {"", OWED, OVERDUE} else None,
        owed=payment == OWED,
        overdue=days_of(known.scope.providers, known.now) if payment == OVERDUE else None,
        tariffs=named.tariffs if filters.tariff else None,
        placed_by=ActorKind(filters.placed_by) if filters.placed_by else None,
        people=_people(filters, named),
        has_deadline=bool(filters.deadline),
        unread=bool(filters.unread),
        query=filters.query or None,
        before=whole_number(written.get("from", "")) or None,
        after=whole_number(written.get("to", "")) or None,
        **filters.times(known.now),
    )


def days_of(providers: Iterable[ListedProvider], now: datetime) -> Mapping[int, date]:
    """Which day it is where each of them is, by id."""
    return {one.id: local_date(now, one.timezone) for one in providers}


def _people(filters: Filters, named: _Named) -> tuple[int, ...] | None:
    """Whoever placed it: one person, or the people of a department, or whoever is both."""
    ways = [
        named.person if filters.person else None,
        named.people if filters.department else None,
    ]
    asked = [set(way) for way in ways if way is not None]
    return tuple(sorted(set.intersection(*asked))) if asked else None
