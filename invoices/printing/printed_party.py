"""Seller and buyer as they stand on a page."""

from dataclasses import dataclass

from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.postal_address import country_name
from invoices.document import Party
from invoices.printing.document_text_formats import Writer


@dataclass(frozen=True)
class PrintedParty:
    """Seller or buyer: what they are here, their name, and the lines below it."""

    role: str
    name: str
    lines: list[str]


def printed_party(role: Text, party: Party, writer: Writer) -> PrintedParty:
    return PrintedParty(writer.say(role), party.name, _requisites(party, writer))


def _requisites(party: Party, writer: Writer) -> list[str]:
    numbers = [f"{writer.say(label)} {number}" for label, number in _registrations(party) if number]
    return [line for line in (" · ".join(numbers), _address(party, writer)) if line]


def _address(party: Party, writer: Writer) -> str:
    """With the country, once (BT-40, BT-55)."""
    country = country_name(party.country, writer.language)
    if party.address.endswith(country):
        return party.address
    return ", ".join(part for part in (party.address, country) if part)


def _registrations(party: Party) -> list[tuple[Text, str]]:
    """The numbers of a party under the names its country has for them."""
    match party.country:
        case "BG":
            return [
                # clients had it among their tax numbers
                (text("EIK"), party.registration_number or party.tax_number),
                (text("VAT no."), party.vat_number),
            ]
        case "RU":
            # ОГРН of a company has 13 digits, ОГРНИП of a sole trader 15
            is_sole_trader = len(party.registration_number) == 15
            return [
                (text("INN"), party.tax_number),
                (text("KPP"), party.tax_registration_reason),
                (text("OGRNIP") if is_sole_trader else text("OGRN"), party.registration_number),
            ]
        case _:
            return [
                (text("Reg. no."), party.registration_number),
                (text("VAT no."), party.vat_number),
                (text("Tax no."), party.tax_number),
            ]
