"""The API of ordering: a quote, and orders from the catalogue or from the client's cart."""

from collections.abc import Sequence

from pydantic import Field, StrictInt
from sqlalchemy.orm import Session

from billing_panel.api.answer_models import Answer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.request_bodies import Body, MoneyBody
from billing_panel.catalog.load_eligibility_facts import tariffs
from billing_panel.catalog.rules.wanted_line import MAX_LINES, WantedLine
from billing_panel.kernel.values.money import MAX_MINOR
from billing_panel.kernel.values.postal_address import Address
from permissions.guard import require
from plugins.orders.cart.find_carts import cart_with, refuse_foreign
from plugins.orders.checkout.cart_api import LineBody
from plugins.orders.checkout.checkout_context import (
    Shopping,
    as_wanted,
    choose_all,
    quantities,
    start_shopping,
)
from plugins.orders.checkout.place_order import (
    MAX_NOTE,
    DeliveryWish,
    PlaceOrder,
    place_order,
)
from plugins.orders.checkout.quote_json import QuoteAnswer, quote_answer
from plugins.orders.checkout.quote_order import quote_order
from plugins.orders.exceptions.use_exceptions import take_exceptions
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.order_json import OrderDetailsAnswer, answer_of
from plugins.orders.promo.cart_promo import code_in_cart
from plugins.orders.promo.promo_models import MAX_CODE
from plugins.orders.promo.promo_rules import PromoWish
from plugins.orders.promo.use_promo import find_promo

REFUSALS = {
    409: ("price_changed",),
    422: ("not_orderable", "exception_unusable", "method_not_for_money", "provider_needed"),
}

api = Api("orders_checkout_api", "Checkout")


class DeliveryBody(Body):
    """``service`` by its key; none: agreed later, without a charge. No address: the client's.

    ``address``: its lines, parted by line breaks. Alone, it is the whole of it; beside
    ``post_code`` or ``region`` a ``city`` belongs. ``country``: empty, the client's own.
    """

    service: str | None = None
    address: str = Field(default="", max_length=500)
    post_code: str = Field(default="", max_length=16, examples=["1000"])
    city: str = Field(default="", max_length=120, examples=["Sofia"])
    region: str = Field(default="", max_length=120)
    country: str = Field(default="", max_length=2, examples=["BG"])

    @property
    def place(self) -> Address:
        return Address(self.address, self.post_code, self.city, self.region, self.country)

    def wish(self) -> DeliveryWish:
        return DeliveryWish(self.service, self.place)


PROMO_CODE = Field(default=None, max_length=MAX_CODE, examples=["WELCOME10"])


class QuoteBody(Body):
    """``lines`` of the catalogue, positions of the client's cart by ``line_ids``, or both.

    ``exceptions``: ids of approved ones that the quote reckons with. ``promo_code`` absent: the one
    in the cart where positions of it are quoted; empty: none.
    """

    provider: str | None = None
    lines: list[LineBody] = Field(default_factory=list, max_length=MAX_LINES)
    line_ids: list[StrictInt] = Field(default_factory=list, max_length=MAX_LINES)
    payment_method: str | None = None
    delivery: DeliveryBody | None = None
    exceptions: list[StrictInt] = Field(default_factory=list, max_length=MAX_LINES)
    promo_code: str | None = PROMO_CODE


class CheckoutTerms(Body):
    """``expected_total`` and ``expected_points``: what it cost when it was shown.

    ``payment_method`` may be absent or null where the provider's workflow asks for it when the
    order is paid. ``terms``: the version of the provider's terms that the client accepts.
    ``promo_code`` absent: the one in the cart where positions of it are ordered; empty: none.
    """

    provider: str | None = None
    payment_method: str | None = None
    note: str = Field(default="", max_length=MAX_NOTE)
    delivery: DeliveryBody | None = None
    expected_total: MoneyBody | None = None
    expected_points: StrictInt | None = Field(default=None, ge=0, le=MAX_MINOR)
    terms: str = Field(default="", max_length=64)
    exceptions: list[StrictInt] = Field(default_factory=list, max_length=MAX_LINES)
    promo_code: str | None = PROMO_CODE

    def command(
        self, client_id: int, *, lines: tuple[WantedLine, ...] = (), cart: tuple[int, ...] = ()
    ) -> PlaceOrder:
        expected = self.expected_total
        return PlaceOrder(
            client_id=client_id,
            provider=self.provider,
            payment_method=self.payment_method,
            lines=lines,
            cart=cart,
            note=self.note,
            delivery=(self.delivery or DeliveryBody()).wish(),
            expected_total=expected.money("expected_total") if expected else None,
            expected_points=self.expected_points,
            exceptions=tuple(self.exceptions),
            terms=self.terms,
            promo_code=self.promo_code,
        )


class PlaceBody(CheckoutTerms):
    """``lines`` of the catalogue."""

    lines: list[LineBody] = Field(min_length=1, max_length=MAX_LINES)


class CheckoutBody(CheckoutTerms):
    """``line_ids``: positions of the client's cart."""

    line_ids: list[StrictInt] = Field(min_length=1, max_length=MAX_LINES)


class PlacedAnswer(Answer):
    """The orders placed, several when the provider's workflow splits them."""

    orders: list[OrderDetailsAnswer]


@api.post(
    "/clients/<bigid:client_id>/quote",
    OrdersFunction.ORDER_CREATE,
    OrdersFunction.CART_CHECKOUT,
    writes=False,
    example={
        "lines": [{"tariff": "web-start", "period": "12 months", "quantity": 2}],
        "payment_method": "bank_transfer",
    },
    errors={422: REFUSALS[422][1:]},
)
def quote(call: Call[QuoteBody], client_id: int) -> QuoteAnswer:
    """Quotes what the same body would cost as an order; nothing is used up or set aside.

    What can't be ordered is quoted too, with ``orderable: false`` and the reasons. ``lines``
    require ``orders:order:create``, positions of the cart ``orders:cart:checkout``.
    """
    body = call.body
    if body.lines or not body.line_ids:
        require(call.actor, OrdersFunction.ORDER_CREATE)
    if body.line_ids:
        require(call.actor, OrdersFunction.CART_CHECKOUT)
    now = call.panel.clock.now()
    shopping = start_shopping(call.session, call.actor, client_id, body.provider, at=now)
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
        at=now,
    )
    shopping = shopping.with_granted([one.granted() for one in taken])
    shopping = shopping.with_promo(_promo(call, shopping, body))
    shopping = shopping.sent_to(body.delivery.place if body.delivery else Address())
    known = tariffs(call.session, shopping.provider, [line.tariff for line in wanted])
    choices = choose_all(known, wanted)
    method = shopping.payment_method(body.payment_method) if body.payment_method else None
    service = body.delivery.service if body.delivery else None
    delivery = shopping.delivery_service(service) if service else None
    found = quote_order(shopping, choices, method=method, service=delivery)
    if found.refusal is not None:
        raise found.refusal
    return quote_answer(found.judgement, shopping, call.actor, call.language)


@api.post(
    "/clients/<bigid:client_id>/orders",
    OrdersFunction.ORDER_CREATE,
    status=201,
    example={
        "lines": [{"tariff": "web-start", "period": "12 months"}],
        "payment_method": "bank_transfer",
        "expected_total": {"amount": "591.19", "currency": "EUR"},
    },
    errors=REFUSALS,
)
def place(call: Call[PlaceBody], client_id: int) -> PlacedAnswer:
    """Places an order for the client, or several if the provider's workflow splits it."""
    wanted = tuple(line.wanted() for line in call.body.lines)
    return _place(call, call.body.command(client_id, lines=wanted))


@api.post(
    "/clients/<bigid:client_id>/cart/checkout",
    OrdersFunction.CART_CHECKOUT,
    status=201,
    example={"line_ids": [5, 6], "payment_method": "bank_transfer"},
    errors=REFUSALS,
)
def checkout(call: Call[CheckoutBody], client_id: int) -> PlacedAnswer:
    """Places positions of the client's cart as orders and takes them out of the cart."""
    return _place(call, call.body.command(client_id, cart=tuple(call.body.line_ids)))


def _promo(call: Call[QuoteBody], shopping: Shopping, body: QuoteBody) -> PromoWish | None:
    session, at = call.session, call.panel.clock.now()
    client, provider, code = shopping.client, shopping.provider, body.promo_code
    if code is None and body.line_ids:
        code = code_in_cart(session, client.id, provider.id)
    return find_promo(session, client, provider, code, actor=call.actor, at=at)


def _from_cart(session: Session, shopping: Shopping, line_ids: Sequence[int]) -> list[WantedLine]:
    """Raises Invalid for positions that are not of the client's cart with the provider."""
    if not line_ids:
        return []
    lines = cart_with(session, shopping.client.id, shopping.provider.id)
    refuse_foreign([line.id for line in lines], line_ids)
    return [as_wanted(line) for line in lines if line.id in line_ids]


def _place(call: AnyCall, command: PlaceOrder) -> PlacedAnswer:
    orders = place_order(call.session, command, actor=call.actor, clock=call.panel.clock)
    return PlacedAnswer(orders=[answer_of(call, order) for order in orders])
