"""Idempotency-Key: a request that comes twice is done once and answered twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import ClientGroup, Membership
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.api_tokens import create_token
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.language.errors import NotFound
from permissions.models import StaffFunction
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance
from plugins.orders.store.models import Order
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import WEB_START, basket, place, problem_of, send, wrong_fields
from tests.world import World, line

Api = Callable[[str], ApiClient]
REPLAYED = "Idempotency-Replayed"


def count_orders(world: World) -> int:
    with world.database.reading() as session:
        return session.scalars(select(func.count()).select_from(Order)).one()


def test_the_same_key_gives_the_first_answer_again(world: World, api: Api) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    first = maria.post(path, basket(), Idempotency_Key="k")
    assert REPLAYED not in first.headers
    after_first = world.everything()
    second = maria.post(path, basket(), Idempotency_Key="k")
    assert second.headers[REPLAYED] == "true"
    assert json_of(second, 201) == json_of(first, 201)
    assert second.content_type == first.content_type == "application/json"
    assert world.everything() == after_first


def test_a_replay_is_the_first_answer_even_when_the_order_has_moved_on(
    world: World, api: Api
) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    first = json_of(maria.post(path, basket(), Idempotency_Key="k"), 201)
    (order,) = first["orders"]
    line_id = order["lines"][0]["id"]
    json_of(maria.post(f"/orders/{order['id']}/lines/{line_id}/deliver", {}))
    assert json_of(maria.post(path, basket(), Idempotency_Key="k"), 201) == first


def test_without_a_key_two_requests_are_two_orders(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    assert place(maria, client_id)["id"] != place(maria, client_id)["id"]


def test_a_refusal_by_a_rule_is_an_answer_too(world: World, api: Api) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    gpu = basket({"tariff": "gpu-a16"})
    before = world.everything()
    first = maria.post(path, gpu, Idempotency_Key="k")
    problem_of(first, 422, "not_orderable")
    assert REPLAYED not in first.headers
    # of all tables only that of the keys has changed
    changed = {name for name, rows in world.everything().items() if rows != before[name]}
    assert changed == {"request_key"}
    with world.database.reading() as session:
        contract = session.scalars(select(ClientGroup.id).filter_by(key="contract")).one()
    client_id = world.client_id("stoyanova")
    world.change(Membership, {"client_id": client_id}, group_id=contract)
    second = maria.post(path, gpu, Idempotency_Key="k")
    assert problem_of(second, 422, "not_orderable") == first.get_json(force=True)
    assert second.headers[REPLAYED] == "true"
    json_of(maria.post(path, gpu, Idempotency_Key="another"), 201)


def test_a_changed_price_is_remembered_with_old_and_new(world: World, api: Api) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    body = basket(expected_total={"amount": "5.00", "currency": "EUR"})
    first = problem_of(maria.post(path, body, Idempotency_Key="k"), 409, "price_changed")
    again = maria.post(path, body, Idempotency_Key="k")
    assert problem_of(again, 409, "price_changed") == first
    assert {"old", "new"} <= first.keys()
    assert again.headers[REPLAYED] == "true"


def test_a_key_used_for_something_else_is_refused(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    path = f"/clients/{client_id}/orders"
    json_of(maria.post(path, basket(), Idempotency_Key="k"), 201)
    before = world.everything()
    other_body = basket({**WEB_START, "quantity": 2})
    balkan = f"/clients/{world.client_id('balkan.media')}/orders"
    for answer in (
        maria.post(path, other_body, Idempotency_Key="k"),
        maria.post(balkan, basket(), Idempotency_Key="k"),
        maria.post(f"/clients/{client_id}/quote", {"lines": [WEB_START]}, Idempotency_Key="k"),
    ):
        problem_of(answer, 409, "idempotency_key_reused")
        assert REPLAYED not in answer.headers
    assert world.everything() == before


@ON_SQLITE
def test_a_body_is_the_same_however_it_is_written(world: World, api: Api) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    json_of(maria.post(path, basket(), Idempotency_Key="k"), 201)
    written = """
        {"payment_method": "bank_transfer",
         "lines": [{"period": "1 month", "quantity": 1, "tariff": "web-start"}]}
    """
    answer = send(maria, "POST", path, written, Idempotency_Key="k")
    assert (answer.status_code, answer.headers[REPLAYED]) == (201, "true")


def test_keys_of_two_people_are_two_keys(world: World, api: Api) -> None:
    maria, owner = api("maria"), api("owner")
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    first = json_of(maria.post(path, basket(), Idempotency_Key="k"), 201)
    other = json_of(owner.post(path, basket(), Idempotency_Key="k"), 201)
    assert first["orders"][0]["id"] != other["orders"][0]["id"]


@ON_SQLITE
def test_a_key_belongs_to_the_person_whichever_token_they_use(world: World, api: Api) -> None:
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    first = api("maria").post(path, basket(), Idempotency_Key="k")
    second = api("maria").post(path, basket(), Idempotency_Key="k")
    assert second.headers[REPLAYED] == "true"
    assert json_of(second, 201) == json_of(first, 201)


def test_an_answer_is_not_given_again_to_who_has_other_rights_by_now(
    world: World, api: Api
) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    (order,) = json_of(maria.post(path, basket()), 201)["orders"]
    deliver = f"/orders/{order['id']}/lines/{order['lines'][0]['id']}/deliver"
    assert "5.88" in maria.post(deliver, {}, Idempotency_Key="k").text
    with world.database.writing() as session:
        staff = session.scalars(select(Staff).join(User).where(User.login == "maria")).one()
        session.add(StaffFunction(staff_id=staff.id, function="orders:price:read", on=False))
    before = world.everything()
    again = maria.post(deliver, {}, Idempotency_Key="k")
    problem_of(again, 409, "idempotency_key_reused")
    assert "5.88" not in again.text
    assert world.everything() == before


def test_changing_and_taking_out_are_done_once(world: World, api: Api) -> None:
    stoyanova, client_id = api("stoyanova"), world.client_id("stoyanova")
    line_id = json_of(stoyanova.get(f"/clients/{client_id}/cart"))["items"][0]["id"]
    path = f"/clients/{client_id}/cart/lines/{line_id}"
    changed = stoyanova.patch(path, {"quantity": 7}, Idempotency_Key="p")
    json_of(stoyanova.patch(path, {"quantity": 8}))
    again = stoyanova.patch(path, {"quantity": 7}, Idempotency_Key="p")
    assert json_of(again)["quantity"] == json_of(changed)["quantity"] == 7
    rows = json_of(stoyanova.get(f"/clients/{client_id}/cart"))["items"]
    assert rows[0]["quantity"] == 8
    deleted = stoyanova.delete(path, Idempotency_Key="d")
    again = stoyanova.delete(path, Idempotency_Key="d")
    assert json_of(again) == json_of(deleted) == {"deleted": line_id}
    assert again.headers[REPLAYED] == "true"


def test_who_may_not_ask_gets_no_answer_to_keep(world: World, api: Api) -> None:
    georgi, path = api("georgi"), f"/clients/{world.client_id('stoyanova')}/orders"
    before = world.everything()
    problem_of(georgi.post(path, basket(), Idempotency_Key="k"), 403, "function_not_held")
    assert world.everything() == before
    with world.database.writing() as session:
        staff = session.scalars(select(Staff).where(Staff.name == "Georgi Dimitrov")).one()
        session.add(StaffFunction(staff_id=staff.id, function="orders:order:create", on=True))
    json_of(georgi.post(path, basket(), Idempotency_Key="k"), 201)


def test_what_was_not_there_may_come_again_with_its_key(world: World, api: Api) -> None:
    olga, path = api("olga"), f"/clients/{world.client_id('stoyanova')}/orders"
    before = world.everything()
    problem_of(olga.post(path, basket(), Idempotency_Key="k"), 404, "not_found")
    assert world.everything() == before


@ON_SQLITE
def test_a_malformed_body_uses_up_no_key(world: World, api: Api) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    before = world.everything()
    problem_of(send(maria, "POST", path, "{", Idempotency_Key="k"), 400, "malformed")
    wrong_fields(maria.post(path, {"lines": []}, Idempotency_Key="k"))
    assert world.everything() == before
    json_of(maria.post(path, basket(), Idempotency_Key="k"), 201)


@ON_SQLITE
@pytest.mark.parametrize(("length", "status"), [(0, 422), (1, 201), (200, 201), (201, 422)])
def test_a_key_has_1_to_200_characters(world: World, api: Api, length: int, status: int) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    before = world.everything()
    answer = maria.post(path, basket(), Idempotency_Key="k" * length)
    assert answer.status_code == status
    assert (world.everything() == before) is (status == 422)


def test_a_quote_with_a_key_writes_nothing_but_the_key(world: World, api: Api) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/quote"
    before = world.everything()
    first = maria.post(path, {"lines": [WEB_START]}, Idempotency_Key="k")
    assert json_of(maria.post(path, {"lines": [WEB_START]}, Idempotency_Key="k")) == json_of(first)
    after = world.everything()
    assert {name for name in after if after[name] != before[name]} == {"request_key"}


@ON_SQLITE
def test_reading_takes_no_notice_of_a_key(world: World, api: Api) -> None:
    maria = api("maria")
    before = world.everything()
    for _ in range(2):
        answer = send(maria, "GET", "/me", content_type=None, Idempotency_Key="k")
        assert answer.status_code == 200
        assert REPLAYED not in answer.headers
    assert world.everything() == before


def test_a_look_at_the_headers_takes_no_notice_of_a_key(world: World, api: Api) -> None:
    maria = api("maria")
    before = world.everything()
    answer = send(maria, "HEAD", "/me", content_type=None, Idempotency_Key="k")
    assert answer.status_code == 200
    assert world.everything() == before


def at_once(times: int, ask: Callable[[], Any]) -> list[Any]:
    """The answers to ``ask``, asked by as many threads, all released at one moment."""
    start = Barrier(times)

    def go(_: int) -> Any:
        start.wait()
        return ask()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(go, range(times)))


def test_20_equal_requests_at_once_are_one_order(app: Flask, world: World, api: Api) -> None:
    token, path = api("maria").token, f"/clients/{world.client_id('stoyanova')}/orders"

    def ask() -> tuple[int, str, bool]:
        caller = ApiClient(app.test_client(), token)
        answer = caller.post(path, basket({"tariff": "sfp-10g"}), Idempotency_Key="k")
        return answer.status_code, answer.text, REPLAYED in answer.headers

    answers = at_once(20, ask)
    assert {status for status, _, _ in answers} == {201}
    assert len({body for _, body, _ in answers}) == 1
    assert sorted(replayed for _, _, replayed in answers) == [False] + [True] * 19
    assert count_orders(world) == 1
    assert world.stock("sfp-10g") == 9


def test_20_different_requests_at_once_take_no_more_than_is_in_stock(
    app: Flask, world: World, api: Api
) -> None:
    world.change(Tariff, {"key": "sfp-10g"}, stock=7)
    token, path = api("maria").token, f"/clients/{world.client_id('stoyanova')}/orders"

    def ask() -> int:
        caller = ApiClient(app.test_client(), token)
        return caller.post(path, basket({"tariff": "sfp-10g"})).status_code

    answers = at_once(20, ask)
    assert sorted(answers) == [201] * 7 + [422] * 13
    assert (count_orders(world), world.stock("sfp-10g")) == (7, 0)


def test_a_long_login_may_use_keys_too(app: Flask, world: World) -> None:
    with world.database.writing() as session:
        user = User(login="x" * 128, language="en")
        session.add(Staff(user=user, name="A long name", owner=True))
        session.flush()
        known, now = world.panel.known, world.clock.now()
        token = create_token(session, user, "test", known=known, at=now)
    caller = ApiClient(app.test_client(), token)
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    json_of(caller.post(path, basket(), Idempotency_Key="k"), 201)


# --- issue 11, A4: kept answers do not outlive what one may see -----------------------------------


def work_for(world: World, login: str, *providers: str) -> None:
    with world.database.writing() as session:
        person = session.scalars(select(Staff).join(User).filter_by(login=login)).one()
        wanted = select(Provider).where(Provider.key.in_(providers))
        person.providers = [*session.scalars(wanted)]


@ON_SQLITE
def test_a4_an_answer_is_not_given_again_to_who_works_elsewhere_by_now(
    world: World, api: Api
) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    path = f"/clients/{client_id}/orders"
    made = json_of(maria.post(path, basket(), Idempotency_Key="k"), 201)
    work_for(world, "maria", "sever")
    before = world.everything()
    answer = maria.post(path, basket(), Idempotency_Key="k")
    problem_of(answer, 409, "idempotency_key_reused")
    number = made["items"][0]["number"] if "items" in made else made["orders"][0]["number"]
    assert number not in answer.text
    assert world.everything() == before
    # with another key there is no such client
    problem_of(maria.post(path, basket(), Idempotency_Key="other"), 404, "not_found")


def test_a4_an_action_repeated_after_moving_elsewhere_finds_nothing(world: World) -> None:
    command = world.order("balkan.media", line("web-start", "1 month"), request_key="k1")
    world.place("maria", command)
    credit = ChangeBalance(
        world.client_id("balkan.media"), "3", "thanks", "nordvik", request_key="k"
    )
    with world.database.writing() as session:
        person = session.scalars(select(Staff).join(User).filter_by(login="maria")).one()
        session.add(StaffFunction(staff_id=person.id, function="balance:balance:credit", on=True))
    act = partial(credit_balance, command=credit, clock=world.clock)
    with world.database.writing() as session:
        act(session, actor=world.actor("maria"))
    work_for(world, "maria", "sever")
    before, maria = world.everything(), world.actor("maria")
    with pytest.raises(NotFound):
        world.place("maria", command)
    with pytest.raises(NotFound), world.database.writing() as session:
        act(session, actor=maria)
    assert world.everything() == before
