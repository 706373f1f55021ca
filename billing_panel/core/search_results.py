"""What a search finds, of every kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Hit, SearchedKind
from billing_panel.kernel.tables.find_search_entries import Page, asked
from billing_panel.kernel.values.actor import Actor


@dataclass(frozen=True)
class HitsOfKind:
    """A page of what was found of one kind.

    ``before``: where the next page goes on; None: there is none.
    """

    kind: SearchedKind
    hits: Sequence[Hit]
    before: int | None


def hits_of_kind(
    session: Session, kind: SearchedKind, query: str, actor: Actor, page: Page
) -> HitsOfKind:
    """One of the kind more than the page has is looked up, to know whether another follows."""
    wanted = Page(page.limit + 1, before=page.before)
    found = kind.find(session, query, actor, wanted) if asked(query) else ()
    hits = found[: page.limit]
    return HitsOfKind(kind, hits, hits[-1].id if len(found) > page.limit else None)


def hits_by_kind(
    session: Session, kinds: Sequence[SearchedKind], query: str, actor: Actor, limit: int
) -> Sequence[HitsOfKind]:
    """At most ``limit`` of each kind that has any; first those named by the whole query."""
    found = [hits_of_kind(session, kind, query, actor, Page(limit)) for kind in kinds]
    return sorted((one for one in found if one.hits), key=lambda one: not one.hits[0].named)


def best_hits(found: Sequence[HitsOfKind], limit: int) -> Sequence[tuple[SearchedKind, Hit]]:
    """Those named by the whole query, then of each kind in turn, so that none crowds others out."""
    taken = [*_named(found), *_in_turn(found)][:limit]
    places = {one.kind.kind: place for place, one in enumerate(found)}
    return sorted(taken, key=lambda one: (not one[1].named, places[one[0].kind]))


def _named(found: Sequence[HitsOfKind]) -> Iterator[tuple[SearchedKind, Hit]]:
    return ((one.kind, hit) for one in found for hit in one.hits if hit.named)


def _in_turn(found: Sequence[HitsOfKind]) -> Iterator[tuple[SearchedKind, Hit]]:
    rows = zip_longest(*([(one.kind, hit) for hit in one.hits] for one in found))
    return (one for row in rows for one in row if one and not one[1].named)
