"""An address as it was typed: put in one form, and what is wrong with it.

Its fields are ``address`` (lines), ``post_code``, ``city`` and ``region`` of some details, all with
the same prefix. An address of before, all of it in its lines, is asked for its city when the
details are saved.
"""

from collections.abc import Mapping
from typing import Any

from billing_panel.administration.details.validators import Found, printable, short
from billing_panel.kernel.input.invisible_characters import is_visible, tidy
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import text

PARTS = ("address", "post_code", "city", "region")
MOST_LINES = 4
MAX_LENGTH: Mapping[str, int] = {"address": 500, "post_code": 16, "city": 120, "region": 120}

NO_CITY = text("Enter the city; documents and couriers need it in a field of its own.")


def tidied_address(details: object, prefix: str = "") -> dict[str, Any]:
    """The fields as they are kept: no line empty, one space between words, nothing invisible."""
    typed = {part: str(getattr(details, prefix + part)) for part in PARTS}
    lines = (tidy(line) for line in typed.pop("address").splitlines())
    tidied = {prefix + part: tidy(words) for part, words in typed.items()}
    return {f"{prefix}address": "\n".join(line for line in lines if line), **tidied}


def wrong_address(details: object, now: object | None, prefix: str = "") -> Found:
    """``now``: the details as they were. The letters are looked at where they have changed."""
    typed = {part: str(getattr(details, prefix + part)) for part in PARTS}
    yield from wrong_parts(typed, prefix)
    for part, words in typed.items():
        if now is None or getattr(now, prefix + part) != words:
            yield from printable(prefix + part, words)


def wrong_parts(typed: Mapping[str, Any], prefix: str = "") -> Found:
    """Ask for a city where there is an address, and for no more than fits."""
    for part in PARTS:
        yield from short(prefix + part, typed[part], most=MAX_LENGTH[part])
    if len(typed["address"].splitlines()) > MOST_LINES:
        message = text("At most %(most)s lines.", most=MOST_LINES)
        yield FieldError(f"{prefix}address", "lines", message)
    if any(typed.values()) and not is_visible(typed["city"]):
        yield FieldError(f"{prefix}city", "required", NO_CITY)
