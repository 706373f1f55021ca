"""Where documents reach a party in an exchange network (BT-34, BT-49). Pure."""

from collections.abc import Mapping

from invoices.document import Party
from invoices.einvoice.semantic_invoice import ElectronicAddress

# Schemes of the Electronic Address Scheme code list (EAS, version 13) whose values are VAT
# numbers, by the letters these begin with.
VAT_SCHEMES: Mapping[str, str] = {
    "AD": "9922",
    "AL": "9923",
    "AT": "9914",
    "BA": "9924",
    "BE": "9925",
    "BG": "9926",
    "CH": "9927",
    "CY": "9928",
    "CZ": "9929",
    "DE": "9930",
    "EE": "9931",
    "EL": "9933",
    "ES": "9920",
    "FR": "9957",
    "GB": "9932",
    "HR": "9934",
    "HU": "9910",
    "IE": "9935",
    "IT": "0211",
    "LI": "9936",
    "LT": "9937",
    "LU": "9938",
    "LV": "9939",
    "MC": "9940",
    "ME": "9941",
    "MK": "9942",
    "MT": "9943",
    "NL": "9944",
    "PL": "9945",
    "PT": "9946",
    "RO": "9947",
    "RS": "9948",
    "SI": "9949",
    "SK": "9950",
    "SM": "9951",
    "TR": "9952",
}
EMAIL = "EM"


def electronic_address(party: Party) -> ElectronicAddress | None:
    """By their VAT number, else by e-mail; None: nothing reaches them."""
    number = "".join(party.vat_number.split()).upper()
    if scheme := VAT_SCHEMES.get(number[:2]):
        return ElectronicAddress(scheme, number)
    return ElectronicAddress(EMAIL, party.email) if party.email else None


def reached_by_peppol(party: Party) -> bool:
    """An e-mail address is none there (PEPPOL-EN16931-CL008)."""
    address = electronic_address(party)
    return address is not None and address.scheme != EMAIL
