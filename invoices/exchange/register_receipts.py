"""Hands receipts of cash and cards to fiscal devices, each once by its id (``send_documents``)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from invoices.document import Document, Kind
from invoices.exchange.send_documents import Answered, hand_over
from invoices.fiscal_devices import FiscalDevice, ReceiptToRegister
from invoices.store.models import IssuedDocument


def register_receipts(
    database: Database, devices: Sequence[FiscalDevice], *, actor: Actor, clock: Clock
) -> int:
    """Hand over all that are due; how many were answered for good. ``actor`` is the system."""
    ways = [_ByDevice(device) for device in devices]
    return hand_over(database, ways, actor=actor, clock=clock)


@dataclass(frozen=True)
class _ByDevice:
    device: FiscalDevice

    @property
    def key(self) -> str:
        return self.device.key

    def of(self) -> Sequence[ColumnElement[bool]]:
        return (IssuedDocument.kind == Kind.RECEIPT,)

    def takes(self, document: Document) -> bool:
        return self.device.takes(document)

    def hand(self, key: str, document: Document) -> Answered:
        made = self.device.register(ReceiptToRegister(key, document))
        return Answered(made.number, device=made.device, link=made.link)
