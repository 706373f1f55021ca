"""Tracebacks in the log without anybody's data: the kind of error and where it happened.

The message of an exception quotes what was typed. A database names the key that is there already,
and the whole row that it refuses; a parser says what it could not read. So messages stay out, but
for those of the system itself (no space left, no answer), and of a refusal its code.
"""

import logging
import re
from collections.abc import Iterator
from traceback import extract_tb, format_list
from types import TracebackType

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from typing_extensions import override

from billing_panel.kernel.language.errors import DomainError, InstallationError

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
MAX_STATEMENT = 1000
FOLLOWED = {
    True: "\nThe above was the cause of what follows:\n\n",
    False: "\nWhile that was handled, this happened:\n\n",
}


def told(error: BaseException) -> str:
    """The traceback of ``error`` and of what led to it, without values."""
    return "".join(_chain(error, set())).rstrip("\n")


def tell(exc_info: ExcInfo) -> str:
    """As structlog asks for it."""
    return told(exc_info[1])


class QuietFormatter(logging.Formatter):
    """For what libraries log by the standard library's ``logging``."""

    @override
    def formatException(self, ei: ExcInfo | tuple[None, None, None]) -> str:
        return told(ei[1]) if ei[1] is not None else ""


def quiet_libraries() -> None:
    """Have libraries that set up no log of their own write theirs without values."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(QuietFormatter())


def _chain(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _chain(before, seen)
        yield FOLLOWED[before is error.__cause__]
    yield "Traceback (most recent call last):\n"
    yield from format_list(extract_tb(error.__traceback__))
    yield f"{_said(error)}\n"


def _said(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    match error:
        case DomainError(code=code):
            return f"{kind}: {code}"
        case InstallationError():
            return f"{kind}: {error}"
        case OperationalError() | InterfaceError():
            return f"{kind}: {_first_line(str(error.orig))}"
        case DBAPIError():
            return f"{kind}: {_of_database(error)}"
        case OSError(errno=int(), strerror=str(said)):
            return f"{kind}: {said}"
    return kind


def _of_database(error: DBAPIError) -> str:
    """Its kind, the constraint and the statement, whose values are not in it."""
    diagnosis = getattr(error.orig, "diag", None)
    of_sqlite = re.match(r"\w+ constraint failed: [\w., ]+$", str(error.orig))
    words = [
        type(error.orig).__name__,
        getattr(error.orig, "sqlstate", None),
        getattr(diagnosis, "table_name", None),
        getattr(diagnosis, "constraint_name", None),
        of_sqlite and of_sqlite.group(),
        f"[{_first_line((error.statement or '')[:MAX_STATEMENT])}]",
    ]
    return " ".join(word for word in words if word)


def _first_line(words: str) -> str:
    return words.split("\n", 1)[0]
