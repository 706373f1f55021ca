"""Tariffs as the search shows them to clients: those of the shops they have."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.catalog.models import Tariff
from billing_panel.catalog.tariff_search import TARIFF, tariffs_found
from billing_panel.kernel.extension.hooks import Hit, SearchedKind
from billing_panel.kernel.language.text import Titles, text
from billing_panel.kernel.tables.find_search_entries import Page
from billing_panel.kernel.tables.search_entries import provider_mark
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.shop.shop_access import own_shops


def _find(session: Session, query: str, actor: Actor, page: Page) -> Sequence[Hit]:
    if actor.client_id is None:
        return ()
    if not allows(actor, OrdersFunction.CART_CHANGE, OrdersFunction.ORDER_CREATE):
        return ()
    _, shops = own_shops(session, actor)
    marks = [provider_mark(provider.id) for provider in shops]
    ids = tariffs_found(session, query, marks, page, Tariff.archived.is_(False))
    if not ids:
        return ()
    by_id = {provider.id: provider for provider in shops}
    columns = Tariff.id, Tariff.provider_id, Tariff.titles, Tariff.category
    read = select(*columns).where(Tariff.id.in_(ids)).order_by(Tariff.id.desc())
    return [
        Hit(
            id=row.id,
            title=Titles(row.titles),
            note=by_id[row.provider_id].name,
            endpoint="shop.of_provider",
            values={"key": by_id[row.provider_id].key, "category": row.category},
        )
        for row in session.execute(read)
    ]


SHOP_SEARCHED = SearchedKind(f"shop_{TARIFF}", text("Shop"), "box", _find)
