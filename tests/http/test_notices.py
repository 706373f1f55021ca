"""The bell, the page of notices, the page where a person chooses, and the API of notices."""

import re
from collections.abc import Callable

import pytest

from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.accounts.people.user_models import User
from billing_panel.mail.post_office import POST_OFFICE
from plugins.notices.store.models import NoticeChoice, QuietHours, Route
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor, elements
from tests.notices import Telling
from tests.world import World, add_client_user, hold_only, line

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]
WEB = line("web-start", "1 month")


@pytest.fixture
def told(world: World) -> Telling:
    telling = Telling(world)
    telling.follow()
    for _ in range(3):
        world.place("owner", world.order("stoyanova", WEB))
        world.clock.at = world.clock.now().replace(minute=world.clock.now().minute + 1)
    telling.follow()
    return telling


def number_at(page: str, href: str) -> str:
    """What is written beside the place of the menu, or in the bell."""
    begin = "data-bell" if href == "/notices" else f'href="{href}"'
    place = page.partition(begin)[2].partition("</a>")[0]
    return place.partition("data-number>")[2].partition("<")[0]


@pytest.mark.usefixtures("told")
def test_the_bell_counts_what_is_new_and_the_page_lists_it(visit: Visit) -> None:
    maria = visit("maria")
    page = maria.get("/notices").text
    assert number_at(page, "/notices") == "3"
    assert page.index("№ 10003") < page.index("№ 10002") < page.index("№ 10001")
    assert "New order № 10003 from Елена Стоянова" in page


def test_a_notice_leads_to_its_place_and_is_new_no_more(told: Telling, visit: Visit) -> None:
    maria = visit("maria")
    user_id = told.world.actor("maria").user_id
    own = [one for one in told.notices() if one.user_id == user_id]
    newest = max(one.id for one in own if one.route is Route.SCREEN)
    answer = maria.get(f"/notices/{newest}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/orders/3")
    assert number_at(maria.get("/notices").text, "/notices") == "2"
    assert "№ 10003" not in maria.get("/notices?new=1").text


def test_nobody_opens_notices_of_somebody_else(told: Telling, visit: Visit) -> None:
    before = told.world.everything()
    olga = visit("olga")
    for one in told.notices():
        assert olga.get(f"/notices/{one.id}").status_code == 404
    assert without_sessions(told.world.everything()) == without_sessions(before)


def without_sessions(everything: dict[str, list[tuple[object, ...]]]) -> object:
    return {
        name: rows
        for name, rows in everything.items()
        if name not in {"sign_in_session", "event", "user_account"}
    }


@pytest.mark.usefixtures("told")
def test_all_are_marked_read_at_once(visit: Visit) -> None:
    maria = visit("maria")
    assert maria.send("/notices/read").status_code == 303
    page = maria.get("/notices").text
    assert number_at(page, "/notices") == ""
    assert "Mark all read" not in page
    assert number_at(visit("petar").get("/notices").text, "/notices") == "3"


def test_who_lost_the_right_reads_nothing(told: Telling, visit: Visit) -> None:
    hold_only(told.world, "maria", "orders:history:read")
    page = visit("maria").get("/notices").text
    assert number_at(page, "/notices") == ""
    assert "№ 1000" not in page


def test_the_number_beside_orders(told: Telling, visit: Visit) -> None:
    """M1: new ones that wait for staff; to a client, those that changed since they looked."""
    world = told.world
    assert number_at(visit("maria").get("/").text, "/orders") == "3"
    hold_only(world, "georgi", "orders:history:read", "orders:order:read")
    assert number_at(visit("georgi").get("/notices").text, "/orders") == ""
    stoyanova = visit("stoyanova")
    own = "/my/orders"
    assert number_at(stoyanova.get("/notices").text, own) == "3"
    assert stoyanova.get(own).status_code == 200
    assert number_at(stoyanova.get("/notices").text, own) == ""
    world.clock.at = world.clock.now().replace(minute=30)
    world.place("owner", world.order("stoyanova", WEB))
    assert number_at(stoyanova.get("/notices").text, own) == "1"
    news = stoyanova.get("/notices/news").get_json()
    # each order of hers has begun a dialogue
    assert news == {"bell": "3", "places": {own: "1", "/messages": "4"}, "sound": True}


def test_what_clients_do_themselves_is_no_news_to_them(world: World, visit: Visit) -> None:
    world.place("balkan.media", world.order("balkan.media", WEB))
    page = visit("balkan.media").get("/", follow_redirects=True).text
    assert number_at(page, "/my/orders") == ""


def test_choices_are_kept_and_shown(world: World, visit: Visit) -> None:
    maria = visit("maria")
    path = "/account/notices"
    page = maria.get(path)
    offered = {
        one.attributes["value"] for one in elements(page) if one.attributes.get("name") == "mail"
    }
    assert "order.placed" in offered
    assert "order.received" not in offered
    answer = maria.send(
        path, panel="order.placed", quiet="on", begins="21:30", ends="07:00",
        timezone="Europe/Sofia",
    )  # fmt: skip
    assert answer.status_code == 303
    with world.database.reading() as session:
        user_id = world.actor("maria").user_id
        kept = {row.kind: row.channels for row in session.query(NoticeChoice)}
        quiet = session.get_one(QuietHours, user_id)
    assert kept["order.placed"] == ["panel"]
    assert kept["client.answered"] == []
    assert (quiet.begins, quiet.ends) == (21 * 60 + 30, 7 * 60)
    shown = maria.get(path).text
    assert 'value="21:30"' in shown


def test_wrong_hours_are_told_beside_the_field_and_nothing_typed_is_lost(
    world: World, visit: Visit
) -> None:
    maria = visit("maria")
    before = world.everything()["notice_choice"]
    sent = {"quiet": "on", "begins": "late", "ends": "07:00", "timezone": "Mars"}
    answer = maria.send("/account/notices", panel="order.placed", **sent)
    assert answer.status_code == 422
    assert "Enter a time such as 22:00." in answer.text
    assert 'value="late"' in answer.text
    assert 'value="Mars"' in answer.text
    assert world.everything()["notice_choice"] == before == []


def test_the_page_says_where_there_is_no_address(world: World, visit: Visit) -> None:
    maria = visit("maria")
    world.change(User, {"login": "maria"}, email="")
    assert "Your account has no e-mail address" in maria.get("/account/notices").text
    world.change(User, {"login": "maria"}, email="maria@example.test")
    assert "has no e-mail address" not in maria.get("/account/notices").text


def test_where_no_mail_is_sent_the_page_speaks_of_none_and_keeps_what_was_chosen(
    world: World, visit: Visit
) -> None:
    Telling(world).choose("maria", mail=["order.placed"])
    kept = world.everything()["notice_choice"]
    maria = visit("maria")
    office = world.database.info.pop(POST_OFFICE)
    try:
        page = maria.get("/account/notices")
        assert "mail" not in re.sub(r'href="[^"]*"', "", main_of(page.text)).lower()
        sent = {
            name: [
                one.attributes["value"]
                for one in elements(page)
                if one.attributes.get("name") == name and "checked" in one.attributes
            ]
            for name in ("panel", "sound", "desktop")
        }
        token = {"csrf_token": maria.token("/account/notices")}
        assert maria.http.post("/account/notices", data={**token, **sent}).status_code == 303
    finally:
        world.database.info[POST_OFFICE] = office
    assert world.everything()["notice_choice"] == kept


def main_of(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


# --- the API ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("told")
def test_the_api_lists_pages_and_marks(api: Callable[[str], ApiClient]) -> None:
    maria = api("maria")
    first = json_of(maria.get("/notices", limit=2))
    assert [one["kind"] for one in first["items"]] == ["order.placed"] * 2
    second = json_of(maria.get("/notices", limit=2, cursor=first["next_cursor"]))
    assert len(second["items"]) == 1
    assert second["next_cursor"] is None
    top, middle = (one["id"] for one in first["items"])
    assert json_of(maria.post("/notices/read", {"ids": [top]})) == {"read": 1, "unread": 2}
    unread = json_of(maria.get("/notices", unread="true"))["items"]
    assert top not in {one["id"] for one in unread}
    assert json_of(maria.post("/notices/read", {"up_to": middle})) == {"read": 2, "unread": 0}
    assert json_of(maria.post("/notices/read", {"up_to": top})) == {"read": 0, "unread": 0}


def test_the_api_leaves_notices_of_others_alone(
    told: Telling, api: Callable[[str], ApiClient]
) -> None:
    ids = [one.id for one in told.notices()]
    olga = api("olga")
    before = told.world.everything()
    assert json_of(olga.post("/notices/read", {"ids": ids[:200]}))["read"] == 0
    assert json_of(olga.get("/notices"))["items"] == []
    assert told.world.everything()["notice"] == before["notice"]


@pytest.mark.usefixtures("told")
def test_a_narrow_token_reads_no_more_than_it_may(
    world: World, api: Callable[[str], ApiClient]
) -> None:
    hold_only(world, "maria", "orders:history:read")
    assert json_of(api("maria").get("/notices"))["items"] == []


@pytest.mark.parametrize("body", [{}, {"up_to": 1, "ids": [1]}])
def test_the_api_wants_one_of_two(api: Callable[[str], ApiClient], body: dict[str, object]) -> None:
    answer = api("maria").post("/notices/read", body)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["code"] == "one_of_two"


# --- personal data ------------------------------------------------------------------------------


def test_a_clients_notices_are_handed_out_and_forgotten(told: Telling) -> None:
    world = told.world
    client_id = world.client_id("texas-pixels")
    add_client_user(world, "texas-pixels", "partner", ClientRole.BUYER)
    world.place("owner", world.order("texas-pixels", WEB))
    told.follow()
    told.choose("partner", mail=["order.changed"])
    (records,) = [one for one in world.panel.client_records if "notices" in exported(world, one)]
    held = exported(world, records)
    assert {one["by"] for one in held["notices"]} == {"screen", "mail"}
    assert held["notice_choices"]
    staffs = [one.id for one in told.notices() if one.client_id == client_id and not is_theirs(one)]
    with world.database.writing() as session:
        records.erase(session, client_id, world.clock.now())
    assert exported(world, records) == {"notices": [], "notice_choices": []}
    left = [one.id for one in told.notices() if one.client_id == client_id]
    assert left == staffs


def is_theirs(notice: object) -> bool:
    return str(getattr(notice, "kind", "")) != "order.placed"


def exported(world: World, records: object) -> dict[str, list[dict[str, object]]]:
    client_id = world.client_id("texas-pixels")
    with world.database.reading() as session:
        return dict(records.export(session, client_id))  # type: ignore[attr-defined]
