"""How many statements Django sends; imported by the peers' own Pythons."""

from collections.abc import Callable
from typing import Any

from django.db import connection


class Statements:
    """Counts while it is a wrapper of the connection."""

    def __init__(self) -> None:
        self.sent = 0

    def __call__(self, execute: Callable[..., Any], *asked: Any) -> Any:
        self.sent += 1
        return execute(*asked)


def counted() -> Callable[[], int]:
    """How many were sent since."""
    statements = Statements()
    connection.execute_wrappers.append(statements)
    return lambda: statements.sent
