"""/promo-codes: added and changed by staff, and used where orders are quoted."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api import ApiClient, json_of
from tests.http.shop import MISSING, WEB_START, eur, problem_of, wrong_fields
from tests.world import World, hold_only

Api = Callable[[str], ApiClient]

NEW: dict[str, Any] = {
    "provider": "nordvik",
    "code": "Spring 5",
    "amount": "1.50",
    "since": "2026-01-01",
    "periods": [12, 1],
    "groups": ["vip", "retail"],
    "tariffs": ["web-start"],
    "max_uses": 10,
}


def test_a_code_is_added_and_takes_off_what_it_says(world: World, api: Api) -> None:
    owner = api("owner")
    added = json_of(owner.post("/promo-codes", {**NEW, "groups": []}), 201)
    assert (added["amount"], added["percent"], added["used"]) == (eur("1.50"), None, 0)
    assert (added["since"], added["until"]) == ("2026-01-01", None)
    assert (added["periods"], added["tariffs"]) == ([1, 12], ["web-start"])
    assert json_of(owner.get(f"/promo-codes/{added['id']}")) == added
    asked = {"provider": "nordvik", "lines": [WEB_START], "promo_code": "SPRING5"}
    quote = json_of(owner.post(f"/clients/{world.client_id('stoyanova')}/quote", asked))
    assert quote["orderable"]
    assert quote["promo"]["code"] == "Spring 5"


def test_what_is_sent_is_changed_and_all_else_stays(api: Api) -> None:
    owner = api("owner")
    before = json_of(owner.post("/promo-codes", NEW, Idempotency_Key="one"), 201)
    path = f"/promo-codes/{before['id']}"
    sent = {"amount": None, "percent": "7.50", "version": before["version"]}
    after = json_of(owner.patch(path, sent))
    changed = {"amount": None, "percent": "7.5", "version": after["version"]}
    assert after == {**before, **changed}
    assert problem_of(owner.patch(path, sent), 409, "stale_version")["current"] == after
    back = {name: after[name] for name in NEW.keys() - {"provider"}}
    assert json_of(owner.patch(path, back)) == after


def test_codes_are_listed_by_provider_and_state(world: World, api: Api) -> None:
    owner = api("owner")
    used = json_of(owner.post("/promo-codes", NEW), 201)
    gone = json_of(owner.post("/promo-codes", {**NEW, "code": "GONE", "archived": True}), 201)

    def listed(caller: ApiClient, **query: Any) -> set[str]:
        return {row["code"] for row in json_of(caller.get("/promo-codes", **query))["items"]}

    assert {"Spring 5", "GONE"} <= listed(owner, provider="nordvik")
    assert gone["code"] in listed(owner, archived="true")
    assert used["code"] not in listed(owner, archived="true")
    assert wrong_fields(owner.get("/promo-codes", code="x")) == [("code", "unknown_field")]
    assert wrong_fields(owner.get("/promo-codes", provider="nobody")) == [
        ("provider", "unknown_provider")
    ]
    hold_only(world, "olga", "catalog:promo:change")
    assert not {"Spring 5", "GONE"} & listed(api("olga"))


REFUSED: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"percent": "5"}, ("amount", "both")),
    ({"amount": None}, ("percent", "required")),
    ({"code": " "}, ("code", "required")),
    ({"tariffs": ["nobody"]}, ("tariffs", "unknown")),
    ({"groups": ["nobody"]}, ("groups", "unknown")),
    ({"until": "2025-12-31"}, ("until", "before")),
    ({"until": "soon"}, ("until", "day")),
    ({"max_uses": 0}, ("max_uses", "number")),
    ({"used": 0}, ("used", "unknown_field")),
]


@pytest.mark.parametrize(("change", "wrong"), REFUSED)
def test_what_is_wrong_is_told_at_its_field_and_nothing_changes(
    world: World, api: Api, change: dict[str, Any], wrong: tuple[str, str]
) -> None:
    owner = api("owner")
    before = world.everything()
    assert wrong in wrong_fields(owner.post("/promo-codes", {**NEW, **change}))
    assert world.everything() == before


def test_a_code_that_another_is_spelled_like_is_taken(world: World, api: Api) -> None:
    owner = api("owner")
    json_of(owner.post("/promo-codes", NEW), 201)
    before = world.everything()
    again = {**NEW, "code": "SPRÍNG5"}
    assert wrong_fields(owner.post("/promo-codes", again)) == [("code", "taken")]
    assert world.everything() == before


def test_another_providers_codes_do_not_exist(world: World, api: Api) -> None:
    code = json_of(api("owner").post("/promo-codes", NEW), 201)["id"]
    hold_only(world, "olga", "catalog:promo:change")
    olga = api("olga")
    before = world.everything()
    problem_of(olga.post("/promo-codes", NEW), 404, "not_found")
    for promo in (code, MISSING):
        problem_of(olga.get(f"/promo-codes/{promo}"), 404, "not_found")
        problem_of(olga.patch(f"/promo-codes/{promo}", {"archived": True}), 404, "not_found")
    assert world.everything() == before
