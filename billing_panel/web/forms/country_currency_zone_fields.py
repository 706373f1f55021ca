"""Fields of countries, currencies and time zones: codes, offered by their names as one types.

Whatever else is typed is judged by the action, as with every field.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from typing_extensions import override
from wtforms import StringField

from billing_panel.administration.details.validators import territories
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.currencies import DECIMALS
from billing_panel.web.shell.request_context import language

# a code, and what it is called
Offer = tuple[str, str]


class ListedField(StringField):  # type: ignore[misc]  # wtforms has no types
    """A code that is offered from a list; ``offers`` has it in the reader's language.

    Whoever types the whole name means its code.
    """

    def __init__(self, label: Text, offered: Callable[[str], Sequence[Offer]], **more: Any) -> None:
        super().__init__(label, **more)
        self._offered = offered

    @property
    def offers(self) -> Sequence[Offer]:
        return self._offered(language())

    @property
    def said(self) -> str:
        """``Bulgaria (BG)``; what is no code of the list as it is."""
        name = dict(self.offers).get(self.data or "")
        return f"{name} ({self.data})" if name and name != self.data else self.data or ""

    @override
    def process_formdata(self, valuelist: Sequence[str]) -> None:
        if valuelist:
            written = valuelist[0].strip()
            meant = (code for code, name in self.offers if name.casefold() == written.casefold())
            self.data = next(meant, written)


@cache
def countries(language: str) -> Sequence[Offer]:
    """The countries and territories of ISO 3166, by name."""
    names = Locale.parse(language).territories
    found = [(code, names.get(code, code)) for code in territories()]
    return sorted(found, key=lambda offer: offer[1].casefold())


@cache
def currencies(language: str) -> Sequence[Offer]:
    """Those that the panel knows, by code."""
    names = Locale.parse(language).currencies
    return [(code, names.get(code, code)) for code in sorted(DECIMALS)]


@cache
def time_zones(language: str) -> Sequence[Offer]:
    """Places of the time zone database; its other names for them are understood too."""
    zones = Locale.parse(language).time_zones
    # the names that the Unicode CLDR has for each zone; of others every zone has several
    places = sorted(available_timezones() & set(get_global("zone_territories")))
    return [("UTC", "UTC"), *((name, _city(name, zones.get(name, {}))) for name in places)]


def _city(zone: str, said: Mapping[str, str]) -> str:
    return said.get("city") or zone.rpartition("/")[2].replace("_", " ")
