"""The client's own cart: adding, changing and removing items.

Anything that makes sense may lie in a cart, also what the client may not order now; placing judges.
What is not for self-service only staff put there (D2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.clients_may_order import open_to, refuse_closed
from billing_panel.accounts.access.scope import find_client, own_providers, provider_for
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.catalog.load_eligibility_facts import tariffs
from billing_panel.catalog.rules.eligibility import self_service_reasons
from billing_panel.catalog.rules.eligibility_facts import Choice, OptionValue, Tender
from billing_panel.catalog.rules.line_sums import line_sums
from billing_panel.catalog.rules.quote import QuotedLine
from billing_panel.catalog.rules.wanted_line import WantedLine, choose
from billing_panel.kernel.language.errors import Invalid, NotFound, Reason, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.cart.cart_log import CartAct, note_cart, note_position
from plugins.orders.checkout.checkout_context import as_wanted, go_shopping
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.cart_line import CartLine
from plugins.orders.store.locks.lock_sequence import lock_cart_line, lock_client

MAX_CART = 100


@dataclass(frozen=True)
class AddToCart:
    """``provider`` None: the client's only one."""

    client_id: int
    provider: str | None
    line: WantedLine


@dataclass(frozen=True)
class WantedBefore:
    """A line as it was ordered once, and what one of it cost then: minor units, or points."""

    line: WantedLine
    price: int


@dataclass(frozen=True)
class LineChange:
    """What of a position becomes otherwise; None: it stays as it is."""

    quantity: int | None = None
    period: str | None = None
    options: Mapping[str, OptionValue] | None = None
    pay_with: Tender | None = None
    note: str | None = None

    def applied_to(self, line: WantedLine) -> WantedLine:
        changed = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(line, **{k: v for k, v in changed.items() if v is not None})


def add_to_cart(session: Session, command: AddToCart, *, actor: Actor, clock: Clock) -> CartLine:
    """Raises FunctionNotHeld, NotFound, Invalid, Refused ``cart_full``, ``cart_too_busy`` or
    ``not_orderable``.
    """
    require(actor, OrdersFunction.CART_CHANGE)
    lock_client(session, command.client_id)
    client = find_client(session, actor, client_id=command.client_id)
    provider = provider_for(session, actor, client, command.provider)
    refuse_closed(provider, actor)
    choice = _chosen(session, provider, command.line, actor)
    _refuse_overfull(session, client, 1)
    at = clock.now()
    line = _position(client, provider, actor, at)
    _write(line, choice, _price_now(session, actor, client, provider, choice, at=at))
    session.add(line)
    session.flush()
    note_position(session, CartAct.ADDED, line, actor, at)
    return line


def add_again(
    session: Session,
    client_id: int,
    provider_key: str,
    wanted: Sequence[WantedBefore],
    *,
    actor: Actor,
    clock: Clock,
) -> Sequence[bool]:
    """Which of the lines could be put into the cart; each remembers the price it had.

    What makes no sense any more, and of a client what only staff may order, is left out. Raises
    FunctionNotHeld, NotFound, Refused ``cart_full`` or ``cart_too_busy``.
    """
    require(actor, OrdersFunction.CART_CHANGE)
    lock_client(session, client_id)
    client = find_client(session, actor, client_id=client_id)
    provider = provider_for(session, actor, client, provider_key)
    refuse_closed(provider, actor)
    known = tariffs(session, provider, [one.line.tariff for one in wanted])
    chosen = [choose(known, one.line, "") for one in wanted]
    may = [isinstance(one, Choice) and not _for_staff(one, actor) for one in chosen]
    _refuse_overfull(session, client, sum(may))
    at = clock.now()
    for one, choice, is_added in zip(wanted, chosen, may, strict=True):
        if is_added and isinstance(choice, Choice):
            line = _position(client, provider, actor, at)
            _write(line, choice, one.price)
            session.add(line)
    session.flush()
    if any(may):
        note_cart(session, CartAct.ORDERED_AGAIN, client.id, provider.id, actor, at)
    return may


def change_line(
    session: Session,
    client_id: int,
    line_id: int,
    change: LineChange,
    *,
    actor: Actor,
    clock: Clock,
) -> CartLine:
    """The price of the position is that of now. Raises what ``add_to_cart`` raises."""
    found, at = _own_line(session, client_id, line_id, actor=actor), clock.now()
    client, provider = find_client(session, actor, client_id=client_id), found.provider
    before = as_wanted(found), found.seen_price
    choice = _chosen(session, provider, change.applied_to(as_wanted(found)), actor)
    _write(found, choice, _price_now(session, actor, client, provider, choice, at=at))
    session.flush()
    if (as_wanted(found), found.seen_price) != before:
        note_position(session, CartAct.CHANGED, found, actor, at)
    return found


def take_out(session: Session, client_id: int, line_id: int, *, actor: Actor, clock: Clock) -> None:
    """Raises FunctionNotHeld, NotFound, Refused ``cart_too_busy``."""
    found = _own_line(session, client_id, line_id, actor=actor)
    note_position(session, CartAct.REMOVED, found, actor, clock.now())
    session.delete(found)


def price_of_one(quoted: QuotedLine) -> int:
    """What one costs, after discount and with its set-up fee: minor units, or points."""
    if quoted.tender is Tender.POINTS:
        return quoted.points // quoted.choice.quantity
    sums = line_sums(
        quoted.unit_price,
        quoted.setup_fee,
        1,
        quoted.discount_percent,
        listed_percent=quoted.listed_percent,
    )
    return sums.amount


def _chosen(session: Session, provider: Provider, line: WantedLine, actor: Actor) -> Choice:
    """Raises Invalid, Refused ``not_orderable``."""
    choice = choose(tariffs(session, provider, [line.tariff]), line, "")
    if not isinstance(choice, Choice):
        raise Invalid(choice)
    if reasons := _for_staff(choice, actor):
        raise Refused(reasons[0].message, code="not_orderable", reasons=reasons)
    return choice


def _for_staff(choice: Choice, actor: Actor) -> tuple[Reason, ...]:
    """Why the client must have staff put it there (D2)."""
    return self_service_reasons(choice) if actor.client_id is not None else ()


def _refuse_overfull(session: Session, client: Client, more: int) -> None:
    there = select(func.count()).select_from(CartLine).filter_by(client_id=client.id)
    if (session.scalar(there) or 0) + more > MAX_CART:
        raise Refused(
            text("The cart is full: it holds at most %(most)s items.", most=MAX_CART),
            code="cart_full",
        )


def _position(client: Client, provider: Provider, actor: Actor, at: datetime) -> CartLine:
    return CartLine(
        client_id=client.id,
        provider_id=provider.id,
        added_at=at,
        added_by_id=actor.user_id,
        by_staff=actor.kind is ActorKind.STAFF,
    )


def _price_now(
    session: Session,
    actor: Actor,
    client: Client,
    provider: Provider,
    choice: Choice,
    *,
    at: datetime,
) -> int:
    shopping = go_shopping(session, actor, client, provider, at=at)
    return price_of_one(shopping.judge([choice]).quotes[0].lines[0])


def _write(line: CartLine, choice: Choice, price: int) -> None:
    line.tariff_id = choice.tariff.id
    line.months = choice.period.months
    line.quantity = choice.quantity
    line.options = dict(choice.options)
    line.tender = choice.tender
    line.note = choice.note
    line.seen_price = price


def _own_line(session: Session, client_id: int, line_id: int, *, actor: Actor) -> CartLine:
    require(actor, OrdersFunction.CART_CHANGE)
    lock_cart_line(session, client_id, line_id)
    client = find_client(session, actor, client_id=client_id)
    line = session.scalar(
        select(CartLine)
        .join(Provider, Provider.id == CartLine.provider_id)
        .where(
            CartLine.id == line_id,
            CartLine.client_id == client.id,
            own_providers(actor),
            open_to(actor),
        )
    )
    if line is None:
        raise NotFound(text("There is no such item in this client’s cart."))
    return line
