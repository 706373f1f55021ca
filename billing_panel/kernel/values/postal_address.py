"""Postal addresses. Pure.

The order of the parts follows the Universal Postal Union's sheets of the countries, as far as
people who read an address care: where the post code stands, and where the region does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from babel import Locale
from typing_extensions import override

# from the large to the small: post code, region, city, street
LARGE_FIRST = frozenset({"AM", "BY", "KG", "KZ", "RU", "TJ", "UZ"})
# ``Austin, TX 78701``
REGION_AND_CODE = frozenset({"AU", "CA", "US"})
# the post code is a line of its own, below the rest
CODE_BELOW = frozenset({"GB", "GG", "IE", "IM", "JE", "MT"})
# ``Singapore 018956``
CODE_AFTER_CITY = frozenset(
    code
    for codes in ("BD BH BN HK ID IN JO LV MX NP", "NZ PK SA SG TH TW UA VN ZA")
    for code in codes.split()
)


@dataclass(frozen=True)
class Address:
    """``lines``: street and house as typed, a line each; ``country``: ISO 3166-1 alpha-2.

    What was written before addresses had parts stands whole in ``lines``, and its city is empty.
    """

    lines: str = ""
    post_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""

    def __bool__(self) -> bool:
        """A country alone is no address."""
        return any((self.lines, self.post_code, self.city, self.region))

    @override
    def __str__(self) -> str:
        """On one line, as it is read in its own country."""
        return ", ".join(self.lines_for(self.country))

    def lines_for(self, country: str, language: str = "en") -> list[str]:
        """The lines of an envelope, in the order of the address's own country.

        Read in another ``country`` it ends with its own, in ``language``; what was written before
        addresses had parts says itself where it is.
        """
        lines = [line for line in self._in_order() if line]
        if lines and self.city and self.country and self.country != country:
            lines.append(country_name(self.country, language))
        return lines

    def on_one_line(self, country: str, language: str) -> str:
        """``lines_for``, parted by commas."""
        return ", ".join(self.lines_for(country, language))

    @property
    def code_to_look_at(self) -> str:
        """Where its post code is looked for: of an address of before, in the whole of it."""
        return self.post_code or ("" if self.city else self.lines)

    def _in_order(self) -> Iterator[str]:
        street = [line.strip() for line in self.lines.splitlines()]
        if self.country in LARGE_FIRST:
            yield _joined(", ", self.post_code, self.region, self.city)
            yield from street
            return
        yield from street
        if self.country in REGION_AND_CODE:
            yield _joined(", ", self.city, _joined(" ", self.region, self.post_code))
        elif self.country in CODE_BELOW:
            yield from (self.city, self.region, self.post_code)
        elif self.country in CODE_AFTER_CITY:
            yield from (_joined(" ", self.city, self.post_code), self.region)
        else:
            yield from (_joined(" ", self.post_code, self.city), self.region)


def country_name(code: str, language: str) -> str:
    """``Bulgaria`` of ``BG``; of a code that nobody knows, the code."""
    return str(Locale.parse(language).territories.get(code, code))


def _joined(between: str, *parts: str) -> str:
    return between.join(part for part in parts if part)
