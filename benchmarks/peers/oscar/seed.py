"""Fills a new database of django-oscar: three products, staff, the giant, and the model order."""

import django

django.setup()

from decimal import Decimal  # noqa: E402 (nothing of Django is imported before it is set up)
from typing import Any  # noqa: E402

from django.contrib.auth import get_user_model  # noqa: E402
from oscar.core.loading import get_model  # noqa: E402

from benchmarks.peers.oscar.ordering import Product, order_three  # noqa: E402
from benchmarks.peers.passwords import CLIENT_PASSWORD, STAFF_PASSWORD  # noqa: E402

PRICES = {"Hosting S": "5.00", "Hosting M": "12.00", "Domain .org": "15.00"}


def seed() -> None:
    country: Any = get_model("address", "Country")
    germany = {"iso_3166_1_a3": "DEU", "iso_3166_1_numeric": "276", "is_shipping_country": True}
    country.objects.create(iso_3166_1_a2="DE", printable_name="Germany", name="Germany", **germany)
    kind = get_model("catalogue", "ProductClass").objects.create(
        name="Hosting", requires_shipping=False, track_stock=True
    )
    partner = get_model("partner", "Partner").objects.create(name="Seller")
    for title, price in PRICES.items():
        product = Product.objects.create(title=title, product_class=kind, upc=title)
        get_model("partner", "StockRecord").objects.create(
            product=product,
            partner=partner,
            partner_sku=title,
            price=Decimal(price),
            price_currency="EUR",
            num_in_stock=10**8,
        )
    users: Any = get_user_model()
    staff = {"is_staff": True, "is_superuser": True}
    users.objects.create_user("staff", "staff@example.org", STAFF_PASSWORD, **staff)
    giant = users.objects.create_user("giant", "giant@example.org", CLIENT_PASSWORD)
    order_three(giant)


if __name__ == "__main__":
    seed()
