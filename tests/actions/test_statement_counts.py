"""However many rows there are, the number of SQL statements stays the same."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select

from benchmarks.measuring.statements import counted
from billing_panel.accounts.people.client_models import ClientGroup, Membership
from billing_panel.catalog.models import CountryRule, GroupRule, Option, Price, Tariff
from billing_panel.catalog.rules.eligibility_facts import Availability, TariffKind
from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from tests.api import ApiClient, json_of
from tests.world import World, line

pytestmark = pytest.mark.every_case

Counting = Callable[[], AbstractContextManager[list[str]]]
CLIENT = "stoyanova"


@pytest.fixture
def counting(world: World) -> Counting:
    """``with counting() as sent``: the statements sent meanwhile."""
    return lambda: counted(world.database.engine)


@pytest.fixture
def maria(api: Callable[[str], ApiClient]) -> ApiClient:
    return api("maria")


def kinds(statements: list[str]) -> Counter[str]:
    """How often each kind of statement was sent; a difference names what grows."""
    return Counter(" ".join(statement.split()[:3]) for statement in statements)


def orders_of_three_lines(world: World, count: int) -> None:
    lines = (line("web-start", "1 month"), line("vps-pro-4", "1 month"), line("admin-hours-10"))
    for _ in range(count):
        world.place("maria", world.order(CLIENT, *lines))


def more_tariffs(world: World, count: int) -> None:
    """``tariff-0`` and so on, each with prices, an option, a stock and restrictions."""
    with world.database.writing() as session:
        provider_id = session.scalars(select(Tariff.provider_id).filter_by(key="web-start")).one()
        group = session.scalars(select(ClientGroup).filter_by(key="watch")).one()
        session.add_all(_tariff(number, provider_id, group) for number in range(count))


def _tariff(number: int, provider_id: int, group: ClientGroup) -> Tariff:
    return Tariff(
        provider_id=provider_id,
        key=f"tariff-{number}",
        kind=TariffKind.SERVICE,
        titles={"en": f"Tariff {number}"},
        category="Many",
        availability=Availability.IN_STOCK,
        stock=1000,
        tax_class="standard",
        per_client_limit=900,
        prices=[Price(months=1, amount=500), Price(months=12, amount=5000)],
        options=[
            Option(key="ram", position=0, titles={"en": "RAM"}, maximum=8, price_per_unit_month=10)
        ],
        group_rules=[GroupRule(group=group, allowed=False)],
        country_rules=[CountryRule(country="BG")],
    )


@pytest.mark.parametrize("path", ["/clients/{client}/orders", "/orders"])
def test_a_list_of_orders(world: World, maria: ApiClient, counting: Counting, path: str) -> None:
    address = path.format(client=world.client_id(CLIENT))
    sent = {}
    for count, more in ((5, 5), (50, 45)):
        orders_of_three_lines(world, more)
        with counting() as statements:
            page = json_of(maria.get(address, limit=200))
        assert len(page["items"]) == count
        sent[count] = kinds(statements)
    assert sent[5] == sent[50]


def test_the_catalogue(world: World, maria: ApiClient, counting: Counting) -> None:
    address = f"/clients/{world.client_id(CLIENT)}/catalog"
    sent = []
    for more in (0, 30):
        more_tariffs(world, more)
        with counting() as statements:
            page = json_of(maria.get(address))
        sent.append((len(page["items"]), kinds(statements)))
    (few, of_few), (many, of_many) = sent
    assert (few, many) == (11, 41)
    assert of_few == of_many


def test_placing(world: World, maria: ApiClient, counting: Counting) -> None:
    more_tariffs(world, 12)
    orders_of_three_lines(world, 1)
    address = f"/clients/{world.client_id(CLIENT)}/orders"
    sent = {}
    for count in (1, 12):
        lines = [{"tariff": f"tariff-{n}", "period": "1 month"} for n in range(count)]
        with counting() as statements:
            placed = json_of(
                maria.post(address, {"lines": lines, "payment_method": "bank_transfer"}), 201
            )
        assert len(placed["orders"][0]["lines"]) == count
        sent[count] = kinds(statements)
    assert sent[1] == sent[12]


def test_delivering(world: World, counting: Counting) -> None:
    more_tariffs(world, 12)
    maria = world.actor("maria")
    world.change(Membership, {"client_id": world.client_id(CLIENT)}, credit_limit=10**9)
    sent = {}
    # the first time opens the client's account of debts
    for count in (1, 1, 12):
        lines = [line(f"tariff-{number}", "1 month") for number in range(count)]
        (order,) = world.place("maria", world.order(CLIENT, *lines))
        command = DeliverLines(order.id, tuple(row.id for row in order.lines), None)
        with counting() as statements, world.database.writing() as session:
            deliver_lines(session, command, actor=maria, clock=world.clock)
        sent[count] = kinds(statements)
    assert sent[1] == sent[12]
