"""/client-groups: what clients have in common for every provider."""

from collections.abc import Callable

from tests.api import ApiClient, json_of
from tests.http.shop import all_pages, problem_of, wrong_fields
from tests.world import World, hold_only

Api = Callable[[str], ApiClient]

NEW = {
    "key": "resellers",
    "titles": {"en": "Resellers", "bg": "Дистрибутори"},
    "discount_percent": "12.50",
    "forbidden_methods": ["cash", "balance", "cash"],
    "payment_terms_days": 30,
}


def test_a_group_is_added_listed_and_changed(api: Api) -> None:
    owner = api("owner")
    added = json_of(owner.post("/client-groups", NEW, Idempotency_Key="one"), 201)
    again = owner.post("/client-groups", NEW, Idempotency_Key="one")
    assert json_of(again, 201) == added
    assert (added["discount_percent"], added["payment_terms_days"]) == ("12.5", 30)
    assert added["forbidden_methods"] == ["balance", "cash"]
    assert json_of(owner.get("/client-groups/resellers")) == added
    listed = [row for page in all_pages(owner, "/client-groups", limit=2) for row in page]
    assert added in listed
    assert [row["key"] for row in listed] == sorted(row["key"] for row in listed)
    sent = {"payment_terms_days": None, "only_for": {"en": "For resellers"}}
    after = json_of(owner.patch("/client-groups/resellers", {**sent, "version": added["version"]}))
    assert after == {**added, **sent, "version": after["version"]}
    stale = owner.patch("/client-groups/resellers", {"version": added["version"]})
    assert problem_of(stale, 409, "stale_version")["current"] == after


def test_what_is_wrong_is_told_and_nothing_changes(world: World, api: Api) -> None:
    owner = api("owner")
    before = world.everything()
    assert wrong_fields(owner.post("/client-groups", {**NEW, "key": "vip"})) == [("key", "taken")]
    for sent, wrong in (
        ({"discount_percent": "101"}, ("discount_percent", "percent")),
        ({"discount_percent": 5}, ("discount_percent", "percent")),
        ({"titles": {}}, ("titles", "required")),
        ({"forbidden_methods": ["gold"]}, ("forbidden_methods.0", "enum")),
    ):
        assert wrong_fields(owner.patch("/client-groups/vip", sent)) == [wrong]
    problem_of(owner.get("/client-groups/nobody"), 404, "not_found")
    problem_of(owner.patch("/client-groups/nobody", {}), 404, "not_found")
    assert world.everything() == before


def test_groups_are_everybodys_so_only_an_owner_changes_them(world: World, api: Api) -> None:
    hold_only(world, "georgi", "clients:group:change")
    georgi = api("georgi")
    before = world.everything()
    problem_of(georgi.post("/client-groups", NEW), 422, "shared")
    problem_of(georgi.patch("/client-groups/vip", {"discount_percent": "1"}), 422, "shared")
    assert world.everything() == before
    # who puts clients into groups reads what there is
    hold_only(world, "georgi", "clients:group:assign")
    keys = {row["key"] for row in json_of(api("georgi").get("/client-groups"))["items"]}
    assert "vip" in keys
