"""Parsing what people and programs write, within bounds; None where it isn't valid.

Its length is looked at before its meaning: Python refuses numbers of more than 4,300 digits, takes
seconds for a million, and reckons with ``1e400`` only to break off later.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?", re.ASCII)
# the longest way ISO 8601 has to write a moment, and some
MAX_MOMENT = 40
# the largest number both databases store; a larger one must not reach SQL
MOST = 2**63 - 1
# days of this span have a midnight before and after them in every time zone
FIRST_YEAR, LAST_YEAR = 1900, 9000


def whole_number(written: str, *, most: int = MOST) -> int | None:
    """Plain digits, from 0 to ``most``: a count, an id, a version."""
    plain = written.isascii() and written.isdecimal() and len(written) <= len(str(max(most, MOST)))
    return int(written) if plain and int(written) <= most else None


def signed_number(written: str, *, most: int = MOST) -> int | None:
    """The same, with a minus perhaps: from ``-most`` to ``most``."""
    size = whole_number(written.removeprefix("-"), most=most)
    return -size if size is not None and written.startswith("-") else size


def decimal_number(written: str) -> Decimal | None:
    """``20`` or ``-2.5``: plain digits, at most 15 on either side of the point, no exponent."""
    return Decimal(written) if DECIMAL.fullmatch(written) else None


def read_day(written: str) -> date | None:
    """A day as ISO 8601 writes it."""
    moment_of_day = read_moment(written) if len(written) <= len("2026-12-31") else None
    return moment_of_day.date() if moment_of_day else None


def read_moment(written: str) -> datetime | None:
    """A moment as ISO 8601 writes it, aware where it says its offset."""
    try:
        read = datetime.fromisoformat(written) if len(written) <= MAX_MOMENT else None
    except ValueError:
        return None
    return read if read is not None and FIRST_YEAR <= read.year <= LAST_YEAR else None


def json_object(written: str) -> Mapping[str, Any] | None:
    """An object of JSON whose words a database and a page can hold."""
    try:
        read = json.loads(written)
        # half of a surrogate pair is a text to Python, and to nothing else
        written_again = json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) and b"\\u0000" not in written_again else None
