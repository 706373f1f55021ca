"""``/events``: what happened, told to programs as the live feed tells it to pages."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.api_tokens import make_token
from billing_panel.live.feed import OF_ONE_PERSON
from billing_panel.live.listeners import GO_ON, Listener
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import place, problem_of
from tests.world import World, hold_only

Api = Callable[[str], ApiClient]
AUDIT = {"by", "who", "address", "text", "facts", "sealed"}
STREAM = "text/event-stream"


def end_of(caller: ApiClient) -> str:
    """The cursor of whoever has read everything."""
    after = "0"
    while True:
        answer = json_of(caller.get("/events", after=after, limit=200))
        after = str(answer["cursor"])
        if answer["next_cursor"] is None:
            return after


def stream(
    http: FlaskClient,
    token: str,
    taken: list[Listener] | None = None,
    path: str = "",
    *,
    last: str = "",
) -> TestResponse:
    overrides: Any = {GO_ON: None if taken is None else taken.append}
    return http.get(
        f"/api/v1/events{path}",
        headers={"Authorization": f"Bearer {token}", "Accept": STREAM, "Last-Event-ID": last},
        environ_overrides=overrides,
    )


@pytest.mark.every_case
def test_everybody_is_told_what_their_pages_show_and_auditors_what_the_log_says(
    world: World, api: Api
) -> None:
    maria, stoyanova, balkan = api("maria"), api("stoyanova"), api("balkan.media")
    starts = {caller: end_of(caller) for caller in (maria, stoyanova, balkan, api("owner"))}
    order = place(maria, world.client_id("stoyanova"))

    def told(caller: ApiClient) -> dict[str, Any] | None:
        items = json_of(caller.get("/events", after=starts[caller]))["items"]
        return next((item for item in items if item["kind"] == "order.placed"), None)

    *others, owner = starts
    for caller, by_me in zip(others[:2], (True, False), strict=True):
        item = told(caller)
        assert item is not None
        assert item["subject"] == {"kind": "order", "id": order["id"]}
        assert item["client"] == {"id": world.client_id("stoyanova")}
        assert (item["provider"], item["by_me"]) == ("nordvik", by_me)
        assert not AUDIT & item.keys()
    assert told(balkan) is None
    audited = told(owner)
    assert audited is not None
    assert audited.keys() >= AUDIT
    assert audited["client"]["login"] == "stoyanova"
    assert (audited["by"], audited["who"]["login"]) == ("staff", "maria")


@ON_SQLITE
def test_a_token_narrowed_to_other_functions_is_told_no_more_than_they_show(
    world: World, api: Api
) -> None:
    hold_only(world, "georgi", "audit:event:read", "orders:history:read")
    wide = api("georgi")
    start = end_of(wide)
    place(api("maria"), world.client_id("stoyanova"))
    assert "by" in json_of(wide.get("/events", after=start))["items"][0]
    hold_only(world, "georgi", "orders:history:read")
    narrow = json_of(api("georgi").get("/events", after=start))["items"]
    assert "order.placed" in {item["kind"] for item in narrow}
    assert not any(AUDIT & item.keys() for item in narrow)


@pytest.mark.parametrize("login", ["maria", "stoyanova"])
def test_a_token_with_functions_of_its_own_is_told_nothing_of_its_owners_account(
    world: World, api: Api, login: str
) -> None:
    """Neither with few of them, nor with all that its owner holds today."""
    whole, held = api(login), sorted(world.actor(login).functions)
    start = end_of(whole)
    secrets = [token(world, login, *functions) for functions in (["orders:order:read"], held)]
    place(api("maria"), world.client_id("stoyanova"))

    def told(secret: str) -> set[str]:
        caller = ApiClient(whole.http, secret)
        return {one["kind"] for one in json_of(caller.get("/events", after=start))["items"]}

    assert {"token.made", "order.placed"} <= told(whole.token)
    assert [told(secret) & {"token.made", "order.placed"} for secret in secrets] == [
        {"order.placed"},
        {"order.placed"},
    ]


def token(world: World, login: str, *functions: str) -> str:
    """One that they make on their page."""
    actor, at = world.actor(login), world.clock.now()
    with world.database.writing() as session:
        user = session.get_one(User, actor.user_id)
        return make_token(
            session,
            user,
            "CRM",
            functions=functions,
            days=None,
            actor=actor,
            known=world.panel.known,
            at=at,
        )


def test_pages_of_one_come_in_order_and_none_is_missed_or_told_twice(api: Api) -> None:
    owner = api("owner")
    whole = json_of(owner.get("/events", limit=200))
    assert len(whole["items"]) >= 5
    single, after = [], "0"
    for _ in whole["items"]:
        answer = json_of(owner.get("/events", after=after, limit=1))
        single += answer["items"]
        after = answer["cursor"]
    assert single == whole["items"]
    assert json_of(owner.get("/events", after=after))["items"] == []


@ON_SQLITE
@pytest.mark.parametrize("cursor", ["x", "-1", "1_3-2", "9" * 30, ""])
def test_a_cursor_of_nobody_is_refused(api: Api, cursor: str) -> None:
    maria = api("maria")
    answer = maria.get("/events", after=cursor)
    assert problem_of(answer, 422, "invalid")["errors"][0]["code"] == "unknown_place"
    if cursor:
        answer = stream(maria.http, maria.token, last=cursor)
        assert problem_of(answer, 422, "invalid")["errors"][0]["field"] == "Last-Event-ID"


@ON_SQLITE
def test_a_stream_goes_on_where_its_reader_stopped(api: Api) -> None:
    maria, taken = api("maria"), list[Listener]()
    answer = stream(maria.http, maria.token, taken, "?after=5", last="7")
    assert (answer.status_code, answer.mimetype) == (200, STREAM)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Length" not in answer.headers
    stream(maria.http, maria.token, taken, "?after=5")
    stream(maria.http, maria.token, taken)
    first, second, third = taken
    assert (str(first.cursor), str(second.cursor)) == ("7", "5")
    # from now
    assert int(str(third.cursor).partition("~")[0]) > 7
    assert first.person.by_token
    for one in taken:
        one.end()


@ON_SQLITE
def test_when_all_places_are_taken_a_program_asks_by_after(
    app_with: Callable[..., Flask], world: World
) -> None:
    http, taken = app_with(listeners=OF_ONE_PERSON).test_client(), list[Listener]()
    token = world.token("maria")
    for _ in range(OF_ONE_PERSON):
        assert stream(http, token, taken).status_code == 200
    answer = stream(http, world.token("owner"), taken)
    problem_of(answer, 503, "busy")
    assert int(answer.headers["Retry-After"]) > 0
    # of one person no more either
    problem_of(stream(http, token, taken), 503, "busy")
    json_of(ApiClient(http, token).get("/events"))
    for one in taken:
        one.end()


@ON_SQLITE
def test_a_server_that_cannot_stream_says_so(api: Api) -> None:
    maria = api("maria")
    problem_of(stream(maria.http, maria.token), 503, "busy")
