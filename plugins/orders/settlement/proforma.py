"""What a document says about an order: plain values, in the client's language."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from babel.units import format_unit

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.catalog.load_eligibility_facts import territory_of
from billing_panel.catalog.rules.eligibility_facts import TariffKind
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.calendar_dates import local_date, months_after
from billing_panel.kernel.values.money import show
from billing_panel.kernel.values.postal_address import Address
from billing_panel.tax.no_tax_grounds import Ground as TaxGround
from billing_panel.tax.no_tax_grounds import ground_of
from billing_panel.tax.supply import SupplyKind, SupplyTax, TaxCategory
from invoices.document import (
    DELIVERY,
    BankDetails,
    Document,
    DocumentLine,
    DocumentTax,
    Ground,
    Kind,
    Party,
    Period,
)
from plugins.orders.settlement.delivered_part import claim_of, delivered_lines, has_delivery
from plugins.orders.store.models import Order, OrderLine


def proforma_of(order: Order, day: date, pay_by: date | None = None) -> Document:
    """The document of ``day`` without its number, which it gets when it is issued.

    ``pay_by`` None: it is to be paid as the payment terms have it.
    """
    language = order.client.language
    lines = _lines(order, order.lines, language)
    if order.delivery:
        lines.append(_delivery_line(order, language))
    return Document(
        kind=Kind.PROFORMA,
        language=language,
        number="",
        order_number=order.number,
        account_number=str(order.client.account_number),
        issued_on=day,
        due_on=max(pay_by, day) if pay_by else day_by_terms(order, day),
        currency=order.currency,
        brand=order.provider.name,
        seller=seller_of(order.provider, order.client),
        buyer=buyer_of(order.client, order.provider),
        bank=bank_of(order.provider),
        lines=tuple(lines),
        taxes=tuple(_tax(order, t.levied, t.base, t.tax) for t in order.taxes),
        taxes_inside=order.taxes_inside,
        net=sum(t.base for t in order.taxes),
        tax=sum(t.tax for t in order.taxes),
        total=order.total,
        logo=order.provider.logo,
        signature=order.provider.signature,
        stamp=order.provider.stamp,
        prepaid=_prepaid(order, order.total),
    )


def kept_proforma_of(order: Order, day: date) -> Document:
    """The same for what the client has of an order that is called off."""
    language, lines = order.client.language, delivered_lines(order)
    claim = claim_of(order, lines)
    rows = _lines(order, lines, language)
    if has_delivery(order, lines):
        rows.append(_delivery_line(order, language))
    return replace(
        proforma_of(order, day),
        lines=tuple(rows),
        taxes=tuple(_tax(order, s.levied, s.base, s.tax) for s in claim.by_tax()),
        net=claim.total - claim.tax,
        tax=claim.tax,
        total=claim.total,
        prepaid=_prepaid(order, claim.total),
    )


# UN/ECE Recommendation 20: a piece, and one of what is no thing
PIECE, ONE = "H87", "C62"


def _prepaid(order: Order, total: int) -> int:
    return min(order.paid, total)


def day_by_terms(order: Order, day: date) -> date:
    """When a bill of ``day`` is to be paid where no deadline says it."""
    return day + timedelta(days=_days_to_pay(order))


@lru_cache(maxsize=500)
def period_words(months: int, language: str) -> str:
    """``12 months`` in the language; what is sold once needs no words."""
    return str(format_unit(months, "month", locale=language)) if months else ""


def option_words(line: OrderLine, language: str) -> str:
    """``Extra RAM: 16, Operating system: Debian 13``."""
    return ", ".join(
        f"{line.option_title(key).in_language(language)}: {value}"
        for key, value in line.options.items()
    )


def _lines(order: Order, lines: Iterable[OrderLine], language: str) -> list[DocumentLine]:
    """Each with its set-up fee below it, which no discount is taken of."""
    rows = []
    for line in lines:
        rows.append(_line(order, line, language))
        if line.setup_fee:
            rows.append(_fee_line(line, language))
    return rows


def _line(order: Order, line: OrderLine, language: str) -> DocumentLine:
    parts = _part_words(line, language)
    details = [period_words(line.months, language), parts, option_words(line, language)]
    if line.promo_discount:
        off = show(order.money(line.promo_discount), language)
        promo = text("promo code %(code)s: −%(sum)s", code=order.promo_code, sum=off)
        details.append(say(promo, language))
    return DocumentLine(
        title=say(line.title, language),
        detail=" · ".join(detail for detail in details if detail),
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount=line.discount,
        amount=line.amount - line.fees,
        tax_percent=line.tax_percent,
        points=line.points,
        tax_category=line.tax_category,
        listed_percent=line.listed_percent,
        tax_place=line.tax_place,
        unit=PIECE if line.tariff.supply is SupplyKind.GOODS else ONE,
        period=_period(order, line),
        key=str(line.id),
    )


def _part_words(line: OrderLine, language: str) -> str:
    if line.tariff.kind is not TariffKind.BUNDLE:
        return ""
    return ", ".join(say(one.part.title, language) for one in line.tariff.components)


def _period(order: Order, line: OrderLine) -> Period | None:
    """Of the service, once it has begun; what is sold once has none."""
    if line.delivered_at is None or not line.months:
        return None
    timezone = order.provider.timezone
    after = local_date(months_after(line.delivered_at, line.months, timezone), timezone)
    return Period(local_date(line.delivered_at, timezone), after - timedelta(days=1))


def _fee_line(line: OrderLine, language: str) -> DocumentLine:
    return DocumentLine(
        title=say(text("Set-up fee: %(tariff)s", tariff=line.title), language),
        detail="",
        quantity=line.quantity,
        unit_price=line.setup_fee,
        discount=0,
        amount=line.fees,
        tax_percent=line.tax_percent,
        tax_category=line.tax_category,
        listed_percent=line.listed_percent,
        tax_place=line.tax_place,
        unit=ONE,
        key=f"{line.id}:fee",
    )


def _tax(order: Order, levied: SupplyTax, base: int, tax: int) -> DocumentTax:
    ground = ground_of(levied.category, territory_of(order.provider))
    return DocumentTax(
        percent=levied.percent,
        base=base,
        tax=tax,
        category=levied.category,
        place=levied.place,
        ground=Ground(ground.code, _words(ground, order.client.language)) if ground else None,
    )


def _words(ground: TaxGround, language: str) -> str:
    """In the reader's language, then those of the seller's law."""
    said = say(ground.said, language)
    return f"{said} {ground.national}" if ground.national else said


def _days_to_pay(order: Order) -> int:
    """What the client's group is given, else everybody."""
    pair = _pair(order)
    terms = pair.group.payment_terms_days if pair and pair.group else None
    return order.provider.payment_terms_days if terms is None else terms


def _pair(order: Order) -> Membership | None:
    """As it was read with the order; one that is being placed has that of its client."""
    if "membership" in order.__dict__:
        return order.membership
    own = (m for m in order.client.memberships if m.provider_id == order.provider_id)
    return next(own, None)


def _delivery_line(order: Order, language: str) -> DocumentLine:
    titles = {service.key: service.title for service in order.provider.delivery_services}
    # whoever sent the parcel may have written down another than those the provider lists
    service = order.delivery_service or ""
    title = titles.get(service, service)
    return DocumentLine(
        title=say(text("Delivery: %(service)s", service=title), language),
        detail=order.place_of_delivery.on_one_line(order.provider.country, language),
        quantity=1,
        unit_price=order.delivery,
        discount=0,
        amount=order.delivery,
        tax_percent=order.delivery_tax_percent or Decimal(0),
        tax_category=order.delivery_tax_category or TaxCategory.STANDARD,
        tax_place=order.delivery_tax_place or "",
        unit=ONE,
        key=DELIVERY,
    )


def seller_of(provider: Provider, reader: Client) -> Party:
    """Who sells, as their reader writes addresses."""
    return Party(
        name=provider.legal_name,
        country=provider.country,
        address=provider.postal_address.on_one_line(reader.country, reader.language),
        registration_number=provider.registration_number,
        vat_number=provider.vat_number,
        tax_number=provider.tax_number,
        tax_registration_reason=provider.tax_registration_reason,
        email=provider.email,
        phone=provider.phone,
        **_parts(provider.postal_address),
    )


def buyer_of(client: Client, seller: Provider) -> Party:
    """Who buys, as the seller writes addresses."""
    return Party(
        name=client.name,
        country=client.country,
        address=client.postal_address.on_one_line(seller.country, client.language),
        registration_number=client.registration_number,
        vat_number=client.vat_number,
        tax_number=client.tax_number,
        tax_registration_reason=client.tax_registration_reason,
        email=client.email,
        phone=client.phone,
        **_parts(client.postal_address),
    )


def _parts(address: Address) -> Mapping[str, str]:
    return {
        "street": ", ".join(address.lines.splitlines()),
        "post_code": address.post_code,
        "city": address.city,
        "region": address.region,
    }


def bank_of(provider: Provider) -> BankDetails:
    """Where the provider is paid to."""
    return BankDetails(
        name=provider.bank_name,
        iban=provider.bank_iban,
        bic=provider.bank_bic,
        account=provider.bank_account,
        correspondent=provider.bank_correspondent,
        bik=provider.bank_bik,
    )
