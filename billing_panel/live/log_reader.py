"""Reading the log, and rows that plugins address to people, from a cursor on. No row is skipped.

A row that is committed after one with a higher id leaves a hole in the place. Once all who wrote
while it was seen have ended (``late_commit_marks``), what is then read and still not there never
comes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from billing_panel.audit.hash_chain_models import EventSeal
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.extension.feed_sources import Addressed, FeedSource
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.tables.late_commit_marks import Mark, all_writers, comes_late
from billing_panel.live.feed_cursor import MOST_HOLES, Cursor, Hole, Place

BATCH = 500
# Whoever was writing while so many others were written is not waited for when reading begins.
LOOK_BACK = 10_000
LOOK_BACK_OF_SOURCE = 200
EVENT_IDS = Event.__table__.c.id
COLUMNS = (
    Event.id,
    Event.kind,
    Event.user_id,
    Event.provider_id,
    Event.client_id,
    Event.subject_kind,
    Event.subject_id,
    Event.at,
)


@dataclass(frozen=True)
class LoggedEvent:
    """An event as the feed needs it, without its facts."""

    id: int
    kind: str
    user_id: int | None
    provider_id: int | None
    client_id: int | None
    subject_kind: str
    subject_id: int
    at: datetime


@dataclass(frozen=True)
class Passed:
    """Something new, and the cursor of whoever has received it and all before it."""

    what: LoggedEvent | Addressed
    source: str
    cursor: Cursor


@dataclass(frozen=True)
class Reading:
    """What came after a cursor, the cursor after all of it, and whether more is waiting."""

    passed: Sequence[Passed]
    cursor: Cursor
    more: bool = False


def read_on(
    session: Session,
    cursor: Cursor,
    sources: Sequence[FeedSource],
    limit: int | None = None,
) -> Reading:
    """Read at most ``limit`` events (BATCH), and rows of ``sources``, which ``cursor`` lacks.

    Who comes without a place in a source begins at its end.
    """
    limit = limit or BATCH
    found: list[Passed] = []
    entries = _entries(session, cursor.log, limit + 1)
    for entry in entries[:limit]:
        place = cursor.log.after(entry.id)
        if len(place.holes) > MOST_HOLES:
            break
        cursor = replace(cursor, log=place)
        found.append(Passed(entry, "", cursor))
    for source in sources:
        if source.name not in cursor.sources:
            cursor = _at(cursor, source.name, newest_of(session, source))
        for row in _addressed(session, source, cursor.sources[source.name], limit):
            cursor = _at(cursor, source.name, cursor.sources[source.name].after(row.id))
            found.append(Passed(row, source.name, cursor))
    return Reading(found, cursor, more=len(entries) > limit)


def newest(session: Session, sources: Sequence[FeedSource]) -> Cursor:
    """Where somebody stands who has seen all that can be seen now.

    One statement on SQLite, where nothing comes late; elsewhere one more for each place that is
    not sealed, which finds the holes and no row.
    """
    ends = _ends(tuple(source.ids for source in sources))
    high, settled, *others = (end or 0 for end in plain(session, ends).one())
    log = _place(session, EVENT_IDS, high, max(settled, high - LOOK_BACK))
    places = {
        source.name: _place(session, source.ids, end, end - LOOK_BACK_OF_SOURCE)
        for source, end in zip(sources, others, strict=True)
    }
    return Cursor(log, places)


@lru_cache
def _ends(ids: tuple[ColumnElement[int], ...]) -> Select[*tuple[int | None, ...]]:
    """Of the log, of what is sealed of it, and of each source."""
    sealed = select(func.max(EventSeal.event_id)).scalar_subquery()
    return select(_end(EVENT_IDS), sealed, *map(_end, ids))


def newest_of(session: Session, source: FeedSource) -> Place:
    """The same of one source."""
    high = session.scalar(select(_end(source.ids))) or 0
    return _place(session, source.ids, high, high - LOOK_BACK_OF_SOURCE)


def _end(ids: ColumnElement[int]) -> ScalarSelect[int | None]:
    return select(func.max(ids)).scalar_subquery()


def _place(session: Session, ids: ColumnElement[int], high: int, settled: int) -> Place:
    """With more holes than a cursor holds the oldest count as settled."""
    settled = max(0, settled)
    if high <= settled or not comes_late(session):
        return Place(high)
    before = func.lag(ids, 1, settled).over(order_by=ids).label("before")
    seen = select(ids.label("id"), before).where(ids > settled, ids <= high).subquery()
    holes = (
        select(seen.c.before + 1, seen.c.id - 1)
        .where(seen.c.id > seen.c.before + 1)
        .order_by(seen.c.id.desc())
        .limit(MOST_HOLES)
    )
    newest_first = plain(session, holes).all()
    return Place(high, tuple((first, last) for first, last in reversed(newest_first)))


def _at(cursor: Cursor, source: str, place: Place) -> Cursor:
    return replace(cursor, sources={**cursor.sources, source: place})


def _entries(session: Session, place: Place, limit: int) -> Sequence[LoggedEvent]:
    """Those with the lowest ids first, whichever were late."""
    late = (and_(Event.id >= first, Event.id <= last) for first, last in place.holes)
    query = select(*COLUMNS).where(or_(Event.id > place.high, *late))
    rows = session.execute(query.order_by(Event.id).limit(limit))
    return [LoggedEvent(*row) for row in rows]


def _addressed(
    session: Session, source: FeedSource, place: Place, limit: int
) -> Iterator[Addressed]:
    """Read in pages: what stands between a hole and the end was read already."""
    low = place.low
    while rows := source.after(session, low, limit):
        yield from (row for row in rows if place.lacks(row.id))
        if len(rows) < limit:
            return
        low = rows[-1].id


@dataclass
class Gaps:
    """Which holes stay empty for ever, as one reader learns it from one reading to the next."""

    marked: Mark[tuple[Hole, ...]] = field(default_factory=lambda: Mark(()))
    ended: tuple[Hole, ...] = ()
    # by the name of a source; the log has none
    others: dict[str, "Gaps"] = field(default_factory=dict)

    def settled(self, cursor: Cursor) -> Cursor:
        """``cursor`` without the holes that a reading, begun after ``look``, has left empty."""
        return Cursor(
            cursor.log.without(self.ended),
            {
                name: place.without(self.others[name].ended) if name in self.others else place
                for name, place in cursor.sources.items()
            },
        )

    def look(self, session: Session, cursor: Cursor) -> None:
        """In the transaction in which ``cursor`` was read, and after it."""
        places = {"": cursor.log, **cursor.sources}
        if any(place.holes for place in places.values()):
            writers = all_writers(session)
        else:
            writers = frozenset()
        self.mark(cursor.log, writers)
        for name, place in cursor.sources.items():
            self.others.setdefault(name, Gaps()).mark(place, writers)

    def mark(self, place: Place, writers: frozenset[str]) -> None:
        """Holes that were marked are over once all who wrote then have ended."""
        over = self.marked.is_final(writers)
        self.ended = self.marked.seen if over else ()
        if over:
            self.marked = Mark(place.holes, writers)
