"""Short ways to make the plain values the rules work on; what a test does not name is harmless."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from billing_panel.catalog.rules.eligibility_facts import (
    Availability,
    Choice,
    ClientFacts,
    Component,
    GroupFacts,
    MethodFacts,
    Named,
    OptionFacts,
    Period,
    PriceFacts,
    SellerFacts,
    TariffFacts,
    TariffKind,
)
from billing_panel.kernel.language.text import Titles, text
from billing_panel.tax.supply import DatedRate, Rates

ONCE, MONTH, YEAR = Period(0), Period(1), Period(12)
TODAY = date(2026, 11, 22)
ANCIENT = date(2000, 1, 1)


def titles(english: str) -> Titles:
    return Titles({"en": english})


def tariff(key: str = "vps", amount: int = 1000, **more: Any) -> TariffFacts:
    """A tariff sold by the month that anybody may have; its title is its key in capitals."""
    plain = TariffFacts(
        id=1,
        key=key,
        provider="nordvik",
        title=titles(key.upper()),
        kind=TariffKind.SERVICE,
        category="Servers",
        availability=Availability.IN_STOCK,
        tax_class="standard",
        prices={MONTH: PriceFacts(amount)},
    )
    return replace(plain, **more)


def bundle(*parts: TariffFacts, **more: Any) -> TariffFacts:
    components = tuple(Component(part, MONTH) for part in parts)
    return tariff("bundle", kind=TariffKind.BUNDLE, components=components, **more)


def choice(of: TariffFacts | None = None, quantity: int = 1, **more: Any) -> Choice:
    chosen = of or tariff()
    return Choice(chosen, more.pop("period", next(iter(chosen.prices))), quantity, **more)


def client(**more: Any) -> ClientFacts:
    """A person in Bulgaria, a client of ``nordvik`` without a group, who owes nothing."""
    country = more.pop("country", "BG")
    territory = more.pop("territory", country)
    plain = ClientFacts(provider="nordvik", is_client=True, country=country, territory=territory)
    return replace(plain, **more)


def group(key: str, only_for: str = "") -> GroupFacts:
    return GroupFacts(key, titles(key.title()), titles(only_for) if only_for else None)


def method(key: str = "cash") -> MethodFacts:
    return MethodFacts(key, text(key.title()))


def named(key: str) -> Named:
    return Named(key, titles(key.upper()))


def ram(**more: Any) -> OptionFacts:
    """8 GB included, 4 GB steps up to 32; 1.50 a gigabyte and month."""
    plain = OptionFacts(
        "ram", titles("Extra RAM"), included=8, step=4, maximum=32, price_per_unit_month=150
    )
    return replace(plain, **more)


def system(*choices: str) -> OptionFacts:
    return OptionFacts("os", titles("Operating system"), choices=choices or ("Debian", "Ubuntu"))


def rates(**percents: str | Mapping[date, str]) -> Rates:
    """``rates(standard="20")``: since ever; or a mapping from the day a rate began."""
    return {
        tax_class: [
            DatedRate(since, Decimal(percent))
            for since, percent in (
                {ANCIENT: written} if isinstance(written, str) else written
            ).items()
        ]
        for tax_class, written in percents.items()
    }


def seller(**more: Any) -> SellerFacts:
    """Bulgarian, in euro, 20 % (reduced: 9 %) on top of its prices."""
    plain = SellerFacts(
        territory="BG",
        currency="EUR",
        prices_include_tax=False,
        rates=rates(standard="20", reduced="9"),
    )
    return replace(plain, **more)
