"""How much is new at places of the menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Select


@dataclass(frozen=True)
class News:
    """How much is new at the place of ``endpoint``; ``most``: nobody counted further."""

    endpoint: str
    count: int
    most: bool = False


@dataclass(frozen=True)
class Counting:
    """What is new at the place of ``endpoint``: ``rows`` selects a column, ``most`` rows of it.

    What all plugins count is asked in one statement, with every page.
    """

    endpoint: str
    rows: Select[Any]
    most: int

    def news(self, count: int) -> News:
        return News(self.endpoint, count, most=count >= self.most)
