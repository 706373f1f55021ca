"""What an order says on its pro-forma: plain values, in the client's language."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from babel.units import format_unit

from billing_panel.accounts.firms.providers import Provider
from billing_panel.accounts.people.clients import Client
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.money import show
from invoices.document import (
    BankDetails,
    Document,
    DocumentLine,
    DocumentTax,
    Kind,
    Party,
)
from plugins.orders.settlement.delivered_part import claim_of, delivered_lines, has_delivery
from plugins.orders.store.models import Order, OrderLine


def proforma_of(order: Order, day: date, pay_by: date | None = None) -> Document:
    """The document of ``day`` without its number, which it gets when it is issued.

    ``pay_by`` None: it is to be paid as the payment terms have it.
    """
    language = order.client.language
    lines = [_line(order, line, language) for line in order.lines]
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
        seller=_seller(order.provider, order.client),
        buyer=_buyer(order.client, order.provider),
        bank=_bank(order.provider),
        lines=tuple(lines),
        taxes=tuple(DocumentTax(t.percent, t.base, t.tax) for t in order.taxes),
        treatment=order.treatment,
        taxes_inside=order.taxes_inside,
        net=sum(t.base for t in order.taxes),
        tax=sum(t.tax for t in order.taxes),
        total=order.total,
        logo=order.provider.logo,
        prepaid=_prepaid(order, order.total),
    )


def kept_proforma_of(order: Order, day: date) -> Document:
    """The same for what the client has of an order that is called off."""
    language, lines = order.client.language, delivered_lines(order)
    claim = claim_of(order, lines)
    rows = [_line(order, line, language) for line in lines]
    if has_delivery(order, lines):
        rows.append(_delivery_line(order, language))
    return replace(
        proforma_of(order, day),
        lines=tuple(rows),
        taxes=tuple(DocumentTax(t.percent, t.base, t.tax) for t in claim.by_rate()),
        net=claim.total - claim.tax,
        tax=claim.tax,
        total=claim.total,
        prepaid=_prepaid(order, claim.total),
    )


def _prepaid(order: Order, total: int) -> int:
    return min(order.paid, total)


def day_by_terms(order: Order, day: date) -> date:
    """When a bill of ``day`` is to be paid where no deadline says it."""
    return day + timedelta(days=_days_to_pay(order))


def period_words(months: int, language: str) -> str:
    """``12 months`` in the language; what is sold once needs no words."""
    return str(format_unit(months, "month", locale=language)) if months else ""


def option_words(line: OrderLine, language: str) -> str:
    """``Extra RAM: 16, Operating system: Debian 13``."""
    return ", ".join(
        f"{line.option_title(key).in_language(language)}: {value}"
        for key, value in line.options.items()
    )


def _line(order: Order, line: OrderLine, language: str) -> DocumentLine:
    details = [period_words(line.months, language), option_words(line, language)]
    if line.setup_fee:
        details.append(say(text("with set-up fee"), language))
    if line.promo_discount:
        off = show(order.money(line.promo_discount), language)
        promo = text("promo code %(code)s: −%(sum)s", code=order.promo_code, sum=off)
        details.append(say(promo, language))
    return DocumentLine(
        title=say(line.title, language),
        detail=" · ".join(detail for detail in details if detail),
        quantity=line.quantity,
        unit_price=line.unit_price + line.setup_fee,
        discount=line.discount,
        amount=line.amount,
        tax_percent=line.tax_percent,
        points=line.points,
    )


def _days_to_pay(order: Order) -> int:
    """What the client's group is given, else everybody."""
    own = (m for m in order.client.memberships if m.provider_id == order.provider_id)
    group = next((membership.group for membership in own), None)
    terms = group.payment_terms_days if group else None
    return order.provider.payment_terms_days if terms is None else terms


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
    )


def _seller(provider: Provider, reader: Client) -> Party:
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
    )


def _buyer(client: Client, seller: Provider) -> Party:
    return Party(
        name=client.name,
        country=client.country,
        address=client.postal_address.on_one_line(seller.country, client.language),
        vat_number=client.vat_number,
        tax_number=client.tax_number,
        tax_registration_reason=client.tax_registration_reason,
        email=client.email,
        phone=client.phone,
    )


def _bank(provider: Provider) -> BankDetails:
    return BankDetails(
        name=provider.bank_name,
        iban=provider.bank_iban,
        bic=provider.bank_bic,
        account=provider.bank_account,
        correspondent=provider.bank_correspondent,
        bik=provider.bank_bik,
    )
