"""One order of three lines by django-oscar's own calls: basket, addresses, order.

What its checkout does between the last click and the page that says thanks, without that page.
"""

from typing import Any

from django.db import transaction
from oscar.core.loading import get_class, get_model

Basket: Any = get_model("basket", "Basket")
Product: Any = get_model("catalogue", "Product")
ShippingAddress: Any = get_model("order", "ShippingAddress")
BillingAddress: Any = get_model("order", "BillingAddress")
Applicator: Any = get_class("offer.applicator", "Applicator")
Free: Any = get_class("shipping.methods", "Free")
OrderCreator: Any = get_class("order.utils", "OrderCreator")
OrderNumberGenerator: Any = get_class("order.utils", "OrderNumberGenerator")
OrderTotalCalculator: Any = get_class("checkout.calculators", "OrderTotalCalculator")
Selector: Any = get_class("partner.strategy", "Selector")


def order_three(client: Any) -> Any:
    """The order. The basket is filled in one request, and ordered in another."""
    with transaction.atomic():
        basket = Basket.objects.create(owner=client)
        basket.strategy = Selector().strategy()
        for product in Product.objects.order_by("id")[:3]:
            basket.add_product(product, quantity=1)
    with transaction.atomic():
        return _ordered(basket.pk, client)


def _ordered(basket_id: int, client: Any) -> Any:
    basket = Basket.objects.get(pk=basket_id)
    basket.strategy = Selector().strategy()
    Applicator().apply(basket, client, None)
    method = Free()
    charge = method.calculate(basket)
    order = OrderCreator().place_order(
        basket=basket,
        total=OrderTotalCalculator().calculate(basket, charge),
        shipping_method=method,
        shipping_charge=charge,
        user=client,
        shipping_address=_address(ShippingAddress),
        billing_address=_address(BillingAddress),
        order_number=OrderNumberGenerator().order_number(basket),
    )
    basket.submit()
    return order


def _address(model: Any) -> Any:
    return model.objects.create(
        first_name="Client",
        last_name="Fifty",
        line1="Main 1",
        line4="Berlin",
        postcode="12345",
        country_id="DE",
    )
