"""Connected listeners, and the bounded queue of what waits to be sent to each.

The reader's thread gives out what is new, the loop of the server's connections sends it; each
listener belongs to one loop, and is touched there alone once it has begun.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from billing_panel.kernel.values.actor import Actor
from billing_panel.live.feed_cursor import Cursor
from billing_panel.live.listener_rights import Rights

# The key of a request's environment (PEP 3333) under which a server that can go on sending after an
# answer's head is given what it goes on with (``runtime.front``).
GO_ON = "billing_panel.go_on"
# what waits for one who does not read; then they are let go, and come back with their cursor
MOST_WAITING = 64 * 1024


@dataclass(frozen=True)
class Who:
    """Whose eyes see; whether they are their own, and those of a program that asked by a token."""

    actor: Actor
    in_person: bool = True
    by_token: bool = False


@dataclass(frozen=True)
class Person:
    """Who listens: ``actor`` sees, ``user_id`` is signed in by the session of this fingerprint.

    ``by_token``: it is that of a token. ``rights`` they had when they came; ``until``: when they
    are checked again, at the latest.
    """

    actor: Actor
    user_id: int
    session: str
    rights: Rights
    until: datetime | None = None
    by_token: bool = False

    @property
    def who(self) -> Who:
        """Two of whom this is the same see the same."""
        return Who(self.actor, self.in_person, self.by_token)

    @property
    def in_person(self) -> bool:
        return self.until is None


@dataclass(eq=False)
class Listener:
    """One connection. ``cursor``: where it goes on; None: it has all that was given out so far.

    ``begun`` and ``ended`` are called once each, ``hungry`` whenever it has taken all and stands
    behind. ``waiting``: what it is sent first.
    """

    person: Person
    cursor: Cursor | None
    begun: Callable[["Listener"], None]
    hungry: Callable[[], None]
    ended: Callable[[], None]
    waiting: deque[bytes] = field(default_factory=deque)
    is_over: bool = False
    _ended: bool = False
    _loop: asyncio.AbstractEventLoop | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """None: it has not begun."""
        return self._loop

    def begin(self) -> None:
        """In the loop that sends to it."""
        self._loop = asyncio.get_running_loop()
        self.begun(self)

    async def next(self) -> bytes | None:
        """All that waits, as one piece; None: it is over."""
        while not (self.waiting or self.is_over):
            self._news.clear()
            await self._news.wait()
        if self.is_over:
            return None
        piece = b"".join(self.waiting)
        self.waiting.clear()
        if self.cursor is not None:
            self.hungry()
        return piece

    def give(self, piece: bytes) -> None:
        """In its loop. Whoever has not read what came before is let go; one piece may be long."""
        if self.is_over:
            return
        if self.waiting and sum(map(len, self.waiting)) + len(piece) > MOST_WAITING:
            self.close()
            return
        self.waiting.append(piece)
        self._news.set()

    def close(self) -> None:
        """In its loop: nothing more is sent."""
        self.is_over = True
        self.waiting.clear()
        self._news.set()

    def end(self) -> None:
        """The connection is gone, or never came to be: its place is free."""
        if self._ended:
            return
        self._ended = True
        self.close()
        self.ended()


def give_out(pieces: Iterable[tuple[Listener, bytes | None]]) -> None:
    """Give each its piece; None: it is over. From another thread, woken once for each loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Listener, bytes | None]]] = {}
    for listener, piece in pieces:
        if listener.loop is not None:
            by_loop.setdefault(listener.loop, []).append((listener, piece))
    for loop, of_loop in by_loop.items():
        loop.call_soon_threadsafe(_give, of_loop)


def _give(pieces: Iterable[tuple[Listener, bytes | None]]) -> None:
    for listener, piece in pieces:
        if piece is None:
            listener.close()
        else:
            listener.give(piece)
