"""The live feed of one process: a thread reads what is new once, and gives each what is theirs.

It is woken by commits (``watcher``) and looks by itself every other second, too. In one snapshot it
reads on from where it stands, reads for newcomers from where they stand, and asks whether everybody
may still be here; then the loop of the server sends. No connection has a thread or a session.
"""

import random
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Event, Lock, Thread

from sqlalchemy.orm import Session

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.extension.feed_sources import FeedSource
from billing_panel.kernel.extension.hooks import Sight
from billing_panel.kernel.process.concurrency_limit import Places
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.live.commit_watcher import Watcher
from billing_panel.live.event_visibility import Judge, Surroundings, surroundings
from billing_panel.live.feed_cursor import Cursor
from billing_panel.live.feed_items import (
    Item,
    as_stream,
    events_for,
    heartbeat,
    items_for,
    opening,
    reset,
)
from billing_panel.live.listener_rights import Standing, standing
from billing_panel.live.listeners import Listener, Person, Who, give_out
from billing_panel.live.log_reader import (
    BATCH,
    Gaps,
    LoggedEvent,
    Passed,
    Reading,
    newest,
    read_on,
)

log = logger()
OF_ONE_PERSON = 20
# Whoever is further behind starts over: what they look at is loaded as a whole.
MOST_BEHIND = 10_000
LOOK_SECONDS = 2.0
# with a hole, until it is filled or known to stay empty
LOOK_AGAIN_SECONDS = 0.25
# what is committed in one moment is read at once
GATHER_SECONDS = 0.01
AGAIN_SECONDS = 1.0
CHECK_SECONDS = 3.0
HEARTBEAT_SECONDS = 15.0
# after these events somebody's rights may be others; it is looked at once more before they are told
OF_RIGHTS = frozenset({"client", "department", "provider", "staff", "user"})
# when the server has gone away not all browsers come back in the same moment
RETRY_MILLISECONDS = (500, 2500)


@dataclass(frozen=True)
class Caught:
    """What came after somebody's cursor, as they may see it, and where they stand now."""

    items: Sequence[Item]
    cursor: Cursor
    more: bool = False


@dataclass
class Turn:
    """What one look into the database brought; ``late``: for newcomers, by where they stood."""

    reading: Reading
    newcomers: AbstractSet[Listener] = frozenset()
    late: Mapping[str, Reading] = field(default_factory=dict)
    around: Surroundings = field(default_factory=Surroundings)
    standing: Standing | None = None


class Feed:
    """``most`` are connected at once. ``idle``: how long a session lasts unused."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        sights: Mapping[str, Sight],
        sources: Sequence[FeedSource],
        idle: timedelta,
        most: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sights = sights
        self._sources = sources
        self._idle = idle
        self.places = Places(most=most, of_one=OF_ONE_PERSON)
        self._lock = Lock()
        self._listeners: list[Listener] = []
        self._woken = Event()
        self._over = Event()
        self._watcher = Watcher(database, self._woken.set)
        self._thread = Thread(target=self._run, name="live feed", daemon=True)
        self._is_started = False
        self._cursor: Cursor | None = None
        self._gaps = Gaps()
        self._judges: dict[Who, Judge] = {}
        self._checked = self._beaten = 0.0

    def start(self) -> None:
        """Begin to read, once in a process; it goes on to its end."""
        with self._lock:
            if not self._is_started:
                self._is_started = True
                self._watcher.start()
                self._thread.start()

    def stop(self) -> None:
        """Nothing is read any more once this returns; it does not begin again."""
        with self._lock:
            started, self._is_started = self._is_started, True
        if started:
            self._over.set()
            self._woken.set()
            self._watcher.stop()
            self._thread.join()

    @property
    def known(self) -> Cursor | None:
        """Where the reader stands; None: it has not read yet, or does not run here."""
        return self._cursor

    def cursor(self) -> Cursor:
        """Where a page goes on that has read nothing yet. Raises Unavailable.

        Kept in memory where the reader runs: it may be a moment old, never too new.
        """
        known = self.known
        if known is not None:
            return known
        with self._database.snapshot() as session:
            return newest(session, self._sources)

    def admit(self, person: Person, cursor: Cursor) -> Listener:
        """A connection that goes on from ``cursor``. Raises Busy, TooManyAtOnce."""
        give_back = self.places.take(person.user_id)
        retry = random.randint(*RETRY_MILLISECONDS)  # noqa: S311 (no secret)
        return Listener(
            person,
            cursor,
            begun=self._begun,
            hungry=self._woken.set,
            ended=give_back,
            waiting=deque([opening(retry)]),
        )

    def _begun(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.append(listener)
        self._woken.set()

    def catch_up(self, actor: Actor, cursor: Cursor, *, in_person: bool) -> Caught:
        """What a browser that is not connected asks for now and then. Raises Unavailable."""
        known = self.known
        if known is not None:
            cursor = replace(cursor, log=cursor.log.as_known_by(known.log))
        with self._database.snapshot() as session:
            end = known or newest(session, self._sources)
            if _is_too_far(cursor, end):
                return Caught([reset(end)], end)
            reading = read_on(session, cursor, self._sources)
            around = surroundings(session, _entries(reading.passed))
        judge = Judge(actor, self._sights, in_person=in_person)
        items = items_for(judge, actor.user_id, reading.passed, around)
        return Caught(list(items), reading.cursor, reading.more)

    def events_after(
        self, session: Session, actor: Actor, cursor: Cursor, limit: int
    ) -> tuple[Sequence[tuple[LoggedEvent, Item]], Cursor, bool]:
        """At most ``limit`` events after ``cursor`` as ``actor`` is told of them.

        With the cursor after them, and whether more can be asked for at once. Of a long log in
        which little is for them, no more than MOST_BEHIND entries are read. In the caller's
        snapshot.
        """
        known = self.known
        if known is not None:
            cursor = replace(cursor, log=cursor.log.as_known_by(known.log))
        judge, found, more = Judge(actor, self._sights), list[tuple[LoggedEvent, Item]](), True
        for _ in range(MOST_BEHIND // BATCH):
            reading = read_on(session, cursor, ())
            around = surroundings(session, _entries(reading.passed))
            found += events_for(judge, reading.passed, around)
            if len(found) > limit:
                # the one behind the last that is answered comes next
                return found[:limit], found[limit - 1][1].cursor, True
            cursor, more = reading.cursor, reading.more
            if not more:
                break
        return found, cursor, more

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                more = self._turn()
            except Unavailable as error:
                log.warning("live_feed_waits", trouble=error.trouble.code)
                self._over.wait(AGAIN_SECONDS)
                continue
            except Exception:
                log.exception("live_feed_failed")
                self._over.wait(AGAIN_SECONDS)
                continue
            if not more:
                has_holes = self._cursor is not None and self._cursor.has_holes
                self._woken.wait(LOOK_AGAIN_SECONDS if has_holes else LOOK_SECONDS)
            self._over.wait(GATHER_SECONDS)

    def _turn(self) -> bool:
        """Whether there is more to read at once."""
        # before it looks: what comes after is looked at once more
        self._woken.clear()
        present = self._present()
        turn = self._look(present)
        gone = {one for one in present if self._must_go(one, turn)}
        stayed = [one for one in present if one not in gone]
        pieces = [*self._pieces(stayed, turn), *self._heartbeats(stayed)]
        # those who are new have received what came before
        give_out([*((one, None) for one in gone), *pieces])
        return turn.reading.more or any(one.more for one in turn.late.values())

    def _present(self) -> list[Listener]:
        with self._lock:
            self._listeners = [one for one in self._listeners if not one.is_over]
            return list(self._listeners)

    def _look(self, present: Sequence[Listener]) -> Turn:
        with self._database.snapshot() as session:
            if self._cursor is None:
                self._cursor = newest(session, self._sources)
            reading = read_on(session, self._cursor, self._sources)
            settled = self._gaps.settled(reading.cursor)
            self._gaps.look(session, settled)
            reading = replace(reading, cursor=settled)
            # whoever has not taken the last part is given the next one later
            newcomers = {one for one in present if one.cursor is not None and not one.waiting}
            cursors = {str(one.cursor): one.cursor for one in newcomers if one.cursor is not None}
            late = {
                written: read_on(session, cursor, self._sources)
                for written, cursor in cursors.items()
                if not _is_too_far(cursor, settled)
            }
            passed = [*reading.passed, *(new for one in late.values() for new in one.passed)]
            entries = _entries(passed)
            turn = Turn(reading, newcomers, late)
            if entries and present:
                turn.around = surroundings(session, entries)
            turn.standing = self._standing(session, present, entries)
        self._cursor = settled
        return turn

    def _standing(
        self, session: Session, present: Sequence[Listener], entries: Sequence[LoggedEvent]
    ) -> Standing | None:
        """None: it was looked at just now, and nothing has happened that could change it."""
        now = time.monotonic()
        of_rights = any(entry.subject_kind in OF_RIGHTS for entry in entries)
        if not present or not (of_rights or now >= self._checked + CHECK_SECONDS):
            return None
        self._checked = now
        return standing(
            session,
            {one.person.session for one in present},
            {one.person.user_id for one in present},
            at=self._clock.now(),
            idle=self._idle,
        )

    def _must_go(self, listener: Listener, turn: Turn) -> bool:
        person = listener.person
        if person.until is not None and person.until <= self._clock.now():
            return True
        if turn.standing is None:
            return False
        is_same = turn.standing.rights.get(person.user_id) == person.rights
        return not is_same or person.session not in turn.standing.sessions

    def _pieces(self, stayed: Sequence[Listener], turn: Turn) -> Iterator[tuple[Listener, bytes]]:
        """What each is sent now. Whoever sees the same from the same place is judged once."""
        made: dict[tuple[Who, str], bytes] = {}
        everybody = {one.person.who for one in stayed}
        # what they hold stays the same as long as they are here
        self._judges = {
            who: self._judges.get(who) or Judge(who.actor, self._sights, in_person=who.in_person)
            for who in everybody
        }
        for one in stayed:
            if one.cursor is not None and one not in turn.newcomers:
                continue
            who = one.person.who
            key = (who, "" if one.cursor is None else str(one.cursor))
            if key not in made:
                made[key] = as_stream(self._items(one, self._judges[who], turn))
            self._go_on(one, turn)
            if made[key]:
                yield one, made[key]

    def _items(self, listener: Listener, judge: Judge, turn: Turn) -> Iterator[Item]:
        reading: Reading | None = turn.reading
        if listener.cursor is not None:
            reading = turn.late.get(str(listener.cursor))
        if reading is None:
            return iter([reset(turn.reading.cursor)])
        if listener.person.by_token:
            return (item for _, item in events_for(judge, reading.passed, turn.around))
        user_id = listener.person.actor.user_id
        return items_for(judge, user_id, reading.passed, turn.around)

    def _go_on(self, listener: Listener, turn: Turn) -> None:
        """A newcomer who has caught up goes on with the others.

        All was read in one snapshot, so both stand in the same place when nothing more is waiting.
        """
        if listener.cursor is None:
            return
        late = turn.late.get(str(listener.cursor))
        if late is None or not (late.more or turn.reading.more):
            listener.cursor = None
        else:
            listener.cursor = late.cursor

    def _heartbeats(self, stayed: Sequence[Listener]) -> Iterator[tuple[Listener, bytes]]:
        now = time.monotonic()
        if now < self._beaten + HEARTBEAT_SECONDS or self._cursor is None:
            return
        self._beaten = now
        beat = heartbeat(self._cursor)
        yield from ((one, beat) for one in stayed if one.cursor is None)


def _entries(passed: Sequence[Passed]) -> list[LoggedEvent]:
    return [one.what for one in passed if isinstance(one.what, LoggedEvent)]


def _is_too_far(cursor: Cursor, end: Cursor) -> bool:
    return end.log.high - cursor.log.high > MOST_BEHIND
