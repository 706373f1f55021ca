"""Clients as the search shows them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.client_search import CLIENT, clients_found, clients_named
from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.access.scope import seen_client
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.extension.hooks import Hit, SearchedKind
from billing_panel.kernel.input.text_folding import fold
from billing_panel.kernel.language.text import text
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.tables.find_search_entries import Page
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from permissions.panel_functions import PanelFunction


def _find(session: Session, query: str, actor: Actor, page: Page) -> Sequence[Hit]:
    if actor.client_id is not None or not allows(actor, PanelFunction.CLIENT_READ):
        return ()
    named = clients_named(session, query, actor)
    wanted = Page(page.limit + len(named), before=page.before)
    others = [one for one in clients_found(session, query, actor, wanted) if one not in named]
    ids = [*(named if page.before is None else ()), *others]
    if not ids:
        return ()
    columns = Client.id, Client.login, Client.name, Client.account_number, Client.email
    read = select(*columns).where(seen_client(actor), Client.id.in_(ids))
    by_id = {row.id: row for row in session.execute(read)}
    reached = fold(query) if sees(actor, Fact.CONTACTS) else None
    hits = [
        Hit(
            id=row.id,
            title=f"{row.name} · {row.login}",
            note=text("Account %(number)s", number=str(row.account_number)),
            endpoint="clients.profile",
            values={"client_id": row.id},
            named=row.id in named or fold(row.email) == reached,
        )
        for row in (by_id[one] for one in ids if one in by_id)
    ]
    return sorted(hits[: page.limit], key=lambda hit: not hit.named)


CLIENTS_SEARCHED = SearchedKind(CLIENT, text("Clients"), "users", _find)
