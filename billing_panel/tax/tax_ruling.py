"""Which tax a supply carries: its place, then who owes the tax there. Pure.

Territories, not countries: Monaco is France, the Canary Islands are outside (``territories``). For
goods alone Northern Ireland (``XI``) counts as a member state.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing_panel.tax.rates import percent_on, standard_rate
from billing_panel.tax.supply import (
    Ruling,
    Standing,
    Supply,
    SupplyKind,
    SupplyTax,
    TaxBuyer,
    TaxCategory,
    TaxSeller,
)
from billing_panel.tax.territories import EU, EU_FOR_GOODS

# where there is a tax on sales and no VAT: what leaves is simply not taxed
NO_VAT = frozenset({"US"})
NOTHING = Decimal(0)
# categories that have a rate, be it zero
TAXED = frozenset({TaxCategory.STANDARD, TaxCategory.ZERO})


def rule_on(supply: Supply, *, seller: TaxSeller, buyer: TaxBuyer) -> Ruling:
    """The tax of ``supply``. Raises NoRate where a rate is needed that nobody wrote down."""
    case = _Case(supply, seller, buyer)
    if not seller.registered:
        return _unregistered(case)
    return _rules_of(seller.territory)(case)


def on_day(tax: SupplyTax, tax_class: str, day: date, seller: TaxSeller) -> SupplyTax:
    """The same tax at the rate of ``day``, for a supply that was ruled on before.

    The rate is that of the tax event (Directive 2006/112/EC, Art. 93; НК РФ, ст. 167). Place and
    category stay. Raises NoRate, NoRateAbroad.
    """
    if tax.category not in TAXED:
        return tax
    if tax.place == seller.territory:
        return _taxed(percent_on(seller.rates, tax_class, day), tax.place)
    return _taxed(standard_rate(tax.place, tax_class, day), tax.place)


@dataclass(frozen=True)
class _Case:
    supply: Supply
    seller: TaxSeller
    buyer: TaxBuyer

    @property
    def at_home(self) -> bool:
        """Goods that go from Great Britain to Northern Ireland stay in the United Kingdom."""
        home = self.seller.territory
        return self.target == home or (home, self.target) == ("GB", "XI")

    @property
    def target(self) -> str:
        """Where goods arrive, or where the one who is served belongs."""
        if self.supply.kind is SupplyKind.GOODS:
            return self.supply.sent_to or self.buyer.territory
        # Northern Ireland is in the United Kingdom for services
        return "GB" if self.buyer.territory == "XI" else self.buyer.territory

    @property
    def is_private(self) -> bool:
        return self.buyer.standing is Standing.PRIVATE

    @property
    def is_confirmed(self) -> bool:
        return self.buyer.standing is Standing.CONFIRMED

    def taxed_at_home(self, article: str) -> Ruling:
        rate = percent_on(self.seller.rates, self.supply.tax_class, self.supply.day)
        return Ruling(_taxed(rate, self.seller.territory), article)

    def untaxed(self, category: TaxCategory, article: str) -> Ruling:
        return Ruling(SupplyTax(category, NOTHING, self.target), article)


def _taxed(rate: Decimal, place: str) -> SupplyTax:
    return SupplyTax(TaxCategory.STANDARD if rate else TaxCategory.ZERO, rate, place)


def _rules_of(territory: str) -> Callable[[_Case], Ruling]:
    if territory in EU:
        return _in_the_union
    if territory in NO_VAT:
        return _without_vat
    return _in_russia if territory == "RU" else _elsewhere


def _unregistered(case: _Case) -> Ruling:
    """Tax that is printed is owed (Article 203): who charges none prints none, whoever buys."""
    in_eu = case.seller.territory in EU
    article = "Directive 2006/112/EC, Art. 284" if in_eu else "not registered for tax"
    return Ruling(SupplyTax(TaxCategory.EXEMPT, NOTHING, case.seller.territory), article)


# --- the European Union ---------------------------------------------------------------------


def _in_the_union(case: _Case) -> Ruling:
    if case.supply.kind is SupplyKind.GOODS:
        return _union_goods(case)
    return _union_services(case)


def _union_services(case: _Case) -> Ruling:
    if case.at_home:
        return case.taxed_at_home("Directive 2006/112/EC, Art. 44, 45, 58 and 96")
    if case.target not in EU:
        return _services_leaving_the_union(case)
    if case.is_confirmed:
        return case.untaxed(TaxCategory.REVERSE_CHARGE, "Directive 2006/112/EC, Art. 44 and 196")
    if case.supply.kind is SupplyKind.ELECTRONIC:
        return _distance(case, "Art. 58")
    return case.taxed_at_home("Directive 2006/112/EC, Art. 45")


def _services_leaving_the_union(case: _Case) -> Ruling:
    if not case.is_private:
        return case.untaxed(TaxCategory.OUT_OF_SCOPE, "Directive 2006/112/EC, Art. 44")
    if case.supply.kind is SupplyKind.ELECTRONIC:
        return case.untaxed(TaxCategory.OUT_OF_SCOPE, "Directive 2006/112/EC, Art. 58")
    return case.taxed_at_home("Directive 2006/112/EC, Art. 45")


def _union_goods(case: _Case) -> Ruling:
    if case.at_home:
        return case.taxed_at_home("Directive 2006/112/EC, Art. 31 and 32")
    if case.target not in EU_FOR_GOODS:
        return case.untaxed(TaxCategory.EXPORT, "Directive 2006/112/EC, Art. 146")
    of_here = case.buyer.territory == case.seller.territory
    if case.is_confirmed and not of_here:
        return case.untaxed(TaxCategory.INTRA_COMMUNITY, "Directive 2006/112/EC, Art. 138")
    if of_here and not case.is_private:
        # they are identified only where the goods leave from, so nothing makes it exempt
        return case.taxed_at_home("Directive 2006/112/EC, Art. 32")
    return _distance(case, "Art. 33(a)")


def _distance(case: _Case, article: str) -> Ruling:
    """What consumers of another member state buy: its tax, above 10,000 € a year or by choice."""
    if not case.seller.one_stop_shop:
        return case.taxed_at_home("Directive 2006/112/EC, Art. 59c")
    rate = standard_rate(case.target, case.supply.tax_class, case.supply.day)
    return Ruling(_taxed(rate, case.target), f"Directive 2006/112/EC, {article} and 369a")


# --- elsewhere ------------------------------------------------------------------------------


def _in_russia(case: _Case) -> Ruling:
    """Electronic services are supplied where the buyer is, others where the seller is."""
    match case.supply.kind:
        case _ if case.at_home:
            return case.taxed_at_home("НК РФ, ст. 148 и 164")
        case SupplyKind.GOODS:
            return case.untaxed(TaxCategory.EXPORT, "НК РФ, ст. 164, п. 1, пп. 1")
        case SupplyKind.ELECTRONIC:
            return case.untaxed(TaxCategory.OUT_OF_SCOPE, "НК РФ, ст. 148, п. 1, пп. 4")
        case SupplyKind.SERVICE:
            return case.taxed_at_home("НК РФ, ст. 148, п. 1, пп. 5")


def _elsewhere(case: _Case) -> Ruling:
    """The United Kingdom's rules, which other VAT systems mostly share (OECD guidelines)."""
    match case.supply.kind:
        case _ if case.at_home:
            return case.taxed_at_home("VATA 1994, s. 7 and 7A")
        case SupplyKind.GOODS:
            return case.untaxed(TaxCategory.EXPORT, "VATA 1994, s. 30(6)")
        case SupplyKind.SERVICE if case.is_private:
            return case.taxed_at_home("VATA 1994, s. 7A(2)(b)")
        case _:
            return case.untaxed(TaxCategory.OUT_OF_SCOPE, "VATA 1994, s. 7A and Sch. 4A")


def _without_vat(case: _Case) -> Ruling:
    if case.at_home:
        return case.taxed_at_home("sales tax where the seller is")
    return case.untaxed(TaxCategory.OUT_OF_SCOPE, "no tax on what is sold abroad")
