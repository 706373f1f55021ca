"""Tariffs as the search shows them to staff."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.tariff_search import TARIFF, tariffs_found
from billing_panel.kernel.extension.hooks import Hit, SearchedKind
from billing_panel.kernel.language.text import Titles, text
from billing_panel.kernel.tables.find_search_entries import Page, scope_marks
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from permissions.panel_functions import PanelFunction

SEEING = (PanelFunction.TARIFF_READ, PanelFunction.TARIFF_CHANGE, PanelFunction.STOCK_CHANGE)


def _find(session: Session, query: str, actor: Actor, page: Page) -> Sequence[Hit]:
    if actor.client_id is not None or not allows(actor, *SEEING):
        return ()
    of_provider = Provider.id == Tariff.provider_id
    keyed = select(Tariff.id).join(Provider, of_provider)
    keyed = keyed.where(own_providers(actor), Tariff.key == query.strip().lower())
    named = session.scalars(keyed.order_by(Tariff.id)).all()
    wanted = Page(page.limit + len(named), before=page.before)
    found = tariffs_found(session, query, scope_marks(actor), wanted)
    others = [one for one in found if one not in named]
    ids = [*(named if page.before is None else ()), *others]
    if not ids:
        return ()
    read = select(Tariff.id, Tariff.key, Tariff.titles, Provider.name).join(Provider, of_provider)
    read = read.where(own_providers(actor), Tariff.id.in_(ids))
    rows = {row.id: row for row in session.execute(read)}
    hits = [
        Hit(
            id=row.id,
            title=Titles(row.titles),
            note=f"{row.key} · {row.name}",
            endpoint="tariffs.change",
            values={"tariff_id": row.id},
            named=row.id in named,
        )
        for row in (rows[one] for one in ids if one in rows)
    ]
    return hits[: page.limit]


TARIFFS_SEARCHED = SearchedKind(TARIFF, text("Tariffs"), "box", _find)
