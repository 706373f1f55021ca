"""One order of three lines by pretix's own calls: a cart, an invoice address, an order.

Those of its tasks for carts and orders. What they leave to others (e-mails, drawing the invoice) is
put into a queue, as in production.
"""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django_scopes import scope, scopes_disabled
from pretix.base.i18n import language
from pretix.base.models import CartPosition, Customer, Event, InvoiceAddress, Item, Organizer
from pretix.base.services.cart import CartManager
from pretix.base.services.orders import _perform_order

SHOP, MAIL, TOTAL = "shop", "giant@example.org", Decimal("32.00")
PAYMENT = {
    "id": "transfer",
    "provider": "banktransfer",
    "payment_amount": TOTAL,
    "info_data": {},
    "max_value": None,
    "min_value": None,
    "multi_use_supported": False,
    "fee": None,
}
ADDRESS = {
    "is_business": True,
    "company": "Client Ltd",
    "name_parts": {"_scheme": "full", "full_name": "Client Fifty"},
    "street": "Main 1",
    "zipcode": "12345",
    "city": "Berlin",
    "country": "DE",
}
NO_MORE = {"variation": None, "count": 1, "voucher": None, "price": None, "seat": None}


class Shop:
    """Who sells what to whom, as it is known before anybody orders."""

    def __init__(self) -> None:
        with scopes_disabled():
            self.organizer: Any = Organizer.objects.get()
            self.event_id: int = Event.objects.get(slug=SHOP).pk
            self.items = list(Item.objects.order_by("pk").values_list("pk", flat=True))
            self.customer_id: int = Customer.objects.get(email=MAIL).pk

    def order_three(self) -> Any:
        """What pretix says of the order. With an invoice, as the event is set up."""
        cart = uuid4().hex
        with scope(organizer=self.organizer), language("en"):
            event = self._event()
            channel = event.organizer.sales_channels.get(identifier="web")
            manager = CartManager(event=event, cart_id=cart, sales_channel=channel)
            manager.add_new_items([{"item": item, **NO_MORE} for item in self.items])
            manager.commit()
            address = InvoiceAddress.objects.create(**ADDRESS)
            in_cart = CartPosition.objects.filter(event=event, cart_id=cart)
            positions = list(in_cart.values_list("pk", flat=True))
            return _perform_order(
                self._event(),
                [PAYMENT],
                positions,
                MAIL,
                "en",
                address.pk,
                {},
                "web",
                customer=self.customer_id,
            )

    def _event(self) -> Any:
        """Each request finds it anew."""
        return Event.objects.select_related("organizer").get(pk=self.event_id)
