"""The checkout: how the cart with one provider is paid and delivered, and the order placed.

Without JavaScript the button *Update* shows what is chosen; what the total was when it was shown
comes back with the form, so that a changed price is shown and asked again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.companies.provider_models import (
    DeliveryService,
    MethodKind,
    PaymentMethod,
)
from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.kernel.language.errors import DomainError, FieldError, Invalid, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.client_standing import Standing, seen_standing
from billing_panel.tax.supply import SupplyTax
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.post_in_transaction import answer
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from billing_panel.web.shell.template_formats import money
from plugins.orders.checkout.checkout_context import Shopping, go_shopping
from plugins.orders.checkout.place_order import DeliveryWish, PlaceOrder, place_order
from plugins.orders.checkout.quote_order import OrderQuote, quote_order
from plugins.orders.functions import OrdersFunction
from plugins.orders.payments.online_payment_pages import leave_for_payment
from plugins.orders.promo.cart_promo import code_in_cart
from plugins.orders.promo.use_promo import find_promo
from plugins.orders.store.models import Order
from plugins.shop.cart.cart_view import CartView, read_cart, taxes_of
from plugins.shop.checkout.checkout_form import CheckoutForm
from plugins.shop.checkout.pay_at_once import pay_at_once
from plugins.shop.shop_access import own_shop

# Sent by the script of the page, which wants the summary alone.
FRAGMENT = "X-Fragment"

checkout = Blueprint("checkout", "plugins.shop", template_folder="templates")
buying = access(needs(OrdersFunction.CART_CHECKOUT))


@dataclass(frozen=True)
class CheckoutPage:
    """``stands``: with the provider, None: not for whoever looks. ``quote`` None: nothing to order.

    ``services``: those that bring what is delivered; none where nothing is. ``desk``: the method
    may be left for when the order is paid (D5).
    """

    shopping: Shopping
    cart: CartView
    form: CheckoutForm
    quote: OrderQuote | None
    stands: Standing | None
    services: Sequence[DeliveryService]
    desk: bool
    refusal: DomainError | None = None

    @property
    def taxes(self) -> Sequence[tuple[SupplyTax, int]]:
        return taxes_of(self.quote.judgement) if self.quote else ()

    @property
    def left_out(self) -> int:
        """How many positions can't be ordered, and stay in the cart."""
        return len(self.cart.positions) - len(self.cart.orderable)


@checkout.get("/checkout/<key>")
@buying
def page(key: str) -> ResponseReturnValue:
    """How the client's cart with the provider is paid and delivered.

    Needs ``orders:cart:checkout``; clients alone.
    """
    return _page(key, CheckoutForm(), None)


@checkout.post("/checkout/<key>")
@buying
def send(key: str) -> ResponseReturnValue:
    """Place the client's cart as orders, and pay them by what was chosen; or show the total.

    Needs ``orders:cart:checkout``; clients alone. Refuses what the client may not have, terms that
    are not accepted, and a total other than the one shown.
    """
    form = CheckoutForm(request.form)
    if not form.is_placed:
        return _page(key, form, None)
    return answer(partial(_send, key, form), partial(_refused, key, form))


@dataclass(frozen=True)
class _Placed:
    """``paid``: every order is. ``gateway``: the method by which the only order is paid outside."""

    numbers: Sequence[str]
    ids: Sequence[int]
    paid: bool
    gateway: str | None


def _send(key: str, form: CheckoutForm) -> ResponseReturnValue:
    placed = _place(key, form)
    numbers = ", ".join(placed.numbers)
    if placed.paid:
        flash(gettext("Order %(numbers)s placed and paid.", numbers=numbers), "ok")
    else:
        flash(gettext("Order %(numbers)s placed.", numbers=numbers), "ok")
    if placed.gateway and may_open("online.begin"):
        try:
            return leave_for_payment(placed.ids[0], placed.gateway)
        except DomainError as refusal:
            # the order is placed all the same, and its page says how it is paid
            flash(said(refusal.message), "warn")
    if len(placed.ids) == 1 and may_open("order.details"):
        return redirect(url_for("order.details", order_id=placed.ids[0]), 303)
    return redirect(url_for("orders.active"), 303)


def _place(key: str, form: CheckoutForm) -> _Placed:
    """Raises what ``place_order`` raises, and Refused ``look_first``: its total was not shown."""
    expected, running, actor = form.expected_total.data, panel(), current_actor()
    if expected is None:
        raise Refused(text("Check the total, then place the order."), code="look_first")
    with running.database.writing() as db:
        client, provider = own_shop(db, actor, key)
        if provider.terms_version and not form.accepted_terms:
            message = text(
                "Read and accept the terms, version %(version)s.", version=provider.terms_version
            )
            raise Invalid([FieldError("terms", "terms_not_accepted", message)])
        command = PlaceOrder(
            client_id=client.id,
            provider=key,
            payment_method=form.payment_method.data or None,
            cart=form.line.data,
            note=form.note.data,
            delivery=DeliveryWish(form.delivery_service.data or None, form.place_of_delivery),
            expected_total=Money(expected, provider.currency),
            expected_points=form.expected_points.data,
            request_key=form.request_key.data,
            terms=form.accepted_terms,
            promo_code=form.promo_code.data or "",
        )
        orders = place_order(db, command, actor=actor, clock=running.clock)
        pay_at_once(db, orders, actor=actor, clock=running.clock)
        return _placed(orders)


def _placed(orders: Sequence[Order]) -> _Placed:
    online = len(orders) == 1 and orders[0].is_paid_by(MethodKind.CARD_GATEWAY)
    method = orders[0].payment_method
    return _Placed(
        numbers=[order.number for order in orders],
        ids=[order.id for order in orders],
        paid=all(order.is_paid for order in orders),
        gateway=method.key if online and method else None,
    )


def _refused(key: str, form: CheckoutForm, refusal: DomainError) -> ResponseReturnValue:
    if refusal.code == "idempotency_key_reused":
        # the key belongs to what it placed; what is sent now is something else
        form.renew_key()
    return _page(key, form, refusal)


def _page(key: str, form: CheckoutForm, refusal: DomainError | None) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    fragment = FRAGMENT in request.headers
    with running.database.reading() as db:
        client, provider = own_shop(db, actor, key)
        shopping = go_shopping(db, actor, client, provider, at=running.clock.now())
        if form.promo_code.data is None:
            form.promo_code.data = code_in_cart(db, client.id, provider.id) or ""
        code, at = form.promo_code.data, running.clock.now()
        promo = find_promo(db, client, provider, code, actor=actor, at=at)
        shopping = shopping.with_promo(promo)
        cart = read_cart(db, shopping, actor)
        services = [s for s in provider.delivery_services if s.offered and cart.needs_delivery]
        methods = _methods(cart)
        _offer(form, shopping, methods, services)
        found = CheckoutPage(
            shopping=shopping,
            cart=cart,
            form=form,
            quote=_quote(cart, form, methods, services),
            stands=seen_standing(db, actor, client.id, provider.id),
            services=services,
            desk=shopping.workflow.method_when_paid,
            refusal=refusal,
        )
        template = "shop/checkout_summary.html" if fragment else "shop/checkout.html"
        status = refusal.status if refusal and not fragment else 200
        return render_template(template, page=found), status


def _methods(cart: CartView) -> Sequence[PaymentMethod]:
    """By which this client can mean to pay; points where nothing else is asked for."""
    shopping = cart.shopping
    in_points = all(choice.tender is Tender.POINTS for choice in cart.choices)
    return [
        method
        for method in shopping.methods
        if method.key not in shopping.facts.forbidden_methods
        and (method.kind is MethodKind.POINTS) is in_points
        and (method.kind is not MethodKind.CARD_GATEWAY or method.gateway in panel().gateways)
    ]


def _offer(
    form: CheckoutForm,
    shopping: Shopping,
    methods: Sequence[PaymentMethod],
    services: Sequence[DeliveryService],
) -> None:
    """Something is always chosen: the first of the methods, unless none is needed before paying."""
    later = [("", gettext("Choose when paying"))] if shopping.workflow.method_when_paid else []
    form.payment_method.choices = [*later, *((m.key, said(m.title)) for m in methods)]
    offered = [key for key, _ in form.payment_method.choices]
    if form.payment_method.data not in offered:
        form.payment_method.data = offered[0] if offered else ""
    currency = shopping.provider.currency
    form.delivery_service.choices = [
        *((s.key, f"{said(s.title)}, {money(s.price, currency)}") for s in services),
        ("", gettext("agreed later")),
    ]
    if form.delivery_service.data is None or form.delivery_service.raw_data is None:
        form.delivery_service.data = services[0].key if services else ""
    form.terms.data = shopping.provider.terms_version


def _quote(
    cart: CartView,
    form: CheckoutForm,
    methods: Sequence[PaymentMethod],
    services: Sequence[DeliveryService],
) -> OrderQuote | None:
    if not cart.choices:
        return None
    return quote_order(
        cart.shopping,
        cart.choices,
        method=next((m for m in methods if m.key == form.payment_method.data), None),
        service=next((s for s in services if s.key == form.delivery_service.data), None),
    )
