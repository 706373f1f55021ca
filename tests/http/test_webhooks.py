"""Webhooks as people and programs set them up, and look at what was delivered."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.kernel.tables.request_keys import RequestKey
from plugins.webhooks.delivering.replay_deliveries import TESTS_A_MINUTE
from plugins.webhooks.store.find_deliveries import MOST_ATTEMPTS
from plugins.webhooks.store.models import DeliveryAttempt
from tests.api import ApiClient, json_of
from tests.http.form import fill
from tests.http.shop import problem_of
from tests.http.visitor import Visitor, elements
from tests.webhook_receiver import Hooks, Receiver, receiving
from tests.world import World, hold_only, line

ELSEWHERE = "sever"
URL = "https://crm.example.com/hooks"
BODY = {"provider": "nordvik", "title": "CRM", "url": URL, "kinds": ["order.placed"]}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def hooks(world: World) -> Hooks:
    return Hooks(world)


def place(world: World) -> int:
    (order,) = world.place("owner", world.order("stoyanova", line("web-start", "1 month")))
    return order.id


def test_a_webhook_is_added_changed_and_deleted_by_the_api(
    api: Callable[[str], ApiClient],
) -> None:
    owner = api("owner")
    made = json_of(owner.post("/webhooks", BODY), 201)
    webhook_id = made["webhook"]["id"]
    assert made["secret"].startswith("whsec_")
    assert made["webhook"]["on"]
    assert made["webhook"]["saved_by"] == "owner"
    assert json_of(owner.get(f"/webhooks/{webhook_id}")) == made["webhook"]
    assert json_of(owner.get("/webhooks"))["items"] == [made["webhook"]]
    kinds = json_of(owner.get("/webhooks/kinds", limit=200))["items"]
    assert {"kind": "order.placed", "subject": "orders", "title": "Order placed"} in kinds

    changed = json_of(owner.patch(f"/webhooks/{webhook_id}", {"on": False}))
    assert (changed["on"], changed["off_reason"], changed["url"]) == (False, "by_hand", URL)
    new = json_of(owner.post(f"/webhooks/{webhook_id}/secret"), 201)
    assert new["secret"] != made["secret"]
    assert [one["good_until"] is None for one in new["webhook"]["secrets"]] == [True, False]

    json_of(owner.delete(f"/webhooks/{webhook_id}"))
    assert owner.get(f"/webhooks/{webhook_id}").status_code == 404


def test_an_answer_kept_for_its_key_tells_the_secret_again_and_the_database_does_not(
    api: Callable[[str], ApiClient], world: World
) -> None:
    owner = api("owner")
    first = json_of(owner.post("/webhooks", BODY, Idempotency_Key="a-key"), 201)
    again = owner.post("/webhooks", BODY, Idempotency_Key="a-key")
    assert json_of(again, 201) == first
    assert again.headers["Idempotency-Replayed"] == "true"
    with world.database.reading() as session:
        kept = session.scalars(select(RequestKey.answer).filter_by(key="a-key")).one()
    assert first["secret"] not in json.dumps(kept)
    assert len(json_of(owner.get("/webhooks"))["items"]) == 1


def test_deliveries_are_listed_and_replayed_by_the_api(
    api: Callable[[str], ApiClient], hooks: Hooks, receiver: Receiver
) -> None:
    owner = api("owner")
    made = hooks.add(receiver.url())
    own = f"/webhooks/{made.endpoint_id}"
    receiver.next_answers(500)
    order_id = place(hooks.world)
    hooks.follow()
    (waiting,) = json_of(owner.get(f"{own}/deliveries", state="waiting"))["items"]
    assert waiting["about"] == f"order:{order_id}"
    assert [(one["status"], one["problem"]) for one in waiting["attempts"]] == [(500, "refused")]
    json_of(owner.post(f"{own}/deliveries/{waiting['id']}/replay"))
    assert hooks.send() == {"delivered": 1}
    (delivered,) = json_of(owner.get(f"{own}/deliveries", kind="order.placed"))["items"]
    assert delivered["state"] == "delivered"
    assert [one["status"] for one in delivered["attempts"]] == [500, 200]
    assert json_of(owner.post(f"{own}/replay")) == {"number": 0}

    test = json_of(owner.post(f"{own}/test"), 201)
    assert hooks.send() == {"delivered": 1}
    assert json.loads(receiver.got[-1].body)["type"] == "webhook.test"
    assert receiver.ids[-1] == test["message_id"]


def test_a_login_of_another_provider_is_not_told_as_whose_sight_a_webhook_has(
    api: Callable[[str], ApiClient], visit: Callable[..., Visitor], hooks: Hooks
) -> None:
    """Georgi saved it, and works for others since."""
    world = hooks.world
    made = hooks.add(URL, by="owner")
    hold_only(world, "georgi", "webhooks:endpoint:change")
    json_of(api("georgi").patch(f"/webhooks/{made.endpoint_id}", {"title": "CRM"}))
    hold_only(world, "petar", "webhooks:endpoint:read", "webhooks:endpoint:change")
    own = f"/webhooks/{made.endpoint_id}"
    assert json_of(api("petar").get(own))["saved_by"] == "georgi"
    with world.database.writing() as session:
        for login, key in (("petar", "nordvik"), ("georgi", ELSEWHERE)):
            only = session.scalars(select(Provider).filter_by(key=key)).one()
            session.get_one(Staff, world.actor(login).staff_id).providers = [only]
    assert json_of(api("petar").get(own))["saved_by"] == ""
    page = visit("petar").get(own).get_data(as_text=True)
    assert "georgi" not in page
    assert "someone from another provider" in page


def test_so_many_tests_are_sent_in_a_minute_and_their_last_tries_are_answered(
    api: Callable[[str], ApiClient], hooks: Hooks, receiver: Receiver
) -> None:
    owner = api("owner")
    places = [f"/webhooks/{hooks.add(receiver.url()).endpoint_id}" for _ in range(2)]
    hooks.world.clock.at += timedelta(minutes=1)
    for number in range(TESTS_A_MINUTE):
        json_of(owner.post(f"{places[number % 2]}/test"), 201)
    before = hooks.world.everything()
    refused = owner.post(f"{places[0]}/test")
    assert problem_of(refused, 429, "too_many_attempts")["retry_after"] == 60
    assert hooks.world.everything() == before
    hooks.world.clock.at += timedelta(minutes=1)
    json_of(owner.post(f"{places[0]}/test"), 201)


def test_of_a_delivery_that_was_begun_anew_often_the_last_tries_are_answered(
    api: Callable[[str], ApiClient], hooks: Hooks, receiver: Receiver
) -> None:
    endpoint = hooks.add(receiver.url()).endpoint_id
    place(hooks.world)
    place(hooks.world)
    hooks.follow()
    first, second = hooks.deliveries()
    with hooks.world.database.writing() as session:
        session.add_all(
            DeliveryAttempt(
                delivery_id=first.id, at=hooks.world.clock.now(), milliseconds=number, answer=""
            )
            for number in range(MOST_ATTEMPTS + 5)
        )
    listed = json_of(api("owner").get(f"/webhooks/{endpoint}/deliveries"))["items"]
    tries = {one["id"]: [row["milliseconds"] for row in one["attempts"]] for one in listed}
    assert tries[first.id] == [*range(5, MOST_ATTEMPTS + 5)]
    assert len(tries[second.id]) == 1


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [({"url": "http://10.0.0.1/"}, "url"), ({"kinds": []}, "kinds"), ({"title": ""}, "title")],
)
def test_a_wrong_webhook_is_refused_by_its_field(
    api: Callable[[str], ApiClient], world: World, changed: dict[str, Any], wrong: str
) -> None:
    owner = api("owner")
    before = world.everything()
    answer = json_of(owner.post("/webhooks", {**BODY, **changed}), 422)
    assert [error["field"] for error in answer["errors"]] == [wrong]
    after = world.everything()
    assert after["webhook_endpoint"] == before["webhook_endpoint"] == []


def test_a_page_adds_a_webhook_and_shows_its_secret_once(
    visit: Callable[..., Visitor], world: World
) -> None:
    owner = visit("owner")
    form = owner.get("/webhooks/new?provider=nordvik")
    path, sent = fill(form, title="CRM", url=URL, kinds="order.placed")
    page = owner.http.post(path, data=sent)
    secret = next(
        one.attributes["value"] for one in elements(page) if one.attributes.get("id") == "secret"
    )
    assert secret.startswith("whsec_")
    listed = owner.get("/webhooks").get_data(as_text=True)
    assert URL in listed
    (endpoint,) = world.everything()["webhook_endpoint"]
    shown = owner.get(f"/webhooks/{endpoint[0]}").get_data(as_text=True)
    assert secret not in listed + shown


def test_a_page_tells_each_attempt_and_sends_again(
    visit: Callable[..., Visitor], hooks: Hooks, receiver: Receiver
) -> None:
    owner = visit("owner")
    made = hooks.add(receiver.url())
    receiver.answers.append((500, {}, b"<b>out of order</b>"))
    place(hooks.world)
    hooks.follow()
    (delivery,) = hooks.deliveries()
    own = f"/webhooks/{made.endpoint_id}/deliveries"
    listed = owner.get(f"{own}?state=waiting&kind=order.placed").get_data(as_text=True)
    assert f"{own}/{delivery.id}" in listed
    assert f"{own}/{delivery.id}" not in owner.get(f"{own}?state=dead").get_data(as_text=True)
    page = owner.get(f"{own}/{delivery.id}").get_data(as_text=True)
    assert "&lt;b&gt;out of order&lt;/b&gt;" in page
    assert "&#34;type&#34;: &#34;order.placed&#34;" in page
    assert owner.send(f"{own}/{delivery.id}/replay").status_code == 303
    assert hooks.send() == {"delivered": 1}


def test_whoever_may_not_see_the_event_does_not_read_it_in_the_deliveries(
    visit: Callable[..., Visitor], hooks: Hooks, receiver: Receiver
) -> None:
    made = hooks.add(receiver.url())
    place(hooks.world)
    hooks.follow()
    (delivery,) = hooks.deliveries()
    hold_only(hooks.world, "georgi", "webhooks:endpoint:read")
    page = visit("georgi").get(f"/webhooks/{made.endpoint_id}/deliveries/{delivery.id}")
    assert page.status_code == 200
    assert "stoyanova" not in page.get_data(as_text=True)
    assert "You may not see this event." in page.get_data(as_text=True)


def test_a_webhook_of_another_provider_is_not_there(
    visit: Callable[..., Visitor], api: Callable[[str], ApiClient], hooks: Hooks
) -> None:
    made = hooks.add(URL)
    hold_only(hooks.world, "olga", *hooks.world.panel.known)
    foreign, program = visit("olga"), api("olga")
    for path in ("", "/deliveries"):
        assert foreign.get(f"/webhooks/{made.endpoint_id}{path}").status_code == 404
        assert program.get(f"/webhooks/{made.endpoint_id}{path}").status_code == 404
    assert program.post(f"/webhooks/{made.endpoint_id}/secret").status_code == 404
    assert URL not in foreign.get("/webhooks").get_data(as_text=True)
