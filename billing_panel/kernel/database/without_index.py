"""A column in a condition that is no reason for SQLite to take an index of it."""

from typing import Any, TypeVar

from sqlalchemy import SQLColumnExpression
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

T = TypeVar("T")


class Unindexed(FunctionElement[T]):
    """The value of ``column``.

    SQLite knows little of how values lie, and would rather read all rows of a provider than the few
    of a client. PostgreSQL counts them, and needs the column itself for that.
    """

    inherit_cache = True

    def __init__(self, column: SQLColumnExpression[T]) -> None:
        super().__init__(column)
        (given,) = self.clauses
        self.type = given.type


@compiles(Unindexed)
def _column(element: Unindexed[Any], compiler: SQLCompiler, **given: Any) -> str:
    return compiler.process(element.clauses, **given)


@compiles(Unindexed, "sqlite")
def _no_column(element: Unindexed[Any], compiler: SQLCompiler, **given: Any) -> str:
    # of an expression SQLite has no index
    return f"+{compiler.process(element.clauses, **given)}"
