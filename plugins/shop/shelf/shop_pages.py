"""The shop of a provider: its catalogue as one of its clients sees it, or as anybody does.

Each tariff is a form of its own. With JavaScript its price follows what is chosen; without it the
button *Update price* shows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import Form, SubmitField

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.catalog.load_eligibility_facts import seller_facts, tariffs
from billing_panel.catalog.rules.eligibility_facts import Choice, Tender
from billing_panel.catalog.rules.wanted_line import WantedLine, choose
from billing_panel.kernel.language.errors import (
    DomainError,
    FieldError,
    Invalid,
    NotFound,
    Unauthenticated,
)
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.process.mail_settings import mail_is_set_up
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import answer
from billing_panel.web.shell.request_context import (
    current_actor,
    language,
    panel,
    signed_in_actor,
)
from billing_panel.web.shell.route_access import PUBLIC_AND_LIVE, access, needs
from permissions.guard import allows
from plugins.orders.checkout.change_cart import AddToCart, add_to_cart
from plugins.orders.checkout.checkout_context import Shopping, go_shopping
from plugins.orders.checkout.new_order_form import CatalogueField
from plugins.orders.functions import OrdersFunction
from plugins.shop.cart.cart_view import CartView, read_cart
from plugins.shop.shelf.shop_catalogue import Price, Shelf, Wish, open_shelf, own_shelf, price_of
from plugins.shop.shop_access import own_shop, own_shops, registration_is_open, window

# Sent by the script of the page, which wants the price alone.
FRAGMENT = "X-Fragment"
POINTS, PRICE = "points", "price"
# who is shown a client's prices (docs/rights.md)
SHOPPING = (OrdersFunction.CART_CHANGE, OrdersFunction.ORDER_CREATE)

shop = Blueprint(
    "shop",
    "plugins.shop",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/shop",
)


class TariffForm(Form):  # type: ignore[misc]  # wtforms has no types
    """One tariff as it is wanted; ``do``: put it into the cart, for points, or say its price."""

    do = SubmitField()
    lines = CatalogueField()

    @property
    def wish(self) -> str:
        return str(self.do.raw_data[0]) if self.do.raw_data else ""

    def line(self) -> WantedLine:
        """Raises Invalid."""
        if self.lines.mistakes:
            raise Invalid(self.lines.mistakes)
        if len(self.lines.data) != 1:
            message = text("Enter how many you want.")
            raise Invalid([FieldError("quantity", "required", message)])
        (line,) = self.lines.data
        return replace(line, pay_with=Tender.POINTS) if self.wish == POINTS else line


@dataclass(frozen=True)
class Sent:
    """What was sent of one tariff and is shown again. ``price``: of what was chosen."""

    tariff: str = ""
    typed: Mapping[str, str] | None = None
    refusal: DomainError | None = None
    price: Price | None = None

    def value(self, name: str, default: str = "") -> str:
        return (self.typed or {}).get(name, default).strip()


@dataclass(frozen=True)
class ShopPage:
    """``cart`` None: a window, in which nothing is ordered. ``shopping`` likewise."""

    provider: Provider
    shelf: Shelf
    wish: Wish
    sent: Sent
    cart: CartView | None = None
    shopping: Shopping | None = None
    can_register: bool = False


@shop.get("/shop")
@access(needs(*SHOPPING))
def index() -> ResponseReturnValue:
    """The shop of the client's provider, or a choice where they have several.

    Needs ``orders:cart:change`` or ``orders:order:create``; clients alone.
    """
    with panel().database.reading() as db:
        client, shops = own_shops(db, current_actor())
        if not shops:
            raise NotFound
        if len(shops) == 1:
            return redirect(url_for("shop.of_provider", key=shops[0].key))
        return render_template("shop/choose_shop.html", client=client, shops=shops)


@shop.get("/shop/<key>")
@access(PUBLIC_AND_LIVE)
def of_provider(key: str) -> ResponseReturnValue:
    """The catalogue of a provider, as its client sees it or, where it has a window, as anybody.

    A client needs ``orders:cart:change`` or ``orders:order:create``. ``?category=`` and
    ``?period=``, in months, narrow it. Nobody known is asked to sign in where there is no window.
    """
    actor = signed_in_actor()
    with panel().database.reading() as db:
        if actor is not None and _is_shopper(db, actor, key):
            return _own_page(db, actor, key, Sent())
        try:
            return _open_page(db, key)
        except NotFound:
            if actor is None:
                raise Unauthenticated(text("Sign in first.")) from None
            raise


@shop.post("/shop/<key>")
@access(needs(OrdersFunction.CART_CHANGE))
def choose_tariff(key: str) -> ResponseReturnValue:
    """Put a tariff into the client's own cart, or say what it costs as it is chosen.

    Needs ``orders:cart:change``; clients alone. Refuses what makes no sense, and what only staff
    may order.
    """
    form = TariffForm(request.form)
    if form.wish == PRICE:
        return answer(partial(_show_price, key, form), partial(_refused, key))
    return answer(partial(_put_in, key, form), partial(_refused, key))


def _put_in(key: str, form: TariffForm) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    with running.database.writing() as db:
        client, _ = own_shop(db, actor, key)
        command = AddToCart(client.id, key, form.line())
        line = add_to_cart(db, command, actor=actor, clock=running.clock)
        title = say(line.tariff.title, language())
        anchor = f"tariff-{line.tariff.key}"
    flash(gettext("%(tariff)s is in your cart.", tariff=title), "ok")
    return redirect(url_for("shop.of_provider", key=key, **_narrowed(), _anchor=anchor), 303)


def _show_price(key: str, form: TariffForm) -> ResponseReturnValue:
    line, actor = form.line(), current_actor()
    with panel().database.reading() as db:
        client, provider = own_shop(db, actor, key)
        shopping = go_shopping(db, actor, client, provider, at=panel().clock.now())
        choice = choose(tariffs(db, provider, [line.tariff]), line, "")
        if not isinstance(choice, Choice):
            raise Invalid(choice)
        price = price_of(shopping.judge([replace(choice, quantity=1, tender=Tender.MONEY)]))
        if FRAGMENT in request.headers:
            return render_template("shop/price.html", price=price, currency=provider.currency)
        return _own_page(db, actor, key, Sent(line.tariff, request.form, price=price))


def _refused(key: str, refusal: DomainError) -> ResponseReturnValue:
    wanted = [name.partition(":")[2] for name in request.form if name.startswith("quantity:")]
    sent = Sent(next(iter(wanted), ""), request.form, refusal)
    with panel().database.reading() as db:
        if FRAGMENT in request.headers:
            return render_template("shop/wrong_price.html", refusal=refusal)
        return _own_page(db, current_actor(), key, sent), refusal.status


def _is_shopper(db: Session, actor: Actor, key: str) -> bool:
    if actor.client_id is None or not allows(actor, *SHOPPING):
        return False
    return any(provider.key == key for provider in own_shops(db, actor)[1])


def _own_page(db: Session, actor: Actor, key: str, sent: Sent) -> str:
    client, provider = own_shop(db, actor, key)
    shopping = go_shopping(db, actor, client, provider, at=panel().clock.now())
    cart, wish = _cart(db, actor, client, shopping), _wish()
    shelf = own_shelf(db, shopping, wish, cart.quantities if cart else {})
    page = ShopPage(provider, shelf, wish, sent, cart, shopping)
    return render_template("shop/shop.html", page=page)


def _cart(db: Session, actor: Actor, _client: Client, shopping: Shopping) -> CartView | None:
    may_see = allows(actor, OrdersFunction.CART_READ)
    return read_cart(db, shopping, actor) if may_see else None


def _open_page(db: Session, key: str) -> str:
    provider, wish = window(db, key), _wish()
    shelf = open_shelf(db, provider, seller_facts(db, provider), wish)
    open_to_all = registration_is_open(provider) and mail_is_set_up(panel().config)
    page = ShopPage(provider, shelf, wish, Sent(), can_register=open_to_all)
    return render_template("shop/shop.html", page=page)


def _wish() -> Wish:
    return Wish(request.args.get("category", ""), whole_number(request.args.get("period", "")))


def _narrowed() -> Mapping[str, Any]:
    """How the page was narrowed from which the form was sent."""
    return {name: request.args[name] for name in ("category", "period") if name in request.args}
