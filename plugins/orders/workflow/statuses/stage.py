"""What a status means to the engine, and how it looks: the few values there are. Pure.

Tables are made of these, so nothing else is imported here.
"""

from enum import StrEnum


class Stage(StrEnum):
    """How far an order is: begun, under way, done, or lost."""

    NEW = "new"
    OPEN = "open"
    DONE = "done"
    LOST = "lost"


class Tone(StrEnum):
    """In which colour a status is shown."""

    MUTE = "mute"
    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    INFO = "info"
    VIOLET = "violet"


class Shape(StrEnum):
    """In which shape a status is shown, for whoever sees no colours."""

    RING = "ring"
    HALF = "half"
    FULL = "full"


class SetBy(StrEnum):
    """Who alone may bring an order into a status (W3, W5)."""

    SYSTEM = "system"
    STAFF = "staff"


class StockMove(StrEnum):
    """What happens to stock when an order enters a status (W6)."""

    HOLD = "hold"
    TAKE = "take"
    RETURN = "return"


ENDS = frozenset({Stage.DONE, Stage.LOST})
DELIVERING = frozenset({Stage.OPEN, Stage.DONE})
