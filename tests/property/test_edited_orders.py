"""Whatever is edited in an order, it comes to what placing what it has now would come to.

The books are right after each edit: what ``billing-panel check`` looks up, stock and debt too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from billing_panel.accounts.people.client_models import Client
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.wanted_line import WantedLine
from billing_panel.kernel.language.errors import Invalid
from plugins.orders.checkout.checkout_context import as_wanted
from plugins.orders.checkout.place_order import DeliveryWish
from plugins.orders.editing.edit_lines import EditLines, edit_lines
from plugins.orders.editing.edited_basket import EditedLine
from plugins.orders.promo.change_promo import PromoDetails, create_promo
from plugins.orders.store.models import Order
from tests.businesses import HOSTING, KIT, PROVIDER, ROUTER, SERVER, Business, opened, wrongs
from tests.conftest import NOON, Templates
from tests.world import World, line

NO_SHRINKING = (Phase.explicit, Phase.generate)
LINES = (ROUTER, HOSTING, SERVER, KIT, line("antenna", "once"))
CODES = {"": "", "TENTH": "10", "EIGHT": ""}

lines = st.builds(
    lambda one, number: replace(one, quantity=number), st.sampled_from(LINES), st.integers(1, 4)
)
# of each line: None takes it out, else so many; then lines more
edits = st.tuples(
    st.lists(st.one_of(st.none(), st.integers(1, 12)), min_size=3, max_size=3),
    st.lists(lines, max_size=2),
)


@pytest.fixture
def engine() -> str:
    return "sqlite"


@dataclass(frozen=True)
class Opened:
    """``accepts``: its orders are accepted, and debts from then on."""

    business: Business
    accepts: bool


@pytest.fixture(params=["hosting", "desk"])
def shop(request: pytest.FixtureRequest, world: World, templates: Templates) -> Opened:
    assert world.clock.at == NOON
    make = partial(opened, world, request.param)
    templates.restore_made("sqlite", f"business_{request.param}", world.database, make)
    business = Business(world)
    with world.database.writing() as session:
        session.execute(update(Tariff).where(Tariff.stock.is_not(None)).values(stock=10_000))
        for code in (PromoDetails("TENTH", Decimal(10)), PromoDetails("EIGHT", amount="8.00")):
            boss = business.actor("boss")
            create_promo(session, PROVIDER, code, actor=boss, clock=world.clock)
    return Opened(business, request.param == "desk")


@settings(
    max_examples=10,
    phases=NO_SHRINKING,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    placed=st.lists(lines, min_size=1, max_size=3),
    code=st.sampled_from(sorted(CODES)),
    country=st.sampled_from(["BG", "DE", "US"]),
    steps=st.lists(edits, min_size=1, max_size=3),
)
def test_an_edited_order_comes_to_what_placing_it_would(
    shop: Opened,
    placed: Sequence[WantedLine],
    code: str,
    country: str,
    steps: Sequence[tuple[Sequence[int | None], Sequence[WantedLine]]],
) -> None:
    business = shop.business
    business.world.change(Client, {"id": business.client_id}, country=country)
    order_id = place(business, placed, code)
    if shop.accepts:
        business.move(order_id, "accept")
    for numbers, more in steps:
        edit(business, order_id, numbers, more)
    assert wrongs(business.world) == []
    edited = business.order(order_id)
    # goods that come back after the last ones went have no delivery agreed
    wanted, service = [as_wanted(one) for one in edited.lines], edited.delivery_service
    twin = business.order(place(business, wanted, code, service))
    assert sums(edited) == sums(twin)
    assert edited.owed == (edited.total if shop.accepts else 0)
    assert sorted(edited.held.items()) == sorted(twin.held.items())


def place(
    business: Business,
    wanted: Sequence[WantedLine],
    code: str,
    service: str | None = "speedy",
) -> int:
    return business.place(*wanted, promo_code=code, delivery=DeliveryWish(service))


def edit(
    business: Business,
    order_id: int,
    numbers: Sequence[int | None],
    more: Sequence[WantedLine],
) -> None:
    """What makes no sense is refused, and changes nothing."""
    order = business.order(order_id)
    kept = [
        EditedLine(one.id, quantity=number)
        for one, number in zip(order.lines, [*numbers, *numbers, *numbers], strict=False)
        if number is not None
    ]
    added = [EditedLine(None, one.tariff, one.quantity, one.period) for one in more]
    command = EditLines(order_id, (*kept, *added), version=order.version)
    try:
        business.act(edit_lines, command, by="boss")
    except Invalid:
        assert sums(business.order(order_id)) == sums(order)


def sums(order: Order) -> object:
    taxes = [(tax.levied, tax.base, tax.tax) for tax in order.taxes]
    each = [(one.amount, one.discount, one.promo_discount, one.levied) for one in order.lines]
    return order.total, order.goods, order.discount, order.delivery, order.tax, taxes, each
