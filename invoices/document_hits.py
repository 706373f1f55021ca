"""Documents as the search shows them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import own_providers, seen_client
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.extension.hooks import Hit, SearchedKind
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.find_search_entries import Page
from billing_panel.kernel.values.actor import Actor
from invoices.document_event_wording import NAMES
from invoices.functions import InvoicesFunction
from invoices.store.document_search import DOCUMENT, documents_found, documents_numbered
from invoices.store.models import IssuedDocument
from permissions.guard import allows

COLUMNS = (
    IssuedDocument.id,
    IssuedDocument.number,
    IssuedDocument.kind,
    IssuedDocument.issued_on,
    Client.name,
)


def _find(session: Session, query: str, actor: Actor, page: Page) -> Sequence[Hit]:
    """To be opened as they are printed, so for whoever may print them."""
    if not allows(actor, InvoicesFunction.INVOICE_PRINT):
        return ()
    named = documents_numbered(session, query, actor)
    wanted = Page(page.limit + len(named), before=page.before)
    others = [one for one in documents_found(session, query, actor, wanted) if one not in named]
    ids = [*(named if page.before is None else ()), *others]
    if not ids:
        return ()
    read = (
        select(*COLUMNS)
        .join(Provider, Provider.id == IssuedDocument.provider_id)
        .join(Client, Client.id == IssuedDocument.client_id)
        .where(own_providers(actor), seen_client(actor), IssuedDocument.id.in_(ids))
    )
    by_id = {row.id: row for row in session.execute(read)}
    hits = [
        Hit(
            id=row.id,
            title=text("%(kind)s %(number)s", kind=NAMES[row.kind], number=row.number),
            note=_note(row.issued_on, row.name, actor),
            endpoint="documents.pdf",
            values={"document_id": row.id},
            named=row.id in named,
        )
        for row in (by_id[one] for one in ids if one in by_id)
    ]
    return hits[: page.limit]


def _note(issued_on: object, client: str, actor: Actor) -> Text:
    if actor.client_id is not None:
        return text("%(day)s", day=issued_on)
    return text("%(client)s · %(day)s", client=client, day=issued_on)


DOCUMENTS_SEARCHED = SearchedKind(DOCUMENT, text("Invoices"), "invoice", _find)
