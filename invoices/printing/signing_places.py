"""Where a document is signed, and by whom. Pure.

In Russia by the head and the chief accountant, or by the sole trader (п. 6 ст. 169 НК РФ), with
room for a stamp. Elsewhere no signature is asked for (Directive 2006/112/EC, Art. 229): there is a
place where the seller has a picture for it.
"""

from collections.abc import Sequence

from billing_panel.kernel.language.text import Text, text
from invoices.document import Document, Kind
from invoices.printing.document_text_formats import Writer

# an ОГРНИП has fifteen digits, an ОГРН thirteen
SOLE_TRADER_DIGITS = 15


def signing_places(document: Document, writer: Writer) -> Sequence[str]:
    """Who signs, as it stands below each line; nothing: nobody does."""
    return [writer.say(one) for one in _signing(document)]


def _signing(document: Document) -> Sequence[Text]:
    if document.kind is Kind.RECEIPT:
        return ()
    if document.seller.country == "RU":
        digits = document.seller.registration_number
        if len(digits) == SOLE_TRADER_DIGITS:
            return (text("Sole trader"),)
        return (text("Head of the company"), text("Chief accountant"))
    return (text("For the seller"),) if document.signature or document.stamp else ()
