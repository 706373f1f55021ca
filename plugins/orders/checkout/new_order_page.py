"""Continue shopping: a new order for a client, from the catalogue and from their own cart (H8).

The page is one form. Without JavaScript its button *Update* shows the summary, *Place order* asks
for a look at the total first; with it the summary follows each change. What the total was when it
was shown comes back with the form, so a changed price is shown and asked again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.access.membership_terms_seen import Terms, terms_seen
from billing_panel.accounts.access.scope import find_client, seen_memberships
from billing_panel.accounts.companies.provider_methods import methods_of, methods_to_choose
from billing_panel.accounts.companies.provider_models import METHOD_NEEDS, PaymentMethod, Provider
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.catalog.load_eligibility_facts import category_titles
from billing_panel.catalog.rules.eligibility_facts import Choice, Period, TariffFacts
from billing_panel.catalog.rules.wanted_line import WantedLine, choose
from billing_panel.catalog.whole_catalogue import catalogue
from billing_panel.kernel.language.errors import DomainError, FieldError, Invalid, Refused
from billing_panel.kernel.language.text import Text, Titles, say, text
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.client_standing import Standing, seen_standing
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.post_in_transaction import answer
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from billing_panel.web.shell.template_formats import money
from permissions.guard import allows, require
from plugins.orders.cart.cart_log import CartNews, latest_news
from plugins.orders.cart.find_carts import cart_of
from plugins.orders.checkout.assess_basket import Judgement
from plugins.orders.checkout.checkout_context import Shopping, as_wanted, go_shopping
from plugins.orders.checkout.new_order_form import QUANTITY, NewOrderForm, name_on_page, numbers
from plugins.orders.checkout.place_order import DeliveryWish, PlaceOrder, place_order
from plugins.orders.checkout.quote_order import quote_order
from plugins.orders.checkout.remedy_links import WaysOut
from plugins.orders.exceptions.exception_models import OrderException
from plugins.orders.exceptions.use_exceptions import usable
from plugins.orders.functions import OrdersFunction
from plugins.orders.promo.promo_rules import PromoWish
from plugins.orders.promo.use_promo import find_promo
from plugins.orders.store.cart_line import CartLine
from plugins.orders.store.models import Order

RULE = "/clients/<bigid:client_id>/orders/new"

new_order = Blueprint(
    "new_order", "plugins.orders", static_folder="static", static_url_path="/static/orders"
)
shopping_staff = access(
    needs(OrdersFunction.ORDER_CREATE, OrdersFunction.CART_CHECKOUT, for_staff=True)
)


@new_order.get(RULE)
@shopping_staff
def page(client_id: int) -> ResponseReturnValue:
    """A new order for a client: their provider's catalogue and their own cart (H8).

    Needs ``orders:order:create`` or ``orders:cart:checkout``; staff alone. ``?provider=`` is chosen
    first where the client has several; ``?exception=`` ticks approved ones.
    """
    asked = numbers(request.args.getlist("exception"))
    return _page(client_id, NewOrderForm(data={"exceptions": asked}), None)


@new_order.post(RULE)
@shopping_staff
def send(client_id: int) -> ResponseReturnValue:
    """Place the order, under the client's own restrictions; or work the summary out (H2, H8).

    Needs ``orders:order:create`` for what is of the catalogue, ``orders:cart:checkout`` for the
    cart. Refuses what the client may not have, with every reason, and a total other than the one
    shown.
    """
    form = NewOrderForm(request.form)
    if not form.is_placed:
        return _page(client_id, form, Invalid(form.mistakes) if form.mistakes else None)
    return answer(partial(_send, client_id, form), partial(_refused, client_id, form))


def _send(client_id: int, form: NewOrderForm) -> ResponseReturnValue:
    placed = _place(client_id, form)
    numbers = ", ".join(order.number for order in placed)
    flash(gettext("Order %(numbers)s placed.", numbers=numbers), "ok")
    if len(placed) == 1 and may_open("order.details"):
        return redirect(url_for("order.details", order_id=placed[0].id), 303)
    return redirect(url_for("orders.history", client_id=client_id), 303)


def _refused(client_id: int, form: NewOrderForm, refusal: DomainError) -> ResponseReturnValue:
    if refusal.code == "idempotency_key_reused":
        # the key belongs to what it placed; what is sent now is something else
        form.renew_key()
    return _page(client_id, form, refusal)


def _place(client_id: int, form: NewOrderForm) -> list[Order]:
    """Raises what ``place_order`` raises, and Refused ``look_first``: its total was not shown."""
    if form.mistakes_to_place:
        raise Invalid(form.mistakes_to_place)
    expected = form.expected_total.data
    if (form.lines.data or form.cart.data) and expected is None:
        raise Refused(text("Check the total, then place the order."), code="look_first")
    running, actor = panel(), current_actor()
    with running.database.writing() as db:
        client = find_client(db, actor, client_id=client_id)
        provider = form.provider.data
        currencies = {m.provider.key: m.provider.currency for m in client.memberships}
        command = PlaceOrder(
            client_id=client_id,
            provider=provider,
            payment_method=form.payment_method.data,
            lines=form.lines.data,
            cart=form.cart.data,
            note=form.note.data,
            delivery=DeliveryWish(form.delivery_service.data or None, form.place_of_delivery),
            expected_total=Money(expected or 0, currencies.get(provider, "")),
            expected_points=form.expected_points.data,
            request_key=form.request_key.data,
            exceptions=form.exceptions.data,
            promo_code=form.promo_code.data,
        )
        return list(place_order(db, command, actor=actor, clock=running.clock))


@dataclass(frozen=True)
class NewOrderPage:
    """``stands``: with the provider, None: not for whoever looks. ``contacts``: the client's are.

    ``categories``: what they are called. ``exceptions``: approved ones that may be used.
    ``news``: what was done to the cart last. ``rows``, ``cart`` and ``news`` are empty where the
    script of the page asks for the ``summary`` alone.
    """

    client: Client
    memberships: Sequence[Membership]
    refusal: DomainError | None
    form: NewOrderForm
    shopping: Shopping
    summary: "Summary"
    terms: Terms
    stands: Standing | None
    contacts: bool
    ways_out: WaysOut
    exceptions: Sequence[OrderException]
    rows: Sequence["TariffRow"] = ()
    cart: Sequence["CartRow"] = ()
    news: Sequence[CartNews] = ()
    categories: Mapping[str, Titles] = field(default_factory=dict)

    method_needs: ClassVar = METHOD_NEEDS

    @property
    def wrong(self) -> Mapping[str, Text]:
        """What is said of each field of the catalogue, by ``name_on_page``."""
        return {name_on_page(error.field): error.message for error in self.summary.errors}

    @property
    def other_errors(self) -> Sequence[FieldError]:
        """Why it was refused, but for its lines, which the summary and their rows tell of."""
        errors = self.refusal.errors if self.refusal else ()
        told = self.summary.errors
        rest = (error for error in errors if error not in told)
        return [one for one in rest if not (told and one.field.startswith("lines."))]


def _page(client_id: int, form: NewOrderForm, refusal: DomainError | None) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    if form.lines.data:
        # whoever orders from carts alone is told no other prices
        require(actor, OrdersFunction.ORDER_CREATE)
    # the script of the page wants the summary alone
    fragment = request.headers.get("X-Fragment") == "summary"
    status = refusal.status if refusal and not fragment else 200
    with running.database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        memberships = seen_memberships(actor, client)
        membership = _chosen(form, memberships)
        if membership is None:
            return render_template(
                "orders/choose_provider.html",
                client=client,
                memberships=memberships,
                refusal=refusal,
            ), status
        shop = _shop(db, actor, client, membership.provider, form)
        summary = shop.summary()
        if refusal and refusal.code == "look_first" and not summary.may_be_placed:
            # its own reasons say it better
            refusal = None
        page = NewOrderPage(
            client=client,
            memberships=memberships,
            refusal=refusal,
            form=form,
            shopping=shop.shopping,
            summary=summary,
            terms=terms_seen(membership, actor),
            stands=seen_standing(db, actor, client.id, membership.provider_id),
            contacts=sees(actor, Fact.CONTACTS),
            ways_out=_ways_out(actor, client, membership.provider),
            exceptions=shop.exceptions,
        )
        if fragment:
            return render_template("orders/summary.html", page=page), status
        _offer_choices(form, shop.shopping)
        news = _news(db, actor, client, membership.provider)
        titles = category_titles(db, membership.provider_id)
        rows, cart = list(shop.rows()), list(shop.cart())
        page = replace(page, rows=rows, cart=cart, news=news, categories=titles)
        return render_template("orders/new_order.html", page=page), status


def _chosen(form: NewOrderForm, memberships: Sequence[Membership]) -> Membership | None:
    """What was sent counts before the address it was sent to, as it does when it is placed."""
    key = form.provider.data or request.args.get("provider", "")
    if not key and len(memberships) == 1:
        return memberships[0]
    return next((m for m in memberships if m.provider.key == key), None)


def _shop(
    db: Session, actor: Actor, client: Client, provider: Provider, form: NewOrderForm
) -> "_Shop":
    now = panel().clock.now()
    exceptions = usable(db, actor, client, provider, now)
    used = [one.granted() for one in exceptions if one.id in form.exceptions.data]
    shopping = go_shopping(db, actor, client, provider, at=now, granted=used)
    lines = _cart_of(db, actor, client, provider.key)
    promo = find_promo(db, client, provider, form.promo_code.data, actor=actor, at=now)
    return _Shop(actor, shopping, catalogue(db, provider), form, lines, exceptions, promo)


def _offer_choices(form: NewOrderForm, shopping: Shopping) -> None:
    """Methods this client may not choose, or nobody now, stay in the list, and say so."""
    provider = shopping.provider
    form.payment_method.choices = [
        (method.key, _method_title(method, shopping)) for method in methods_to_choose(provider)
    ]
    form.delivery_service.choices = [
        ("", gettext("agreed later")),
        *(
            (one.key, f"{said(one.title)}, {money(one.price, provider.currency)}")
            for one in provider.delivery_services
            if one.offered
        ),
    ]


def _method_title(method: PaymentMethod, shopping: Shopping) -> str:
    title = said(method.title)
    if method.key in shopping.facts.forbidden_methods:
        return f"{title} ({gettext('not for this client')})"
    off = next((why for one, why in shopping.methods_off if one is method), None)
    return f"{title}: {said(off)}" if off else title


@dataclass(frozen=True)
class TariffRow:
    """A tariff as this client sees it: a price for each period, and why they may not have it.

    ``best``: with every exception used that is approved for them.
    """

    tariff: TariffFacts
    prices: Mapping[Period, Judgement]
    best: Judgement

    @property
    def shown(self) -> Judgement:
        return next(iter(self.prices.values()))

    @property
    def is_closed(self) -> bool:
        """Whatever else is chosen; what it needs beside it may still come into the same order."""
        return any(reason.code != "prerequisite_missing" for reason in self.best.reasons[0])


def tariff_rows(
    tariffs: Mapping[str, TariffFacts], shopping: Shopping, best: Shopping
) -> Iterator[TariffRow]:
    """One for each; ``best``: the same shopping with every exception used."""
    for tariff in tariffs.values():
        prices = {period: shopping.judge([Choice(tariff, period)]) for period in tariff.prices}
        yield TariffRow(tariff, prices, best.judge([Choice(tariff, next(iter(prices)))]))


@dataclass(frozen=True)
class CartRow:
    """A position of the client's cart at today's price; ``errors``: it makes no sense any more."""

    line: CartLine
    judgement: Judgement | None
    errors: tuple[FieldError, ...]


@dataclass(frozen=True)
class Summary:
    """What is chosen; ``errors`` are of lines that make no sense, ``refusal`` of how it is paid."""

    judgement: Judgement | None
    errors: tuple[FieldError, ...]
    tariffs: Mapping[str, TariffFacts] = field(default_factory=dict)
    refusal: DomainError | None = None

    @property
    def may_be_placed(self) -> bool:
        return self.judgement is not None and self.judgement.orderable and self.refusal is None

    def name_of(self, error: FieldError) -> str:
        """``VPS Pro 4, Extra RAM`` for ``vps-pro-4.options.ram``; empty: of all lines."""
        key, _, inside = error.field.removeprefix(QUANTITY).partition(".")
        tariff = self.tariffs.get(key)
        if tariff is None:
            return key if inside else ""
        options = {f"options.{option.key}": option.title for option in tariff.options}
        words = [tariff.title, options[inside]] if inside in options else [tariff.title]
        return ", ".join(say(title, language()) for title in words)


@dataclass(frozen=True)
class _Shop:
    actor: Actor
    shopping: Shopping
    tariffs: Mapping[str, TariffFacts]
    form: NewOrderForm
    lines: Sequence[CartLine]
    exceptions: Sequence[OrderException]
    promo: PromoWish | None

    def rows(self) -> Iterator[TariffRow]:
        if not allows(self.actor, OrdersFunction.ORDER_CREATE):
            return
        best = self.shopping.with_granted([one.granted() for one in self.exceptions])
        yield from tariff_rows(self.tariffs, self.shopping, best)

    def cart(self) -> Iterator[CartRow]:
        for line in self.lines:
            choice = choose(self.tariffs, as_wanted(line), "cart.")
            if isinstance(choice, Choice):
                # judged beside the rest of the cart: a position may be what another one needs
                judgement = self.shopping.judge([choice, *self._others(line)])
                yield CartRow(line, judgement, ())
            else:
                yield CartRow(line, None, tuple(choice))

    def summary(self) -> Summary:
        chosen = frozenset(self.form.cart.data)
        ticked = [as_wanted(line) for line in self.lines if line.id in chosen]
        choices, wrong = self._choices([*ticked, *self.form.lines.data])
        if (errors := (*self.form.mistakes, *wrong)) or not choices:
            return Summary(None, errors, self.tariffs)
        offered = {method.key: method for method in methods_of(self.shopping.provider)}
        services = {service.key: service for service in self.shopping.provider.delivery_services}
        quote = quote_order(
            self.shopping.with_promo(self.promo).sent_to(self.form.place_of_delivery),
            choices,
            method=offered.get(self.form.payment_method.data),
            service=services.get(self.form.delivery_service.data),
        )
        return Summary(quote.judgement, (), refusal=quote.refusal)

    def _others(self, line: CartLine) -> list[Choice]:
        rest = [as_wanted(other) for other in self.lines if other.id != line.id]
        return self._choices(rest)[0]

    def _choices(self, wanted: list[WantedLine]) -> tuple[list[Choice], tuple[FieldError, ...]]:
        results = [choose(self.tariffs, line, f"{line.tariff}.") for line in wanted]
        choices = [result for result in results if isinstance(result, Choice)]
        errors = [error for result in results if isinstance(result, list) for error in result]
        return choices, tuple(errors)


def _ways_out(actor: Actor, client: Client, provider: Provider) -> WaysOut:
    may_propose = provider.exceptions_allowed and may_open("exceptions.propose")
    return WaysOut(actor, client.id, provider.key, may_propose=may_propose)


def _cart_of(db: Session, actor: Actor, client: Client, provider: str) -> Sequence[CartLine]:
    if not allows(actor, OrdersFunction.CART_READ):
        return ()
    return cart_of(db, actor, client, provider)


def _news(db: Session, actor: Actor, client: Client, provider: Provider) -> Sequence[CartNews]:
    if not allows(actor, OrdersFunction.CART_READ):
        return ()
    news = latest_news(db, client.id, [provider], actor, panel().clock.now())
    return news.get(provider.key, ())
