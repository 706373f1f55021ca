"""Issue 16: one field finds what people quote, for each person what is theirs to see."""

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from benchmarks.measuring.statements import counted
from permissions.panel_functions import PanelFunction
from plugins.orders.functions import OrdersFunction
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import problem_of
from tests.http.visitor import Visitor, assert_nothing_inline, elements
from tests.world import World, hold_only, line

Visit = Callable[..., Visitor]
Api = Callable[[str], ApiClient]


@pytest.fixture
def placed(world: World) -> None:
    """Stoyanova and Balkan Media buy of nordvik, Romashka of sever."""
    world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    world.place("maria", world.order("balkan.media", line("vps-pro-4", "1 month")))
    cloud = world.order("romashka", line("oblako-2", "1 month"), provider="sever")
    world.place("maria", cloud)


def kinds(caller: ApiClient, query: str, **more: object) -> Sequence[tuple[str, str]]:
    items = json_of(caller.get("/search", query=query, **more))["items"]
    return [(item["kind"], item["title"].split(" · ")[0]) for item in items]


@pytest.mark.usefixtures("placed")
def test_i16_the_first_result_is_what_the_whole_word_names(api: Api) -> None:
    owner = api("owner")
    account = str(json_of(owner.get("/clients", login="stoyanova"))["items"][0]["account_number"])
    for query, first in (
        ("10001", ("order", "№ 10001")),
        ("№ 10 001", ("order", "№ 10001")),
        ("stoyanova", ("client", "Елена Стоянова")),
        (account, ("client", "Елена Стоянова")),
        ("elena@stoyanova.example", ("client", "Елена Стоянова")),
        ("nh-2026-1", ("document", "Pro-forma NH-2026-000001")),
        ("web-start", ("tariff", "Web Start")),
    ):
        found = kinds(owner, query)
        assert found[0] == first, (query, found)


@pytest.mark.usefixtures("placed")
def test_i16_each_sees_what_is_theirs(api: Api, world: World) -> None:
    assert {kind for kind, _ in kinds(api("maria"), "ромашка")} >= {"client", "order"}
    # georgi works for nordvik alone, olga for sever
    assert "order" not in {kind for kind, _ in kinds(api("georgi"), "ромашка")}
    assert kinds(api("olga"), "10001") == []
    assert ("order", "№ 10003") in kinds(api("olga"), "10003")
    # a client's user finds their own, and no client
    own = kinds(api("stoyanova"), "web")
    assert ("order", "№ 10001") in own
    assert {kind for kind, _ in own} == {"order", "shop_tariff"}
    assert kinds(api("stoyanova"), "облако") == []
    shop = json_of(api("stoyanova").get("/search", query="web start"))["items"]
    (shelf,) = {item["address"] for item in shop if item["kind"] == "shop_tariff"}
    assert shelf.startswith("/shop/nordvik?category=")
    assert kinds(api("stoyanova"), "10002") == []
    assert kinds(api("stoyanova"), "balkan") == []
    hold_only(world, "maria", OrdersFunction.HISTORY_READ)
    assert kinds(api("maria"), "elena@stoyanova.example") == []
    assert {kind for kind, _ in kinds(api("maria"), "стоянова")} == {"order"}
    hold_only(world, "maria", PanelFunction.CLIENT_READ)
    assert {kind for kind, _ in kinds(api("maria"), "стоянова")} == {"client"}


@pytest.mark.usefixtures("placed")
def test_i16_a_limit_leaves_a_place_to_each_kind(api: Api) -> None:
    owner = api("owner")
    found = kinds(owner, "web", limit=2)
    assert len(found) == 2
    assert len({kind for kind, _ in found}) == 2
    assert len(kinds(owner, "web", limit=3)) == 3


@ON_SQLITE
def test_i16_what_is_asked_is_bounded(api: Api) -> None:
    owner = api("owner")
    for query in ({}, {"query": ""}, {"query": "a" * 201}, {"query": "a", "limit": "201"}):
        problem_of(owner.get("/search", **query), 422, "invalid")
    assert kinds(owner, '" OR "\'); --%_') == []


@pytest.mark.usefixtures("placed")
def test_i16_the_page_shows_every_kind_and_opens_it(visit: Visit) -> None:
    maria = visit("maria")
    page = maria.get("/search", query_string={"query": "стоянова"})
    assert page.status_code == 200
    assert_nothing_inline(page)
    links = {element.attributes.get("href") for element in elements(page)}
    assert {"/orders/1"} <= {str(link).split("?")[0] for link in links}
    for link in links:
        if link and link.startswith(("/orders/", "/clients/")):
            assert maria.get(link).status_code == 200
    assert "Nothing found" in maria.get("/search", query_string={"query": "zzqx"}).text
    assert "tracking code" in maria.get("/search").text
    assert maria.get("/search", query_string={"query": "a", "kind": "nothing"}).status_code == 404
    # places of the menu, by parts of their names
    assert 'href="/clients"' in maria.get("/search", query_string={"query": "lients"}).text


def test_i16_more_of_a_kind_goes_on_after_the_last(world: World, visit: Visit) -> None:
    for _ in range(12):
        world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    maria = visit("maria")
    first = maria.get("/search", query_string={"query": "web-start"}).text
    assert "kind=order" in first
    assert first.count('href="/orders/') == 10
    whole = {"query": "10003 web-start", "kind": "order"}
    assert maria.get("/search", query_string=whole).text.count('href="/orders/') == 1
    alone = {"query": "web-start", "kind": "order", "from": "5"}
    later = maria.get("/search", query_string=alone).text
    assert later.count('href="/orders/') == 4
    assert 'href="/orders/5"' not in later


@pytest.mark.usefixtures("placed")
def test_i16_the_palette_is_given_rows_alone(visit: Visit) -> None:
    maria = visit("maria")
    rows = maria.get("/search/palette", query_string={"query": "стоянова"}).text
    assert "<html" not in rows
    assert 'role="option"' in rows
    assert "New order for Елена Стоянова" in rows
    assert "<b>" not in maria.get("/search/palette", query_string={"query": "<b>"}).text
    client = visit("stoyanova").get("/search/palette", query_string={"query": "стоянова"}).text
    assert "New order" not in client
    nobody = visit().get("/search/palette", query_string={"query": "a"})
    assert nobody.status_code == 302


@pytest.mark.every_case
@pytest.mark.parametrize("query", ["web-start", "стоянова", "10001", "стоянова web", "+359 88 555"])
def test_i16_however_much_is_found_as_many_statements_are_sent(
    world: World, visit: Visit, query: str
) -> None:
    maria, sent = visit("maria"), []
    for more in (3, 12):
        for _ in range(more):
            world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
        with counted(world.database.engine) as statements:
            page = maria.get("/search/palette", query_string={"query": query})
        assert page.status_code == 200
        sent.append(Counter(" ".join(statement.split()[:3]) for statement in statements))
    assert sent[0] == sent[1]
