"""Whether a provider's tax documents are e-invoices. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from billing_panel.kernel.language.text import Text, text


class EInvoicing(StrEnum):
    """``FACTUR_X``: the PDF has the e-invoice embedded. ``PEPPOL``: and it can be sent as UBL."""

    OFF = "off"
    FACTUR_X = "factur_x"
    PEPPOL = "peppol"


E_INVOICING_TITLES: Mapping[EInvoicing, Text] = {
    EInvoicing.OFF: text("No e-invoices"),
    EInvoicing.FACTUR_X: text("Factur-X: inside the PDF"),
    EInvoicing.PEPPOL: text("Factur-X and Peppol (UBL)"),
}
