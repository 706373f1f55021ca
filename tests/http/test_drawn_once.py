"""What is kept of pages is what would be drawn anew, whatever was changed in between.

Anything that lists of orders show is changed, past every action; then each reader's list is asked
for twice: with what was kept of it, and with nothing kept.
"""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing_panel.accounts.companies.provider_models import PaymentMethod, Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.web.shell.drawn_once import DRAWN
from permissions.models import DepartmentFunction
from plugins.messages.store.models import Dialogue
from plugins.orders.listing.list_settings import COLUMNS, OrderColumns
from plugins.orders.store.models import Order, OrderDeadline, OrderLine
from plugins.orders.store.workflow_models import OrderStatus
from tests.http.engines import ON_SQLITE
from tests.http.visitor import CSRF, Visitor
from tests.world import World, line

pytestmark = [ON_SQLITE, pytest.mark.every_case]
LISTS = [("maria", "/orders"), ("olga", "/orders"), ("stoyanova", "/my/orders")]
CHANGES = 48
Change = Callable[[Session, random.Random], None]


def some(session: Session, chance: random.Random, column: InstrumentedAttribute[int]) -> int:
    return chance.choice(session.scalars(select(column).order_by(column)).all())


def change_sums(session: Session, chance: random.Random) -> None:
    total = chance.randrange(1_000, 100_000)
    paid = chance.choice([0, total // 3, total])
    order = update(Order).where(Order.id == some(session, chance, Order.id))
    session.execute(order.values(total=total, paid=paid, owed=0))


def change_version(session: Session, chance: random.Random) -> None:
    order = update(Order).where(Order.id == some(session, chance, Order.id))
    session.execute(order.values(version=Order.version + 1))


def change_moment(session: Session, chance: random.Random) -> None:
    id_ = some(session, chance, Order.id)
    placed = session.scalars(select(Order.placed_at).where(Order.id == id_)).one()
    session.execute(
        update(Order).where(Order.id == id_).values(placed_at=placed - timedelta(minutes=7))
    )


def change_status(session: Session, chance: random.Random) -> None:
    of_provider = select(Order.id, Order.provider_id).order_by(Order.id)
    order_id, provider_id = chance.choice(session.execute(of_provider).all())
    own = select(OrderStatus.id, OrderStatus.stage).filter_by(provider_id=provider_id)
    status_id, stage = chance.choice(session.execute(own.order_by(OrderStatus.id)).all())
    order = update(Order).where(Order.id == order_id)
    session.execute(order.values(status_id=status_id, stage=stage))


def rename_status(session: Session, chance: random.Random) -> None:
    titles = {code: f"Status {chance.random()}" for code in ("en", "ru", "bg")}
    of = OrderStatus.id == some(session, chance, Order.status_id)
    session.execute(update(OrderStatus).where(of).values(titles=titles))


def change_tone(session: Session, chance: random.Random) -> None:
    values = {
        "tone": chance.choice(["ok", "warn", "bad"]),
        "shape": chance.choice(["ring", "full"]),
    }
    of = OrderStatus.id == some(session, chance, Order.status_id)
    session.execute(update(OrderStatus).where(of).values(values))


def rename_client(session: Session, chance: random.Random) -> None:
    of = Client.id == some(session, chance, Order.client_id)
    session.execute(update(Client).where(of).values(name=f"<b>{chance.random()}</b>"))


def rename_provider(session: Session, chance: random.Random) -> None:
    name = {"name": f"{chance.random()} & sons"}
    of = Provider.id == some(session, chance, Order.provider_id)
    session.execute(update(Provider).where(of).values(name))


def move_provider(session: Session, chance: random.Random) -> None:
    zone = chance.choice(["UTC", "Asia/Tokyo", "Europe/Sofia"])
    session.execute(update(Provider).values(timezone=zone))


def change_method(session: Session, chance: random.Random) -> None:
    of_provider = select(Order.id, Order.provider_id).order_by(Order.id)
    order_id, provider_id = chance.choice(session.execute(of_provider).all())
    own = select(PaymentMethod.id).filter_by(provider_id=provider_id).order_by(PaymentMethod.id)
    order = update(Order).where(Order.id == order_id)
    session.execute(order.values(payment_method_id=chance.choice(session.scalars(own).all())))


def rename_staff(session: Session, chance: random.Random) -> None:
    session.execute(update(Staff).values(name=f"Maria {chance.random()}"))


def rename_goods(session: Session, chance: random.Random) -> None:
    titles = {code: f"Goods {chance.random()}" for code in ("en", "ru", "bg")}
    of = OrderLine.id == some(session, chance, OrderLine.id)
    session.execute(update(OrderLine).where(of).values(titles=titles))


def change_messages(session: Session, chance: random.Random) -> None:
    session.execute(update(Dialogue).values(messages=chance.randrange(1, 100)))


def change_deadline(session: Session, chance: random.Random) -> None:
    id_ = some(session, chance, Order.id)
    due = session.scalars(select(Order.placed_at).where(Order.id == id_)).one() + timedelta(3)
    if session.get(OrderDeadline, id_) is None:
        session.add(OrderDeadline(order_id=id_, due_at=due))


def change_language(session: Session, chance: random.Random) -> None:
    session.execute(update(User).values(language=chance.choice(["en", "ru", "bg"])))


def take_function(session: Session, chance: random.Random) -> None:
    held = select(DepartmentFunction).order_by(DepartmentFunction.function)
    told = [one for one in session.scalars(held) if one.function.startswith("orders:")]
    session.delete(chance.choice([one for one in told if one.function != "orders:history:read"]))


CHANGE: Sequence[Change] = (
    change_sums,
    change_version,
    change_moment,
    change_status,
    rename_status,
    change_tone,
    rename_client,
    rename_provider,
    move_provider,
    change_method,
    rename_staff,
    rename_goods,
    change_messages,
    change_deadline,
    change_language,
    take_function,
)


@pytest.fixture
def placed(world: World) -> None:
    """Of two providers; everybody looks at every column."""
    for client, tariff, provider in (
        ("stoyanova", "web-start", None),
        ("stoyanova", "vps-pro-4", None),
        ("balkan.media", "vps-pro-4", None),
        ("romashka", "oblako-2", "sever"),
    ):
        world.place("maria", world.order(client, line(tariff, "1 month"), provider=provider))
    with world.database.writing() as session:
        for user_id in session.scalars(select(User.id)).all():
            session.add(OrderColumns(user_id=user_id, columns=list(COLUMNS)))


@pytest.mark.usefixtures("placed")
def test_what_is_kept_is_what_would_be_drawn(
    app: Flask, world: World, visit: Callable[..., Visitor]
) -> None:
    chance, seen = random.Random(29), set()  # noqa: S311 (no secret)
    readers = [(visit(login), path) for login, path in LISTS]
    for number in range(CHANGES):
        change = CHANGE[number % len(CHANGE)]
        for reader, path in readers:
            page_of(reader, path)
        with world.database.writing() as session:
            change(session, chance)
        # what is new to somebody is not after they have seen it
        for reader, path in readers:
            page_of(reader, path)
        kept = [page_of(reader, path) for reader, path in readers]
        anew = []
        for reader, path in readers:
            app.extensions[DRAWN].cache_clear()
            anew.append(page_of(reader, path))
        assert kept == anew, change.__name__
        seen.add(tuple(kept))
    # otherwise nothing was changed, and nothing shown
    assert len(seen) > CHANGES * 2 / 3


@pytest.mark.usefixtures("placed")
def test_a_list_that_is_looked_at_again_is_not_drawn_again(
    app: Flask, visit: Callable[..., Visitor]
) -> None:
    maria = visit("maria")
    before = page_of(maria, "/orders")
    drawn = app.extensions[DRAWN].cache_info().misses
    assert page_of(maria, "/orders") == before
    assert app.extensions[DRAWN].cache_info().misses == drawn


def page_of(reader: Visitor, path: str) -> str:
    """Without its token, which is another each time."""
    page = reader.get(path)
    assert page.status_code == 200
    return CSRF.sub("", page.text)
