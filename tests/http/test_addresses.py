"""Issue 11, A1: an address that takes an id or a name means one of the two."""

from collections.abc import Callable, Iterator

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from billing_panel.accounts.people.staff_models import Department, Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.administration.providers.provider_mistakes import ADDRESSES
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import problem_of
from tests.http.test_api_rights import put
from tests.http.visitor import Visitor, give_password
from tests.world import World

pytestmark = ON_SQLITE
Api = Callable[[str], ApiClient]
# where one part of an address is a key or a fixed word, the word is no key
RESERVED = {("/providers", "new"), ("/clients/<bigid:client_id>/cart", "lines")}


def test_a1_digits_are_an_id_whoever_is_called_so(world: World, api: Api) -> None:
    maria, georgi = (world.actor(login).staff_id or 0 for login in ("maria", "georgi"))
    world.change(User, {"login": "georgi"}, login=str(maria))
    world.change(Department, {"key": "support"}, key="1")
    owner = api("owner")
    for address in (str(maria), f"0{maria}"):
        assert json_of(owner.get(f"/staff/{address}/functions"))["id"] == maria
    assert json_of(owner.get(f"/staff/{georgi}/functions"))["login"] == str(maria)
    assert json_of(owner.get("/roles/1/functions"))["id"] == 1
    assert json_of(owner.get("/roles/1/functions"))["key"] != "1"
    switches = {"switches": {"clients:client:read": False}}
    answer = json_of(put(owner, f"/staff/{maria}/functions", switches))
    assert (answer["id"], answer["login"]) == (maria, "maria")


def test_a1_digits_reach_nobody_by_name_where_the_id_is_out_of_sight(
    world: World, api: Api
) -> None:
    """What is meant for a colleague of another provider must not reach one of one's own."""
    olga = world.actor("olga").staff_id or 0
    world.change(User, {"login": "maria"}, login=str(olga))
    with world.database.writing() as session:
        person = session.scalars(select(Staff).join(User).filter_by(login="georgi")).one()
        assert olga not in {row.id for row in person.providers}
    georgi = api("georgi")
    before = world.everything()
    for address in (str(olga), "9" * 18, "9" * 40):
        answer = georgi.get(f"/staff/{address}/functions")
        assert answer.status_code in {403, 404}
    assert world.everything() == before
    problem_of(api("owner").get(f"/staff/{'9' * 40}/functions"), 404, "not_found")


def test_a1_whoever_had_a_login_of_digits_still_signs_in(
    world: World, visit: Callable[..., Visitor]
) -> None:
    world.change(User, {"login": "maria"}, login="7")
    give_password(world, "7")
    assert visit().sign_in("7").status_code == 302


def test_a1_no_key_stands_where_the_panel_has_a_word_of_its_own(app: Flask) -> None:
    assert set(_two_meanings(app)) <= RESERVED
    assert {word for _, word in RESERVED} == ADDRESSES


def _two_meanings(app: Flask) -> Iterator[tuple[str, str]]:
    """Fixed words beside a part of an address that takes any text, such as a key."""
    rules = [_parts(rule) for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    free = {
        tuple(parts[:place])
        for parts in rules
        for place, part in enumerate(parts)
        if part.startswith("<") and ":" not in part
    }
    for parts in rules:
        for place, part in enumerate(parts):
            if tuple(parts[:place]) in free and not part.startswith("<"):
                yield "/" + "/".join(parts[:place]), part


def _parts(rule: Rule) -> list[str]:
    return rule.rule.strip("/").split("/")
