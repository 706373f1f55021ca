"""What the live feed carries to people beside the event log, as plugins declare it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Addressed:
    """Something new for one person alone; ``data`` is what their browser is sent."""

    id: int
    user_id: int
    data: Mapping[str, object]


@dataclass(frozen=True)
class FeedSource:
    """Rows that the live feed carries to the people they are addressed to.

    ``name`` is the name of the events sent. ``ids``: the column of their ids.
    ``after(session, id, limit)``: those with higher ids, in their order.
    """

    name: str
    ids: ColumnElement[int]
    after: Callable[[Session, int, int], Sequence[Addressed]]
