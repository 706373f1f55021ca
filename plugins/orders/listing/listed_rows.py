"""A page of a list of orders, read by a statement that is kept for its shape."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from billing_panel.kernel.values.actor import Actor
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.listing.listed_orders import page_of, page_of_indexes
from plugins.orders.listing.order_filter import OrderFilter
from plugins.orders.listing.select_order_rows import OrderRow, order_rows, rows_of

# the filters people use, for each of them
KEPT = 1_000


def listed_rows(
    session: Session, actor: Actor, shown: OrderFilter, provider_ids: Sequence[int], language: str
) -> list[OrderRow]:
    """The orders of the page, newest first; ``provider_ids`` as for ``page_of``.

    What is found by words, unread, or late by today is asked anew; other statements are made once
    for each shape of the filter, and their values filled in. Raises FunctionNotHeld.
    """
    require(actor, OrdersFunction.HISTORY_READ)
    dialect = session.get_bind().dialect.name
    if shown.query or shown.unread or shown.overdue is not None:
        page = page_of(session, actor, shown, provider_ids)
        rows = None if page is None else rows_of(page, shown, language, dialect)
    else:
        who = replace(actor, address=None)
        rows = _statement(who, shown.shape, tuple(provider_ids), language, dialect)
    return order_rows(session, rows, shown)


@lru_cache(maxsize=KEPT)
def _statement(
    actor: Actor, shape: OrderFilter, provider_ids: tuple[int, ...], language: str, dialect: str
) -> Select[Any] | None:
    """Made of these alone; what the values of ``shape`` stand for is filled in."""
    page = page_of_indexes(actor, shape, provider_ids)
    return None if page is None else rows_of(page, shape, language, dialect)
