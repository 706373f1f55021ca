"""What waits to be sent, tried over a few connections, so that a slow one holds up no other.

Each is claimed, tried and concluded in short transactions: nothing is locked on the way.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.secret_fingerprints import new_secret

CONNECTIONS = 8
LOOK_SECONDS = 1.0

Claimed = TypeVar("Claimed")
Lane = TypeVar("Lane", int, str)
T = TypeVar("T")


@dataclass(kw_only=True)
class SendingRound(ABC, Generic[Claimed, Lane]):
    """``claim``: whose the claims are. ``ended``: how many ended in which state.

    ``busy``: the tries under way, each with its lane, which may not take up all connections.
    """

    database: Database
    clock: Clock
    claim: str = field(default_factory=new_secret)
    ended: Counter[str] = field(default_factory=Counter)
    busy: "dict[asyncio.Task[None], Lane]" = field(default_factory=dict)

    @abstractmethod
    def is_due(self, session: Session) -> bool:
        """Whether anything waits that nobody has claimed."""

    @abstractmethod
    def claimed(self, session: Session, most: int, busy: Counter[Lane]) -> Sequence[Claimed]:
        """Claim what is to be tried now. ``busy``: tries under way by lane."""

    @abstractmethod
    def lane_of(self, claimed: Claimed) -> Lane:
        """By what few connections are shared out: a receiver, a domain."""

    @abstractmethod
    async def try_one(self, claimed: Claimed) -> None:
        """Send it, and write down what became of it."""

    async def close(self) -> None:
        """Once nothing is under way any more."""

    async def go(self) -> Counter[str]:
        """Until nothing is due or under way, what becomes due meanwhile included."""
        try:
            while await self._start_some():
                await asyncio.wait(
                    self.busy, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                self._collect()
            return self.ended
        finally:
            await asyncio.gather(*self.busy, return_exceptions=True)
            await self.close()

    async def written(self, act: Callable[[Session], T]) -> T:
        """Run ``act`` in a transaction of its own, away from the loop."""

        def run() -> T:
            with self.database.writing() as session:
                return act(session)

        return await asyncio.to_thread(run)

    async def _start_some(self) -> bool:
        """Whether any try is under way."""
        free = CONNECTIONS - len(self.busy)
        if free and await asyncio.to_thread(self._is_anything_due):
            busy = Counter(self.busy.values())
            for one in await self.written(lambda session: self.claimed(session, free, busy)):
                self.busy[asyncio.create_task(self.try_one(one))] = self.lane_of(one)
        return bool(self.busy)

    def _is_anything_due(self) -> bool:
        """Asked without writing: whoever writes wakes everybody who waits for a commit."""
        with self.database.reading() as session:
            return self.is_due(session)

    def _collect(self) -> None:
        for task in [task for task in self.busy if task.done()]:
            del self.busy[task]
            task.result()
