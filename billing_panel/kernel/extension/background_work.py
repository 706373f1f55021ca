"""What the worker does by itself: jobs at their time, and followers of what happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # a command that asks for its help alone needs none of them
    from billing_panel.kernel.database.database import Database
    from billing_panel.kernel.language.text import Text
    from billing_panel.kernel.values.actor import Actor
    from billing_panel.kernel.values.clock import Clock


@dataclass(frozen=True)
class PeriodicJob:
    """``run(database, actor, clock)`` each ``minutes`` minutes; ``actor`` is the system.

    It may run in two workers at once, or late: it does what is due, once. What keeps it from that
    it raises: a refusal, whose sentence people are told, or else it is a mistake of ours.
    ``title``: what it does, for the page of jobs.
    """

    name: str
    title: Text
    minutes: int
    run: Callable[[Database, Actor, Clock], object]


@dataclass(frozen=True)
class Follower:
    """``run(database, actor, clock)`` does waiting work, once; ``actor`` is the system.

    The worker calls it soon after each commit that may have written an event, and at least once a
    minute, in a thread of its own: a slow one delays no other. It may run in two workers at once.
    Where nothing waits it writes nothing, or its own commit would call it again. ``title`` and what
    it raises are as with PeriodicJob.
    """

    name: str
    title: Text
    run: Callable[[Database, Actor, Clock], object]
