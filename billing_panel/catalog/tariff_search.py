"""How tariffs are searched: by key, category, and title in every language."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from billing_panel.catalog.models import Tariff
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.tables.find_search_entries import Page, Sought, asked, entries
from billing_panel.kernel.tables.search_entries import (
    SearchEntry,
    disagreeing,
    entry,
    index_entries,
)

TARIFF = "tariff"


def index_tariff(session: Session, tariff: Tariff) -> None:
    """Let the tariff be found by what it is called now."""
    index_entries(session, [_entry(tariff)])


def tariffs_found(
    session: Session,
    query: str,
    within: Sequence[str] | None,
    page: Page,
    *narrowed: ColumnElement[bool],
) -> Sequence[int]:
    """Ids of tariffs by the words of ``query``.

    ``within``: marks of their providers, None: of all. ``narrowed``: conditions on Tariff.
    """
    words = asked(query)
    if not words:
        return ()
    sought = Sought(TARIFF, [words], within, before=page.before, after=page.after)
    found = entries(session, sought)
    order = found.place.desc() if page.after is None else found.place
    ids = select(Tariff.id).join(found.rows, Tariff.id == found.subject)
    ids = ids.where(found.condition, *narrowed).order_by(order).limit(page.limit)
    return session.scalars(ids).all()


def _entry(tariff: Tariff) -> SearchEntry:
    said = tariff.key, tariff.category, *tariff.titles.values()
    return entry(TARIFF, tariff.id, *said, providers=[tariff.provider_id])


def _wrong(session: Session) -> Iterator[Text]:
    yield from disagreeing(session, TARIFF, map(_entry, session.scalars(select(Tariff))))


TARIFF_SEARCH_CHECKS = (Check("search.tariffs", _wrong),)
