"""What an e-invoice lacks, said before a number is taken: each with its business term. Pure.

The rules of EN 16931-1 and of Peppol BIS Billing 3 that a document of this panel can break, named
where they are asked; all others hold by the mapping, which the tests prove against the published
rules. Peppol's own are asked only where the document goes there.
"""

from collections.abc import Iterator, Sequence

from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import text
from billing_panel.tax.supply import TaxCategory
from invoices.document import Document
from invoices.einvoice.electronic_address import reached_by_peppol
from invoices.einvoice.invoice_of_document import invoice_of
from invoices.einvoice.semantic_invoice import SemanticInvoice, TypeCode

# without a VAT number of the buyer these are not free of tax
BUYER_IS_NAMED = frozenset({TaxCategory.REVERSE_CHARGE, TaxCategory.INTRA_COMMUNITY})
# of the seller these need none
SELLER_IS_UNNAMED = frozenset({TaxCategory.OUT_OF_SCOPE, TaxCategory.EXEMPT})

AT_PROVIDER = text("Enter it on the provider’s page.")
AT_CLIENT = text("Enter it in the client’s details.")
AMOUNTS = text("Correct the amounts, or switch e-invoices off on the provider’s page.")


def field_mistakes(document: Document, *, to_peppol: bool) -> Sequence[Reason]:
    """Why it can't be an e-invoice, each reason by its business term; nothing: it can.

    ``to_peppol``: it has to be one in that network too.
    """
    invoice = invoice_of(document)
    found = [*_amounts(invoice), *_seller(invoice), *_buyer(invoice), *_taxes(invoice)]
    found += [*_lines(invoice), *_references(invoice)]
    if to_peppol:
        found += [*_addresses(document, invoice), *_german(invoice)]
    return found


def _amounts(invoice: SemanticInvoice) -> Iterator[Reason]:
    """BR-CO-10, BR-S-08 and their like: lines, taxes and total agree."""
    totals = invoice.totals
    bases = sum(tax.base for tax in invoice.taxes)
    if not totals.lines == totals.net == bases or totals.total != totals.net + totals.tax:
        yield Reason("BT-109", text("The lines, the taxes and the total don’t add up."), AMOUNTS)


def _seller(invoice: SemanticInvoice) -> Iterator[Reason]:
    """BR-06, BR-09, BR-CO-09, BR-CO-26, BR-S-02 and their like, BR-E-02."""
    seller, categories = invoice.seller, _categories(invoice)
    if not seller.name:
        yield Reason("BT-27", text("The provider has no legal name."), AT_PROVIDER)
    if not seller.place.country:
        yield Reason("BT-40", text("The provider has no country."), AT_PROVIDER)
    if not (seller.vat_number or seller.registration or seller.identifier):
        message = text("The provider has neither a registration number nor a VAT number.")
        yield Reason("BT-30", message, AT_PROVIDER)
    if categories - SELLER_IS_UNNAMED and not seller.vat_number:
        yield Reason("BT-31", text("The provider has no VAT number."), AT_PROVIDER)
    if TaxCategory.EXEMPT in categories and not (seller.vat_number or seller.tax_number):
        message = text("The provider has neither a VAT number nor a tax number.")
        yield Reason("BT-32", message, AT_PROVIDER)
    if seller.vat_number and not seller.vat_number[:2].isalpha():
        message = text("The provider’s VAT number doesn’t begin with its country code.")
        yield Reason("BT-31", message, AT_PROVIDER)


def _buyer(invoice: SemanticInvoice) -> Iterator[Reason]:
    """BR-07, BR-11, BR-AE-02, BR-IC-02."""
    buyer = invoice.buyer
    if not buyer.name:
        yield Reason("BT-44", text("The client has no name."), AT_CLIENT)
    if not buyer.place.country:
        yield Reason("BT-55", text("The client has no country."), AT_CLIENT)
    if _categories(invoice) & BUYER_IS_NAMED and not buyer.vat_number:
        message = text(
            "No VAT is charged because the client is a business in another country, but "
            "they have no VAT number that begins with a country code."
        )
        yield Reason("BT-48", message, AT_CLIENT)


def _taxes(invoice: SemanticInvoice) -> Iterator[Reason]:
    """BR-S-05, BR-E-10 and their like."""
    for tax in invoice.taxes:
        category = tax.code.category
        if bool(tax.code.percent) is not (category is TaxCategory.STANDARD):
            message = text(
                "VAT of category %(category)s can’t have the rate %(percent)s%%.",
                category=category.value,
                percent=tax.code.percent,
            )
            yield Reason("BT-119", message, text("Correct the rate on the provider’s page."))
        bears_tax = category in (TaxCategory.STANDARD, TaxCategory.ZERO)
        if not bears_tax and not (tax.reason or tax.reason_code):
            message = text("The reason for charging no VAT is missing.")
            yield Reason("BT-120", message, AMOUNTS)


def _lines(invoice: SemanticInvoice) -> Iterator[Reason]:
    """BR-25; each tax of a line is one of the document's (BR-S-01 and their like)."""
    taxes = {tax.code for tax in invoice.taxes}
    for line in invoice.lines:
        if not line.name:
            message = text("Line %(line)s has no title.", line=line.id)
            yield Reason("BT-153", message, text("Enter a title for what is sold."))
        if line.tax not in taxes:
            message = text(
                "The VAT of line %(line)s isn’t among the document’s taxes.", line=line.id
            )
            yield Reason("BT-151", message, AMOUNTS)


def _references(invoice: SemanticInvoice) -> Iterator[Reason]:
    """A correction names what it corrects (Directive 2006/112/EC, Art. 219)."""
    if invoice.type_code is TypeCode.CREDIT_NOTE and not invoice.preceding:
        message = text("The credit note doesn’t name the invoice it corrects.")
        yield Reason("BT-25", message, text("Choose the invoice."))


def _addresses(document: Document, invoice: SemanticInvoice) -> Iterator[Reason]:
    """PEPPOL-EN16931-R003, R010, R020, CL008: an e-mail address is none there."""
    by_number = text("Peppol finds companies by their VAT number, including its country code.")
    if not reached_by_peppol(document.seller):
        yield Reason("BT-34", by_number, AT_PROVIDER)
    if not reached_by_peppol(document.buyer):
        yield Reason("BT-49", by_number, AT_CLIENT)
    if not (invoice.buyer_reference or invoice.order_reference):
        message = text("The document refers to neither an order nor a customer account.")
        yield Reason("BT-10", message, text("Issue it for an order."))


def _german(invoice: SemanticInvoice) -> Iterator[Reason]:
    """DE-R-003 to DE-R-009: between two parties in Germany."""
    seller, buyer = invoice.seller, invoice.buyer
    if (seller.place.country, buyer.place.country) != ("DE", "DE"):
        return
    for term, value in (("BT-42", seller.phone), ("BT-43", seller.email)):
        if not value:
            message = text(
                "In Germany, an e-invoice needs the provider’s phone number and e-mail address."
            )
            yield Reason(term, message, AT_PROVIDER)
    message = text("In Germany, an e-invoice needs the city and post code of both parties.")
    places = {
        "BT-37": (seller.place.city, AT_PROVIDER),
        "BT-38": (seller.place.post_code, AT_PROVIDER),
        "BT-52": (buyer.place.city, AT_CLIENT),
        "BT-53": (buyer.place.post_code, AT_CLIENT),
    }
    for term, (value, remedy) in places.items():
        if not value:
            yield Reason(term, message, remedy)


def _categories(invoice: SemanticInvoice) -> set[TaxCategory]:
    return {tax.code.category for tax in invoice.taxes}
