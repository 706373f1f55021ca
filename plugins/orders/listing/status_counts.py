"""The statuses a list can be narrowed to, and how many orders are in each.

They are counted as they are, no further than ``MOST``, by the index of statuses: exact where the
number says something, and as cheap at a million orders as at a thousand. A table of counters would
cost every step of every order two more rows, at which the steps of a provider would wait for each
other (``docs/performance.md``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, cast, func, literal, null, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing_panel.accounts.access.scope import own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.language.quantities import counted
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
# of a provider, before those of a status and its position
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


def offered(session: Session, actor: Actor) -> Offered:
    """All that is in the actor's scope, in one statement; nothing is counted."""
    return offered_of(plain(session, _scope(actor)).all())


def offered_of(rows: Sequence[Any]) -> Offered:
    """``rows``: those of ``counted_scope``, in any order."""
    rows = sorted(rows, key=_by_provider)
    providers = dict.fromkeys(ListedProvider(*row[:PROVIDER_COLUMNS]) for row in rows)
    statuses = (row[PROVIDER_COLUMNS:-1] for row in rows)
    return Offered([*providers], [ListedStatus(*one) for one in statuses if one[0] is not None])


def _by_provider(row: Any) -> tuple[str, int]:
    """As they are listed; a provider without statuses has no position in its row."""
    return row.provider_key, row.position or 0


def counted_statuses(session: Session, provider_ids: Iterable[int]) -> Sequence[ListedStatus]:
    """Of these providers, each in the order its provider gave them (W2), in one statement."""
    values = {"provider_ids": sorted(provider_ids)}
    return statuses_of(plain(session, _COUNTED_STATUSES, values).all())


def statuses_of(rows: Sequence[Any]) -> Sequence[ListedStatus]:
    """``rows``: those of ``STATUSES``, in any order."""
    rows = sorted(rows, key=lambda row: (row.provider_id, row.position))
    return [ListedStatus(*row[:-1]) for row in rows]


def _statuses(*, counted: bool) -> Select[*tuple[Any, ...]]:
    own = OrderStatus.provider_id.in_(bindparam("provider_ids", expanding=True))
    return select(*_columns(counted=counted)).where(own)


@kept_by_actor
def _scope(actor: Actor) -> Select[*tuple[Any, ...]]:
    return _in_scope(actor, counted=False)


@kept_by_actor
def counted_scope(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Each status in the actor's scope beside its provider, and how many orders are in it."""
    return _in_scope(actor, counted=True)


def _in_scope(actor: Actor, *, counted: bool) -> Select[*tuple[Any, ...]]:
    """A provider without statuses is there too."""
    of_provider = (
        Provider.id.label("listed_id"),
        Provider.key.label("provider_key"),
        Provider.name,
        Provider.timezone,
    )
    return (
        select(*of_provider, *_columns(counted=counted))
        .outerjoin(OrderStatus, OrderStatus.provider_id == Provider.id)
        .where(own_providers(actor))
    )


def _columns(*, counted: bool) -> Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]]:
    orders = select(literal(1)).where(Order.status_id == OrderStatus.id).limit(MOST + 1)
    number = select(func.count()).select_from(orders.correlate(OrderStatus).subquery())
    count = number.correlate(OrderStatus).scalar_subquery() if counted else cast(null(), Integer)
    return (
        OrderStatus.id,
        OrderStatus.provider_id,
        OrderStatus.key,
        OrderStatus.titles,
        OrderStatus.stage,
        OrderStatus.tone,
        OrderStatus.shape,
        OrderStatus.enabled,
        count.label("count"),
        OrderStatus.position,
    )


STATUSES = _statuses(counted=False)
_COUNTED_STATUSES = _statuses(counted=True)


def by_stage(statuses: Iterable[ListedStatus]) -> Mapping[Stage, int]:
    """How many orders are in each stage; more than ``MOST`` where it is not known exactly."""
    counts = dict.fromkeys(Stage, 0)
    for status in statuses:
        counts[status.stage] += status.count or 0
    return counts


@kept_by_actor
def client_stages(actor: Actor) -> Select[*tuple[Any, ...]]:
    """How many orders of a client are in each stage, counted no further than ``MAX_COUNT``.

    ``client_id`` and ``chosen_ids``, of providers, are its values.
    """
    require(actor, OrdersFunction.HISTORY_READ)
    own = select(Order.id).where(
        own_orders(actor),
        Order.client_id == bindparam("client_id"),
        Order.provider_id.in_(bindparam("chosen_ids", expanding=True)),
    )
    counts = (
        select(func.count())
        .select_from(own.where(Order.stage == stage).limit(MAX_COUNT).subquery())
        .scalar_subquery()
        .label(stage.value)
        for stage in Stage
    )
    return select(*counts)


def said_count(number: int, language: str) -> str:
    """``12``, or ``1,000+`` of more than anybody counted."""
    return counted(number, MOST, language)


def said_few(number: int, language: str) -> str:
    """``12``, or ``99+`` of more than anybody counted."""
    return counted(number, MAX_COUNT - 1, language)
