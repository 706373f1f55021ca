"""/clients/{id}/users: who signs in for a client, added and changed by owners and by staff."""

from collections.abc import Callable

import pytest

from billing_panel.accounts.people.client_roles import ClientRole
from tests.api import ApiClient, json_of
from tests.http.shop import MISSING, problem_of, wrong_fields
from tests.world import World, add_client_user, hold_only

Api = Callable[[str], ApiClient]


@pytest.fixture
def users(world: World) -> str:
    return f"/clients/{world.client_id('stoyanova')}/users"


def test_a_clients_owner_adds_a_colleague_who_gets_a_link(api: Api, users: str) -> None:
    stoyanova = api("stoyanova")
    added = json_of(stoyanova.post(users, {"login": "buyer.one", "role": "buyer"}), 201)
    assert (added["login"], added["role"], added["disabled"]) == ("buyer.one", "buyer", False)
    # as the page offers it: the language of the client
    assert added["language"] == "bg"
    one = f"{users}/{added['id']}"
    assert json_of(stoyanova.get(one)) == added
    assert "/choose-password/" in json_of(stoyanova.post(f"{one}/sign-in-link", {}))["link"]


def test_a_users_role_is_changed_and_they_are_locked_out(
    world: World, api: Api, users: str
) -> None:
    one = f"{users}/{add_client_user(world, 'stoyanova', 'one.more', ClientRole.VIEWER)}"
    colleague, staff = api("one.more"), api("owner")
    before = json_of(staff.get(one))
    sent = {"role": "accountant", "version": before["version"]}
    after = json_of(staff.patch(one, sent))
    assert after == {**before, "role": "accountant", "version": after["version"]}
    assert problem_of(staff.patch(one, sent), 409, "stale_version")["current"] == after
    json_of(colleague.get("/me"))
    assert json_of(staff.patch(one, {"disabled": True}))["disabled"]
    problem_of(colleague.get("/me"), 401, "unauthenticated")


def test_what_is_refused_changes_nothing(world: World, api: Api, users: str) -> None:
    stoyanova, owner = api("stoyanova"), api("owner")
    own = f"{users}/{world.actor('stoyanova').user_id}"
    before = world.everything()
    taken = owner.post(users, {"login": "maria"})
    assert wrong_fields(taken) == [("login", "taken")]
    assert wrong_fields(owner.post(users, {"login": "x", "role": "king"})) == [("role", "enum")]
    assert wrong_fields(owner.patch(own, {"login": "other"})) == [("login", "settled")]
    problem_of(owner.patch(own, {"role": "viewer"}), 403, "last_owner")
    problem_of(stoyanova.patch(own, {"role": "viewer"}), 403, "own_rights")
    problem_of(owner.get(f"{users}/{MISSING}"), 404, "not_found")
    # somebody, but of another client
    stranger = world.actor("balkan.media").user_id
    problem_of(owner.get(f"{users}/{stranger}"), 404, "not_found")
    problem_of(owner.patch(f"{users}/{stranger}", {"disabled": True}), 404, "not_found")
    assert world.everything() == before


@pytest.mark.parametrize("mail", [False, True])
def test_no_token_makes_its_owner_a_link_that_asks_for_no_password(
    world: World, api: Api, users: str, *, mail: bool
) -> None:
    stoyanova = api("stoyanova")
    own = f"{users}/{world.actor('stoyanova').user_id}"
    before = world.everything()
    problem_of(stoyanova.post(f"{own}/sign-in-link", {"mail": mail}), 403, "own_rights")
    assert world.everything() == before


def test_whoever_may_only_change_gives_no_link_and_no_address(
    world: World, api: Api, users: str
) -> None:
    one = f"{users}/{add_client_user(world, 'stoyanova', 'one.more', ClientRole.VIEWER)}"
    hold_only(world, "georgi", "clients:client:change")
    georgi = api("georgi")
    before = world.everything()
    problem_of(georgi.post(f"{one}/sign-in-link", {}), 403, "function_not_held")
    problem_of(georgi.patch(one, {"email": "me@example.com"}), 403, "function_not_held")
    assert world.everything() == before
    assert json_of(georgi.patch(one, {"language": "ru"}))["language"] == "ru"


def test_users_of_another_providers_client_do_not_exist(world: World, api: Api, users: str) -> None:
    hold_only(world, "olga", *world.panel.known)
    olga = api("olga")
    one = f"{users}/{world.actor('stoyanova').user_id}"
    before = world.everything()
    problem_of(olga.get(one), 404, "not_found")
    problem_of(olga.patch(one, {"language": "ru"}), 404, "not_found")
    problem_of(olga.post(users, {"login": "one.more"}), 404, "not_found")
    problem_of(olga.post(f"{one}/sign-in-link", {}), 404, "not_found")
    assert world.everything() == before
