"""How large a workflow may be. Pure.

Far more than anybody runs, and little enough that judging and drawing one takes no time to speak
of: a file is bounded before it is parsed, and what it holds before it is judged.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.id_or_name import MAX_ID

MAX_CHARACTERS = 256 * 1024
# a file's keys are ``a.b`` at most; TOML readers take the square of the dots in one
MAX_DOTS = 50
MAX_DEPTH = 5
MAX_VALUES = 20_000
MAX_STATUSES = 100
MAX_ROWS = 2000
# a matrix of all statuses, set by hand from one another, and as many rows
MAX_MOVES = 12_000
# of requirements, effects, actions, people or statuses in one row
MAX_NAMED = 100
# Whoever fixes that many looks again.
MOST_TOLD = 200
MOST_QUOTED = 80


def shortened(words: str) -> str:
    """As much of what was written as it takes to know it by."""
    return words if len(words) <= MOST_QUOTED else words[: MOST_QUOTED - 1] + "…"


def written_bounds(source: str) -> Iterator[Reason]:
    """Bounds that a file passes before it is parsed."""
    if len(source) > MAX_CHARACTERS:
        yield Reason(
            "file_too_large",
            text("The file has more than %(most)s characters.", most=MAX_CHARACTERS),
            text("A workflow needs a tenth of that: leave out what doesn’t belong in it."),
        )
    elif any(line.count(".") > MAX_DOTS for line in source.splitlines()):
        yield too_deep()


def value_bounds(read: Mapping[str, Any]) -> Iterator[Reason]:
    """Bounds of what was parsed, before it is looked at closely; without going into itself."""
    level: list[object] = [read]
    count = 0
    for _ in range(MAX_DEPTH + 1):
        count += len(level)
        if count > MAX_VALUES:
            yield too_many("values", MAX_VALUES)
            return
        if any(isinstance(value, int) and abs(value) > MAX_ID for value in level):
            yield too_long_number()
        level = [part for value in level for part in _parts(value)]
    if level:
        yield too_deep()


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value


def too_deep() -> Reason:
    """Make the reason for tables or lists that are nested too deeply."""
    return Reason(
        "too_deep",
        text("Tables or lists are nested too deeply."),
        text("Write statuses and transitions as [[status]] and [[transition]], with plain values."),
    )


def too_long_number() -> Reason:
    """Make the reason for a number that is too large."""
    return Reason(
        "too_long_number",
        text("The number has too many digits."),
        text("Remove it: a workflow has no numbers other than those inside text, such as P30D."),
    )


def too_many(place: str, most: int) -> Reason:
    """Make the reason for more than ``most`` things in one ``place``."""
    return Reason(
        "too_many",
        text("There are more than %(most)s here.", most=most),
        text("Leave out what orders don’t need."),
        place,
    )
