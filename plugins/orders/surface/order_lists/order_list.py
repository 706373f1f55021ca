"""A page of a list of orders, and what it was narrowed to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import zone_of
from billing_panel.accounts.firms.providers import Provider
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.values.actor import Actor
from plugins.orders.store.find_orders import OrderFilter
from plugins.orders.store.models import Order
from plugins.orders.store.order_extension import MessageCounts, message_counts
from plugins.orders.store.price_visibility import priced, sees_prices
from plugins.orders.store.workflow_store import details_titles
from plugins.orders.surface.order_lists.order_filters import (
    PAGE,
    Filters,
    StatusesOf,
    among,
    offered,
    read_filters,
)


@dataclass(frozen=True)
class OrderList:
    """``orders``: without their sums unless ``prices``. ``statuses``: those to choose from.

    ``zone``: of its times. ``next_page``: the id where the next page goes on; None: there is none.
    ``address``: makes the address of the list from filters. ``messages``: counts by the id of the
    order, of those that have any. ``details_titles``: by workflow (M13).
    """

    orders: Sequence[Order]
    prices: bool
    filters: Filters
    providers: Sequence[Provider]
    statuses: Sequence[StatusesOf]
    zone: str
    next_page: int | None
    address: Callable[..., str]
    messages: Mapping[int, MessageCounts]
    details_titles: Mapping[int, Titles]


def read_list(
    session: Session,
    actor: Actor,
    providers: Sequence[Provider],
    wanted: Mapping[str, str],
    *,
    read: Callable[[OrderFilter], Sequence[Order]],
    address: Callable[..., str],
    within: str = "",
) -> OrderList:
    """``wanted``: what the address asks for. ``read``: the orders, as many as it is told.

    ``within``: the stage, ``active`` or ``ended`` that all of the list is narrowed to.
    """
    asked = read_filters(wanted, within)
    statuses = offered(session, providers, asked)
    filters = among(asked, statuses)
    rows = read(filters.shown())
    return OrderList(
        orders=priced([*rows[:PAGE]], actor),
        prices=sees_prices(actor),
        filters=filters,
        providers=providers,
        statuses=statuses,
        zone=zone_of(providers, filters.provider),
        next_page=rows[PAGE - 1].id if len(rows) > PAGE else None,
        address=address,
        messages=message_counts(session, rows[:PAGE], actor),
        details_titles=details_titles(session, {row.workflow_id for row in rows[:PAGE]}),
    )
