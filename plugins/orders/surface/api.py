"""The API of orders: the client's catalogue, quotes, carts, placing, histories, delivery."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, StrictInt, StrictStr
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client
from billing_panel.api.bodies import Body, MoneyBody, NoBody, page_of, query_values, short_page
from billing_panel.api.routes import Answer, Api, Call
from billing_panel.catalog.queries import catalogue, tariffs
from billing_panel.catalog.rules.choose import MAX_LINES, MAX_QUANTITY, WantedLine
from billing_panel.catalog.rules.facts import Choice, OptionValue, TariffFacts, Tender
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import MAX_MINOR, POINTS, Money
from billing_panel.web.requests.problem import money
from permissions.guard import require
from plugins.orders.checkout.change_cart import AddToCart, add_to_cart, change_quantity, take_out
from plugins.orders.checkout.place_order import (
    MAX_NOTE,
    DeliveryWish,
    PlaceOrder,
    chosen_of,
    place_order,
)
from plugins.orders.checkout.quote_order import quote_order
from plugins.orders.checkout.shopping import (
    Shopping,
    as_wanted,
    choose_all,
    quantities,
    start_shopping,
)
from plugins.orders.exceptions.exceptions import take_exceptions
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import CartLine, Order
from plugins.orders.store.queries import (
    OrderFilter,
    all_orders,
    cart_lines,
    cart_with,
    find_order,
    history,
)
from plugins.orders.store.sums import PaymentStanding
from plugins.orders.surface.representation import (
    cart_row,
    document_row,
    judged,
    order_details,
    order_rows,
    tariff_row,
)
from plugins.orders.workflow.workflow import Stage

api = Api("orders_api")


def _option_value(value: object) -> OptionValue:
    """One sentence where a union of types would tell one for each."""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise PydanticCustomError("option_value", "an option is a whole number or a text")


OptionBody = Annotated[OptionValue, PlainValidator(_option_value)]


class LineBody(Body):
    tariff: StrictStr
    period: StrictStr | None = None
    quantity: StrictInt = Field(default=1, ge=1, le=MAX_QUANTITY)
    options: dict[str, OptionBody] = Field(default_factory=dict, max_length=50)
    pay_with: Literal["money", "points"] = "money"

    def wanted(self) -> WantedLine:
        tender = Tender(self.pay_with)
        return WantedLine(self.tariff, self.period, self.quantity, self.options, tender)


class DeliveryBody(Body):
    service: str | None = None
    address: str = Field(default="", max_length=500)


class QuoteBody(Body):
    """``lines`` of the catalogue, positions of the client's cart by ``line_ids``, or both."""

    provider: str | None = None
    lines: list[LineBody] = Field(default_factory=list, max_length=MAX_LINES)
    line_ids: list[StrictInt] = Field(default_factory=list, max_length=MAX_LINES)
    payment_method: str | None = None
    delivery: DeliveryBody | None = None
    exceptions: list[StrictInt] = Field(default_factory=list, max_length=MAX_LINES)


class CheckoutTerms(Body):
    provider: str | None = None
    payment_method: str
    note: str = Field(default="", max_length=MAX_NOTE)
    delivery: DeliveryBody | None = None
    expected_total: MoneyBody | None = None
    expected_points: StrictInt | None = Field(default=None, ge=0, le=MAX_MINOR)
    exceptions: list[StrictInt] = Field(default_factory=list, max_length=MAX_LINES)

    def command(
        self, client_id: int, *, lines: tuple[WantedLine, ...] = (), cart: tuple[int, ...] = ()
    ) -> PlaceOrder:
        wish = self.delivery or DeliveryBody()
        expected = self.expected_total
        return PlaceOrder(
            client_id=client_id,
            provider=self.provider,
            payment_method=self.payment_method,
            lines=lines,
            cart=cart,
            note=self.note,
            delivery=DeliveryWish(wish.service, wish.address),
            expected_total=expected.money("expected_total") if expected else None,
            expected_points=self.expected_points,
            exceptions=tuple(self.exceptions),
        )


class PlaceBody(CheckoutTerms):
    lines: list[LineBody] = Field(min_length=1, max_length=MAX_LINES)


class CheckoutBody(CheckoutTerms):
    line_ids: list[StrictInt] = Field(min_length=1, max_length=MAX_LINES)


class AddLineBody(LineBody):
    provider: str | None = None


class QuantityBody(Body):
    quantity: StrictInt = Field(ge=1, le=MAX_QUANTITY)


@api.get(
    "/clients/<bigid:client_id>/catalog", OrdersFunction.ORDER_CREATE, OrdersFunction.CART_CHANGE
)
def show_catalogue(call: Call[NoBody], client_id: int) -> Answer:
    values = query_values("provider", "category", "limit", "cursor")
    shopping = _shopping(call, client_id, values.get("provider"))
    of_category = [
        tariff
        for tariff in catalogue(call.session, shopping.provider).values()
        if values.get("category") in {None, tariff.category}
    ]
    page, cursor = short_page(values, of_category)
    return {
        "provider": shopping.provider.key,
        "items": [_priced(tariff, shopping, call.actor, call.language) for tariff in page],
        "next_cursor": cursor,
    }


@api.post(
    "/clients/<bigid:client_id>/quote",
    OrdersFunction.ORDER_CREATE,
    OrdersFunction.CART_CHECKOUT,
    body=QuoteBody,
    writes=False,
)
def quote(call: Call[QuoteBody], client_id: int) -> Answer:
    """What the same body would be answered as an order, and nothing is used up or set aside.

    Each part of it takes the function that ordering it takes.
    """
    body = call.body
    if body.lines or not body.line_ids:
        require(call.actor, OrdersFunction.ORDER_CREATE)
    if body.line_ids:
        require(call.actor, OrdersFunction.CART_CHECKOUT)
    shopping = _shopping(call, client_id, body.provider)
    wanted = [
        *_from_cart(call.session, shopping, body.line_ids),
        *(line.wanted() for line in body.lines),
    ]
    taken = take_exceptions(
        call.session,
        body.exceptions,
        client=shopping.client,
        provider=shopping.provider,
        ordered=quantities(wanted),
        actor=call.actor,
        at=call.panel.clock.now(),
        lock=False,
    )
    shopping = shopping.with_granted([one.granted() for one in taken])
    known = tariffs(call.session, shopping.provider, [line.tariff for line in wanted])
    choices = choose_all(known, wanted)
    method = shopping.payment_method(body.payment_method) if body.payment_method else None
    service = body.delivery.service if body.delivery else None
    delivery = shopping.delivery_service(service) if service else None
    found = quote_order(shopping, choices, method=method, service=delivery)
    if found.refusal is not None:
        raise found.refusal
    return judged(found.judgement, shopping, call.actor, call.language)


@api.post("/clients/<bigid:client_id>/orders", OrdersFunction.ORDER_CREATE, body=PlaceBody)
def place(call: Call[PlaceBody], client_id: int) -> Answer:
    wanted = tuple(line.wanted() for line in call.body.lines)
    return _place(call, call.body.command(client_id, lines=wanted))


@api.get("/clients/<bigid:client_id>/orders", OrdersFunction.HISTORY_READ)
def show_history(call: Call[NoBody], client_id: int) -> Answer:
    values = query_values(
        "query", "status", "stage", "provider", "payment_state", "limit", "cursor"
    )
    limit, before = page_of(values)
    client = find_client(call.session, call.actor, client_id=client_id)
    shown = OrderFilter(
        query=values.get("query"),
        provider=values.get("provider"),
        status=values.get("status"),
        stage=_stage(values.get("stage")),
        payment=_payment_state(values.get("payment_state")),
        before=before,
        limit=limit + 1,
    )
    rows = history(call.session, call.actor, client, shown)
    return _page(rows, limit, call)


@api.get("/clients/<bigid:client_id>/cart", OrdersFunction.CART_READ)
def show_cart(call: Call[NoBody], client_id: int) -> Answer:
    values = query_values("provider", "limit", "cursor")
    lines = cart_lines(call.session, call.actor, client_id, values.get("provider"))
    page, cursor = short_page(values, lines)
    return {"items": [_cart_row(line, call) for line in page], "next_cursor": cursor}


@api.post("/clients/<bigid:client_id>/cart/lines", OrdersFunction.CART_CHANGE, body=AddLineBody)
def add_cart_line(call: Call[AddLineBody], client_id: int) -> Answer:
    command = AddToCart(client_id, call.body.provider, call.body.wanted())
    line = add_to_cart(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _cart_row(line, call), 201


@api.patch(
    "/clients/<bigid:client_id>/cart/lines/<bigid:line_id>",
    OrdersFunction.CART_CHANGE,
    body=QuantityBody,
)
def change_cart_line(call: Call[QuantityBody], client_id: int, line_id: int) -> Answer:
    line = change_quantity(call.session, client_id, line_id, call.body.quantity, actor=call.actor)
    return _cart_row(line, call)


@api.delete("/clients/<bigid:client_id>/cart/lines/<bigid:line_id>", OrdersFunction.CART_CHANGE)
def delete_cart_line(call: Call[NoBody], client_id: int, line_id: int) -> Answer:
    take_out(call.session, client_id, line_id, actor=call.actor)
    return {"deleted": line_id}


@api.post(
    "/clients/<bigid:client_id>/cart/checkout", OrdersFunction.CART_CHECKOUT, body=CheckoutBody
)
def checkout(call: Call[CheckoutBody], client_id: int) -> Answer:
    return _place(call, call.body.command(client_id, cart=tuple(call.body.line_ids)))


@api.get("/orders", OrdersFunction.HISTORY_READ)
def list_orders(call: Call[NoBody]) -> Answer:
    values = query_values("query", "status", "provider", "payment_state", "limit", "cursor")
    limit, before = page_of(values)
    shown = OrderFilter(
        query=values.get("query"),
        provider=values.get("provider"),
        status=values.get("status"),
        payment=_payment_state(values.get("payment_state")),
        before=before,
        limit=limit + 1,
    )
    rows = all_orders(call.session, call.actor, shown)
    return _page(rows, limit, call)


@api.get("/orders/<bigid:order_id>", OrdersFunction.ORDER_READ)
def show_order(call: Call[NoBody], order_id: int) -> Answer:
    order = find_order(call.session, call.actor, order_id)
    return order_details(call.session, order, call.language, call.actor)


@api.get("/orders/<bigid:order_id>/invoices", OrdersFunction.ORDER_READ)
def list_invoices(call: Call[NoBody], order_id: int) -> Answer:
    order = find_order(call.session, call.actor, order_id)
    page, cursor = short_page(query_values("limit", "cursor"), order.documents)
    return {
        "items": [document_row(document, call.actor) for document in page],
        "next_cursor": cursor,
    }


def _from_cart(session: Session, shopping: Shopping, line_ids: Sequence[int]) -> list[WantedLine]:
    """Raises Invalid for positions that are not of the client's cart with the provider."""
    if not line_ids:
        return []
    lines = cart_with(session, shopping.client.id, shopping.provider.id)
    return [as_wanted(line) for line in chosen_of(lines, line_ids)]


def _place(call: Call[Any], command: PlaceOrder) -> Answer:
    orders = place_order(call.session, command, actor=call.actor, clock=call.panel.clock)
    return {
        "orders": [order_details(call.session, o, call.language, call.actor) for o in orders]
    }, 201


def _shopping(call: Call[Any], client_id: int, provider: str | None) -> Shopping:
    now = call.panel.clock.now()
    return start_shopping(call.session, call.actor, client_id, provider, at=now)


def _priced(tariff: TariffFacts, shopping: Shopping, actor: Actor, language: str) -> dict[str, Any]:
    """The tariff with its price for this client for each period it is sold for."""
    currency = shopping.seller.currency
    prices = []
    row: dict[str, Any] = {}
    for period, price in tariff.prices.items():
        judgement = shopping.judge([Choice(tariff, period)])
        row = row or tariff_row(tariff, judgement, currency, actor, language)
        (line,) = judgement.quotes[0].lines
        prices.append(
            {
                "period": str(period),
                "list_price": money(Money(price.amount, currency)),
                "price": money(Money(line.unit_price - line.discount, currency)),
                "total_with_tax": money(Money(judgement.total, currency)),
                "points": None if price.points is None else money(Money(price.points, POINTS)),
            }
        )
    return {**row, "prices": prices}


def _cart_row(line: CartLine, call: Call[Any]) -> dict[str, Any]:
    return cart_row(line, line.provider.key, call.language)


def _page(rows: Any, limit: int, call: Call[Any]) -> Answer:
    shown: list[Order] = list(rows[:limit])
    return {
        "items": order_rows(shown, call.language, call.actor),
        "next_cursor": str(shown[-1].id) if len(rows) > limit else None,
    }


def _stage(written: str | None) -> Stage | None:
    if written is None or written in set(Stage):
        return Stage(written) if written else None
    message = text("Choose one of: %(choices)s.", choices=AnyOf([stage.value for stage in Stage]))
    raise Invalid([FieldError("stage", "unknown_stage", message)])


def _payment_state(written: str | None) -> PaymentStanding | None:
    if written is None or written in set(PaymentStanding):
        return PaymentStanding(written) if written else None
    choices = AnyOf([standing.value for standing in PaymentStanding])
    message = text("Choose one of: %(choices)s.", choices=choices)
    raise Invalid([FieldError("payment_state", "unknown_payment_state", message)])
