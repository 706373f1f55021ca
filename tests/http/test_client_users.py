"""A client's own users: the pages that manage them, and what they are offered."""

from collections.abc import Callable
from typing import Any

from billing_panel.accounts.people.client_roles import ClientRole
from tests.api import ApiClient
from tests.http.engines import ON_SQLITE
from tests.http.form import fill
from tests.http.visitor import Visitor
from tests.world import World, add_client_user, line

Visit = Callable[..., Visitor]
OWNER, BUYER = ClientRole.OWNER, ClientRole.BUYER
ACCOUNTANT, VIEWER = ClientRole.ACCOUNTANT, ClientRole.VIEWER


def post(visitor: Visitor, action: str, fields: Any) -> Any:
    return visitor.http.post(action, data=fields)


@ON_SQLITE
def test_the_owner_invites_in_their_own_area_and_the_invited_signs_in(
    world: World, visit: Visit
) -> None:
    owner, invited = visit("stoyanova"), visit()
    client_id = world.client_id("stoyanova")
    home = owner.get("/my/orders").text
    assert f'href="/clients/{client_id}/users"' in home
    users = f"/clients/{client_id}/users"
    assert f'href="{users}/new"' in owner.get(users).text
    action, fields = fill(owner.get(f"{users}/new"), login="elena.books", role="accountant")
    page = post(owner, action, fields).location
    listed = owner.get(users).text
    assert "elena.books" in listed
    assert "Бухгалтер" in listed or "Счетоводител" in listed or "Accountant" in listed
    answer = owner.send(f"{page}/sign-in-link")
    link = next(part for part in answer.text.split('"') if "/choose-password/" in part)
    path = link[link.index("/choose-password") :]
    words = "a sentence long enough"
    token = invited.token(path)
    invited.http.post(path, data={"csrf_token": token, "password": words, "again": words})
    assert invited.is_known()
    assert invited.get("/my/orders").status_code == 200
    # they manage nobody, and are offered nothing of the kind
    assert f'href="{users}"' not in invited.get("/my/orders").text
    assert invited.get(users).status_code == 403


@ON_SQLITE
def test_an_open_page_makes_its_own_user_no_link(world: World, visit: Visit) -> None:
    client, user = world.client_id("stoyanova"), world.actor("stoyanova").user_id
    refuses_own_link(world, visit("stoyanova"), f"/clients/{client}/users/{user}")
    refuses_own_link(world, visit("owner"), f"/staff/{world.actor('owner').staff_id}")


def refuses_own_link(world: World, visitor: Visitor, own: str) -> None:
    shown = visitor.get(own)
    assert (shown.status_code, "sign-in-link" in shown.text) == (200, False)
    before = world.everything()
    answer = visitor.send(f"{own}/sign-in-link")
    assert (answer.status_code, "/choose-password/" in answer.text) == (403, False)
    assert world.everything() == before


@ON_SQLITE
def test_a_role_is_changed_and_the_last_owner_is_kept_with_a_sentence(
    world: World, visit: Visit
) -> None:
    colleague = add_client_user(world, "stoyanova", "colleague", OWNER)
    client_id = world.client_id("stoyanova")
    own = f"/clients/{client_id}/users/{world.actor('stoyanova').user_id}"
    visitor, staff = visit("colleague"), visit("owner")
    action, fields = fill(visitor.get(own), role="viewer")
    assert post(visitor, action, fields).status_code == 303
    page = visitor.get(f"/clients/{client_id}/users/{colleague}")
    action, fields = fill(page, role="viewer")
    before = world.everything()
    answer = post(visitor, action, fields)
    assert answer.status_code == 403
    assert "You can’t change your own role" in answer.text
    action, fields = fill(staff.get(f"/clients/{client_id}/users/{colleague}"), disabled="y")
    answer = post(staff, action, fields)
    assert answer.status_code == 403
    assert "last owner" in answer.text
    assert world.everything() == before


@ON_SQLITE
def test_the_second_of_two_is_told_and_loses_nothing(world: World, visit: Visit) -> None:
    colleague = add_client_user(world, "stoyanova", "colleague", VIEWER)
    path = f"/clients/{world.client_id('stoyanova')}/users/{colleague}"
    staff = visit("owner")
    action, first = fill(staff.get(path), role="buyer")
    _, second = fill(staff.get(path), language="ru")
    assert post(staff, action, first).status_code == 303
    answer = post(staff, action, second)
    assert answer.status_code == 409
    action, again = fill(answer)
    assert (again["role"], again["language"]) == ("buyer", "ru")
    assert post(staff, action, again).status_code == 303


@ON_SQLITE
def test_staff_see_the_users_on_the_profile_and_invite_there(world: World, visit: Visit) -> None:
    add_client_user(world, "stoyanova", "colleague", BUYER)
    client_id = world.client_id("stoyanova")
    profile = visit("owner").get(f"/clients/{client_id}").text
    assert f'href="/clients/{client_id}/users/new"' in profile
    assert "colleague" in profile
    # who may only look at clients is offered nothing
    assert f"/clients/{client_id}/users" not in visit("georgi").get(f"/clients/{client_id}").text


@ON_SQLITE
def test_the_order_page_offers_each_what_they_may(world: World, visit: Visit) -> None:
    for role in (BUYER, ACCOUNTANT, VIEWER):
        add_client_user(world, "stoyanova", f"a.{role.value}", role)
    (order,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    offered = {
        role: 'value="pay"' in visit(f"a.{role.value}").get(f"/orders/{order.id}").text
        for role in (BUYER, ACCOUNTANT, VIEWER)
    }
    assert offered == {BUYER: False, ACCOUNTANT: True, VIEWER: False}


@ON_SQLITE
def test_the_api_lists_users_with_their_roles(
    world: World, api: Callable[[str], ApiClient]
) -> None:
    add_client_user(world, "stoyanova", "colleague", BUYER)
    items = api("stoyanova").get(f"/clients/{world.client_id('stoyanova')}/users").get_json()
    assert [(one["login"], one["role"], one["disabled"]) for one in items["items"]] == [
        ("stoyanova", "owner", False),
        ("colleague", "buyer", False),
    ]
