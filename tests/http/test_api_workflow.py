"""Moving orders over the API: what can be done, doing it, why not, the history, the workflow."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api import ApiClient, json_of
from tests.http.shop import place, problem_of
from tests.world import World

Api = Callable[[str], ApiClient]


@pytest.fixture
def api(api: Api) -> Api:
    """Everybody's token is made before a test begins to watch the tables."""
    people = ("owner", "maria", "georgi", "stoyanova", "balkan.media")
    return {login: api(login) for login in people}.__getitem__


@pytest.fixture
def order(api: Api, world: World) -> Any:
    return place(api("maria"), world.client_id("stoyanova"))


def offers(api: ApiClient, order: Any) -> dict[str, Any]:
    answer = json_of(api.get(f"/orders/{order['id']}/transitions"))
    return {item["action"]: item for item in answer["items"]}


def advance(api: ApiClient, order: Any, **body: Any) -> Any:
    return api.post(f"/orders/{order['id']}/transitions", body)


def test_what_can_be_done_depends_on_who_asks(api: Api, order: Any) -> None:
    assert offers(api("owner"), order)["pay"]["allowed"]
    refused = offers(api("georgi"), order)["pay"]
    assert not refused["allowed"]
    assert [reason["code"] for reason in refused["reasons"]] == ["function_not_held"]
    assert offers(api("stoyanova"), order)["cancel"]["allowed"]


def test_a_payment_moves_the_order_and_is_told_in_its_history(api: Api, order: Any) -> None:
    paid = json_of(advance(api("owner"), order, action="pay", fields={"payment_method": "cash"}))
    assert (paid["status"], paid["payment_state"], paid["left"]["amount"]) == (
        "paid",
        "paid",
        "0.00",
    )
    assert paid["version"] > order["version"]
    items = json_of(api("owner").get(f"/orders/{order['id']}/timeline"))["items"]
    # item 18: nothing is sent, so the history has no word of it
    kinds = {"order.placed", "payment.received", "order.moved"}
    assert {item["kind"] for item in items} == kinds
    seen_by_client = json_of(api("stoyanova").get(f"/orders/{order['id']}/timeline"))["items"]
    assert {item["kind"] for item in seen_by_client} == kinds


def test_a_refused_step_gives_its_reasons_and_changes_nothing(
    api: Api, world: World, order: Any
) -> None:
    before = world.everything()
    problem = problem_of(advance(api("owner"), order, action="resume"), 409, "transition_refused")
    assert [reason["code"] for reason in problem["reasons"]] == ["not_from_here"]
    problem_of(advance(api("georgi"), order, action="cancel"), 403, "function_not_held")
    problem_of(advance(api("owner"), order), 422, "invalid")
    problem_of(advance(api("owner"), order, to="paid"), 409, "transition_refused")
    problem_of(advance(api("owner"), order, action="pay", fields={"x": "y"}), 422, "invalid")
    assert world.everything() == before


def test_fields_that_are_missing_are_named(api: Api, world: World, order: Any) -> None:
    json_of(advance(api("owner"), order, action="pay"))
    before = world.everything()
    problem = problem_of(advance(api("owner"), order, action="ask"), 422, "missing_fields")
    assert [error["field"] for error in problem["errors"]] == ["fields.reason"]
    assert world.everything() == before
    asked = json_of(advance(api("owner"), order, action="ask", reason="which domain?"))
    assert (asked["status"], asked["question"]) == ("action_needed", "which domain?")
    own = api("stoyanova")
    assert offers(own, order)["resume"]["requires"] == ["answer"]
    assert json_of(own.get(f"/orders/{order['id']}"))["question"] == "which domain?"
    problem_of(advance(own, order, action="resume"), 422, "missing_fields")
    answered = json_of(advance(own, order, action="resume", fields={"answer": "a.example"}))
    assert (answered["status"], answered["question"]) == ("setting_up", None)


def test_the_second_of_two_is_told_and_shown_what_there_is_now(api: Api, order: Any) -> None:
    version = order["version"]
    json_of(advance(api("owner"), order, action="pay", version=version))
    late = advance(api("owner"), order, action="cancel", version=version)
    problem = problem_of(late, 409, "stale_version")
    assert problem["current"]["status"] == "paid"


def test_a_deadline_is_moved_with_a_reason_or_cancelled(api: Api, world: World, order: Any) -> None:
    owner, path = api("owner"), f"/orders/{order['id']}/deadline"
    later = {"due_at": "2027-01-01T12:00:00+00:00", "reason": "holidays"}
    moved = json_of(owner.post(path, later))
    assert moved["deadlines"] == [{"due_at": "2027-01-01T12:00:00+00:00"}]
    before = world.everything()
    problem_of(owner.post(path, {**later, "due_at": "2020-01-01T12:00:00+00:00"}), 422, "invalid")
    problem_of(owner.post(path, {**later, "due_at": "tomorrow"}), 422, "invalid")
    problem_of(owner.post(path, {**later, "reason": " "}), 422, "invalid")
    problem_of(api("maria").post(path, later), 403, "function_not_held")
    assert world.everything() == before
    assert json_of(owner.post(path, {"due_at": None, "reason": "agreed"}))["deadlines"] == []
    problem_of(owner.post(path, {"due_at": None, "reason": "again"}), 409, "no_deadline")


def test_workflows_are_data(api: Api) -> None:
    listed = json_of(api("maria").get("/workflows"))["items"]
    assert {(item["provider"], item["key"]) for item in listed} >= {
        ("nordvik", "hosting"),
        ("sever", "marketplace"),
    }
    shown = json_of(api("maria").get("/workflows/marketplace", provider="sever"))
    assert shown["statuses"][0]["key"] == "awaiting_confirmation"
    assert shown == {**json_of(api("maria").get("/workflows/marketplace")), "version": 1}
    problem_of(api("maria").get("/workflows/nothing"), 404, "not_found")
    problem_of(api("georgi").get("/workflows/marketplace", provider="sever"), 422, "invalid")


def test_another_clients_order_does_not_move(api: Api, world: World, order: Any) -> None:
    before = world.everything()
    for path in ("transitions", "timeline"):
        problem_of(api("balkan.media").get(f"/orders/{order['id']}/{path}"), 404, "not_found")
    problem_of(advance(api("balkan.media"), order, action="cancel"), 404, "not_found")
    assert world.everything() == before


def test_a_preview_tells_what_the_same_body_would_do_and_changes_nothing(
    api: Api, world: World, order: Any
) -> None:
    """Issue 12, item 20."""
    owner, path = api("owner"), f"/orders/{order['id']}/transitions/preview"
    json_of(
        owner.post(f"/orders/{order['id']}/payments", {"method": "cash", "amount": "2.00"}), 201
    )
    before = world.everything()
    body = {"action": "cancel", "reason": "moved away"}
    told = json_of(owner.post(path, body))
    assert (told["allowed"], told["lasting"], told["reasons"]) == (True, True, [])
    follows = told["consequences"]
    assert follows["given_back"] == [
        {"amount": {"amount": "2.00", "currency": "EUR"}, "to": "balance", "method": "balance"}
    ]
    assert [one["number"] for one in follows["documents_annulled"]] == [
        one["number"] for one in order["invoices"]
    ]
    assert "€2.00 is returned to the balance." in follows["text"]
    refused = json_of(owner.post(path, {"action": "resume"}))
    assert (refused["allowed"], refused["consequences"]) == (False, None)
    assert [reason["code"] for reason in refused["reasons"]] == ["not_from_here"]
    lacking = json_of(owner.post(path, {"action": "refund"}))
    assert [error["field"] for error in lacking["errors"]] == ["fields.reason"]
    denied = json_of(api("georgi").post(path, body))
    assert [reason["code"] for reason in denied["reasons"]] == ["function_not_held"]
    problem_of(owner.post(path, {**body, "version": 1}), 409, "stale_version")
    problem_of(api("balkan.media").post(path, body), 404, "not_found")
    assert world.everything() == before
    own = json_of(api("stoyanova").post(path, {"action": "cancel"}))["consequences"]
    assert (own["stock"], own["notices"]) == (None, None)
    json_of(advance(owner, order, **body))
    assert json_of(owner.get(f"/orders/{order['id']}"))["status"] == "cancelled"
