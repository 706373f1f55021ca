"""An e-invoice as UBL 2.1, by Peppol BIS Billing 3.0 (May 2026). Pure.

An ``Invoice`` or a ``CreditNote``: the second has no due day of its own, it stands beside the
payment (BT-9). The order of elements is that of the schema.
"""

from decimal import Decimal

from invoices.document import Period
from invoices.einvoice.semantic_invoice import (
    Instructions,
    InvoiceLine,
    Place,
    SemanticInvoice,
    TaxBreakdown,
    TaxCode,
    TradeParty,
    TypeCode,
)
from invoices.einvoice.xml_tree import XmlTree, plain

UBL = "urn:oasis:names:specification:ubl:schema:xsd"
CUSTOMIZATION = (
    "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"  # BT-24
)
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"  # BT-23
# UNTDID 5189
DISCOUNT = "95"


def ubl_of(invoice: SemanticInvoice) -> bytes:
    """The document in UTF-8."""
    return _Writer(invoice).written()


class _Writer:
    def __init__(self, invoice: SemanticInvoice) -> None:
        self.invoice = invoice
        self.is_credit = invoice.type_code is TypeCode.CREDIT_NOTE
        self.noun = "CreditNote" if self.is_credit else "Invoice"

    def written(self) -> bytes:
        root = XmlTree.root(
            self.noun,
            {
                "": f"{UBL}:{self.noun}-2",
                "cac": f"{UBL}:CommonAggregateComponents-2",
                "cbc": f"{UBL}:CommonBasicComponents-2",
            },
        )
        self._head(root)
        self._references(root)
        self._party(root.branch("cac:AccountingSupplierParty", "cac:Party"), self.invoice.seller)
        self._party(root.branch("cac:AccountingCustomerParty", "cac:Party"), self.invoice.buyer)
        self._delivery(root)
        self._payment(root.branch("cac:PaymentMeans"), self.invoice.instructions)
        self._taxes(root.branch("cac:TaxTotal"))
        self._totals(root.branch("cac:LegalMonetaryTotal"))
        for line in self.invoice.lines:
            self._line(root.branch(f"cac:{self.noun}Line"), line)
        return root.write()

    def _head(self, root: XmlTree) -> None:
        invoice = self.invoice
        root.leaf("cbc:CustomizationID", CUSTOMIZATION)
        root.leaf("cbc:ProfileID", PROFILE)
        root.leaf("cbc:ID", invoice.number)
        root.leaf("cbc:IssueDate", invoice.issued_on)
        if not self.is_credit:
            root.leaf("cbc:DueDate", invoice.due_on)
        root.leaf(f"cbc:{self.noun}TypeCode", invoice.type_code.value)
        root.leaf("cbc:Note", invoice.note)
        root.leaf("cbc:DocumentCurrencyCode", invoice.currency)
        root.leaf("cbc:BuyerReference", invoice.buyer_reference)

    def _references(self, root: XmlTree) -> None:
        invoice = self.invoice
        if invoice.order_reference:
            root.branch("cac:OrderReference").leaf("cbc:ID", invoice.order_reference)
        for preceding in invoice.preceding:
            named = root.branch("cac:BillingReference", "cac:InvoiceDocumentReference")
            named.leaf("cbc:ID", preceding.number)
            named.leaf("cbc:IssueDate", preceding.issued_on)

    def _party(self, tree: XmlTree, party: TradeParty) -> None:
        if party.reached_at:
            tree.leaf("cbc:EndpointID", party.reached_at.value, schemeID=party.reached_at.scheme)
        if party.identifier:
            tree.branch("cac:PartyIdentification").leaf("cbc:ID", party.identifier)
        tree.branch("cac:PartyName").leaf("cbc:Name", party.name)
        _place(tree.branch("cac:PostalAddress"), party.place)
        for number, scheme in ((party.vat_number, "VAT"), (party.tax_number, "TAX")):
            if number:
                registered = tree.branch("cac:PartyTaxScheme")
                registered.leaf("cbc:CompanyID", number)
                registered.branch("cac:TaxScheme").leaf("cbc:ID", scheme)
        legal = tree.branch("cac:PartyLegalEntity")
        legal.leaf("cbc:RegistrationName", party.name)
        legal.leaf("cbc:CompanyID", party.registration)
        if party.phone or party.email:
            contact = tree.branch("cac:Contact")
            contact.leaf("cbc:Name", party.contact)
            contact.leaf("cbc:Telephone", party.phone)
            contact.leaf("cbc:ElectronicMail", party.email)

    def _delivery(self, root: XmlTree) -> None:
        invoice = self.invoice
        if not (invoice.delivered_on or invoice.delivered_to):
            return
        delivery = root.branch("cac:Delivery")
        delivery.leaf("cbc:ActualDeliveryDate", invoice.delivered_on)
        if invoice.delivered_to:
            country = delivery.branch("cac:DeliveryLocation", "cac:Address", "cac:Country")
            country.leaf("cbc:IdentificationCode", invoice.delivered_to)

    def _payment(self, tree: XmlTree, how: Instructions) -> None:
        tree.leaf("cbc:PaymentMeansCode", how.means)
        tree.leaf("cbc:PaymentID", how.reference)
        if not how.account:
            return
        account = tree.branch("cac:PayeeFinancialAccount")
        account.leaf("cbc:ID", how.account)
        account.leaf("cbc:Name", how.name)
        if how.bic:
            account.branch("cac:FinancialInstitutionBranch").leaf("cbc:ID", how.bic)

    def _amount(self, tree: XmlTree, tag: str, amount: Decimal) -> None:
        tree.leaf(tag, amount, currencyID=self.invoice.currency)

    def _taxes(self, tree: XmlTree) -> None:
        self._amount(tree, "cbc:TaxAmount", self.invoice.totals.tax)
        for tax in self.invoice.taxes:
            subtotal = tree.branch("cac:TaxSubtotal")
            self._amount(subtotal, "cbc:TaxableAmount", tax.base)
            self._amount(subtotal, "cbc:TaxAmount", tax.tax)
            _category(subtotal.branch("cac:TaxCategory"), tax.code, tax)

    def _totals(self, tree: XmlTree) -> None:
        totals = self.invoice.totals
        self._amount(tree, "cbc:LineExtensionAmount", totals.lines)
        self._amount(tree, "cbc:TaxExclusiveAmount", totals.net)
        self._amount(tree, "cbc:TaxInclusiveAmount", totals.total)
        if totals.prepaid:
            self._amount(tree, "cbc:PrepaidAmount", totals.prepaid)
        self._amount(tree, "cbc:PayableAmount", totals.payable)

    def _line(self, tree: XmlTree, line: InvoiceLine) -> None:
        quantity = "CreditedQuantity" if self.is_credit else "InvoicedQuantity"
        tree.leaf("cbc:ID", line.id)
        tree.leaf(f"cbc:{quantity}", plain(line.quantity), unitCode=line.unit)
        self._amount(tree, "cbc:LineExtensionAmount", line.net)
        _period(tree, line.period)
        if line.discount:
            allowance = tree.branch("cac:AllowanceCharge")
            allowance.leaf("cbc:ChargeIndicator", "false")
            allowance.leaf("cbc:AllowanceChargeReasonCode", DISCOUNT)
            self._amount(allowance, "cbc:Amount", line.discount)
        item = tree.branch("cac:Item")
        item.leaf("cbc:Description", line.description)
        item.leaf("cbc:Name", line.name)
        _category(item.branch("cac:ClassifiedTaxCategory"), line.tax)
        self._amount(tree.branch("cac:Price"), "cbc:PriceAmount", plain(line.price))


def _period(tree: XmlTree, period: Period | None) -> None:
    if period:
        branch = tree.branch("cac:InvoicePeriod")
        branch.leaf("cbc:StartDate", period.begins)
        branch.leaf("cbc:EndDate", period.ends)


def _place(tree: XmlTree, place: Place) -> None:
    tree.leaf("cbc:StreetName", place.line)
    tree.leaf("cbc:AdditionalStreetName", place.second_line)
    tree.leaf("cbc:CityName", place.city)
    tree.leaf("cbc:PostalZone", place.post_code)
    tree.leaf("cbc:CountrySubentity", place.region)
    tree.branch("cac:Country").leaf("cbc:IdentificationCode", place.country)


def _category(tree: XmlTree, code: TaxCode, tax: TaxBreakdown | None = None) -> None:
    """What is out of scope has no rate, not even of nothing (BR-O-05, BR-48)."""
    tree.leaf("cbc:ID", code.category.value)
    if has_rate(code):
        tree.leaf("cbc:Percent", plain(code.percent))
    if tax:
        tree.leaf("cbc:TaxExemptionReasonCode", tax.reason_code)
        tree.leaf("cbc:TaxExemptionReason", tax.reason)
    tree.branch("cac:TaxScheme").leaf("cbc:ID", "VAT")


def has_rate(code: TaxCode) -> bool:
    """What is out of scope has none."""
    return code.category.value != "O"
