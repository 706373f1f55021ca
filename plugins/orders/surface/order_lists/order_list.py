"""A page of a list of orders, and what it was narrowed to.

One statement reads the rows, whatever they have; the others are as many on every page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.person_names import people
from billing_panel.accounts.access.scope import zone_of
from billing_panel.accounts.companies.provider_models import PaymentMethod
from billing_panel.kernel.language.errors import DomainError, Invalid
from billing_panel.kernel.language.text import Titles, say
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.i18n import gettext
from plugins.orders.listing.list_settings import COLUMNS, ListSettings, NamedView
from plugins.orders.listing.listed_rows import listed_rows
from plugins.orders.listing.order_filter import OrderFilter
from plugins.orders.listing.select_order_rows import OrderRow
from plugins.orders.listing.status_counts import ListedProvider, ListedStatus, Offered, by_stage
from plugins.orders.store.models import number_of
from plugins.orders.store.order_extensions import message_counts
from plugins.orders.store.versions.workflow_store import workflows_run
from plugins.orders.store.visibility.price_visibility import sees_prices
from plugins.orders.surface.order_lists.order_list_cells import RowDrawer, Style, may_be_opened
from plugins.orders.surface.order_lists.read_order_filter import Asked, Known, read_asked
from plugins.orders.surface.order_lists.url_filters import PAGE, Filters, value_of
from plugins.orders.workflow.statuses.stage import Stage


@dataclass(frozen=True)
class StatusesOf:
    """The statuses a list can be narrowed to, in the order their provider gave them (W2)."""

    provider: ListedProvider
    statuses: Sequence[ListedStatus]

    def value(self, status: ListedStatus) -> str:
        return value_of(self.provider.key, status)


@dataclass(frozen=True)
class OrderList:
    """``rows``: drawn, without sums unless ``prices``. ``statuses``: those to choose from.

    ``counts``: orders by stage, no further than ``MOST``, where they are counted. ``zone``: of its
    times. ``newer`` and ``older``: addresses of the neighbouring pages; None: there is none.
    ``address``: makes the address of the list from filters. ``refusal``: what of the address nobody
    knows; then no orders are shown. ``columns``: those chosen. ``views``: the person's own.
    """

    rows: Sequence[Markup]
    prices: bool
    filters: Filters
    refusal: Invalid | None
    providers: Sequence[ListedProvider]
    statuses: Sequence[StatusesOf]
    counts: Mapping[Stage, int]
    zone: str
    newer: str | None
    older: str | None
    address: Callable[..., str]
    columns: frozenset[str]
    views: Sequence[NamedView]
    departments: Sequence[tuple[str, Titles]]
    asked: str
    client_id: int | None

    @property
    def here(self) -> str:
        """The address of this page of the list."""
        return f"{self.address()}?{self.asked}" if self.asked else self.address()

    @property
    def status(self) -> int:
        """Of the answer."""
        return self.refusal.status if self.refusal else 200


@dataclass(frozen=True)
class ListedFor:
    """Whose list it is, and where it stands.

    ``offered``: what it can be narrowed to. ``departments``: those too, by key, where the further
    filters are shown. ``settings``: how they have their lists. ``client_id`` None: of all clients.
    ``within``: the stage, ``active`` or ``ended``, that all of it is narrowed to. ``set_at``: where
    statuses are set from its rows; empty: nowhere.
    """

    actor: Actor
    language: str
    now: datetime
    offered: Offered
    settings: ListSettings
    address: Callable[..., str]
    departments: Sequence[tuple[str, Titles]] = ()
    client_id: int | None = None
    within: str = ""
    set_at: str = ""


def read_list(session: Session, wanted: Mapping[str, str], of: ListedFor) -> OrderList:
    """``wanted``: what the address asks for."""
    providers, statuses = of.offered.providers, of.offered.statuses
    known = Known(session, of.actor, of.offered, of.now)
    asked = read_asked(wanted, known, within=of.within)
    chosen = asked.filters.provider
    shown = [one for one in providers if chosen in {"", one.key}]
    rows = _read(session, of, asked, [one.id for one in shown])
    page, newer, older = _cut(rows, asked.shown)
    style = _style(of, chosen)
    return OrderList(
        rows=_drawer(session, of, page, style).drawn(page),
        prices=style.prices,
        filters=asked.filters,
        refusal=asked.refusal,
        providers=providers,
        statuses=_offered(shown, statuses),
        counts=by_stage(one for one in statuses if one.provider_id in {p.id for p in shown}),
        zone=style.zone,
        newer=_goes(of, asked, {"to": newer}),
        older=_goes(of, asked, {"from": older}),
        address=of.address,
        columns=style.columns,
        views=of.settings.views if of.actor.client_id is None else (),
        departments=of.departments,
        asked=urlencode([*wanted.items()]),
        client_id=of.client_id,
    )


def _read(
    session: Session, of: ListedFor, asked: Asked, provider_ids: Sequence[int]
) -> list[OrderRow]:
    """One order more than a page, to know whether another follows."""
    if asked.refusal is not None or not provider_ids:
        return []
    shown = replace(asked.shown, client_id=of.client_id or asked.shown.client_id, limit=PAGE + 1)
    return listed_rows(session, of.actor, shown, provider_ids, of.language)


def _cut(
    rows: Sequence[OrderRow], shown: OrderFilter
) -> tuple[Sequence[OrderRow], int | None, int | None]:
    """The page, and the ids where the newer and the older neighbour begin."""
    if shown.after is not None:
        page = rows[-PAGE:]
        newer = page[0].id if len(rows) > PAGE else None
        return page, newer, page[-1].id if page else None
    page = rows[:PAGE]
    newer = page[0].id if page and shown.before is not None else None
    return page, newer, page[-1].id if len(rows) > PAGE else None


def _goes(of: ListedFor, asked: Asked, where: Mapping[str, int | None]) -> str | None:
    if None in where.values():
        return None
    return of.address(**asked.filters.but(**{k: v for k, v in where.items() if v is not None}))


def _style(of: ListedFor, chosen: str) -> Style:
    """``chosen``: the key of the provider that is meant alone, or nothing."""
    columns = of.settings.columns
    return Style(
        language=of.language,
        zone=zone_of(of.offered.providers, chosen),
        prices=sees_prices(of.actor),
        columns=columns if of.client_id is None else columns - {"client"},
        opens=may_be_opened(),
        set_at=of.set_at,
    )


def _drawer(session: Session, of: ListedFor, page: Sequence[OrderRow], style: Style) -> RowDrawer:
    who = (row.placed_by_id for row in page) if "placed_by" in style.columns else ()
    return RowDrawer(
        actor=of.actor,
        style=style,
        providers={one.id: one for one in of.offered.providers},
        statuses={one.id: one for one in of.offered.statuses},
        workflows=workflows_run(session, {row.workflow_id for row in page}),
        messages=message_counts(session, [row.id for row in page], of.actor),
        methods=_methods(session, of) if "method" in style.columns else {},
        people=people(session, who, of.actor),
    )


def _methods(session: Session, of: ListedFor) -> Mapping[int, str]:
    ids = [one.id for one in of.offered.providers]
    found = select(PaymentMethod).where(PaymentMethod.provider_id.in_(ids))
    return {row.id: say(row.title, of.language) for row in session.scalars(found)}


def _offered(
    shown: Sequence[ListedProvider], statuses: Sequence[ListedStatus]
) -> Sequence[StatusesOf]:
    """Of the providers that are shown."""
    groups = ((one, [s for s in statuses if s.provider_id == one.id]) for one in shown)
    return [StatusesOf(provider, own) for provider, own in groups if own]


@dataclass(frozen=True)
class RefusedRow:
    """What was refused of one order in a list."""

    order_id: int
    refusal: DomainError

    @property
    def number(self) -> str:
        return number_of(self.order_id)


def column_titles() -> Sequence[tuple[str, str]]:
    """The columns that can be chosen, in their order."""
    titles = {
        "client": gettext("Client"),
        "placed": gettext("Date and time"),
        "provider": gettext("Provider"),
        "method": gettext("Payment method"),
        "placed_by": gettext("Placed by"),
        "deadline": gettext("Deadline"),
        "total": gettext("Total"),
        "paid": gettext("Paid / left"),
    }
    return [(name, titles[name]) for name in COLUMNS]
