"""What documents need from other plugins: those that issue them, and those that send them on."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from billing_panel.core.plugins import load_plugins
from billing_panel.kernel.extension.hooks import hookspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pluggy
    from sqlalchemy.orm import Session

    from billing_panel.kernel.process.config import Config
    from invoices.document import Marking
    from invoices.einvoice_senders import Sender
    from invoices.fiscal_devices import FiscalDevice


class InvoicesHooks:
    """Hooks of documents: what became of what they were issued for, and who sends them on."""

    @hookspec(firstresult=True)
    def invoices_settled(self, session: Session, document_id: int) -> Marking | None:  # noqa: ARG002
        """That what a document was issued for asks for no money any more, and since when."""
        return None

    @hookspec
    def invoices_senders(self, config: Config) -> Sequence[Sender]:  # noqa: ARG002 (names it)
        """Senders of e-invoices, as the configuration has them."""
        return ()

    @hookspec
    def invoices_fiscal_devices(self, config: Config) -> Sequence[FiscalDevice]:  # noqa: ARG002 (names it)
        """Fiscal devices, as the configuration has them."""
        return ()


def devices_of(config: Config) -> Sequence[FiscalDevice]:
    """Those that plugins bring."""
    brought = _plugins().hook.invoices_fiscal_devices(config=config)
    return [device for devices in brought for device in devices]


def senders_of(config: Config) -> Sequence[Sender]:
    """Those that plugins bring."""
    brought = _plugins().hook.invoices_senders(config=config)
    return [sender for senders in brought for sender in senders]


def titles_of_ways(config: Config) -> Mapping[str, str]:
    """What senders and fiscal devices are called, by key; those that are gone are not in it."""
    senders = {sender.key: sender.title for sender in senders_of(config)}
    return senders | {device.key: device.title for device in devices_of(config)}


def settled(session: Session, document_id: int) -> Marking | None:
    """Ask plugins why and since when the document asks for no money more. None: it still does."""
    found: Marking | None = _plugins().hook.invoices_settled(
        session=session, document_id=document_id
    )
    return found


@cache
def _plugins() -> pluggy.PluginManager:
    return load_plugins()
