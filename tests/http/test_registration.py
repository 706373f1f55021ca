"""D1: from the window to the form, to the mailed link, and back to what was looked at."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from billing_panel.accounts.companies.provider_models import Provider
from tests.actions.test_registration import EMAIL, PASSWORD, letters, token_of
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor
from tests.world import World

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]
FORM = "/shop/nordvik/register"
BACK = "/shop/nordvik?category=VPS"
FIELDS = {
    "kind": "company",
    "name": "Zora EOOD",
    "email": EMAIL,
    "login": "zora",
    "password": PASSWORD,
    "again": PASSWORD,
    "country": "BG",
    "address": "1 Main St",
    "city": "Sofia",
    "back": BACK,
}


def send(visitor: Visitor, **changes: str) -> TestResponse:
    return visitor.http.post(FORM, data={"csrf_token": visitor.token(FORM), **FIELDS, **changes})


@pytest.fixture(autouse=True)
def _open_window(world: World) -> None:
    is_open = {"registration_open": True, "registration_group": "retail"}
    world.change(Provider, {"key": "nordvik"}, shop_window_open=True, **is_open)


def test_the_window_leads_to_the_form_and_back_again(world: World, visit: Visit) -> None:
    nobody = visit()
    assert f"{FORM}?back=" in nobody.get(BACK).text
    answer = send(nobody)
    assert (answer.status_code, EMAIL in answer.text) == (200, True)
    link = f"/registration/{token_of(world, letters(world)[0])}"
    before = world.everything()
    assert "Zora EOOD" in nobody.get(link).text
    assert world.everything() == before, "looking at it changes nothing"
    wrong = nobody.send(link, password="not the one they chose")
    assert (wrong.status_code, nobody.is_known()) == (422, False)
    done = nobody.send(link, password=PASSWORD)
    assert (done.status_code, done.location) == (303, BACK)
    assert nobody.is_known()
    assert "Add to cart" in nobody.get(BACK).text
    assert nobody.get(link).status_code == 404


def test_a_known_address_gets_the_same_page(world: World, visit: Visit) -> None:
    known = "maria.koleva@panel.example"
    pages = [send(visit(), email=email).text for email in (known, "nobody@zora-shop.com")]
    same = [page.replace(known, "…").replace("nobody@zora-shop.com", "…") for page in pages]
    assert _without_tokens(same[0]) == _without_tokens(same[1])
    assert {row.kind for row in letters(world)} == {"registration.known", "registration.asked"}


def _without_tokens(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrf_token" not in line)


def test_a_login_that_is_taken_is_told_after_the_link_and_another_is_asked_for(
    world: World, visit: Visit
) -> None:
    nobody = visit()
    assert send(nobody, login="stoyanova").status_code == 200
    link = f"/registration/{token_of(world, letters(world)[0])}"
    taken = nobody.send(link, password=PASSWORD)
    assert (taken.status_code, 'name="login"' in taken.text) == (422, True)
    assert nobody.send(link, password=PASSWORD, login="zora").status_code == 303


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"again": "another one of theirs"}, "two passwords differ"),
        ({"password": "password1234", "again": "password1234"}, "first that attackers try"),
        ({"password": "short", "again": "short"}, "at least 12 characters"),
        ({"email": "zora@zora"}, "can’t be sent to this address"),
        ({"country": "XX"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_written(
    world: World, visit: Visit, changes: dict[str, str], told: str
) -> None:
    answer = send(visit(), **changes)
    assert (answer.status_code, told in answer.text) == (422, True), answer.text
    assert PASSWORD not in answer.text
    assert letters(world) == []
    assert world.everything()["registration"] == []


def test_where_it_is_switched_off_there_is_no_form(world: World, visit: Visit) -> None:
    world.change(Provider, {"key": "nordvik"}, registration_open=False)
    assert visit().get(FORM).status_code == 404
    assert FORM not in visit().get(BACK).text


def test_nobody_is_led_outside(world: World, visit: Visit) -> None:
    nobody = visit()
    send(nobody, back="https://elsewhere.example/")
    link = f"/registration/{token_of(world, letters(world)[0])}"
    assert nobody.send(link, password=PASSWORD).location == "/"
