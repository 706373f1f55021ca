"""The API of staff and departments: as their pages, with the same rules."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.api_tokens import create_token
from billing_panel.kernel.tables.request_keys import RequestKey
from billing_panel.mail.models import LetterRow
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import MISSING, all_pages, problem_of, wrong_fields
from tests.world import World, hold_only

pytestmark = ON_SQLITE
Api = Callable[[str], ApiClient]

BORIS = {
    "login": "boris",
    "name": "Boris Ivanov",
    "language": "bg",
    "email": "boris@nordvik.example",
    "departments": ["support"],
    "providers": ["nordvik"],
}


def narrowed(world: World, caller: ApiClient, *functions: str) -> ApiClient:
    """An owner's token that has these functions alone."""
    with world.database.writing() as session:
        owner = session.scalars(select(User).filter_by(login="owner")).one()
        now, known = world.clock.now(), world.panel.known
        secret = create_token(session, owner, "n", functions=functions, known=known, at=now)
    caller.http.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    return ApiClient(caller.http, secret)


def test_somebody_is_added_shown_changed_and_locked_out(api: Api) -> None:
    owner = api("owner")
    made = json_of(owner.post("/staff", BORIS), 201)
    expected = {**BORIS, "owner": False, "disabled": False, "has_password": False}
    assert {**made, **expected} == made
    for address in (made["id"], "boris"):
        assert json_of(owner.get(f"/staff/{address}")) == made
    body = {"departments": ["finance"], "disabled": True, "version": made["version"]}
    changed = json_of(owner.patch("/staff/boris", body))
    assert changed["version"] > made["version"]
    left = {"departments": ["finance"], "disabled": True, "version": changed["version"]}
    assert changed == {**made, **left}
    listed = [one for page in all_pages(owner, "/staff", limit=2) for one in page]
    assert {"owner", "maria", "boris"} <= {one["login"] for one in listed}
    assert next(one for one in listed if one["login"] == "boris")["disabled"]


def test_what_is_wrong_is_told_by_field_and_nothing_is_written(world: World, api: Api) -> None:
    owner = api("owner")
    before = world.everything()
    wrong = {**BORIS, "login": "maria", "departments": ["nobodys"], "email": "boris"}
    assert sorted(wrong_fields(owner.post("/staff", wrong))) == [
        ("departments", "unknown"),
        ("email", "email"),
        ("login", "taken"),
    ]
    assert wrong_fields(owner.post("/staff", {**BORIS, "role": "owner"})) == [
        ("role", "unknown_field")
    ]
    assert wrong_fields(owner.post("/staff", {"login": "boris"})) == [("name", "missing")]
    assert wrong_fields(owner.patch("/staff/maria", {"name": ""})) == [("name", "required")]
    assert wrong_fields(owner.patch("/staff/maria", {"login": "mary"})) == [
        ("login", "unknown_field")
    ]
    problem_of(owner.patch("/staff/owner", {"disabled": True}), 403, "own_rights")
    assert world.everything() == before


def test_of_two_who_change_a_person_the_second_is_told(world: World, api: Api) -> None:
    owner = api("owner")
    seen = json_of(owner.get("/staff/maria"))
    now = json_of(
        owner.patch("/staff/maria", {"name": "Maria P."}, If_Match=f'"{seen["version"]}"')
    )
    before = world.everything()
    for sent in ({"version": seen["version"]}, {}):
        headers = {} if sent else {"If_Match": f'"{seen["version"]}"'}
        told = owner.patch("/staff/maria", {"language": "ru", **sent}, **headers)
        assert problem_of(told, 409, "stale_version")["current"] == now
    assert world.everything() == before


def test_nobody_gives_or_takes_what_they_do_not_hold(world: World, api: Api) -> None:
    hold_only(world, "petar", "staff:member:read", "staff:member:change")
    petar = api("petar")
    before = world.everything()
    desk = {**BORIS, "departments": ["order_desk"]}
    assert problem_of(petar.post("/staff", desk), 403, "cannot_grant")["functions"]
    boss = {**BORIS, "departments": [], "owner": True}
    problem_of(petar.post("/staff", boss), 403, "cannot_grant")
    problem_of(petar.patch("/staff/maria", {"disabled": True}), 403, "cannot_grant")
    problem_of(petar.post("/staff/maria/sign-in-link", {}), 403, "cannot_grant")
    problem_of(petar.patch("/staff/petar", {"departments": []}), 403, "own_rights")
    assert world.everything() == before


def test_an_owners_token_with_few_functions_makes_and_opens_no_owner(
    world: World, api: Api
) -> None:
    token = narrowed(world, api("owner"), "staff:member:change", "staff:member:read")
    owner2 = {**BORIS, "departments": [], "owner": True}
    json_of(api("owner").post("/staff", {**owner2, "login": "second.owner"}), 201)
    before = world.everything()
    problem_of(token.post("/staff", owner2), 403, "cannot_grant")
    problem_of(token.post("/staff/second.owner/sign-in-link", {}), 403, "cannot_grant")
    problem_of(token.patch("/staff/second.owner", {"email": "me@x.example"}), 403, "cannot_grant")
    assert world.everything() == before


def test_who_works_elsewhere_is_not_there(world: World, api: Api) -> None:
    hold_only(world, "olga", *world.panel.known)
    olga = api("olga")
    before = world.everything()
    for address in ("georgi", "nobody", str(MISSING)):
        problem_of(olga.get(f"/staff/{address}"), 404, "not_found")
        problem_of(olga.patch(f"/staff/{address}", {"name": "-"}), 404, "not_found")
        problem_of(olga.post(f"/staff/{address}/sign-in-link", {}), 404, "not_found")
        problem_of(olga.delete(f"/staff/{address}/second-factor"), 404, "not_found")
    assert {one["login"] for one in json_of(olga.get("/staff"))["items"]}.isdisjoint({"georgi"})
    assert world.everything() == before


def test_a_sign_in_link_is_answered_again_and_readable_nowhere_else(world: World, api: Api) -> None:
    owner = api("owner")
    json_of(owner.post("/staff", BORIS), 201)
    first = owner.post("/staff/boris/sign-in-link", {}, Idempotency_Key="k")
    link = json_of(first)["link"]
    assert link.startswith(world.panel.config.public_url)
    assert owner.http.get(link.removeprefix(world.panel.config.public_url)).status_code == 200
    again = owner.post("/staff/boris/sign-in-link", {}, Idempotency_Key="k")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert json_of(again)["link"] == link
    with world.database.reading() as session:
        (kept,) = session.scalars(select(RequestKey.answer)).all()
    assert link.rpartition("/")[2] not in str(kept)


@pytest.mark.parametrize("mail", [False, True])
def test_no_token_makes_its_owner_a_link_that_asks_for_no_password(
    world: World, api: Api, *, mail: bool
) -> None:
    owner = api("owner")
    before = world.everything()
    told = problem_of(owner.post("/staff/owner/sign-in-link", {"mail": mail}), 403, "own_rights")
    assert "My account" in told["detail"]
    assert world.everything() == before


def test_a_link_is_mailed_to_whoever_has_an_address(world: World, api: Api) -> None:
    owner = api("owner")
    json_of(owner.post("/staff", {**BORIS, "email": ""}), 201)
    before = world.everything()
    problem_of(owner.post("/staff/boris/sign-in-link", {"mail": True}), 422, "no_address")
    assert world.everything() == before
    json_of(owner.patch("/staff/boris", {"email": BORIS["email"]}))
    answer = json_of(owner.post("/staff/boris/sign-in-link", {"mail": True}))
    assert answer == {"link": None, "mailed_to": BORIS["email"]}
    with world.database.reading() as session:
        assert session.scalars(select(LetterRow.to)).all()[-1] == BORIS["email"]


def test_a_second_factor_that_is_not_there_is_not_removed(world: World, api: Api) -> None:
    owner = api("owner")
    before = world.everything()
    problem_of(owner.delete("/staff/maria/second-factor"), 422, "no_second_factor")
    problem_of(owner.delete("/staff/owner/second-factor"), 403, "own_rights")
    assert world.everything() == before


def test_a_department_is_added_shown_and_renamed(world: World, api: Api) -> None:
    owner = api("owner")
    body = {"key": "abuse", "titles": {"en": "Abuse desk"}, "discount_cap": "12.5"}
    made = json_of(owner.post("/roles", body), 201)
    assert {**made, **body} == made
    assert json_of(owner.get("/roles/abuse/functions"))["functions"] == []
    titles = {"en": "Abuse", "ru": "Жалобы"}
    changed = json_of(owner.patch("/roles/abuse", {"titles": titles, "version": made["version"]}))
    assert changed == {**made, "titles": titles, "version": changed["version"]}
    before = world.everything()
    told = owner.patch("/roles/abuse", {"discount_cap": None, "version": made["version"]})
    assert problem_of(told, 409, "stale_version")["current"] == changed
    assert wrong_fields(owner.post("/roles", body)) == [("key", "taken")]
    assert wrong_fields(owner.post("/roles", {**body, "key": "x y", "titles": {}})) == [
        ("key", "key"),
        ("titles", "required"),
    ]
    assert wrong_fields(owner.patch("/roles/abuse", {"discount_cap": "101"})) == [
        ("discount_cap", "percent")
    ]
    assert wrong_fields(owner.patch("/roles/abuse", {"discount_cap": "much"})) == [
        ("discount_cap", "percent")
    ]
    problem_of(owner.get("/roles/nobodys"), 404, "not_found")
    problem_of(owner.patch("/roles/nobodys", {"titles": titles}), 404, "not_found")
    assert world.everything() == before
    assert json_of(owner.patch("/roles/abuse", {"discount_cap": None}))["discount_cap"] is None


def test_a_department_with_people_of_other_providers_is_left_alone(world: World, api: Api) -> None:
    hold_only(world, "olga", *world.panel.known)
    olga = api("olga")
    before = world.everything()
    problem_of(olga.patch("/roles/order_desk", {"titles": {"en": "-"}}), 422, "shared")
    assert world.everything() == before


def test_staff_are_as_many_as_there_are(world: World, api: Api) -> None:
    pages = all_pages(api("owner"), "/staff", limit=2)
    with world.database.reading() as session:
        number = session.scalar(select(func.count()).select_from(Staff))
    assert sum(map(len, pages)) == number
