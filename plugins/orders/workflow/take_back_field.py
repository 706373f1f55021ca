"""The answer for each delivered line when an order is taken back: ``12:back 13:kept``. Pure.

Nothing is taken for granted: a line of which nothing is said is asked for.
"""

import re
from collections import Counter
from collections.abc import Mapping

from billing_panel.kernel.language.text import Text, Titles, text

BACK, KEPT = "back", "kept"
_WORD = f"(?:{BACK}|{KEPT})"
_LINE = rf"[0-9]{{1,18}}:{_WORD}"
PATTERN = rf"{_WORD}|{_LINE}(?:[\s,]+{_LINE})*"
# a hundred lines, each with the longest number
MOST = 2_500


def taken_back(delivered: Mapping[int, Titles], written: str) -> frozenset[int]:
    """Ids of the lines taken back; ``written`` was found right."""
    if written in {BACK, KEPT}:
        return frozenset(delivered) if written == BACK else frozenset()
    return frozenset(line for line, word in _said(written) if word == BACK)


def written_for(marks: Mapping[int, str]) -> str:
    """The field's value for what was said of each line, by its id."""
    return " ".join(f"{line}:{word}" for line, word in marks.items())


def wrong(delivered: Mapping[int, Titles], written: str) -> Text | None:
    """What is wrong with what has the pattern, or is empty; ``delivered``: id → title."""
    if not delivered:
        return text("The client has nothing from this order.")
    if not written:
        return text(
            "Choose for each line whether it is taken back or kept: %(lines)s.",
            lines=[*delivered.values()],
        )
    return None if written in {BACK, KEPT} else _wrong_lines(delivered, written)


def _wrong_lines(delivered: Mapping[int, Titles], written: str) -> Text | None:
    named = Counter(line for line, _ in _said(written))
    if strange := sorted(named.keys() - delivered.keys()):
        return text(
            "These are not delivered lines of this order: %(lines)s.", lines=[*map(str, strange)]
        )
    if twice := [title for line, title in delivered.items() if named[line] > 1]:
        return text("Choose one thing for each line; these have two: %(lines)s.", lines=twice)
    if missing := [title for line, title in delivered.items() if line not in named]:
        return text("Choose for these lines too whether they come back: %(lines)s.", lines=missing)
    return None


def _said(written: str) -> list[tuple[int, str]]:
    pairs = (part.split(":") for part in re.split(r"[\s,]+", written))
    return [(int(line), word) for line, word in pairs]
