"""What registers a payment with the tax office: a fiscal device, or an operator of them. Plain.

Cash and card at the desk have a fiscal receipt by law (54-ФЗ; Наредба Н-18). A device is a
plugin's. The worker hands it each receipt once, by the document's id, and keeps what it answered.
After a failure it is handed again, later and later, by the same key: what was registered and not
answered is answered then, and not registered again.
"""

from dataclasses import dataclass
from typing import Protocol

from invoices.document import Document
from invoices.einvoice_senders import NotReached, NotTaken

__all__ = ["FiscalDevice", "NotReached", "NotTaken", "ReceiptToRegister", "Registered"]


@dataclass(frozen=True)
class ReceiptToRegister:
    """``key``: the panel's own of it; the same twice registers one receipt.

    ``document``: the receipt; its ``paid_lines`` say what was paid for, with tax, and
    ``paid_with`` by which kind of method.
    """

    key: str
    document: Document


@dataclass(frozen=True)
class Registered:
    """``number``: the fiscal receipt's; ``device``: who registered it.

    ``link``: where the tax office shows it, or what its code says; empty: nowhere.
    """

    number: str
    device: str
    link: str = ""


class FiscalDevice(Protocol):
    """``key`` names it for ever; ``title`` is its name, as people know it."""

    key: str
    title: str

    def takes(self, document: Document) -> bool:
        """The receipt is registered here: by its seller, and by how it was paid."""
        ...

    def register(self, receipt: ReceiptToRegister) -> Registered:
        """Raises NotTaken, NotReached. Called in no transaction; may be called again."""
        ...
