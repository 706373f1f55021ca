"""The interface to payment systems: what the panel asks of one, and what it is told.

A payment system is a plugin's. The panel begins a payment there, sends the client to its page, and
believes nothing but the messages that it signs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.money import MAX_MINOR, Money

# A message signed longer ago, or later than now, is none: whoever copied it cannot use it again.
WINDOW = timedelta(minutes=5)
MAX_NAME = 255


class Outcome(StrEnum):
    """What a payment system says of a payment (W3), or later of a dispute or a refund of it."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    IN_REVIEW = "in_review"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    REFUND_FAILED = "refund_failed"


@dataclass(frozen=True)
class PaymentToBegin:
    """``key``: what the panel calls the payment; the same key twice begins one payment.

    ``money``: what the client is to pay. ``return_url``: where their browser goes afterwards, which
    proves nothing.
    """

    key: str
    money: Money
    description: str
    language: str
    return_url: str
    email: str = ""


@dataclass(frozen=True)
class Begun:
    """``reference``: what the payment system calls the payment; ``url``: its page."""

    reference: str
    url: str


@dataclass(frozen=True)
class RefundToSend:
    """``key``: the same twice gives back once. ``reference``: of the payment."""

    key: str
    reference: str
    money: Money


class BadMessage(Exception):
    """It is not from the payment system, or too old; why is for our log, not for the sender."""


@dataclass(frozen=True)
class Message:
    """``event_id``: the same for the same message sent again. ``key``: the panel's own of it.

    Of a refund, ``key`` is the refund's and ``reference`` is not asked for. ``money``: of a dispute
    or a refund what it is about. ``dispute``: what the payment system calls it.

    Raises BadMessage for what no database could hold.
    """

    event_id: str
    reference: str
    key: str
    outcome: Outcome
    money: Money
    dispute: str = ""

    def __post_init__(self) -> None:
        names = (self.event_id, self.reference, self.key, self.dispute)
        if any(len(name) > MAX_NAME or not name.isprintable() for name in names):
            raise BadMessage("a name in it is too long, or no text")
        if abs(self.money.minor) > MAX_MINOR:
            raise BadMessage("the amount is too large")


class Unreachable(Exception):
    """The payment system did not answer; what was asked may be asked again with the same key."""


class TurnedDown(Exception):
    """The payment system answered and will not do it."""


class Gateway(Protocol):
    """``key`` names it in addresses and in the database."""

    @property
    def key(self) -> str: ...

    @property
    def title(self) -> Text: ...

    def begin(self, payment: PaymentToBegin) -> Begun:
        """Raises Unreachable, TurnedDown."""
        ...

    def read(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Message | None:
        """What a request to the panel says; None: it is genuine, and about something else.

        ``headers`` by names in lower case. Raises BadMessage, and Unreachable where it has to be
        asked about something and does not answer: then the message is to be sent again.
        """
        ...

    def refund(self, refund: RefundToSend) -> None:
        """Raises Unreachable, TurnedDown."""
        ...


def check_moment(signed_at: int, at: datetime) -> None:
    """``signed_at``: seconds since 1970. Raises BadMessage outside the window, before or after."""
    if abs(at.timestamp() - signed_at) > WINDOW.total_seconds():
        raise BadMessage("signed too long ago, or later than now")
