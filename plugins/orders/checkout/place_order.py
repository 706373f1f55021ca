"""Place an order for a client, from the catalogue or from their own cart (H1, H2, H3, H8).

1. The guard: whoever acts holds the function; client and provider are in their scope.
2. A request key seen before gives the orders it made then.
3. Client, cart, exceptions and stock are locked; then the client's rights are judged, not the
   actor's. Exceptions that two of the staff have made for them are rights of theirs, for this once.
4. Any reason against any line refuses the whole; a total other than expected asks again.
5. The orders the checkout makes are written: lines, taxes, the workflow's effects, one event each.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, provider_for
from billing_panel.accounts.companies.provider_models import DeliveryService, Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.administration.details.address_fields import PARTS, wrong_parts
from billing_panel.administration.details.validators import country, printable
from billing_panel.catalog.load_eligibility_facts import BELONGING, facts_of, tariff_rows
from billing_panel.catalog.rules.eligibility import over_limit
from billing_panel.catalog.rules.eligibility_facts import Choice, Granted
from billing_panel.catalog.rules.wanted_line import MAX_LINES, WantedLine, too_many_lines
from billing_panel.kernel.database.batched_reads import Together
from billing_panel.kernel.language.errors import FieldError, Invalid, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.request_keys import once
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import Money
from billing_panel.kernel.values.postal_address import Address
from permissions.guard import require
from plugins.orders.cart.find_carts import refuse_foreign
from plugins.orders.checkout.checkout_context import (
    READ_TO_SHOP,
    Shopping,
    as_wanted,
    choose_all,
    go_shopping,
    quantities,
)
from plugins.orders.checkout.load_client_facts import client_facts, of_pair
from plugins.orders.checkout.order_builder import OrderBuilder
from plugins.orders.checkout.quote_order import (
    quote_order,
    refuse_changed_price,
    refuse_unless_orderable,
)
from plugins.orders.exceptions.use_exceptions import lock_exceptions, take_exceptions, use
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.advance_order import refused
from plugins.orders.lifecycle.effects import BILLING, HOLDING, foresee_bill
from plugins.orders.lifecycle.take_step import begin_status, go_on_paid
from plugins.orders.promo.cart_promo import code_in_cart, take_code_out
from plugins.orders.promo.promo_rules import PromoWish
from plugins.orders.promo.use_promo import find_promo, use_promo
from plugins.orders.settlement import order_stock
from plugins.orders.settlement.payment_due_day import day_in
from plugins.orders.settlement.read_order_facts import facts_of as facts_of_order
from plugins.orders.settlement.read_order_facts import fill_in, who_is
from plugins.orders.store.cart_line import CartLine
from plugins.orders.store.effect_context import EffectContext
from plugins.orders.store.find_orders import find_placed
from plugins.orders.store.locks.lock_sequence import lock_cart, lock_client, lock_stock
from plugins.orders.store.models import Order
from plugins.orders.store.order_extensions import tell_placed
from plugins.orders.store.order_log import note
from plugins.orders.store.versions.installed_vocabulary import run_effects
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.workflow.plan_step import Refusal
from plugins.orders.workflow.step_functions import effects_refusal
from plugins.orders.workflow.workflow import Entry

MAX_NOTE = 2000
# by the ids of the pair, and those of what is ordered
ALL_TO_PLACE = Together(*READ_TO_SHOP, *BELONGING)


@dataclass(frozen=True)
class DeliveryWish:
    """``service`` is a key of the provider's; ``address`` empty: the client's own.

    An address whose lines alone are given is all in them, city too, as programs may write it.
    """

    service: str | None = None
    address: Address = field(default_factory=Address)


@dataclass(frozen=True)
class PlaceOrder:
    """``lines`` of the catalogue and ``cart``, positions of the client's own cart by id.

    ``whole_cart``: all they have there with the provider. ``provider`` None: the client's only one.
    ``payment_method`` None: named when it is paid, where the workflow has it so. ``expected_*``:
    what the price was when it was shown. ``exceptions``: ids of those it uses. ``terms``: the
    version of the provider's terms that the client accepts, for it is theirs to accept them.
    ``promo_code`` None: the one that lies in the cart, where something of it is ordered.
    """

    client_id: int
    provider: str | None
    payment_method: str | None
    lines: tuple[WantedLine, ...] = ()
    cart: tuple[int, ...] = ()
    whole_cart: bool = False
    note: str = ""
    delivery: DeliveryWish = field(default_factory=DeliveryWish)
    expected_total: Money | None = None
    expected_points: int | None = None
    request_key: str | None = None
    exceptions: tuple[int, ...] = ()
    terms: str = ""
    promo_code: str | None = None

    @property
    def from_cart(self) -> bool:
        """Something of it lies in the client's cart."""
        return self.whole_cart or bool(self.cart)


def place_order(
    session: Session, command: PlaceOrder, *, actor: Actor, clock: Clock
) -> Sequence[Order]:
    """The orders placed, several when the provider's workflow splits them (M2).

    Raises FunctionNotHeld, NotFound, Invalid, Refused ``not_orderable`` or ``exception_unusable``,
    Conflict ``price_changed`` or ``idempotency_key_reused``; then nothing is written.
    """
    if command.lines or not command.from_cart:
        require(actor, OrdersFunction.ORDER_CREATE)
    if command.from_cart:
        require(actor, OrdersFunction.CART_CHECKOUT)
    if command.request_key is None:
        return _place(session, command, actor=actor, clock=clock)
    placed: list[Order] = []

    def run() -> dict[str, Any]:
        placed.extend(_place(session, command, actor=actor, clock=clock))
        return {"orders": [order.id for order in placed]}

    outcome = once(
        session,
        run,
        scope=f"place_order:{actor.key}",
        key=command.request_key,
        content=asdict(command),
        at=clock.now(),
    )
    return placed or find_placed(session, actor, outcome.answer["orders"])


def _place(session: Session, command: PlaceOrder, *, actor: Actor, clock: Clock) -> Sequence[Order]:
    _check_written(command)
    at = clock.now()
    providers = lock_client(session, command.client_id)
    provider_id = _meant(session, providers, command, actor)
    there, cart = _lock_cart(session, provider_id, command)
    lock_exceptions(session, command.exceptions)
    wanted = [*cart.values(), *command.lines]
    keys = [line.tariff for line in wanted]
    lock_stock(session, provider_id, keys)
    client = find_client(session, actor, client_id=command.client_id)
    provider = provider_for(session, actor, client, command.provider)
    _refuse_foreign_cart(there, command)
    if len(wanted) > MAX_LINES:
        raise Invalid([too_many_lines()])
    taken = take_exceptions(
        session,
        command.exceptions,
        client=client,
        provider=provider,
        ordered=quantities(wanted),
        actor=actor,
        at=at,
    )
    granted = [one.granted() for one in taken]
    promo = _promo(session, client, provider, command, actor=actor, at=at)
    rows = tariff_rows(session, provider, keys)
    meant = {**of_pair(client, provider), "ids": [row.id for row in rows]}
    ahead = ALL_TO_PLACE.read(session, meant)
    shopping = go_shopping(session, actor, client, provider, at=at, granted=granted, ahead=ahead)
    shopping = shopping.with_promo(promo).sent_to(command.delivery.address)
    choices = choose_all(facts_of(ahead, provider, rows, keys), wanted)
    method = shopping.payment_method(command.payment_method)
    service = _delivery_service(shopping, choices, command.delivery)
    _refuse_unless_accepted(shopping, command)
    quote = quote_order(shopping, choices, method=method, service=service)
    judgement = quote.judgement
    refuse_unless_orderable(judgement)
    if quote.refusal is not None:
        raise quote.refusal
    refuse_changed_price(
        judgement,
        shopping.seller.currency,
        total=command.expected_total,
        points=command.expected_points,
    )
    builder = OrderBuilder(
        shopping=shopping,
        tariffs={row.id: row for row in rows},
        method=method,
        service=service,
        delivery_address=command.delivery.address,
        note=command.note,
        terms=command.terms,
        actor=actor,
        at=at,
    )
    entries = [builder.entry_of(quoted) for quoted in judgement.quotes]
    orders = builder.make(session, judgement.quotes)
    for order, entry in zip(orders, entries, strict=True):
        _prepare(session, order, entry, actor=actor, at=at)
    builder.write(session, orders)
    use(session, taken, orders, actor=actor, at=at)
    use_promo(session, promo, orders)
    take_code_out(session, client.id, provider.id, promo)
    if cart:
        session.execute(delete(CartLine).where(CartLine.id.in_(cart)))
    for order, entry in zip(orders, entries, strict=True):
        _enter(session, order, entry, actor=actor, at=at)
    if any(order.owed for order in orders):
        refuse_over_limit(session, client, provider, granted)
    return orders


def _prepare(session: Session, order: Order, entry: Entry, *, actor: Actor, at: datetime) -> None:
    """An order is written with the stock that it holds, and the day it will be billed for.

    Raises FunctionNotHeld, Refused.
    """
    _refuse_foreign_effects(order, entry.effects, actor)
    if not HOLDING.isdisjoint(entry.effects):
        order_stock.hold(session, order)
    if BILLING in entry.effects:
        foresee_bill(_context(session, order, entry, actor=actor, at=at))


def _enter(session: Session, order: Order, entry: Entry, *, actor: Actor, at: datetime) -> None:
    """What the workflow does as an order begins."""
    placed = _context(session, order, entry, actor=actor, at=at)
    run_effects(entry.effects, placed)
    begin_status(order, order.status, entry.deadline, at=at)
    facts = {"total": order.total, "points": order.points, "currency": order.currency}
    note(session, "order.placed", order, facts, actor, at)
    tell_placed(placed)
    if order.is_paid:
        go_on_paid(session, order, actor=actor, at=at)


def _context(
    session: Session, order: Order, entry: Entry, *, actor: Actor, at: datetime
) -> EffectContext:
    timezone = order.provider.timezone
    due_at = entry.deadline.due(at, timezone) if entry.deadline else None
    pay_by = day_in(workflow_of(order), order.status.key, due_at, timezone)
    return EffectContext(session, order, actor, at, order.status, pay_by=pay_by)


def _refuse_foreign_effects(order: Order, effects: Sequence[str], actor: Actor) -> None:
    """Nobody reaches by placing an order what another function guards. Raises FunctionNotHeld."""
    known = workflow_of(order).effects
    if lacking := effects_refusal(
        known, effects, facts_of_order(order, fill_in(order, {})), who_is(actor)
    ):
        raise refused(Refusal((lacking,)), actor)


def refuse_over_limit(
    session: Session, client: Client, provider: Provider, granted: Sequence[Granted]
) -> None:
    """A workflow by which an order is a debt as it is placed lends no more than the limit.

    Raises Refused ``not_orderable``.
    """
    reason = over_limit(client_facts(session, client, provider))
    if reason and all(one.lifted != reason.code for one in granted):
        raise Refused(
            text("The client may not order this; see the reasons on each line."),
            code="not_orderable",
            reasons=[reason],
        )


def _refuse_unless_accepted(shopping: Shopping, command: PlaceOrder) -> None:
    """A client who orders accepts the terms of now; nobody accepts them in their place.

    Raises Invalid.
    """
    version = shopping.provider.terms_version
    if command.terms == (version if shopping.own_area else ""):
        return
    if shopping.own_area and version:
        message = text("Read and accept the terms, version %(version)s.", version=version)
    else:
        message = text("There are no terms to accept here; leave this empty.")
    raise Invalid([FieldError("terms", "terms_not_accepted", message)])


def _promo(
    session: Session,
    client: Client,
    provider: Provider,
    command: PlaceOrder,
    *,
    actor: Actor,
    at: datetime,
) -> PromoWish | None:
    """Nobody else uses the code until commit."""
    code = command.promo_code
    if code is None and command.from_cart:
        code = code_in_cart(session, client.id, provider.id)
    return find_promo(session, client, provider, code, actor=actor, at=at, keep=True)


def _delivery_service(
    shopping: Shopping, choices: Sequence[Choice], wish: DeliveryWish
) -> DeliveryService | None:
    """Raises Invalid, also where goods would be sent to an address whose city nobody knows."""
    if not wish.service:
        return None
    service = shopping.delivery_service(wish.service)
    if any(choice.tariff.needs_delivery for choice in choices):
        _refuse_unknown_city(shopping.client, wish)
    return service


def _check_written(command: PlaceOrder) -> None:
    errors = []
    if len(command.note) > MAX_NOTE:
        message = text("A note can have at most %(most)s characters.", most=MAX_NOTE)
        errors.append(FieldError("note", "length", message))
    errors.extend(_wrong_address(command.delivery.address))
    if errors:
        raise Invalid(errors)


def _wrong_address(address: Address) -> Iterator[FieldError]:
    typed = {"address": address.lines, **{part: getattr(address, part) for part in PARTS[1:]}}
    if any(typed[part] for part in PARTS[1:]):
        yield from wrong_parts(typed, "delivery.")
    if address.country:
        yield from country("delivery.country", address.country)
    for part, words in typed.items():
        yield from printable(f"delivery.{part}", words)


def _refuse_unknown_city(client: Client, wish: DeliveryWish) -> None:
    """The client's own address may be one of before, all of it in its lines. Raises Invalid."""
    if wish.address or client.place_of_delivery.city:
        return
    message = text(
        "The address on file has no city of its own: enter where this is to be delivered,"
        " or add the city to the client’s details."
    )
    raise Invalid([FieldError("delivery.city", "required", message)])


def _meant(
    session: Session, providers: Mapping[str, int], command: PlaceOrder, actor: Actor
) -> int:
    """The id of the provider, which is found in scope once all is locked.

    ``providers``: the client's. Where it is none of these, or one of several, scope tells it here.
    Raises NotFound, Refused ``provider_needed``.
    """
    if command.provider is not None and command.provider in providers:
        return providers[command.provider]
    if command.provider is None and len(providers) == 1:
        return next(iter(providers.values()))
    client = find_client(session, actor, client_id=command.client_id)
    return provider_for(session, actor, client, command.provider).id


def _lock_cart(
    session: Session, provider_id: int, command: PlaceOrder
) -> tuple[Collection[int], Mapping[int, WantedLine]]:
    """Ids of what lies in the cart, and what of it is ordered, by id."""
    if not command.from_cart:
        return (), {}
    lines = lock_cart(session, command.client_id, provider_id)
    ticked = {line.id for line in lines if command.whole_cart or line.id in command.cart}
    ordered = {line.id: as_wanted(line) for line in lines if line.id in ticked}
    return [line.id for line in lines], ordered


def _refuse_foreign_cart(there: Collection[int], command: PlaceOrder) -> None:
    """Raises Invalid."""
    if command.whole_cart and not there:
        message = text("The client’s cart with this provider is empty.")
        raise Invalid([FieldError("lines", "empty", message)])
    refuse_foreign(there, () if command.whole_cart else command.cart)
