"""Whatever changes in a catalogue, the next page in every process judges by it (H4).

Two processes look at one database: this one, and another that is asked by a pipe. Between two looks
anything of a catalogue is changed, past every action; what both then know is compared with what the
rows say when they are read as objects, which keeps nothing.
"""

import pickle
import random
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import ClientGroup
from billing_panel.catalog.load_eligibility_facts import facts_of
from billing_panel.catalog.models import (
    BundlePart,
    CountryRule,
    GroupRule,
    Option,
    Price,
    Requirement,
    Tariff,
)
from billing_panel.catalog.rules.eligibility_facts import TariffFacts
from billing_panel.catalog.whole_catalogue import catalogue
from billing_panel.kernel.database.column_types import Base
from tests.world import World

pytestmark = pytest.mark.every_case

SHOP = "nordvik"
CHANGES = 36
ELSEWHERE = """
import pickle, sys
from base64 import b64encode
from sqlalchemy import select
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.whole_catalogue import catalogue
from billing_panel.kernel.database.database import Database
from billing_panel.migrations.schema import metadata
metadata()
database = Database(sys.argv[1])
for key in sys.stdin:
    with database.reading() as session:
        provider = session.scalars(select(Provider).filter_by(key=key.strip())).one()
        found = catalogue(session, provider)
    print(b64encode(pickle.dumps(found)).decode(), flush=True)
"""
Known = Mapping[str, TariffFacts]
Process = subprocess.Popen[str]


@pytest.fixture
def elsewhere(world: World) -> Iterator[Process]:
    """Another process on the same database; what it prints was made by our own code."""
    url = world.database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", ELSEWHERE, url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def known_there(process: Process) -> Known:
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{SHOP}\n")
    process.stdin.flush()
    found: Known = pickle.loads(b64decode(process.stdout.readline()))  # noqa: S301 (our own)
    return found


def known_here(world: World) -> Known:
    with world.database.reading() as session:
        return catalogue(session, shop(session))


def row_by_row(world: World) -> Known:
    with world.database.reading() as session:
        own = select(Tariff).filter_by(provider_id=shop(session).id).order_by(Tariff.id)
        rows = session.scalars(own).all()
        return facts_of(session, shop(session), rows, [row.key for row in rows])


def shop(session: Session) -> Provider:
    return session.scalars(select(Provider).filter_by(key=SHOP)).one()


def some_tariff(session: Session, chance: random.Random) -> int:
    own = select(Tariff.id).filter_by(provider_id=shop(session).id).order_by(Tariff.id)
    return chance.choice(session.scalars(own).all())


def change_tariff(session: Session, chance: random.Random) -> None:
    values = {
        "titles": {"en": f"Named {chance.random()}", "ru": "Имя", "bg": "Име"},
        "stock": chance.randrange(1_000),
        "setup_fee": chance.randrange(1_000),
        "archived": chance.random() < 0.5,
        "per_client_limit": chance.choice([None, 3]),
        "category": f"Category {chance.random()}",
    }
    name = chance.choice(sorted(values))
    own = update(Tariff).where(Tariff.id == some_tariff(session, chance))
    session.execute(own.values({name: values[name]}))


def change_price(session: Session, chance: random.Random) -> None:
    own = update(Price).where(Price.tariff_id == some_tariff(session, chance))
    session.execute(own.values(amount=chance.randrange(100_000)))


def add_price(session: Session, chance: random.Random) -> None:
    row = {"tariff_id": some_tariff(session, chance), "months": chance.randrange(40, 400)}
    session.execute(insert(Price).values(**row, amount=chance.randrange(100_000)))


def change_option(session: Session, chance: random.Random) -> None:
    session.execute(update(Option).values(maximum=chance.randrange(100, 1_000)))


def change_bundle(session: Session, chance: random.Random) -> None:
    session.execute(update(BundlePart).values(months=chance.randrange(1, 40)))


def change_group(session: Session, chance: random.Random) -> None:
    words = {code: f"Words {chance.random()}" for code in ("en", "ru", "bg")}
    session.execute(update(ClientGroup).values(only_for=chance.choice([None, words])))


def switch(model: type[Base], session: Session, row: Mapping[str, object], **more: object) -> None:
    """The row is taken away, or put there."""
    where = [model.__table__.c[name] == value for name, value in row.items()]
    gone = session.execute(delete(model).where(*where))
    if gone.rowcount == 0:  # type: ignore[attr-defined]
        session.execute(insert(model).values(**row, **more))


def switch_group_rule(session: Session, chance: random.Random) -> None:
    group = session.scalar(select(func.min(ClientGroup.id)))
    row = {"tariff_id": some_tariff(session, chance), "group_id": group}
    switch(GroupRule, session, row, allowed=chance.random() < 0.5)


def switch_country(session: Session, chance: random.Random) -> None:
    row = {"tariff_id": some_tariff(session, chance), "country": chance.choice(["BG", "RS"])}
    switch(CountryRule, session, row)


def switch_requirement(session: Session, chance: random.Random) -> None:
    row = {"tariff_id": some_tariff(session, chance), "required_id": some_tariff(session, chance)}
    switch(Requirement, session, row)


CHANGE: tuple[Callable[[Session, random.Random], None], ...] = (
    change_tariff,
    change_price,
    add_price,
    change_option,
    change_bundle,
    change_group,
    switch_group_rule,
    switch_country,
    switch_requirement,
)


def test_what_a_catalogue_has_is_known_in_every_process_at_the_next_look(
    world: World, elsewhere: Process
) -> None:
    chance, seen = random.Random(17), set()  # noqa: S311 (no secret)
    for number in range(CHANGES):
        change = CHANGE[number % len(CHANGE)]
        with world.database.writing() as session:
            change(session, chance)
        expected = row_by_row(world)
        assert known_here(world) == expected, change.__name__
        assert list(known_here(world)) == list(expected)
        assert known_there(elsewhere) == expected, change.__name__
        seen.add(repr(sorted(expected.items())))
    # otherwise nothing was changed, and nothing shown
    assert len(seen) > CHANGES / 2


def test_what_a_transaction_took_back_is_not_kept(world: World) -> None:
    """It read its own catalogue, which nobody else ever sees."""
    before = known_here(world)
    with world.database.writing() as session:
        session.execute(update(Price).values(amount=1))
        assert catalogue(session, shop(session)) != before
        session.rollback()
    assert known_here(world) == before == row_by_row(world)
