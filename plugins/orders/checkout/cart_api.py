"""The API of the client's own cart: its positions, added, changed and taken out."""

from typing import Annotated, Literal

from pydantic import Field, PlainValidator, StrictInt, StrictStr

from billing_panel.api.answer_models import Answer, Key, Moment, PageAnswer
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import ProviderPageQuery, ProviderQuery, page_by_place
from billing_panel.api.request_bodies import Body, NoBody, mistake
from billing_panel.catalog.rules.eligibility_facts import OptionValue, Period, Tender
from billing_panel.catalog.rules.wanted_line import MAX_LINE_NOTE, MAX_QUANTITY, WantedLine
from billing_panel.kernel.language.text import say, text
from plugins.orders.cart.find_carts import cart_lines
from plugins.orders.checkout.change_cart import (
    AddToCart,
    LineChange,
    add_to_cart,
    change_line,
    take_out,
)
from plugins.orders.functions import OrdersFunction
from plugins.orders.promo.cart_promo import put_code_in, seen_code
from plugins.orders.promo.promo_models import MAX_CODE
from plugins.orders.store.cart_line import CartLine

CART = "/clients/<bigid:client_id>/cart"
LINE = f"{CART}/lines/<bigid:line_id>"

api = Api("orders_cart_api", "Cart")


def _option_value(value: object) -> OptionValue:
    """One sentence where a union of types would tell one for each."""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise mistake("option_value", text("Use a whole number or a text for the option."))


OptionBody = Annotated[
    OptionValue, PlainValidator(_option_value, json_schema_input_type=OptionValue)
]


class LineBody(Body):
    """A line of the catalogue. ``period`` may be left out where the tariff has only one.

    ``options`` that are absent take what is included, or the first choice.
    """

    tariff: StrictStr
    period: StrictStr | None = None
    quantity: StrictInt = Field(default=1, ge=1, le=MAX_QUANTITY)
    options: dict[str, OptionBody] = Field(default_factory=dict, max_length=50)
    pay_with: Literal["money", "points"] = "money"
    note: str = Field(default="", max_length=MAX_LINE_NOTE)

    def wanted(self) -> WantedLine:
        tender = Tender(self.pay_with)
        return WantedLine(self.tariff, self.period, self.quantity, self.options, tender, self.note)


class AddLineBody(LineBody):
    """A line for the cart. ``provider`` may be left out where the client has only one."""

    provider: str | None = None


class ChangeLineBody(Body):
    """What of a position shall be otherwise; what is absent stays as it is."""

    quantity: StrictInt = Field(default=1, ge=1, le=MAX_QUANTITY)
    period: StrictStr = ""
    options: dict[str, OptionBody] = Field(default_factory=dict, max_length=50)
    pay_with: Literal["money", "points"] = "money"
    note: str = Field(default="", max_length=MAX_LINE_NOTE)

    def change(self) -> LineChange:
        sent = self.model_dump(exclude_unset=True)
        if "pay_with" in sent:
            sent["pay_with"] = Tender(self.pay_with)
        return LineChange(**sent)


class CartLineAnswer(Answer):
    """A position of the cart. ``added_by``: whether the client or staff put it there."""

    id: int
    provider: Key
    tariff: str = Field(examples=["web-start"])
    title: str
    period: str = Field(examples=["1 month"])
    quantity: int
    options: dict[str, OptionValue] = Field(examples=[{"disk": 20}])
    pay_with: Tender
    note: str
    added_at: Moment
    added_by: Literal["client", "staff"]


class CartCodeBody(Body):
    """``promo_code`` empty: it is taken out. ``provider`` may be left out where there is one."""

    promo_code: str = Field(max_length=MAX_CODE, examples=["WELCOME10"])
    provider: str | None = None


class CartCodeAnswer(Answer):
    """The promo code that lies in the cart with a provider; null: none."""

    provider: Key
    promo_code: str | None


class DeletedAnswer(Answer):
    """``deleted``: the id of what is gone."""

    deleted: int


@api.get(CART, OrdersFunction.CART_READ)
def show_cart(call: Call[NoBody, ProviderPageQuery], client_id: int) -> PageAnswer[CartLineAnswer]:
    """Lists the positions of the client's own cart, oldest first."""
    lines = cart_lines(call.session, call.actor, client_id, call.query.provider)
    page, cursor = page_by_place(call.query, lines)
    return PageAnswer(items=[_line(line, call.language) for line in page], next_cursor=cursor)


@api.post(
    f"{CART}/lines",
    OrdersFunction.CART_CHANGE,
    status=201,
    example={"tariff": "web-start", "period": "1 month", "options": {"disk": 20}},
    errors={422: ("cart_full", "cart_too_busy", "provider_needed")},
)
def add_cart_line(call: Call[AddLineBody], client_id: int) -> CartLineAnswer:
    """Puts a position into the cart."""
    command = AddToCart(client_id, call.body.provider, call.body.wanted())
    line = add_to_cart(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _line(line, call.language)


@api.patch(
    LINE,
    OrdersFunction.CART_CHANGE,
    example={"quantity": 2},
    errors={422: ("cart_too_busy",)},
)
def change_cart_line(call: Call[ChangeLineBody], client_id: int, line_id: int) -> CartLineAnswer:
    """Changes a position: how many, for how long, with which options, paid with what."""
    change, clock = call.body.change(), call.panel.clock
    line = change_line(call.session, client_id, line_id, change, actor=call.actor, clock=clock)
    return _line(line, call.language)


@api.delete(LINE, OrdersFunction.CART_CHANGE, errors={422: ("cart_too_busy",)})
def delete_cart_line(call: Call, client_id: int, line_id: int) -> DeletedAnswer:
    """Takes a position out of the cart."""
    take_out(call.session, client_id, line_id, actor=call.actor, clock=call.panel.clock)
    return DeletedAnswer(deleted=line_id)


@api.get(f"{CART}/promo-code", OrdersFunction.CART_READ, errors={422: ("provider_needed",)})
def show_cart_code(call: Call[NoBody, ProviderQuery], client_id: int) -> CartCodeAnswer:
    """Shows the promo code that lies in the client's own cart."""
    found, code = seen_code(call.session, call.actor, client_id, call.query.provider)
    return CartCodeAnswer(provider=found.key, promo_code=code)


@api.put(
    f"{CART}/promo-code",
    OrdersFunction.CART_CHANGE,
    example={"promo_code": "WELCOME10"},
    errors={422: ("cart_too_busy", "provider_needed")},
)
def put_cart_code(call: Call[CartCodeBody], client_id: int) -> CartCodeAnswer:
    """Puts a promo code into the cart, or takes it out; what it takes off the quote says."""
    body = call.body
    found, code = put_code_in(
        call.session,
        client_id,
        body.provider,
        body.promo_code,
        actor=call.actor,
        clock=call.panel.clock,
    )
    return CartCodeAnswer(provider=found.key, promo_code=code)


def _line(line: CartLine, language: str) -> CartLineAnswer:
    return CartLineAnswer(
        id=line.id,
        provider=line.provider.key,
        tariff=line.tariff.key,
        title=say(line.tariff.title, language),
        period=str(Period(line.months)),
        quantity=line.quantity,
        options=dict(line.options),
        pay_with=line.tender,
        note=line.note,
        added_at=line.added_at,
        added_by="staff" if line.by_staff else "client",
    )
