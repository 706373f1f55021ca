"""The cart: the client's own page, and the same for staff who help them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, seen_memberships
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.catalog.rules.eligibility_facts import OptionValue, Tender
from billing_panel.catalog.rules.wanted_line import MAX_QUANTITY
from billing_panel.kernel.language.errors import DomainError, FieldError, Invalid, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.kernel.values.money import Money
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.post_in_transaction import change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.orders.cart.cart_log import CartNews, latest_news
from plugins.orders.checkout.change_cart import LineChange, change_line, take_out
from plugins.orders.checkout.checkout_context import Shopping, go_shopping
from plugins.orders.functions import OrdersFunction
from plugins.orders.promo.cart_promo import code_in_cart
from plugins.orders.promo.use_promo import find_promo
from plugins.shop.cart.cart_approval import (
    HELPING,
    Approve,
    RequestShown,
    approve_cart,
    request_shown,
    send_to_approve,
)
from plugins.shop.cart.cart_view import CartView, read_cart
from plugins.shop.cart.order_again import order_again
from plugins.shop.shop_access import cart_owner, own_shops

cart = Blueprint("cart", "plugins.shop", template_folder="templates")


@dataclass(frozen=True)
class CartPage:
    """``carts``: one for each provider with whom the client may have one.

    ``news``: what was done to each last; ``requests``: where staff have sent one to the client to
    approve. Both by the provider's key.
    ``line_id``: the position that was sent and refused. ``staff``: whoever looks is not the client.
    """

    client: Client
    carts: Sequence[CartView]
    staff: bool
    requests: Mapping[str, RequestShown]
    news: Mapping[str, Sequence[CartNews]]
    refusal: DomainError | None = None
    line_id: int | None = None


@cart.get("/cart")
@access(needs(OrdersFunction.CART_READ))
def own() -> ResponseReturnValue:
    """The client's own cart, with each of their providers.

    Needs ``orders:cart:read``; clients alone.
    """
    client_id = current_actor().client_id
    if client_id is None:
        raise NotFound
    return show_cart(client_id)


@cart.get("/clients/<bigid:client_id>/cart", endpoint="of_client")
@access(needs(OrdersFunction.CART_READ))
def page(client_id: int) -> ResponseReturnValue:
    """The cart of a client, as they have it themselves.

    Needs ``orders:cart:read``.
    """
    return show_cart(client_id)


@cart.post("/clients/<bigid:client_id>/cart/lines/<bigid:line_id>")
@access(needs(OrdersFunction.CART_CHANGE))
def change_position(client_id: int, line_id: int) -> ResponseReturnValue:
    """Change a position, or take it out.

    Needs ``orders:cart:change``. Refuses what makes no sense, and of a client what only staff may
    order.
    """
    act = _take_out if request.form.get("do") == "remove" else _change
    return change(
        partial(act, client_id, line_id),
        partial(_refused, client_id, line_id),
        lambda words: _back(client_id, words),
    )


@cart.post("/orders/<bigid:order_id>/again")
@access(needs(OrdersFunction.CART_CHANGE))
def again(order_id: int) -> ResponseReturnValue:
    """Put what an order had into the client's own cart again, as far as it can still be had.

    Needs ``orders:cart:change``; clients alone.
    """
    running, actor = panel(), current_actor()
    with running.database.writing() as db:
        found = order_again(db, order_id, actor=actor, clock=running.clock)
        left_out = ", ".join(said(title) for title in found.left_out)
    if found.added:
        flash(gettext("The items of the order are in your cart."), "ok")
    if left_out:
        flash(gettext("No longer available: %(titles)s.", titles=left_out), "warn")
    return redirect(url_for("cart.own"), 303)


@cart.post("/clients/<bigid:client_id>/cart/<key>/send")
@access(needs(*HELPING, for_staff=True))
def send_it(client_id: int, key: str) -> ResponseReturnValue:
    """Send the cart with the provider to the client, who approves it with one click.

    Needs ``orders:cart:change`` or ``orders:cart:checkout``; staff alone.
    """

    def act(db: Session) -> None:
        method = request.form.get("payment_method") or None
        clock = panel().clock
        send_to_approve(db, client_id, key, method, actor=current_actor(), clock=clock)

    return change(
        act,
        partial(_told, client_id),
        lambda _: _back(client_id, gettext("Sent to the client for approval.")),
    )


@cart.post("/cart/<key>/approve")
@access(needs(OrdersFunction.CART_CHECKOUT))
def approve(key: str) -> ResponseReturnValue:
    """Approve the cart that staff have sent; it is ordered, or staff may order it now.

    Needs ``orders:cart:checkout``; clients alone. Refuses a cart that was changed since, and a
    total other than the one shown.
    """
    actor, form = current_actor(), request.form
    client_id = actor.client_id
    if client_id is None:
        raise NotFound

    def act(db: Session) -> Sequence[tuple[int, str]]:
        total, points = (
            whole_number(form.get(n, "")) for n in ("expected_total", "expected_points")
        )
        _, provider = cart_owner(db, actor, client_id, key)
        shown = Money(total or 0, provider.currency)
        command = Approve(client_id, key, shown, points or 0, form.get("terms", ""))
        placed = approve_cart(db, command, actor=actor, clock=panel().clock)
        return [(order.id, order.number) for order in placed]

    return change(act, partial(_told, client_id), _approved)


def _approved(placed: Sequence[tuple[int, str]]) -> ResponseReturnValue:
    if not placed:
        flash(gettext("Approved. Our staff will place it for you."), "ok")
        return redirect(url_for("cart.own"), 303)
    numbers = ", ".join(number for _, number in placed)
    flash(gettext("Order %(numbers)s placed.", numbers=numbers), "ok")
    if len(placed) == 1:
        return redirect(url_for("order.details", order_id=placed[0][0]), 303)
    return redirect(url_for("orders.active"), 303)


def _told(client_id: int, refusal: DomainError) -> ResponseReturnValue:
    return show_cart(client_id, refusal), refusal.status


def _take_out(client_id: int, line_id: int, db: Session) -> str:
    take_out(db, client_id, line_id, actor=current_actor(), clock=panel().clock)
    return gettext("Removed from the cart.")


def _change(client_id: int, line_id: int, db: Session) -> str:
    changed, clock = _typed_change(), panel().clock
    change_line(db, client_id, line_id, changed, actor=current_actor(), clock=clock)
    return gettext("The cart has been changed.")


def _typed_change() -> LineChange:
    """What the form holds; a field that is not there changes nothing. Raises Invalid."""
    form = request.form
    quantity = whole_number(form.get("quantity", ""))
    if "quantity" in form and quantity is None:
        message = text("The quantity must be a whole number from 1 to %(most)s.", most=MAX_QUANTITY)
        raise Invalid([FieldError("quantity", "quantity", message)])
    options = dict(_typed_options(form))
    tender = form.get("pay_with", "")
    return LineChange(
        quantity=quantity,
        period=form.get("period"),
        options=options or None,
        pay_with=Tender(tender) if tender in {*Tender} else None,
        note=form["note"].strip() if "note" in form else None,
    )


def _typed_options(form: Mapping[str, str]) -> Iterator[tuple[str, OptionValue]]:
    """As ``choice:os`` and ``number:ram``; what is no number is told so by the rules."""
    for name, written in form.items():
        kind, _, option = name.partition(":")
        value = written.strip()
        if kind not in {"choice", "number"} or not value:
            continue
        number = whole_number(value) if kind == "number" else None
        yield option, value if number is None else number


def _refused(client_id: int, line_id: int, refusal: DomainError) -> ResponseReturnValue:
    return show_cart(client_id, refusal, line_id), refusal.status


def _back(client_id: int, words: str) -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(cart_address(client_id), 303)


def cart_address(client_id: int) -> str:
    """Where whoever is signed in finds the cart of the client."""
    is_own = current_actor().client_id is not None
    return url_for("cart.own") if is_own else url_for("cart.of_client", client_id=client_id)


def show_cart(
    client_id: int, refusal: DomainError | None = None, line_id: int | None = None
) -> str:
    """The page. Raises NotFound."""
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        at = running.clock.now()
        providers = _providers(db, client)
        carts = [
            read_cart(db, _shopping(db, client, provider, at), actor) for provider in providers
        ]
        news = latest_news(db, client.id, providers, actor, at)
        staff = actor.client_id is None
        sent = {view.shopping.provider.key: request_shown(db, view) for view in carts}
        requests = {key: one for key, one in sent.items() if one is not None}
        found = CartPage(client, carts, staff, requests, news, refusal, line_id)
        return render_template("shop/cart.html", page=found)


def _shopping(db: Session, client: Client, provider: Provider, at: datetime) -> Shopping:
    """With the promo code that lies in the cart."""
    code = code_in_cart(db, client.id, provider.id)
    actor = current_actor()
    shopping = go_shopping(db, actor, client, provider, at=at)
    return shopping.with_promo(find_promo(db, client, provider, code, actor=actor, at=at))


def _providers(db: Session, client: Client) -> Sequence[Provider]:
    """Raises NotFound for a client none of whose shops is open."""
    actor = current_actor()
    if actor.client_id is None:
        return [membership.provider for membership in seen_memberships(actor, client)]
    _, shops = own_shops(db, actor)
    if not shops:
        raise NotFound
    return shops
