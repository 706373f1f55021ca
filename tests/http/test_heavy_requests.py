"""R11: what takes long is bounded, for one person and in all; whoever is refused is told when."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.process.concurrency_limit import Places
from tests.api import ApiClient, json_of
from tests.http.shop import place, send
from tests.http.visitor import Visitor
from tests.world import World

Visit = Callable[..., Visitor]
only_sqlite = pytest.mark.parametrize("engine", ["sqlite"])
pytestmark = only_sqlite


def take_all_of(world: World, login: str, places: Places) -> None:
    with world.database.reading() as session:
        user_id = session.scalars(select(User.id).filter_by(login=login)).one()
    for _ in range(places.of_one):
        places.take(user_id)


def take_all(places: Places) -> None:
    for person in range(places.most):
        places.take(-person - 1)


@pytest.fixture
def document(world: World, api: Callable[[str], ApiClient]) -> int:
    """Issued, and not printed yet."""
    order = place(api("owner"), world.client_id("stoyanova"))
    return int(order["invoices"][0]["id"])


@pytest.fixture
def statement(world: World) -> str:
    return f"/clients/{world.client_id('balkan.media')}/balance"


def test_r11_one_person_draws_so_many_at_once(
    world: World, visit: Visit, document: int, statement: str
) -> None:
    take_all_of(world, "petar", world.panel.drawings)
    petar = visit("petar")
    before = world.everything()
    for address in (f"/documents/{document}.pdf", f"{statement}.pdf"):
        answer = petar.get(address)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
        assert "You already have 2 files being created" in answer.text
    assert world.everything() == before
    assert petar.get(statement).status_code == 200
    assert visit("owner").get(f"{statement}.pdf").mimetype == "application/pdf"


def test_r11_beyond_all_places_a_program_is_told_when_to_come_again(
    world: World, api: Callable[[str], ApiClient], document: int
) -> None:
    take_all(world.panel.drawings)
    answer = send(api("maria"), "GET", f"/invoices/{document}.pdf")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    told = json_of(answer, 503)
    assert (told["code"], told["retry_after"]) == ("busy", 5)
    assert send(api("maria"), "GET", f"/invoices/{document}").status_code == 200


def test_r11_what_is_kept_already_is_not_drawn_and_takes_no_place(
    world: World, api: Callable[[str], ApiClient], document: int
) -> None:
    first = send(api("maria"), "GET", f"/invoices/{document}.pdf")
    take_all(world.panel.drawings)
    assert send(api("maria"), "GET", f"/invoices/{document}.pdf").data == first.data


def test_r11_a_file_being_sent_keeps_its_place_until_it_is_read_or_left(
    world: World, visit: Visit, statement: str
) -> None:
    petar, places = visit("petar"), world.panel.exports
    for _ in range(places.most + 1):
        read = petar.get(f"{statement}.csv")
        assert read.status_code == 200
        read.close()
        left = petar.get(f"{statement}.csv", buffered=False)
        left.close()
    take_all_of(world, "petar", places)
    assert petar.get(f"{statement}.csv").status_code == 429


def test_r11_the_log_and_personal_data_take_places_too(
    world: World, visit: Visit, statement: str
) -> None:
    take_all(world.panel.exports)
    owner = visit("owner")
    assert owner.get("/audit/events.csv").status_code == 503
    before = world.everything()
    assert owner.send(statement.replace("/balance", "/export")).status_code == 503
    assert world.everything() == before
