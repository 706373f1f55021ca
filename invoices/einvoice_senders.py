"""What sends e-invoices on: an access point of Peppol, a tax office's system, an operator. Plain.

A sender is a plugin's. The worker hands it each document once, by the document's id, and keeps what
the receiver answered. After a failure it is handed again, later and later, by the same key.
"""

from dataclasses import dataclass
from typing import Protocol

from invoices.document import Document


@dataclass(frozen=True)
class DocumentToSend:
    """``key``: the panel's own of it; the same twice sends one document.

    ``ubl`` is empty where it was not issued for Peppol.
    """

    key: str
    document: Document
    ubl: bytes
    cii: bytes


@dataclass(frozen=True)
class Taken:
    """``reference``: what the receiver calls it; ``said``: their own words, as they wrote them."""

    reference: str
    said: str = ""


class NotTaken(Exception):
    """The receiver refuses the document for good; the message is theirs, as they wrote it."""


class NotReached(Exception):
    """Nobody answered, or they said to come again; the message is for staff."""


class Sender(Protocol):
    """``key`` names it for ever; ``title`` is its name, as people know it."""

    key: str
    title: str

    def takes(self, document: Document) -> bool:
        """It goes this way: the seller is registered there, and the buyer is reached."""
        ...

    def send(self, sent: DocumentToSend) -> Taken:
        """Raises NotTaken, NotReached. Called in no transaction; may be called again."""
        ...
