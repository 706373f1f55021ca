"""Fills a new database of pretix: an event with three products, staff, the giant, a paid order."""

import django

django.setup()

from datetime import timedelta  # noqa: E402 (nothing of Django is imported before it is set up)
from decimal import Decimal  # noqa: E402
from typing import Any  # noqa: E402

from django.utils.timezone import now  # noqa: E402
from django_scopes import scope, scopes_disabled  # noqa: E402
from pretix.base.models import (  # noqa: E402
    Customer,
    Event,
    Item,
    Order,
    Organizer,
    Quota,
    TaxRule,
    Team,
    User,
)

from benchmarks.peers.passwords import CLIENT_PASSWORD, STAFF_PASSWORD  # noqa: E402
from benchmarks.peers.pretix.ordering import MAIL, SHOP  # noqa: E402
from benchmarks.peers.pretix.ordering import Shop as Selling  # noqa: E402

PLUGINS = "pretix.plugins.banktransfer"
PRICES = {"Hosting S": "5.00", "Hosting M": "12.00", "Domain .org": "15.00"}
SETTINGS = {
    "payment_banktransfer__enabled": True,
    "payment_banktransfer_bank_details_type": "other",
    "payment_banktransfer_bank_details": "IBAN",
    "payment_term_days": 14,
    "invoice_generate": "True",
    "invoice_address_asked": True,
    "invoice_address_from": "Street 1",
    "invoice_address_from_name": "Seller Ltd",
    "invoice_address_from_zipcode": "10000",
    "invoice_address_from_city": "Town",
    "invoice_address_from_country": "DE",
    "invoice_address_from_vat_id": "DE123",
    "max_items_per_order": 50,
    "timezone": "UTC",
}


def seed() -> None:
    with scopes_disabled():
        organizer: Any = Organizer.objects.create(name="Seller", slug="seller", plugins=PLUGINS)
        organizer.settings.customer_accounts = True
        organizer.settings.customer_accounts_native = True
        _sell(organizer)
        _staff(organizer)
        name = {"_scheme": "full", "full_name": "Client Fifty"}
        giant: Any = Customer(organizer=organizer, email=MAIL, name_parts=name)
        giant.is_active = giant.is_verified = True
        giant.set_password(CLIENT_PASSWORD)
        giant.save()
    placed = Selling().order_three()
    with scope(organizer=organizer):
        payment = Order.objects.get(pk=placed["order_id"]).payments.last()
        payment.confirm(send_mail=False, lock=False)


def _sell(organizer: Any) -> None:
    event: Any = Event.objects.create(
        organizer=organizer,
        name="Shop",
        slug=SHOP,
        currency="EUR",
        date_from=now() + timedelta(days=3650),
        plugins=PLUGINS,
        live=True,
    )
    for key, value in SETTINGS.items():
        event.settings.set(key, value)
    rule = TaxRule.objects.create(
        event=event, rate=Decimal("19.00"), name="VAT", price_includes_tax=True
    )
    quota = Quota.objects.create(event=event, name="endless", size=None)
    for position, (name, price) in enumerate(PRICES.items()):
        quota.items.add(
            Item.objects.create(
                event=event,
                name=name,
                default_price=Decimal(price),
                tax_rule=rule,
                admission=False,
                position=position,
                active=True,
            )
        )


def _staff(organizer: Any) -> None:
    user = User.objects.create_user("staff@example.org", STAFF_PASSWORD)
    all_of_it = {
        "all_events": True,
        "all_event_permissions": True,
        "all_organizer_permissions": True,
    }
    Team.objects.create(organizer=organizer, name="Staff", **all_of_it).members.add(user)


if __name__ == "__main__":
    seed()
