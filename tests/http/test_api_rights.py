"""The API of the permission matrix."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from permissions.models import StaffFunction
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import problem_of, send, wrong_fields
from tests.world import World

pytestmark = ON_SQLITE
Api = Callable[[str], ApiClient]

CREATE, CREDIT = "orders:order:create", "balance:balance:credit"
DESK, MARIA = "/roles/order_desk/functions", "/staff/maria/functions"


def put(api: ApiClient, path: str, body: Any, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.http.put(
        f"/api/v1{path}",
        json=body,
        headers={"Authorization": f"Bearer {api.token}", **named},
    )


def give(world: World, login: str, *functions: str) -> None:
    with world.database.writing() as session:
        person = session.scalars(select(Staff).join(User).filter_by(login=login)).one()
        session.add_all(StaffFunction(staff_id=person.id, function=f, on=True) for f in functions)


def test_the_roles_with_what_each_may_do(api: Api) -> None:
    owner = api("owner")
    page = json_of(owner.get("/roles"))
    assert page["next_cursor"] is None
    roles = {role["key"]: role for role in page["items"]}
    assert roles.keys() == {"order_desk", "support", "finance"}
    desk = roles["order_desk"]
    assert (desk["title"], desk["people"]) == ("Order desk", 2)
    assert CREATE in desk["functions"]
    for address in (desk["id"], "order_desk"):
        assert json_of(owner.get(f"/roles/{address}/functions")) == desk


def test_h5_a_function_is_taken_from_a_role_and_holds_at_once(world: World, api: Api) -> None:
    owner, maria = api("owner"), api("maria")
    desk = json_of(owner.get(DESK))
    fewer = [name for name in desk["functions"] if name != CREATE]
    answer = json_of(put(owner, DESK, {"functions": fewer}))
    assert answer["functions"] == fewer
    assert answer["version"] > desk["version"]
    client = world.client_id("stoyanova")
    order = {"lines": [{"tariff": "web-start"}], "payment_method": "bank_transfer"}
    before = world.everything()
    problem_of(maria.post(f"/clients/{client}/orders", order), 403, "function_not_held")
    assert world.everything() == before
    assert maria.get(f"/clients/{client}/orders").status_code == 200


def test_nobody_grants_what_they_do_not_hold_nor_changes_their_own(world: World, api: Api) -> None:
    give(world, "petar", "rights:department:change", "rights:member:change")
    petar = api("petar")
    support = json_of(petar.get("/roles/support/functions"))["functions"]
    before = world.everything()
    answer = put(petar, "/roles/support/functions", {"functions": [*support, CREATE]})
    assert problem_of(answer, 403, "cannot_grant")["functions"] == [CREATE]
    answer = put(petar, "/staff/georgi/functions", {"switches": {CREATE: True}})
    problem_of(answer, 403, "cannot_grant")
    answer = put(petar, "/staff/petar/functions", {"switches": {}})
    problem_of(answer, 403, "own_rights")
    assert world.everything() == before


def test_a_stale_version_is_answered_with_what_is_there_now(world: World, api: Api) -> None:
    owner = api("owner")
    seen = {path: json_of(owner.get(path))["version"] for path in (DESK, MARIA)}
    json_of(put(owner, DESK, {"functions": [CREATE]}))
    json_of(put(owner, MARIA, {"switches": {CREDIT: True}}))
    before = world.everything()
    for path, body in ((DESK, {"functions": []}), (MARIA, {"switches": {}})):
        now = json_of(owner.get(path))
        told = put(owner, path, body, If_Match=f'"{seen[path]}"')
        assert problem_of(told, 409, "stale_version")["current"] == now
        told = put(owner, path, {**body, "version": seen[path]})
        assert problem_of(told, 409, "stale_version")["current"] == now
    assert world.everything() == before
    now = json_of(owner.get(MARIA))
    json_of(put(owner, MARIA, {"switches": {}}, If_Match=f'"{now["version"]}"'))


def test_a_person_holds_exactly_the_functions_that_are_sent(world: World, api: Api) -> None:
    owner = api("owner")
    maria = json_of(owner.get(MARIA))
    assert maria["switches"] == {}
    assert maria["origins"][CREATE] == {"owner": False, "own": None, "roles": ["order_desk"]}
    wanted = sorted({*maria["functions"], CREDIT} - {CREATE})
    answer = json_of(put(owner, MARIA, {"functions": wanted}))
    assert answer["functions"] == wanted
    assert answer["switches"] == {CREATE: False, CREDIT: True}
    assert answer["origins"][CREATE] == {"owner": False, "own": False, "roles": ["order_desk"]}
    assert world.actor("maria").functions == {*wanted}
    answer = json_of(put(owner, MARIA, {"switches": {}}))
    assert answer["functions"] == maria["functions"]


def test_what_cannot_be_read_is_refused(world: World, api: Api) -> None:
    owner = api("owner")
    before = world.everything()
    assert ("role", "unknown_field") in wrong_fields(
        put(owner, DESK, {"functions": [], "role": "owner"})
    )
    assert wrong_fields(put(owner, DESK, {"functions": [1]}))
    problem_of(put(owner, DESK, {"functions": ["orders:order:raed"]}), 422, "unknown_function")
    assert wrong_fields(put(owner, MARIA, {}))
    assert wrong_fields(put(owner, MARIA, {"functions": [], "switches": {}}))
    assert wrong_fields(put(owner, MARIA, {"switches": {CREATE: "on"}}))
    problem_of(put(owner, MARIA, {"switches": {"a:b:c": True}}), 422, "unknown_function")
    problem_of(put(owner, MARIA, {"functions": ["a:b:c"]}), 422, "unknown_function")
    assert world.everything() == before


def test_whoever_is_not_there_or_not_theirs_is_not_found(world: World, api: Api) -> None:
    give(world, "georgi", "staff:member:read", "rights:department:read")
    georgi = api("georgi")
    for address in ("olga", "nobody", "999999", "9" * 500):
        problem_of(georgi.get(f"/staff/{address}/functions"), 404, "not_found")
        problem_of(georgi.get(f"/roles/{address}/functions"), 404, "not_found")
    problem_of(api("maria").get("/roles"), 403, "function_not_held")


def test_the_same_request_twice_is_done_once(world: World, api: Api) -> None:
    owner = api("owner")
    path, body = "/roles/support/functions", b'{"functions": []}'
    first = send(owner, "PUT", path, body, Idempotency_Key="once")
    before = world.everything()
    again = send(owner, "PUT", path, body, Idempotency_Key="once")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.text == first.text
    assert world.everything() == before
