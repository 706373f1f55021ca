"""The statuses a list can be narrowed to, and how many orders are in each.

They are counted as they are, no further than ``MOST``, by the index of statuses: exact where the
number says something, and as cheap at a million orders as at a thousand. A table of counters would
cost every step of every order two more rows, at which the steps of a provider would wait for each
other (``docs/performance.md``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, literal, null, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing_panel.accounts.access.scope import own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.kept_by_actor import kept_by_actor
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.find_orders import MAX_COUNT, own_orders
from plugins.orders.store.models import Order
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.statuses.stage import Shape, Stage, Tone

# "1,000+" is said of more
MOST = 1_000
# of a provider, before those of a status
PROVIDER_COLUMNS = 4


@dataclass(frozen=True)
class ListedProvider:
    """A provider as lists name it; ``timezone``: of its times."""

    id: int
    key: str
    name: str
    timezone: str


@dataclass(frozen=True)
class ListedStatus:
    """``count``: how many orders are in it, ``MOST`` + 1 of more; None: nobody counted."""

    id: int
    provider_id: int
    key: str
    titles: Mapping[str, str]
    stage: Stage
    tone: Tone
    shape: Shape
    enabled: bool
    count: int | None

    @property
    def title(self) -> Titles:
        return Titles(self.titles)


@dataclass(frozen=True)
class Offered:
    """What lists can be narrowed to: providers by key, statuses in the order of each (W2)."""

    providers: Sequence[ListedProvider]
    statuses: Sequence[ListedStatus]


def offered(session: Session, actor: Actor, *, counted: bool = False) -> Offered:
    """All that is in the actor's scope, in one statement."""
    rows = plain(session, (_counted_scope if counted else _scope)(actor)).all()
    providers = dict.fromkeys(ListedProvider(*row[:PROVIDER_COLUMNS]) for row in rows)
    statuses = (row[PROVIDER_COLUMNS:] for row in rows)
    return Offered([*providers], [ListedStatus(*one) for one in statuses if one[0] is not None])


def listed_statuses(
    session: Session, provider_ids: Iterable[int], *, counted: bool = False
) -> Sequence[ListedStatus]:
    """Of these providers, each in the order its provider gave them (W2), in one statement."""
    rows = plain(session, _statuses(counted=counted), {"provider_ids": sorted(provider_ids)})
    return [ListedStatus(*row) for row in rows]


@cache
def _statuses(*, counted: bool) -> Select[*tuple[Any, ...]]:
    return (
        select(*_columns(counted=counted))
        .where(OrderStatus.provider_id.in_(bindparam("provider_ids", expanding=True)))
        .order_by(OrderStatus.provider_id, OrderStatus.position)
    )


@kept_by_actor
def _scope(actor: Actor) -> Select[*tuple[Any, ...]]:
    return _in_scope(actor, counted=False)


@kept_by_actor
def _counted_scope(actor: Actor) -> Select[*tuple[Any, ...]]:
    return _in_scope(actor, counted=True)


def _in_scope(actor: Actor, *, counted: bool) -> Select[*tuple[Any, ...]]:
    """A provider without statuses is there too."""
    of_provider = Provider.id, Provider.key, Provider.name, Provider.timezone
    return (
        select(*of_provider, *_columns(counted=counted))
        .outerjoin(OrderStatus, OrderStatus.provider_id == Provider.id)
        .where(own_providers(actor))
        .order_by(Provider.key, OrderStatus.position)
    )


def _columns(*, counted: bool) -> Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]]:
    orders = select(literal(1)).where(Order.status_id == OrderStatus.id).limit(MOST + 1)
    number = select(func.count()).select_from(orders.correlate(OrderStatus).subquery())
    return (
        OrderStatus.id,
        OrderStatus.provider_id,
        OrderStatus.key,
        OrderStatus.titles,
        OrderStatus.stage,
        OrderStatus.tone,
        OrderStatus.shape,
        OrderStatus.enabled,
        number.correlate(OrderStatus).scalar_subquery() if counted else null(),
    )


def by_stage(statuses: Iterable[ListedStatus]) -> Mapping[Stage, int]:
    """How many orders are in each stage; more than ``MOST`` where it is not known exactly."""
    counts = dict.fromkeys(Stage, 0)
    for status in statuses:
        counts[status.stage] += status.count or 0
    return counts


def stage_counts(
    session: Session, actor: Actor, client: Client, provider_ids: Sequence[int]
) -> dict[Stage, int]:
    """How many orders of the client are in each stage, counted no further than ``MAX_COUNT``."""
    require(actor, OrdersFunction.HISTORY_READ)
    values = {"client_id": client.id, "provider_ids": sorted(provider_ids)}
    return dict(zip(Stage, plain(session, _by_stage(actor), values).one(), strict=True))


@kept_by_actor
def _by_stage(actor: Actor) -> Select[*tuple[Any, ...]]:
    own = select(Order.id).where(
        own_orders(actor),
        Order.client_id == bindparam("client_id"),
        Order.provider_id.in_(bindparam("provider_ids", expanding=True)),
    )
    counts = (
        select(func.count())
        .select_from(own.where(Order.stage == stage).limit(MAX_COUNT).subquery())
        .scalar_subquery()
        for stage in Stage
    )
    return select(*counts)


def said_count(number: int) -> str:
    """``12``, or ``1,000+`` of more than anybody counted."""
    return f"{MOST:,}+" if number > MOST else str(number)


def said_few(number: int) -> str:
    """``12``, or ``99+`` of more than anybody counted."""
    return str(number) if number < MAX_COUNT else f"{MAX_COUNT - 1}+"
