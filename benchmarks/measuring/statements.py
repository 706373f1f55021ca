"""How many SQL statements something takes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from benchmarks.measuring.plain_sql import Plain

# What opens a transaction on SQLite: PostgreSQL does the same without a statement of ours.
OPENING = ("PRAGMA", "BEGIN")


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements sent meanwhile on ``engine``, and on whatever was made from it."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(OPENING):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def statements_of_both(
    engine: Engine, panel: Callable[[], object], plain: Plain, floor: Callable[[], object]
) -> tuple[int, int]:
    """How many the panel sends through ``engine``, and the floor through ``plain``."""
    with counted(engine) as sent:
        panel()
    before = plain.sent
    floor()
    return len(sent), plain.sent - before
