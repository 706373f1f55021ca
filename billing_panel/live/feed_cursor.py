"""How far a reader has read, where rows become visible out of the order of their ids.

On PostgreSQL a row with a lower id may be committed after one with a higher id. So a place is the
highest id that was read and the holes below it: ids that were not there yet. A hole is read when it
is filled, and forgotten when whoever could have filled it has ended without doing so. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from typing_extensions import override

from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text

# A cursor is sent with each item, so it stays short: with more holes than these nothing further is
# read until one of them is filled or forgotten.
MOST_HOLES = 32
MOST_CHARACTERS = 4096
Hole = tuple[int, int]
PLACE = re.compile(r"(\d{1,18})((?:_\d{1,18}-\d{1,18})*)")


@dataclass(frozen=True)
class Place:
    """``high``: the highest id read; ``holes``: first and last id of each hole below, in order."""

    high: int = 0
    holes: tuple[Hole, ...] = ()

    @property
    def low(self) -> int:
        """All ids up to this one were read, or never come."""
        return self.holes[0][0] - 1 if self.holes else self.high

    def lacks(self, number: int) -> bool:
        """Whether a row with this id was not read yet."""
        return number > self.high or any(first <= number <= last for first, last in self.holes)

    def after(self, number: int) -> "Place":
        """The place once a row it lacked was read, too."""
        if number > self.high:
            skipped = ((self.high + 1, number - 1),) if number > self.high + 1 else ()
            return Place(number, self.holes + skipped)
        return Place(self.high, tuple(_filled(self.holes, number)))

    def without(self, gone: Iterable[Hole]) -> "Place":
        """The place once what is left of the holes ``gone`` is known to stay empty."""
        known = list(gone)
        kept = (
            hole
            for hole in self.holes
            if not any(first <= hole[0] and hole[1] <= last for first, last in known)
        )
        return Place(self.high, tuple(kept))

    def as_known_by(self, reader: "Place") -> "Place":
        """Without the holes that ``reader``, who has gone on reading, has no more."""
        kept = (
            (first, last)
            for first, last in self.holes
            if last > reader.high or any(first <= b and a <= last for a, b in reader.holes)
        )
        return Place(self.high, tuple(kept))

    @override
    def __str__(self) -> str:
        return "_".join([str(self.high), *(f"{first}-{last}" for first, last in self.holes)])


def _filled(holes: Iterable[Hole], number: int) -> Iterator[Hole]:
    for first, last in holes:
        if not first <= number <= last:
            yield first, last
            continue
        if first < number:
            yield first, number - 1
        if number < last:
            yield number + 1, last


@dataclass(frozen=True)
class Cursor:
    """Where somebody stands in the log, and in each source of addressed rows, by its name.

    As text it goes into addresses and headers as it is: ``812_790-791~notice.40``.
    """

    log: Place = Place()
    sources: Mapping[str, Place] = field(default_factory=dict)

    @property
    def has_holes(self) -> bool:
        return any(place.holes for place in (self.log, *self.sources.values()))

    @override
    def __str__(self) -> str:
        others = (f"{name}.{place}" for name, place in sorted(self.sources.items()))
        return "~".join([str(self.log), *others])


def read_cursor(written: str) -> Cursor:
    """Raises Refused ``unknown_place`` for what no cursor of ours can be."""
    if len(written) > MOST_CHARACTERS:
        raise _unreadable()
    log, *others = written.split("~")
    sources = {}
    for other in others:
        name, separator, place = other.partition(".")
        if not separator or not name.isidentifier() or name in sources:
            raise _unreadable()
        sources[name] = _read_place(place)
    return Cursor(_read_place(log), sources)


def _read_place(written: str) -> Place:
    found = PLACE.fullmatch(written)
    if found is None:
        raise _unreadable()
    high = int(found[1])
    pairs = (hole.split("-") for hole in found[2].split("_")[1:])
    holes = tuple((int(first), int(last)) for first, last in pairs)
    if len(holes) > MOST_HOLES or not _in_order(holes, high):
        raise _unreadable()
    return Place(high, holes)


def _in_order(holes: tuple[Hole, ...], high: int) -> bool:
    """Each behind the one before it, all below ``high``."""
    before = 0
    for first, last in holes:
        if not before < first <= last < high:
            return False
        before = last
    return True


def _unreadable() -> Refused:
    return Refused(
        text("This is not a position in the live feed. Load the page again."), code="unknown_place"
    )
