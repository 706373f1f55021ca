"""Promo codes: what they take off, how often they are used, and when a use comes back."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.people.client_models import ClientGroup, ClientKind
from billing_panel.administration.clients.change_client import create_client
from billing_panel.administration.clients.client_details import ClientDetails
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.language.errors import (
    Conflict,
    FunctionNotHeld,
    Invalid,
    NotFound,
    Refused,
)
from billing_panel.kernel.values.money import Money
from plugins.orders.cart.find_carts import cart_lines
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.promo.cart_promo import put_code_in, seen_code
from plugins.orders.promo.change_promo import (
    PromoDetails,
    change_promo,
    create_promo,
    find_code,
    promo_details,
)
from plugins.orders.promo.promo_guesses import FREE
from plugins.orders.promo.promo_models import PromoCode
from plugins.orders.store.models import Order
from tests.actions.conftest import Opening
from tests.businesses import ANTENNA, PROVIDER, ROUTER
from tests.overtaking import overtaking
from tests.world import World, hold_only, line

WEB = line("web-start", "12 months")
TEN = PromoDetails("Welcome 10", percent=Decimal(10))


def make(world: World, details: PromoDetails = TEN, **more: Any) -> int:
    with world.database.writing() as session:
        made = create_promo(
            session,
            "nordvik",
            replace(details, **more),
            actor=world.actor("owner"),
            clock=world.clock,
        )
        return made.id


def place(world: World, client: str = "stoyanova", code: str | None = "WELCOME10") -> Order:
    (order,) = world.place("maria", world.order(client, WEB, promo_code=code))
    return order


def used(world: World, promo_id: int) -> int:
    with world.database.reading() as session:
        return session.get_one(PromoCode, promo_id).used


def all_but_guesses(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """That a wrong code was typed is counted all the same."""
    return {name: rows for name, rows in world.everything().items() if name != "attempt_count"}


def refusal(world: World, client: str = "stoyanova", code: str = "WELCOME10") -> str:
    before = all_but_guesses(world)
    with pytest.raises(Refused) as refused:
        place(world, client, code)
    assert all_but_guesses(world) == before
    (reason,) = refused.value.reasons
    return reason.code


def cancel(world: World, order: Order) -> None:
    command = AdvanceOrder(order.id, "cancel", fields={"reason": "has moved away"})
    with world.database.writing() as session:
        advance_order(session, command, actor=world.actor("owner"), clock=world.clock)


@pytest.mark.every_case
def test_a_code_is_taken_off_before_tax_and_stands_on_the_bill(world: World) -> None:
    promo_id = make(world)
    without, order = place(world, code=None), place(world, code=" welcome10 ")
    (row,) = order.lines
    assert row.promo_discount == order.promo_discount == order.discount > 0
    assert order.goods == without.goods
    assert order.goods - order.discount == sum(t.base for t in order.taxes)
    assert (order.promo_code, used(world, promo_id)) == ("Welcome 10", 1)
    (document,) = order.documents
    assert document.total == order.total < without.total
    assert "Welcome 10" in document.content["lines"][0]["detail"]


def test_a_sum_is_never_more_than_what_it_is_taken_off(world: World) -> None:
    make(world, percent=None, amount="100000")
    order = place(world)
    assert (order.total, order.lines[0].amount) == (0, 0)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"until": date(2026, 11, 21)}, "promo_expired"),
        ({"since": date(2026, 11, 23)}, "promo_expired"),
        ({"periods": [1]}, "promo_not_for_these"),
        ({"archived": True}, "promo_unknown"),
    ],
)
def test_a_code_holds_when_and_for_what_it_says(
    world: World, more: dict[str, Any], code: str
) -> None:
    make(world, **more)
    assert refusal(world) == code
    assert refusal(world, code="NONE SUCH") == "promo_unknown"


def test_a_code_holds_on_its_first_and_last_day(world: World) -> None:
    make(world, since=date(2026, 11, 22), until=date(2026, 11, 22))
    assert place(world).promo_code
    world.clock.at += timedelta(days=1)
    assert refusal(world) == "promo_expired"


def test_a_code_is_for_its_groups_and_tariffs(world: World) -> None:
    with world.database.reading() as session:
        vip = session.scalars(select(ClientGroup.id).where(ClientGroup.key != "retail")).first()
        other = session.scalars(select(Tariff.id).where(Tariff.key == "vps-pro-4")).one()
        own = session.scalars(select(Tariff.id).where(Tariff.key == "web-start")).one()
    promo_id = make(world, groups=[vip])
    assert refusal(world) == "promo_not_for_these"
    world.change(PromoCode, {"id": promo_id}, groups=[], tariffs=[other])
    assert refusal(world) == "promo_not_for_these"
    world.change(PromoCode, {"id": promo_id}, tariffs=[own])
    assert place(world).promo_code


@pytest.mark.every_case
def test_a_code_is_used_so_often_and_a_use_comes_back_with_an_order_lost_unpaid(
    world: World,
) -> None:
    promo_id = make(world, max_uses=1)
    order = place(world)
    assert refusal(world) == "promo_used_up"
    cancel(world, order)
    assert used(world, promo_id) == 0
    again = place(world)
    assert used(world, promo_id) == 1
    world.change(Order, {"id": again.id}, paid=again.total)
    assert refusal(world) == "promo_used_up"


def test_a_client_uses_a_code_so_often(world: World) -> None:
    make(world, max_uses_per_client=1)
    place(world)
    assert refusal(world) == "promo_used_up"
    assert place(world, "balkan.media").promo_code


def test_an_orders_own_use_does_not_count_against_it_when_its_price_is_raised(
    world: World,
) -> None:
    promo_id = make(world, max_uses=1)
    order = place(world)
    off, (row,) = order.promo_discount, order.lines
    dearer = Money(row.unit_price + 1000, "EUR")
    command = RaisePrice(order.id, row.id, str(dearer), "more work")
    with world.database.writing() as session:
        raised = raise_price(session, command, actor=world.actor("owner"), clock=world.clock)
        assert (raised.promo_discount, raised.lines[0].promo_discount) == (off, off)
        assert raised.goods == order.goods + 1000
    assert used(world, promo_id) == 1


@pytest.mark.every_case
def test_of_many_clients_exactly_as_many_use_a_code_as_it_has_uses(world: World) -> None:
    promo_id = make(world, max_uses=10)
    logins = [f"buyer{n}" for n in range(50)]
    with world.database.writing() as session:
        owner = world.actor("owner")
        for login in logins:
            details = ClientDetails(login, login, ClientKind.PERSON, "BG", city="Sofia")
            create_client(session, details, provider="nordvik", actor=owner, clock=world.clock)
    commands = [world.order(login, WEB, promo_code="WELCOME10") for login in logins]

    def order(number: int) -> str:
        try:
            world.place("owner", commands[number])
        except Refused as refused:
            return refused.reasons[0].code
        return "placed"

    with ThreadPoolExecutor(10) as buyers:
        answers = [*buyers.map(order, range(50))]
    assert answers.count("placed") == 10
    assert answers.count("promo_used_up") == 40
    assert used(world, promo_id) == 10


@pytest.mark.every_case
def test_a_code_lies_in_the_cart_until_an_order_uses_it(world: World) -> None:
    make(world)
    client_id, actor = world.client_id("stoyanova"), world.actor("stoyanova")
    with world.database.writing() as session:
        put_code_in(session, client_id, None, "welcome10", actor=actor, clock=world.clock)
    before = all_but_guesses(world)
    with pytest.raises(Invalid), world.database.writing() as session:
        put_code_in(session, client_id, None, "nonsense", actor=actor, clock=world.clock)
    assert all_but_guesses(world) == before
    (order,) = world.place("maria", world.order("balkan.media"))
    assert not order.promo_code

    def kept() -> str | None:
        with world.database.reading() as session:
            return seen_code(session, world.actor("maria"), client_id, None)[1]

    place(world, code=None)
    assert kept() == "welcome10"
    with world.database.reading() as session:
        lines = cart_lines(session, world.actor("maria"), client_id)
        ids = [row.id for row in lines if row.tariff.key == "dedicated-ex64"]
    (order,) = world.place("maria", world.order("stoyanova", cart=ids))
    assert order.promo_code == "Welcome 10"
    assert kept() is None


def test_codes_are_made_and_changed_by_who_may(world: World) -> None:
    promo_id = make(world)
    hold_only(world, "georgi", "catalog:tariff:change")
    before = world.everything()
    for act in (
        lambda s, who: create_promo(s, "nordvik", TEN, actor=who, clock=world.clock),
        lambda s, who: change_promo(s, promo_id, TEN, actor=who, clock=world.clock),
        lambda s, who: find_code(s, who, promo_id),
    ):
        with pytest.raises(FunctionNotHeld), world.database.writing() as session:
            act(session, world.actor("georgi"))
    hold_only(world, "georgi", "catalog:promo:change")
    with pytest.raises(NotFound), world.database.writing() as session:
        create_promo(session, "sever", TEN, actor=world.actor("georgi"), clock=world.clock)
    with pytest.raises(Invalid) as taken, world.database.writing() as session:
        create_promo(session, "nordvik", TEN, actor=world.actor("owner"), clock=world.clock)
    assert [error.code for error in taken.value.errors] == ["taken"]
    with pytest.raises(Conflict), world.database.writing() as session:
        change_promo(
            session, promo_id, TEN, seen="{}", actor=world.actor("owner"), clock=world.clock
        )
    assert {k: v for k, v in world.everything().items() if k.startswith("promo")} == {
        k: v for k, v in before.items() if k.startswith("promo")
    }


@pytest.mark.parametrize(
    ("more", "errors"),
    [
        ({"percent": None}, [("percent", "required")]),
        ({"amount": "5"}, [("amount", "both")]),
        ({"percent": Decimal(101)}, [("percent", "percent")]),
        ({"percent": Decimal(0)}, [("percent", "percent")]),
        ({"code": " "}, [("code", "required")]),
        ({"code": "…" * 60}, [("code", "letters")]),
        ({"since": date(2026, 2, 2), "until": date(2026, 2, 1)}, [("until", "before")]),
        ({"max_uses": 0}, [("max_uses", "number")]),
        ({"tariffs": [10**6]}, [("tariffs", "unknown")]),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(
    world: World, more: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    before = world.everything()
    with pytest.raises(Invalid) as wrong:
        make(world, **more)
    assert [(error.field, error.code) for error in wrong.value.errors] == errors
    assert world.everything() == before


def test_a_code_is_archived_and_read_as_it_was_typed(world: World) -> None:
    promo_id = make(world, max_uses=5)
    with world.database.writing() as session:
        promo, provider = find_code(session, world.actor("owner"), promo_id)
        details = promo_details(promo, provider.currency)
        assert details == replace(TEN, max_uses=5)
        archived = replace(details, archived=True)
        change_promo(session, promo_id, archived, actor=world.actor("owner"), clock=world.clock)
    assert refusal(world) == "promo_unknown"


@pytest.mark.every_case
def test_of_two_orders_of_a_checkout_that_are_lost_at_once_the_later_gives_the_use_back(
    business: Opening,
) -> None:
    market = business("marketplace")
    world, clock = market.world, market.world.clock
    with world.database.writing() as session:
        of = replace(TEN, max_uses=1)
        promo_id = create_promo(session, PROVIDER, of, actor=world.actor("owner"), clock=clock).id
    orders = world.place("maria", market.command(ROUTER, ANTENNA, promo_code="WELCOME10"))

    def lose(order: Order, database: Database) -> str:
        step = AdvanceOrder(order.id, "cancel", fields={"reason": "has moved away"})
        with database.writing() as session:
            advance_order(session, step, actor=world.actor("maria"), clock=clock)
        return "lost"

    one, other = (partial(lose, order) for order in orders)
    assert overtaking(world.database, one, other) == ("lost", "lost")
    assert used(world, promo_id) == 0


def test_what_is_longer_than_any_code_is_none_and_is_not_compared(world: World) -> None:
    make(world)
    padded = "WELCOME" + "\u200b" * 100_000 + "10"
    assert refusal(world, code=padded) == "promo_unknown"


def test_whoever_guesses_codes_is_not_told_any_more_which_there_are(world: World) -> None:
    """Theirs and everybody's of the client are counted together; others order as before."""
    make(world)
    for number in range(FREE):
        assert refusal(world, code=f"GUESS{number}") == "promo_unknown"
    assert refusal(world, code="WELCOME10") == "promo_guessed"
    assert refusal(world, code="GUESS") == "promo_guessed"
    world.clock.at += timedelta(minutes=15)
    assert place(world, code="WELCOME10").promo_code == "Welcome 10"


def test_a_guess_is_counted_for_the_client_and_the_code_in_their_cart_stays_good(
    world: World,
) -> None:
    make(world)
    client_id = world.client_id("stoyanova")

    def enter(typed: str) -> None:
        actor = world.actor("stoyanova")
        with world.database.writing() as session:
            put_code_in(session, client_id, "nordvik", typed, actor=actor, clock=world.clock)

    enter("WELCOME10")
    for number in range(FREE):
        with pytest.raises(Invalid):
            enter(f"GUESS{number}")
    enter("WELCOME10")
    with pytest.raises(Invalid) as told:
        enter("ANOTHER")
    assert [error.code for error in told.value.errors] == ["promo_guessed"]
