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

from billing_panel.kernel.language.text import text
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
    delivery_address = StringField(
        text("Delivery address"), filters=[stripped], render_kw={"maxlength": 500}
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
    def accepted_terms(self) -> str:
        """The version that is accepted; empty: none is."""
        return str(self.terms.data or "") if self.accepted.data else ""

    def renew_key(self) -> None:
        """What is sent next is another order."""
        self.request_key.data = new_key()
