"""The API of a cart that staff send to its client, who approves it (D2)."""

from pydantic import Field, StrictInt, StrictStr

from billing_panel.accounts.access.scope import find_client, provider_for
from billing_panel.api.answer_models import Answer, Key, Moment
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import ProviderQuery
from billing_panel.api.request_bodies import Body, MoneyBody, NoBody
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.money import MAX_MINOR
from permissions.guard import require
from plugins.orders.checkout.checkout_context import go_shopping
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.order_json import OrderDetailsAnswer, answer_of
from plugins.shop.cart.cart_approval import (
    HELPING,
    Approve,
    approve_cart,
    request_shown,
    send_to_approve,
)
from plugins.shop.cart.cart_view import read_cart
from plugins.shop.shop_access import cart_owner

RULE = "/clients/<bigid:client_id>/cart/approval"

api = Api("shop_cart_request_api", "Cart")


class SendCartBody(Body):
    """``payment_method``: how it is to be paid; absent or null: as the client is used to."""

    provider: StrictStr
    payment_method: StrictStr | None = None


class ApproveBody(Body):
    """``expected_total`` and ``expected_points``: what the cart cost when it was shown.

    ``terms``: the version of the provider's terms that was shown, and is accepted.
    """

    provider: StrictStr
    expected_total: MoneyBody
    expected_points: StrictInt = Field(default=0, ge=0, le=MAX_MINOR)
    terms: str = Field(default="", max_length=64)


class CartRequestAnswer(Answer):
    """How it stands. ``stale``: the cart was changed since, and has to be sent again.

    ``approved_at`` null: the client has not answered yet.
    """

    provider: Key
    asked_at: Moment
    payment_method: str | None = Field(examples=["bank_transfer"])
    approved_at: Moment | None
    stale: bool


class ApprovedAnswer(Answer):
    """The orders placed; none where staff place what only they may order."""

    orders: list[OrderDetailsAnswer]


@api.get(RULE, OrdersFunction.CART_READ, errors={422: ("provider_needed",)})
def show_approval(call: Call[NoBody, ProviderQuery], client_id: int) -> CartRequestAnswer:
    """Shows how a cart stands that staff have sent to approve; 404 where it was not."""
    require(call.actor, OrdersFunction.CART_READ)
    client = find_client(call.session, call.actor, client_id=client_id)
    provider = provider_for(call.session, call.actor, client, call.query.provider)
    return _standing(call, client_id, provider.key)


@api.post(
    f"{RULE}/send",
    *HELPING,
    example={"provider": "nordvik", "payment_method": "bank_transfer"},
    errors={422: ("cart_empty",)},
)
def send_cart(call: Call[SendCartBody], client_id: int) -> CartRequestAnswer:
    """Sends the cart to the client to approve. For staff alone."""
    body, clock = call.body, call.panel.clock
    send_to_approve(
        call.session, client_id, body.provider, body.payment_method, actor=call.actor, clock=clock
    )
    return _standing(call, client_id, body.provider)


@api.post(
    RULE,
    OrdersFunction.CART_CHECKOUT,
    example={"provider": "nordvik", "expected_total": {"amount": "11.88", "currency": "EUR"}},
    errors={409: ("cart_changed", "price_changed"), 422: ("nothing_to_approve", "not_orderable")},
)
def approve(call: Call[ApproveBody], client_id: int) -> ApprovedAnswer:
    """Approves the cart that staff have sent; what the client may order is placed at once.

    For clients alone. Where the provider has terms, ``terms`` names the version accepted.
    """
    body = call.body
    total = body.expected_total.money("expected_total")
    command = Approve(client_id, body.provider, total, body.expected_points, body.terms)
    placed = approve_cart(call.session, command, actor=call.actor, clock=call.panel.clock)
    return ApprovedAnswer(orders=[answer_of(call, order) for order in placed])


def _standing(call: AnyCall, client_id: int, key: str) -> CartRequestAnswer:
    """Raises NotFound."""
    session, actor = call.session, call.actor
    client, provider = cart_owner(session, actor, client_id, key)
    shopping = go_shopping(session, actor, client, provider, at=call.panel.clock.now())
    request = request_shown(session, read_cart(session, shopping, actor))
    if request is None:
        raise NotFound(text("This cart was not sent to the client to approve."))
    return CartRequestAnswer(
        provider=provider.key,
        asked_at=request.asked_at,
        payment_method=request.method.key if request.method else None,
        approved_at=request.approved_at,
        stale=request.is_stale,
    )
