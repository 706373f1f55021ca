"""The API by which an owner shapes a provider's workflow, with the same rules as its pages."""

from collections.abc import Callable

import pytest

from billing_panel.accounts.access.scope import find_provider
from plugins.orders.settings.save_workflow_version import change_workflow
from plugins.orders.store.versions.workflow_store import running_version, shipped_file
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import all_pages, place, problem_of, wrong_fields
from tests.world import World, hold_only

pytestmark = ON_SQLITE
Api = Callable[[str], ApiClient]

ROOT = "/providers/nordvik/workflow"
LIST = f"{ROOT}/statuses"
MATRIX = f"{ROOT}/set-by-hand"
PACKED = {"titles": {"en": "Packed"}, "sources": ["processing"], "targets": ["delivered"]}


@pytest.fixture(autouse=True)
def webshop(world: World) -> None:
    """Nordvik is a web shop here."""
    actor = world.actor("owner")
    with world.database.writing() as session:
        seen = running_version(session, find_provider(session, actor, "nordvik")).number
        file = shipped_file("webshop")
        change_workflow(session, "nordvik", file, seen=seen, actor=actor, clock=world.clock)


def test_an_own_status_is_made_changed_and_deleted(world: World, api: Api) -> None:
    owner = api("owner")
    before = json_of(owner.get(LIST))
    body = {**PACKED, "enabled": True, "version": before["version"]}
    made = json_of(owner.post(LIST, body), 201)
    assert (made["key"], made["predefined"], made["orders"]) == ("packed", False, 0)
    assert {**made, **PACKED, "enabled": True, "version": before["version"] + 1} == made
    one = f"{LIST}/packed"
    changed = json_of(owner.patch(one, {"tone": "warn", "stock": "take"}))
    assert changed == {**made, "tone": "warn", "stock": "take", "version": made["version"] + 1}
    assert json_of(owner.get(one)) == changed
    untouched = world.everything()
    told = owner.patch(one, {"enabled": False, "version": made["version"]})
    assert problem_of(told, 409, "stale_version")["current"] == changed
    told = owner.delete(one, If_Match=f'"{made["version"]}"')
    problem_of(told, 409, "stale_version")
    assert world.everything() == untouched
    left = json_of(owner.delete(one))
    assert left["items"] == before["items"]
    problem_of(owner.get(one), 404, "not_found")


def test_what_orders_could_not_run_by_is_refused(world: World, api: Api) -> None:
    owner = api("owner")
    before = world.everything()
    problem_of(owner.delete(f"{LIST}/delivered"), 422, "predefined_status")
    problem_of(owner.patch(f"{LIST}/delivered", {"stage": "open"}), 422, "predefined_status")
    assert wrong_fields(owner.post(LIST, {"titles": {}})) == [("titles", "required")]
    assert wrong_fields(owner.post(LIST, {"titles": {"en": "x"}, "final": True})) == [
        ("final", "unknown_field")
    ]
    assert wrong_fields(owner.post(LIST, {"titles": {"en": "x"}, "tone": "pink"})) == [
        ("tone", "enum")
    ]
    lost = {**PACKED, "sources": ["processing", "nothing"]}
    assert wrong_fields(owner.post(LIST, lost)) == [("sources", "not_offered")]
    stuck = owner.post(LIST, {"titles": {"en": "Packed"}, "enabled": True, "targets": []})
    assert problem_of(stuck, 422, "workflow_wrong")["reasons"]
    problem_of(owner.patch(f"{LIST}/nothing", {"tone": "warn"}), 404, "not_found")
    assert world.everything() == before


def test_the_list_is_put_in_order_and_switched(world: World, api: Api) -> None:
    owner = api("owner")
    now = json_of(owner.get(LIST))
    keys = [status["key"] for status in now["items"]]
    order = [keys[1], keys[0]]
    emailed = [status["key"] for status in now["items"] if not status["email_client"]]
    body = {"order": order, "emailed": emailed, "version": now["version"]}
    changed = json_of(owner.patch(LIST, body))
    assert [status["key"] for status in changed["items"]] == [*order, *keys[2:]]
    assert [s["key"] for s in changed["items"] if s["email_client"]] == [
        key for key in [*order, *keys[2:]] if key in emailed
    ]
    assert changed["version"] == now["version"] + 1
    before = world.everything()
    assert wrong_fields(owner.patch(LIST, {"order": ["nothing"]})) == [("order", "unknown_status")]
    assert wrong_fields(owner.patch(LIST, {"stock": {"nothing": None}})) == [
        ("stock", "unknown_status")
    ]
    problem_of(owner.patch(LIST, {"enabled": []}), 422, "workflow_wrong")
    told = owner.patch(LIST, {"order": keys, "version": now["version"]})
    assert problem_of(told, 409, "stale_version")["current"] == changed
    assert json_of(owner.patch(LIST, {})) == changed
    assert world.everything() == before


def test_the_ways_by_hand_are_looked_at_and_saved(world: World, api: Api) -> None:
    owner = api("owner")
    now = json_of(owner.get(MATRIX))
    fewer = now["cells"][1:]
    body = {"cells": fewer, "version": now["version"]}
    before = world.everything()
    shown = json_of(owner.post(f"{MATRIX}/preview", body))
    assert (len(shown["changes"]), shown["version"]) == (1, now["version"])
    bad = json_of(owner.post(f"{MATRIX}/preview", {"cells": []}))
    assert bad["reasons"]
    problem_of(owner.put(MATRIX, {"cells": []}), 422, "workflow_wrong")
    nowhere = owner.put(MATRIX, {"cells": [{"from": "x", "to": "y"}]})
    assert wrong_fields(nowhere) == [("cells.0", "not_offered")]
    assert world.everything() == before
    if not shown["reasons"]:
        saved = json_of(owner.put(MATRIX, body))
        assert saved["cells"] == fewer
        told = owner.put(MATRIX, body)
        assert problem_of(told, 409, "stale_version")["current"] == saved


def test_versions_are_listed_and_orders_move_to_the_newest(world: World, api: Api) -> None:
    owner = api("owner")
    order = place(owner, world.client_id("stoyanova"))
    status = order["status"]
    number = json_of(owner.get(ROOT))["version"]
    assert json_of(owner.get(f"{ROOT}/older-orders"))["items"] == []
    json_of(owner.post(LIST, {**PACKED, "enabled": True}), 201)
    (older,) = json_of(owner.get(f"{ROOT}/older-orders"))["items"]
    assert (older["status"], older["orders"], older["known"]) == (status, 1, True)
    assert json_of(owner.post(f"{ROOT}/older-orders", {})) == {"orders": 1}
    assert json_of(owner.get(f"{ROOT}/older-orders"))["items"] == []
    versions = [one for (one,) in all_pages(owner, f"{ROOT}/versions", limit=1)]
    assert [one["version"] for one in versions] == [*range(number + 1, 0, -1)]
    assert {versions[0]["made_by"], versions[0]["workflow"]} == {"Ada Owner", "webshop"}
    old, new = (json_of(owner.get(f"{ROOT}/versions/{n}")) for n in (number, number + 1))
    assert len(new["statuses"]) == len(old["statuses"]) + 1
    problem_of(owner.get(f"{ROOT}/versions/99"), 404, "not_found")


def test_a_workflow_is_chosen_once(world: World, api: Api) -> None:
    owner = api("owner")
    before = world.everything()
    problem_of(owner.post(ROOT, {"workflow": "hosting"}), 409, "workflow_runs")
    assert wrong_fields(owner.post(ROOT, {"workflow": "nothing"})) == [
        ("workflow", "unknown_workflow")
    ]
    assert world.everything() == before


def test_ways_are_another_function_and_another_provider_is_not_there(
    world: World, api: Api
) -> None:
    hold_only(world, "georgi", "orders:status_list:change")
    hold_only(world, "olga", *world.panel.known)
    georgi, olga = api("georgi"), api("olga")
    before = world.everything()
    problem_of(georgi.get(MATRIX), 403, "function_not_held")
    problem_of(georgi.post(LIST, PACKED), 403, "function_not_held")
    given = {"instead": "delivered", "reason": "because"}
    problem_of(georgi.post(f"{LIST}/delivered/give", given), 403, "function_not_held")
    for path in (ROOT, LIST, MATRIX, f"{ROOT}/versions", f"{ROOT}/older-orders"):
        problem_of(olga.get(path), 404, "not_found")
    problem_of(olga.patch(LIST, {"order": []}), 404, "not_found")
    problem_of(olga.post(f"{LIST}/delivered/give", given), 404, "not_found")
    problem_of(olga.post(f"{ROOT}/older-orders", {}), 404, "not_found")
    assert world.everything() == before
