"""Tariffs as they are searched: by key, category, and title in every language."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from billing_panel.catalog.models import Tariff
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.tables.search_entries import (
    SearchEntry,
    disagreeing,
    entry,
    found,
    having,
)

TARIFF = "tariff"


def enter_tariff(session: Session, tariff: Tariff) -> None:
    """Let the tariff be found by what it is called now."""
    session.merge(_entry(tariff))


def named_like(query: str) -> ColumnElement[bool]:
    """Condition on Tariff."""
    return found(query, lambda word: Tariff.id.in_(having(word, TARIFF)))


def _entry(tariff: Tariff) -> SearchEntry:
    return entry(TARIFF, tariff.id, tariff.key, tariff.category, *tariff.titles.values())


def _wrong(session: Session) -> Iterator[Text]:
    yield from disagreeing(session, TARIFF, map(_entry, session.scalars(select(Tariff))))


TARIFF_SEARCH_CHECKS = (Check("search.tariffs", _wrong),)
