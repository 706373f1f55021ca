"""How often a token of the API may ask. And our own mistakes."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import text as sql

from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import basket, problem_of
from tests.world import World

Api = Callable[[str], ApiClient]
AppWith = Callable[..., Flask]


@ON_SQLITE
def test_who_asks_too_often_is_told_when_to_come_again(app_with: AppWith, world: World) -> None:
    http = app_with(token_requests_per_minute=3).test_client()
    maria, georgi = (ApiClient(http, world.token(login)) for login in ("maria", "georgi"))
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    for _ in range(3):
        json_of(maria.get("/me"))
    before = world.everything()
    answer = maria.post(path, basket())
    problem_of(answer, 429, "too_many_requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert world.everything() == before
    json_of(georgi.get("/me"))


@ON_SQLITE
def test_refused_requests_are_counted_too(app_with: AppWith, world: World) -> None:
    http = app_with(token_requests_per_minute=3).test_client()
    maria = ApiClient(http, world.token("maria"))
    for _ in range(3):
        problem_of(maria.get("/orders/1"), 404, "not_found")
    assert maria.get("/me").status_code == 429


@ON_SQLITE
def test_without_a_token_an_address_is_counted(app_with: AppWith) -> None:
    http = app_with(token_requests_per_minute=3).test_client()
    answers = [http.get("/api/v1/me", headers={"X-Forwarded-For": f"10.0.0.{n}"}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]


@ON_SQLITE
def test_made_up_tokens_are_counted_by_address(app_with: AppWith) -> None:
    http = app_with(token_requests_per_minute=3).test_client()
    answers = [
        http.get("/api/v1/me", headers={"Authorization": f"Bearer bp_{n}"}) for n in range(4)
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]


@ON_SQLITE
def test_made_up_tokens_are_counted_by_address_where_none_is_needed(app_with: AppWith) -> None:
    http = app_with(token_requests_per_minute=3).test_client()
    answers = [
        http.get("/api/v1/shop/nordvik", headers={"Authorization": f"Bearer bp_{n}"})
        for n in range(4)
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]


@ON_SQLITE
def test_a_token_written_another_way_is_the_same_token(app_with: AppWith, world: World) -> None:
    http, token = app_with(token_requests_per_minute=3).test_client(), world.token("maria")
    written = [f"{scheme}{token}" for scheme in ("Bearer ", "bearer ", "BEARER ", "Bearer  ")]
    answers = [http.get("/api/v1/me", headers={"Authorization": header}) for header in written]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


@ON_SQLITE
def test_pages_and_the_health_check_are_not_counted(app_with: AppWith) -> None:
    http = app_with(token_requests_per_minute=1).test_client()
    assert {http.get("/healthz").status_code for _ in range(5)} == {200}
    assert {http.get("/sign-in").status_code for _ in range(5)} == {200}


@ON_SQLITE
def test_who_may_ask_on_is_not_told_to_wait(api: Api) -> None:
    assert "Retry-After" not in api("maria").get("/me").headers


@ON_SQLITE
def test_our_own_mistake_is_a_problem_without_its_details(world: World, api: Api) -> None:
    maria = api("maria")
    with world.database.engine.begin() as connection:
        connection.execute(sql("ALTER TABLE cart_line RENAME TO gone"))
    answer = maria.get(f"/clients/{world.client_id('stoyanova')}/cart")
    problem = problem_of(answer, 500, "http_500")
    assert "nothing was left half-done" in problem["detail"]
    assert "cart_line" not in answer.text
    assert answer.headers["X-Request-Id"]


@ON_SQLITE
def test_r17_a_person_is_counted_by_all_tokens_together(app_with: AppWith, world: World) -> None:
    http = app_with(token_requests_per_minute=3).test_client()
    callers = [ApiClient(http, world.token("maria")) for _ in range(4)]
    assert [caller.get("/me").status_code for caller in callers] == [200, 200, 200, 429]
    json_of(ApiClient(http, world.token("georgi")).get("/me"))
