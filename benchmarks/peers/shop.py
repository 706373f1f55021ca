"""A shop that is measured: how it is served, what is asked of it, how it places an order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

# who asks: somebody of the staff, or the client who has a twentieth of all orders
STAFF, CLIENT = "staff", "client"
FIRST, DEEP, HISTORY = "orders, first page", "orders, 90 % deep", "a client's own history"
ROWS = 50

# by who asks: what their browser sends
Cookies = Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """``row`` is a regular expression that is found once in each row of the page."""

    asks: str
    path: str
    row: str


@dataclass(frozen=True)
class Shop:
    """``licence`` and ``version`` as it names them. ``serve`` is a command without its address.

    ``sign_in`` is given the port; ``place`` is a command that answers as ``placing_loop`` says.
    """

    name: str
    version: str
    licence: str
    serve: Sequence[str]
    ready: str
    environ: Mapping[str, str]
    sign_in: Callable[[int], Cookies]
    pages: Mapping[str, Page]
    place: Sequence[str]
    # how an address is told to ``serve``
    address: Callable[[int], Sequence[str]] = field(
        default=lambda port: ("--bind", f"127.0.0.1:{port}")
    )


@dataclass(frozen=True)
class Taken:
    """Requests or orders a second; seconds of processor for each, and statements if counted."""

    rate: float
    application: float
    database: float
    statements: float = 0.0
