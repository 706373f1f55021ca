"""POST /clients/{id}/entries/{entry}/reverse: a credit or debit by hand is undone, once."""

from collections.abc import Callable

from tests.api import ApiClient, json_of
from tests.http.shop import MISSING, eur, problem_of
from tests.world import World, hold_only

Api = Callable[[str], ApiClient]


def test_a_credit_is_undone_once_by_whoever_may_debit(world: World, api: Api) -> None:
    owner, client = api("owner"), f"/clients/{world.client_id('balkan.media')}"
    credited = {"amount": "25.00", "reason": "Goodwill", "provider": "nordvik"}
    entry = json_of(owner.post(f"{client}/credits", credited), 201)["entry"]
    path = f"{client}/entries/{entry}/reverse"
    hold_only(world, "georgi", "balance:balance:credit")
    georgi = api("georgi")
    before = world.everything()
    refusal = problem_of(georgi.post(path, {"reason": "a mistake"}), 403, "function_not_held")
    assert refusal["function"] == "balance:balance:debit"
    assert world.everything() == before
    undone = json_of(owner.post(path, {"reason": "a mistake"}), 201)
    assert (undone["kind"], undone["amount"]) == ("reversed", eur("-25.00"))
    problem_of(owner.post(path, {"reason": "again"}), 409, "already_reversed")


def test_what_is_not_there_or_elsewhere_is_not_undone(world: World, api: Api) -> None:
    owner, client_id = api("owner"), world.client_id("balkan.media")
    credited = {"amount": "25.00", "reason": "Goodwill", "provider": "nordvik"}
    entry = json_of(owner.post(f"/clients/{client_id}/credits", credited), 201)["entry"]
    hold_only(world, "olga", "balance:balance:credit", "balance:balance:debit")
    olga = api("olga")
    before = world.everything()
    because = {"reason": "a mistake"}
    for caller, client, number in (
        (owner, client_id, MISSING),
        (olga, client_id, entry),
        # of another client
        (owner, world.client_id("stoyanova"), entry),
    ):
        path = f"/clients/{client}/entries/{number}/reverse"
        problem_of(caller.post(path, because), 404, "not_found")
    assert world.everything() == before
