"""An e-invoice as UN/CEFACT Cross Industry Invoice, in the profile EN 16931 of Factur-X. Pure.

Factur-X 1.0.9 / ZUGFeRD 2.5: the XML that a PDF has embedded. The order of elements is that of the
schema.
"""

from datetime import date

from invoices.document import Period
from invoices.einvoice.semantic_invoice import (
    Instructions,
    InvoiceLine,
    Place,
    SemanticInvoice,
    TaxBreakdown,
    TaxCode,
    TradeParty,
)
from invoices.einvoice.ubl_invoice import DISCOUNT, has_rate
from invoices.einvoice.xml_tree import XmlTree, plain

GUIDELINE = "urn:cen.eu:en16931:2017"  # BT-24
CEFACT = "urn:un:unece:uncefact:data"
NAMESPACES = {
    "rsm": f"{CEFACT}:standard:CrossIndustryInvoice:100",
    "qdt": f"{CEFACT}:standard:QualifiedDataType:100",
    "ram": f"{CEFACT}:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{CEFACT}:standard:UnqualifiedDataType:100",
}
# UNTDID 2379: CCYYMMDD
DAY = "102"


def cii_of(invoice: SemanticInvoice) -> bytes:
    """The document in UTF-8."""
    root = XmlTree.root("rsm:CrossIndustryInvoice", NAMESPACES)
    context = root.branch("rsm:ExchangedDocumentContext")
    context.branch("ram:GuidelineSpecifiedDocumentContextParameter").leaf("ram:ID", GUIDELINE)
    _head(root.branch("rsm:ExchangedDocument"), invoice)
    transaction = root.branch("rsm:SupplyChainTradeTransaction")
    for line in invoice.lines:
        _line(transaction.branch("ram:IncludedSupplyChainTradeLineItem"), line)
    _agreement(transaction.branch("ram:ApplicableHeaderTradeAgreement"), invoice)
    _delivery(transaction.branch("ram:ApplicableHeaderTradeDelivery"), invoice)
    _settlement(transaction.branch("ram:ApplicableHeaderTradeSettlement"), invoice)
    return root.write()


def _head(tree: XmlTree, invoice: SemanticInvoice) -> None:
    tree.leaf("ram:ID", invoice.number)
    tree.leaf("ram:TypeCode", invoice.type_code.value)
    _day(tree.branch("ram:IssueDateTime"), invoice.issued_on)
    if invoice.note:
        tree.branch("ram:IncludedNote").leaf("ram:Content", invoice.note)


def _day(tree: XmlTree, day: date, kind: str = "udt") -> None:
    tree.leaf(f"{kind}:DateTimeString", f"{day:%Y%m%d}", format=DAY)


def _line(tree: XmlTree, line: InvoiceLine) -> None:
    tree.branch("ram:AssociatedDocumentLineDocument").leaf("ram:LineID", line.id)
    product = tree.branch("ram:SpecifiedTradeProduct")
    product.leaf("ram:Name", line.name)
    product.leaf("ram:Description", line.description)
    price = tree.branch("ram:SpecifiedLineTradeAgreement", "ram:NetPriceProductTradePrice")
    price.leaf("ram:ChargeAmount", plain(line.price))
    delivered = tree.branch("ram:SpecifiedLineTradeDelivery")
    delivered.leaf("ram:BilledQuantity", plain(line.quantity), unitCode=line.unit)
    settlement = tree.branch("ram:SpecifiedLineTradeSettlement")
    tax = settlement.branch("ram:ApplicableTradeTax")
    tax.leaf("ram:TypeCode", "VAT")
    tax.leaf("ram:CategoryCode", line.tax.category.value)
    _rate(tax, line.tax)
    _period(settlement, line.period)
    if line.discount:
        allowance = settlement.branch("ram:SpecifiedTradeAllowanceCharge")
        allowance.branch("ram:ChargeIndicator").leaf("udt:Indicator", "false")
        allowance.leaf("ram:ActualAmount", line.discount)
        allowance.leaf("ram:ReasonCode", DISCOUNT)
    sums = settlement.branch("ram:SpecifiedTradeSettlementLineMonetarySummation")
    sums.leaf("ram:LineTotalAmount", line.net)


def _rate(tree: XmlTree, code: TaxCode) -> None:
    if has_rate(code):
        tree.leaf("ram:RateApplicablePercent", plain(code.percent))


def _period(tree: XmlTree, period: Period | None) -> None:
    if period:
        branch = tree.branch("ram:BillingSpecifiedPeriod")
        _day(branch.branch("ram:StartDateTime"), period.begins)
        _day(branch.branch("ram:EndDateTime"), period.ends)


def _agreement(tree: XmlTree, invoice: SemanticInvoice) -> None:
    tree.leaf("ram:BuyerReference", invoice.buyer_reference)
    _party(tree.branch("ram:SellerTradeParty"), invoice.seller)
    _party(tree.branch("ram:BuyerTradeParty"), invoice.buyer)
    if invoice.order_reference:
        order = tree.branch("ram:BuyerOrderReferencedDocument")
        order.leaf("ram:IssuerAssignedID", invoice.order_reference)


def _party(tree: XmlTree, party: TradeParty) -> None:
    tree.leaf("ram:ID", party.identifier)
    tree.leaf("ram:Name", party.name)
    if party.registration:
        tree.branch("ram:SpecifiedLegalOrganization").leaf("ram:ID", party.registration)
    if party.phone or party.email:
        _contact(tree.branch("ram:DefinedTradeContact"), party)
    _place(tree.branch("ram:PostalTradeAddress"), party.place)
    if party.reached_at:
        reached = tree.branch("ram:URIUniversalCommunication")
        reached.leaf("ram:URIID", party.reached_at.value, schemeID=party.reached_at.scheme)
    for number, scheme in ((party.vat_number, "VA"), (party.tax_number, "FC")):
        if number:
            tree.branch("ram:SpecifiedTaxRegistration").leaf("ram:ID", number, schemeID=scheme)


def _contact(tree: XmlTree, party: TradeParty) -> None:
    tree.leaf("ram:PersonName", party.contact)
    if party.phone:
        phone = tree.branch("ram:TelephoneUniversalCommunication")
        phone.leaf("ram:CompleteNumber", party.phone)
    if party.email:
        tree.branch("ram:EmailURIUniversalCommunication").leaf("ram:URIID", party.email)


def _place(tree: XmlTree, place: Place) -> None:
    tree.leaf("ram:PostcodeCode", place.post_code)
    tree.leaf("ram:LineOne", place.line)
    tree.leaf("ram:LineTwo", place.second_line)
    tree.leaf("ram:CityName", place.city)
    tree.leaf("ram:CountryID", place.country)
    tree.leaf("ram:CountrySubDivisionName", place.region)


def _delivery(tree: XmlTree, invoice: SemanticInvoice) -> None:
    if invoice.delivered_to:
        address = tree.branch("ram:ShipToTradeParty", "ram:PostalTradeAddress")
        address.leaf("ram:CountryID", invoice.delivered_to)
    if invoice.delivered_on:
        happened = tree.branch("ram:ActualDeliverySupplyChainEvent", "ram:OccurrenceDateTime")
        _day(happened, invoice.delivered_on)


def _settlement(tree: XmlTree, invoice: SemanticInvoice) -> None:
    tree.leaf("ram:PaymentReference", invoice.instructions.reference)
    tree.leaf("ram:InvoiceCurrencyCode", invoice.currency)
    _payment(tree.branch("ram:SpecifiedTradeSettlementPaymentMeans"), invoice.instructions)
    for tax in invoice.taxes:
        _tax(tree.branch("ram:ApplicableTradeTax"), tax)
    if invoice.due_on:
        _day(tree.branch("ram:SpecifiedTradePaymentTerms", "ram:DueDateDateTime"), invoice.due_on)
    _totals(tree.branch("ram:SpecifiedTradeSettlementHeaderMonetarySummation"), invoice)
    for preceding in invoice.preceding:
        named = tree.branch("ram:InvoiceReferencedDocument")
        named.leaf("ram:IssuerAssignedID", preceding.number)
        _day(named.branch("ram:FormattedIssueDateTime"), preceding.issued_on, "qdt")


def _payment(tree: XmlTree, how: Instructions) -> None:
    tree.leaf("ram:TypeCode", how.means)
    if not how.account:
        return
    account = tree.branch("ram:PayeePartyCreditorFinancialAccount")
    if how.is_iban:
        account.leaf("ram:IBANID", how.account)
    account.leaf("ram:AccountName", how.name)
    if not how.is_iban:
        account.leaf("ram:ProprietaryID", how.account)
    if how.bic:
        tree.branch("ram:PayeeSpecifiedCreditorFinancialInstitution").leaf("ram:BICID", how.bic)


def _tax(tree: XmlTree, tax: TaxBreakdown) -> None:
    tree.leaf("ram:CalculatedAmount", tax.tax)
    tree.leaf("ram:TypeCode", "VAT")
    tree.leaf("ram:ExemptionReason", tax.reason)
    tree.leaf("ram:BasisAmount", tax.base)
    tree.leaf("ram:CategoryCode", tax.code.category.value)
    tree.leaf("ram:ExemptionReasonCode", tax.reason_code)
    _rate(tree, tax.code)


def _totals(tree: XmlTree, invoice: SemanticInvoice) -> None:
    totals = invoice.totals
    tree.leaf("ram:LineTotalAmount", totals.lines)
    tree.leaf("ram:TaxBasisTotalAmount", totals.net)
    tree.leaf("ram:TaxTotalAmount", totals.tax, currencyID=invoice.currency)
    tree.leaf("ram:GrandTotalAmount", totals.total)
    if totals.prepaid:
        tree.leaf("ram:TotalPrepaidAmount", totals.prepaid)
    tree.leaf("ram:DuePayableAmount", totals.payable)
