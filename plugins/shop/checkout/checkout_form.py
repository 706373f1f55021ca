"""The form of the checkout. It reads types and keeps everything as it was typed."""

from wtforms import (
    BooleanField,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)

from billing_panel.administration.details.address_fields import NO_CITY
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.postal_address import Address
from plugins.orders.checkout.new_order_form import NumbersField, SumField, new_key, stripped
from plugins.orders.checkout.place_order import MAX_NOTE

PLACE = "place"


class CheckoutForm(Form):  # type: ignore[misc]  # wtforms has no types
    """``expected_total`` and ``expected_points``: what the summary showed. ``do``: PLACE, or not.

    ``line``: positions of the cart that the summary showed, by id. ``terms``: the version of the
    terms that was read.
    """

    do = SubmitField()
    request_key = HiddenField(default=new_key, filters=[lambda written: written or new_key()])
    expected_total = SumField()
    expected_points = SumField()
    line = NumbersField(default=())
    payment_method = RadioField(text("How you pay"), filters=[stripped])
    delivery_service = SelectField(text("Delivery"), filters=[stripped])
    delivery_address = TextAreaField(
        text("Delivery address"), filters=[stripped], render_kw={"maxlength": 500, "rows": 2}
    )
    delivery_post_code = StringField(
        text("Post code"), filters=[stripped], render_kw={"maxlength": 16}
    )
    delivery_city = StringField(text("City"), filters=[stripped], render_kw={"maxlength": 120})
    delivery_region = StringField(text("Region"), filters=[stripped], render_kw={"maxlength": 120})
    delivery_country = StringField(
        text("Country (two-letter code)"), filters=[stripped], render_kw={"maxlength": 2}
    )
    promo_code = StringField(
        text("Promo code"), filters=[stripped], render_kw={"maxlength": 64, "autocomplete": "off"}
    )
    note = TextAreaField(
        text("Note to us (optional)"),
        filters=[stripped],
        render_kw={"maxlength": MAX_NOTE, "rows": 3},
    )
    terms = HiddenField(filters=[stripped])
    accepted = BooleanField()

    @property
    def is_placed(self) -> bool:
        return bool(self.do.raw_data and self.do.raw_data[0] == PLACE)

    @property
    def place_of_delivery(self) -> Address:
        """As typed; empty: the client's own. Raises Invalid where it has no city."""
        place = Address(
            self.delivery_address.data or "",
            self.delivery_post_code.data or "",
            self.delivery_city.data or "",
            self.delivery_region.data or "",
            (self.delivery_country.data or "").upper(),
        )
        if place and not place.city:
            raise Invalid([FieldError("delivery.city", "required", NO_CITY)])
        return place

    @property
    def accepted_terms(self) -> str:
        """The version that is accepted; empty: none is."""
        return str(self.terms.data or "") if self.accepted.data else ""

    def renew_key(self) -> None:
        """What is sent next is another order."""
        self.request_key.data = new_key()
