"""What a client would like to send back, each line by its number, and how many: ``12:1``. Pure."""

import re
from collections import Counter
from collections.abc import Mapping

from billing_panel.kernel.language.text import Text, Titles, text

_LINE = r"[0-9]{1,18}:[0-9]{1,6}"
PATTERN = rf"{_LINE}(?:[\s,]+{_LINE})*"
# a hundred lines, each with the longest number
MOST = 2_700


def asked_back(written: str) -> Mapping[int, int]:
    """How many of each line, by its id; ``written`` was found right."""
    return {line: number for line, number in _said(written) if number}


def written_for(numbers: Mapping[int, str]) -> str:
    """The field's value for what was typed of each line, by its id; empty: nothing was."""
    typed = {line: number.strip() for line, number in numbers.items()}
    return " ".join(f"{line}:{number}" for line, number in typed.items() if number.strip("0"))


def wrong(
    delivered: Mapping[int, Titles], quantities: Mapping[int, int], written: str
) -> Text | None:
    """What is wrong with what has the pattern, or is empty; ``delivered``: id → title.

    ``quantities``: how many of each the client has.
    """
    said = _said(written) if written else []
    named = Counter(line for line, _ in said)
    if strange := sorted(named.keys() - delivered.keys()):
        return text(
            "These are not delivered lines of this order: %(lines)s.", lines=[*map(str, strange)]
        )
    if twice := [title for line, title in delivered.items() if named[line] > 1]:
        return text("Say of each line once how many; these have two: %(lines)s.", lines=twice)
    if more := [delivered[line] for line, number in said if number > quantities[line]]:
        return text("That is more than was delivered: %(lines)s.", lines=more)
    if not any(number for _, number in said):
        return text("Say how many of what you want to return.")
    return None


def _said(written: str) -> list[tuple[int, int]]:
    pairs = (part.split(":") for part in re.split(r"[\s,]+", written.strip()))
    return [(int(line), int(number)) for line, number in pairs]
