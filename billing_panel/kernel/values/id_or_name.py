"""What an address names: a row by its id, or by its key or login."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from billing_panel.kernel.values.bounded_parsing import MOST, whole_number

# The largest key both databases store; anything above cannot exist and must not reach SQL.
MAX_ID = MOST


class Numbered(Protocol):
    """Whatever has an ``id``."""

    @property
    def id(self) -> int: ...


R = TypeVar("R", bound=Numbered)


def addressed(address: str, rows: Iterable[R], name: Callable[[R], str]) -> R | None:
    """Which of ``rows`` an address means that takes an id or a name; None: none of them.

    Digits are an id and never a name, whoever may be called so: what is sent to one person must
    not reach another. All logins and keys of today have more than digits, and small letters alone:
    of two of before that differ by them, the one named exactly so is meant.
    """
    if address.isdecimal():
        wanted = whole_number(address)
        return next((row for row in rows if row.id == wanted), None)
    named = [row for row in rows if name(row).lower() == address.lower()]
    return min(named, key=lambda row: name(row) != address, default=None)
