"""The API of answer templates, as their pages have them."""

from collections.abc import Callable

from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import MISSING, all_pages, place, problem_of, wrong_fields
from tests.world import World, hold_only

pytestmark = ON_SQLITE
Api = Callable[[str], ApiClient]

PATH = "/answer-templates"
NEW = {"provider": "nordvik", "title": "Ready", "text_en": "Hello {client}, {order} is ready."}


def test_a_template_is_added_changed_listed_and_deleted(world: World, api: Api) -> None:
    owner = api("owner")
    made = json_of(owner.post(PATH, NEW), 201)
    assert {**made, **NEW, "text_bg": ""} == made
    one = f"{PATH}/{made['id']}"
    changed = json_of(owner.patch(one, {"text_bg": "Готово", "version": made["version"]}))
    assert changed == {**made, "text_bg": "Готово", "version": changed["version"]}
    assert json_of(owner.get(PATH, provider="nordvik"))["items"] == [changed]
    assert json_of(owner.get(PATH, provider="sever"))["items"] == []
    before = world.everything()
    told = owner.patch(one, {"title": "-", "version": made["version"]})
    assert problem_of(told, 409, "stale_version")["current"] == changed
    assert wrong_fields(owner.patch(one, {"text_en": "{nothing}"})) == [
        ("text_en", "unknown_placeholder")
    ]
    assert wrong_fields(owner.post(PATH, {**NEW, "title": " "})) == [("title", "required")]
    assert wrong_fields(owner.post(PATH, {**NEW, "text": "x"})) == [("text", "unknown_field")]
    problem_of(owner.post(PATH, {**NEW, "provider": "nobodys"}), 404, "not_found")
    assert world.everything() == before
    assert json_of(owner.delete(one)) == {"id": made["id"]}
    problem_of(owner.get(one), 404, "not_found")


def test_templates_are_for_staff_of_the_provider(world: World, api: Api) -> None:
    made = json_of(api("owner").post(PATH, NEW), 201)
    hold_only(world, "olga", *world.panel.known)
    olga, client = api("olga"), api("stoyanova")
    before = world.everything()
    for address in (made["id"], MISSING):
        one = f"{PATH}/{address}"
        problem_of(olga.get(one), 404, "not_found")
        problem_of(olga.patch(one, {"title": "-"}), 404, "not_found")
        problem_of(olga.delete(one), 404, "not_found")
        problem_of(client.get(one), 404, "not_found")
    problem_of(client.get(PATH), 404, "not_found")
    problem_of(olga.post(PATH, NEW), 404, "not_found")
    assert world.everything() == before


def test_a_template_is_filled_in_for_an_order_and_for_a_client(world: World, api: Api) -> None:
    owner, client_id = api("owner"), world.client_id("stoyanova")
    order = place(owner, client_id)
    made = json_of(owner.post(PATH, NEW), 201)
    filled = json_of(owner.get(f"/orders/{order['id']}{PATH}/{made['id']}"))
    assert order["number"] in filled["text"]
    assert filled["has_sums"] is False
    general = json_of(owner.get(f"/clients/{client_id}{PATH}/{made['id']}", provider="nordvik"))
    assert "{order}" in general["text"]
    client = api("stoyanova")
    problem_of(client.get(f"/orders/{order['id']}{PATH}/{made['id']}"), 404, "not_found")


def test_dialogues_are_listed_and_narrowed(world: World, api: Api) -> None:
    owner, client_id = api("owner"), world.client_id("stoyanova")
    order = place(owner, client_id)
    client = api("stoyanova")
    json_of(client.post(f"/orders/{order['id']}/messages", {"text": "When?"}), 201)
    json_of(client.post(f"/clients/{client_id}/messages?provider=nordvik", {"text": "Hello"}), 201)
    rows = [row for page in all_pages(owner, "/messages", limit=1) for row in page]
    of_order = next(row for row in rows if row["order"] == order["number"])
    assert (of_order["login"], of_order["said"], of_order["new"]) == ("stoyanova", "When?", True)
    general = json_of(owner.get("/messages", kind="general", query="stoyanova"))["items"]
    assert [row["said"] for row in general] == ["Hello"]
    assert of_order in json_of(owner.get("/messages", unread="true", provider="nordvik"))["items"]
    assert json_of(owner.get("/messages", provider="sever"))["items"] == []
    assert [row["own"] for row in json_of(client.get("/messages"))["items"]] == [True, True]
    hold_only(world, "olga", *world.panel.known)
    olga = api("olga")
    assert order["number"] not in [row["order"] for row in json_of(olga.get("/messages"))["items"]]
    assert wrong_fields(olga.get("/messages", provider="nordvik")) == [
        ("provider", "unknown_provider")
    ]
    assert wrong_fields(owner.get("/messages", cursor="7")) == [("cursor", "cursor")]
    assert wrong_fields(owner.get("/messages", kind="x")) == [("kind", "literal_error")]
