"""Reading the log, and what plugins address to people, from a place on. No row is skipped.

On PostgreSQL a row may become visible after one with a higher id; then the place has a hole.
Whoever inserts a row holds the table lock of an insert from before its id is drawn until its
transaction has ended. So: look at who holds such locks after the rows were read; once all of these
have ended, what is then read and still not there never comes. On SQLite there is one writer at a
time, and no holes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import and_, func, or_, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from billing_panel.audit.models import EventSeal
from billing_panel.kernel.extension.hooks import Addressed, FeedSource
from billing_panel.kernel.tables.event_log import Event
from billing_panel.live.place import MOST_HOLES, Cursor, Hole, Place

BATCH = 500
# Whoever was writing while so many others were written is not waited for when reading begins.
LOOK_BACK = 10_000
LOOK_BACK_OF_SOURCE = 200
WRITERS = sql(
    "SELECT DISTINCT virtualtransaction FROM pg_locks"
    " WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
COLUMNS = (
    Event.id,
    Event.kind,
    Event.user_id,
    Event.provider_id,
    Event.client_id,
    Event.subject_kind,
    Event.subject_id,
)


@dataclass(frozen=True)
class Entry:
    """An event as the feed needs it, without its facts."""

    id: int
    kind: str
    user_id: int | None
    provider_id: int | None
    client_id: int | None
    subject_kind: str
    subject_id: int


@dataclass(frozen=True)
class Passed:
    """Something new, and the cursor of whoever has received it and all before it."""

    what: Entry | Addressed
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
    """Where somebody stands who has seen all that can be seen now."""
    high = session.scalar(select(func.max(Event.id))) or 0
    sealed = session.scalar(select(func.max(EventSeal.event_id))) or 0
    settled = max(sealed, high - LOOK_BACK)
    seen = session.scalars(select(Event.id).where(Event.id > settled).order_by(Event.id))
    log = _from(settled, seen) if high > settled else Place(high)
    return Cursor(log, {source.name: newest_of(session, source) for source in sources})


def newest_of(session: Session, source: FeedSource) -> Place:
    """The same of one source."""
    high = source.last(session)
    settled = max(0, high - LOOK_BACK_OF_SOURCE)
    seen = source.after(session, settled, LOOK_BACK_OF_SOURCE)
    return _from(settled, sorted(row.id for row in seen if row.id <= high))


def _from(settled: int, seen: Iterable[int]) -> Place:
    """With more holes than a cursor holds the oldest count as settled."""
    place = Place(settled)
    for number in seen:
        place = place.after(number)
    return Place(place.high, place.holes[-MOST_HOLES:])


def _at(cursor: Cursor, source: str, place: Place) -> Cursor:
    return replace(cursor, sources={**cursor.sources, source: place})


def _entries(session: Session, place: Place, limit: int) -> Sequence[Entry]:
    """Those with the lowest ids first, whichever were late."""
    late = (and_(Event.id >= first, Event.id <= last) for first, last in place.holes)
    query = select(*COLUMNS).where(or_(Event.id > place.high, *late))
    rows = session.execute(query.order_by(Event.id).limit(limit))
    return [Entry(*row) for row in rows]


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

    marked: tuple[Hole, ...] = ()
    writers: frozenset[str] = frozenset()
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
            writers = _writers(session)
        else:
            writers = frozenset()
        self.mark(cursor.log, writers)
        for name, place in cursor.sources.items():
            self.others.setdefault(name, Gaps()).mark(place, writers)

    def mark(self, place: Place, writers: frozenset[str]) -> None:
        """Holes that were marked are over once all who wrote then have ended."""
        over = self.writers.isdisjoint(writers)
        self.ended = self.marked if over else ()
        if over:
            self.marked, self.writers = place.holes, writers


def _writers(session: Session) -> frozenset[str]:
    if session.get_bind().dialect.name != "postgresql":
        return frozenset()
    return frozenset(session.scalars(WRITERS))
