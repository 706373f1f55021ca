"""E4: a VAT number counts once the register confirms it; nothing waits for the register."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.people.client_models import Client, ClientKind
from billing_panel.accounts.people.vat_register_answers import (
    RegisterAnswer,
    VatCheck,
    other_name_of,
    standing_of,
)
from billing_panel.administration.clients.ask_vat_register import Vies
from billing_panel.administration.clients.check_vat_numbers import (
    check_vat_numbers,
)
from billing_panel.catalog.load_eligibility_facts import tariffs
from billing_panel.kernel.tables.event_log import Event
from plugins.orders.checkout.assess_basket import Judgement
from plugins.orders.checkout.checkout_context import choose_all, start_shopping
from tests.vies_server import Register, vies
from tests.world import World, line

RHEIN = "DE136695976"


@pytest.fixture
def register() -> Iterator[Register]:
    with vies() as running:
        yield running


def ask(world: World, register: Register) -> int:
    return check_vat_numbers(
        world.database,
        Vies(register.address),
        actor=console(world.panel.known),
        clock=world.clock,
    )


def forget(world: World) -> None:
    """The demo's own answers."""
    with world.database.writing() as session:
        for check in session.scalars(select(VatCheck)):
            session.delete(check)


def later(world: World, **by: int) -> None:
    world.clock.at += timedelta(**by)


def answers(world: World) -> list[tuple[str, str, str]]:
    with world.database.reading() as session:
        rows = session.scalars(select(VatCheck).order_by(VatCheck.id))
        return [(row.number, row.answer.value, row.consultation) for row in rows]


def tax_of(world: World, client: str) -> tuple[str, str]:
    """Category and rate of what the client would buy now."""
    (order,) = world.place("maria", world.order(client, line("web-start", "1 month")))
    return order.lines[0].tax_category.value, str(order.lines[0].tax_percent)


def test_until_it_is_confirmed_the_client_pays_as_a_consumer(
    world: World, register: Register
) -> None:
    forget(world)
    register.known[RHEIN] = "Rhein Labs GmbH"
    assert tax_of(world, "rhein-labs") == ("S", "20")
    assert ask(world, register) >= 1
    assert (RHEIN, "valid", "WAPI0001") in answers(world)
    assert tax_of(world, "rhein-labs") == ("AE", "0")
    asked = next(one for one in register.asked if one["countryCode"] == "DE")
    assert asked == {
        "countryCode": "DE",
        "vatNumber": "136695976",
        "requesterMemberStateCode": "BG",
        "requesterNumber": "204512345",
    }


def test_the_quote_says_that_tax_is_charged_until_the_number_is_confirmed(world: World) -> None:
    def judged() -> Judgement:
        with world.database.reading() as session:
            client, actor = world.client_id("rhein-labs"), world.actor("maria")
            now = world.clock.now()
            shopping = start_shopping(session, actor, client, "nordvik", at=now)
            known = tariffs(session, shopping.provider, ["web-start"])
            return shopping.judge(choose_all(known, [line("web-start", "1 month")]))

    assert not judged().taxed_until_confirmed
    forget(world)
    assert judged().taxed_until_confirmed


def test_a_number_that_the_register_does_not_know_is_taxed(
    world: World, register: Register
) -> None:
    forget(world)
    ask(world, register)
    assert (RHEIN, "invalid", "WAPI0001") in answers(world)
    assert tax_of(world, "rhein-labs") == ("S", "20")


def test_a_register_that_is_away_is_asked_again_and_changes_nothing(
    world: World, register: Register
) -> None:
    """The demo's number was confirmed before; a month later the register is away."""
    register.away.add("DE")
    later(world, days=31)
    ask(world, register)
    assert (RHEIN, "unavailable", "") in answers(world)
    assert tax_of(world, "rhein-labs") == ("AE", "0")
    assert ask(world, register) == 0
    later(world, minutes=16)
    register.away.clear()
    ask(world, register)
    assert tax_of(world, "rhein-labs") == ("S", "20")


def test_a_new_number_is_not_confirmed_by_what_was_said_of_the_old_one(world: World) -> None:
    assert tax_of(world, "rhein-labs") == ("AE", "0")
    world.change(Client, {"login": "rhein-labs"}, vat_number="DE129273398")
    assert tax_of(world, "rhein-labs") == ("S", "20")


def test_a_person_with_a_confirmed_number_is_in_business(world: World) -> None:
    world.change(Client, {"login": "rhein-labs"}, kind=ClientKind.PERSON)
    assert tax_of(world, "rhein-labs") == ("AE", "0")


@pytest.mark.parametrize("number", ["EL000000000", "BG000000000", "DE111111125"])
def test_a_number_nobody_can_have_is_not_even_asked_about(
    world: World, register: Register, number: str
) -> None:
    forget(world)
    world.change(Client, {"login": "rhein-labs"}, vat_number=number)
    ask(world, register)
    assert number[2:] not in [one["vatNumber"] for one in register.asked]
    assert tax_of(world, "rhein-labs") == ("S", "20")


def test_nothing_waits_for_a_slow_register(world: World, register: Register) -> None:
    forget(world)
    register.slow.add("DE")
    asking = Thread(target=ask, args=(world, register))
    asking.start()
    try:
        assert tax_of(world, "rhein-labs") == ("S", "20")
    finally:
        register.go_on.set()
        asking.join()


def test_of_somebody_forgotten_while_the_register_thought_nothing_is_written(
    world: World, register: Register
) -> None:
    forget(world)
    register.slow.add("DE")
    asking = Thread(target=ask, args=(world, register))
    asking.start()
    try:
        assert register.asked_slow.wait(30)
        world.change(Client, {"login": "rhein-labs"}, erased_at=world.clock.now())
    finally:
        register.go_on.set()
        asking.join()
    assert RHEIN not in [number for number, _, _ in answers(world)]


def test_what_the_register_says_anew_is_an_event(world: World, register: Register) -> None:
    forget(world)
    register.known[RHEIN] = "Rhein Labs GmbH"
    ask(world, register)
    later(world, days=31)
    ask(world, register)
    register.known.clear()
    later(world, days=31)
    ask(world, register)
    client = world.client_id("rhein-labs")
    with world.database.reading() as session:
        events = session.scalars(
            select(Event)
            .filter_by(kind="client.vat_checked", client_id=client)
            .order_by(Event.id.desc())
            .limit(2)
        )
        assert [event.facts["answer"] for event in events] == ["invalid", "valid"]


def test_what_is_no_number_is_looked_at_once_until_it_changes(
    world: World, register: Register
) -> None:
    forget(world)
    world.change(Client, {"login": "rhein-labs"}, vat_number="DE 12 by heart")
    while ask(world, register):
        later(world, minutes=1)
    noted = answers(world)
    assert ("DE12BYHEART", "malformed", "") in noted
    later(world, minutes=14)
    ask(world, register)
    assert answers(world) == noted
    assert tax_of(world, "rhein-labs") == ("S", "20")
    world.change(Client, {"login": "rhein-labs"}, vat_number=RHEIN)
    register.known[RHEIN] = "Rhein Labs GmbH"
    ask(world, register)
    assert (RHEIN, "valid", "WAPI0001") in answers(world)


def test_many_that_are_none_keep_nobody_waiting(world: World, register: Register) -> None:
    """They come first, as never looked at; whoever stands behind them has their turn."""
    forget(world)
    with world.database.writing() as session:
        for client in session.scalars(select(Client).where(Client.login != "rhein-labs")):
            client.vat_number = "BG12"
    world.change(Client, {"login": "rhein-labs"}, vat_number=RHEIN)
    register.known[RHEIN] = "Rhein Labs GmbH"
    for _ in range(3):
        ask(world, register)
    assert (RHEIN, "valid", "WAPI0001") in answers(world)
    assert not [one for one in register.asked if one["vatNumber"] == "12"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("RHEIN LABS GMBH", ""),
        ("Labs Rhein, Gesellschaft", ""),
        ("---", ""),
        ("Müller Transporte KG", "Müller Transporte KG"),
    ],
)
def test_a_number_that_is_somebody_elses_by_name_is_told_to_staff(
    world: World, register: Register, said: str, told: str
) -> None:
    forget(world)
    register.known[RHEIN] = said
    ask(world, register)
    with world.database.reading() as session:
        client = session.scalars(select(Client).filter_by(login="rhein-labs")).one()
        assert other_name_of(session, client) == told


@pytest.mark.parametrize(
    ("kind", "number", "said", "standing"),
    [
        ("person", "", [], "private"),
        ("company", "", [], "business"),
        # a freelancer
        ("person", RHEIN, ["valid"], "confirmed"),
        ("person", RHEIN, [], "business"),
        ("company", RHEIN, [], "business"),
        ("company", RHEIN, ["valid"], "confirmed"),
        ("company", RHEIN, ["invalid"], "business"),
        ("company", RHEIN, ["valid", "invalid"], "business"),
        # the register is out of reach: what it said before holds
        ("company", RHEIN, ["unavailable"], "business"),
        ("company", RHEIN, ["valid", "unavailable"], "confirmed"),
        ("company", "DE12", ["malformed"], "business"),
        # of another country than the client
        ("company", "BG175074752", ["valid"], "business"),
    ],
)
def test_who_the_client_is_for_vat(
    world: World, kind: str, number: str, said: list[str], standing: str
) -> None:
    forget(world)
    world.change(Client, {"login": "rhein-labs"}, kind=kind, vat_number=number)
    client_id = world.client_id("rhein-labs")
    with world.database.writing() as session:
        for answer in said:
            later(world, days=31)
            session.add(
                VatCheck(
                    client_id=client_id,
                    number=number,
                    answer=RegisterAnswer(answer),
                    asked_at=world.clock.now(),
                )
            )
    with world.database.reading() as session:
        assert standing_of(session, session.get_one(Client, client_id)).value == standing
