"""Which VAT territory a place belongs to, which isn't always the one on the map. Pure.

The source is Council Directive 2006/112/EC, Articles 5 to 7: parts of member states that are
outside the territory of VAT (Article 6), and places outside them that count as theirs (Article 7).
A part of a country without a code of its own is known by its post code.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from billing_panel.kernel.values.postal_address import Address

_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
# the member states, by ISO 3166-1 alpha-2
EU = frozenset(_MEMBERS.split())


@dataclass(frozen=True)
class Part:
    """A part of a country; ``post_codes`` is the pattern of its own."""

    name: str
    post_codes: str
    territory: str


# Northern Ireland counts as a member state for goods alone (Windsor Framework, Article 8)
EU_FOR_GOODS = EU | {"XI"}

# Article 7: transactions there count as those of the other country; the Isle of Man is the United
# Kingdom's.
COUNTS_AS: Mapping[str, str] = {"MC": "FR", "IM": "GB"}

# Article 6: outside the territory of VAT; and Northern Ireland. Each part is called by its code of
# ISO 3166-1 or 3166-2, where it has one; an address may give that code as its country, and then no
# post code is needed.
PARTS: Mapping[str, tuple[Part, ...]] = {
    "DE": (Part("Büsingen", "78266", "DE-78266"), Part("Heligoland", "27498", "DE-27498")),
    "ES": (
        Part("Canary Islands", "3[58][0-9]{3}", "ES-CN"),
        Part("Ceuta", "51[0-9]{3}", "ES-CE"),
        Part("Melilla", "52[0-9]{3}", "ES-ML"),
    ),
    "FI": (Part("Åland Islands", "22[0-9]{3}", "AX"),),
    "FR": (
        Part("Guadeloupe", "971[0-9]{2}", "GP"),
        Part("Martinique", "972[0-9]{2}", "MQ"),
        Part("French Guiana", "973[0-9]{2}", "GF"),
        Part("Réunion", "974[0-9]{2}", "RE"),
        Part("Mayotte", "976[0-9]{2}", "YT"),
    ),
    "GB": (Part("Northern Ireland", "BT[0-9]{1,2} ?[0-9][A-Z]{2}", "XI"),),
    "GR": (Part("Mount Athos", "6308[67]", "GR-69"),),
    "IT": (
        Part("Livigno", "23041", "IT-23041"),
        Part("Campione d'Italia", "2206[01]", "IT-22061"),
    ),
}


def territory_at(place: Address) -> str:
    """The one that an address is in, as far as its country and post code tell."""
    return vat_territory(place.country, place.code_to_look_at)


def vat_territory(country: str, address: str = "") -> str:
    """The member state or other territory whose VAT a place is under.

    ``country`` is ISO 3166-1 alpha-2. In ``address``, as people write it, the post code tells a
    part of a country from the rest.
    """
    for part in PARTS.get(country, ()):
        if re.search(rf"(?<![0-9])(?:{country}-?)?{part.post_codes}(?![0-9])", address):
            return part.territory
    return COUNTS_AS.get(country, country)
