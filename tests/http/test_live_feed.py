"""``/live`` as browsers ask for it: who is let in, from where, and what asking does not do."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from billing_panel.accounts.people.sign_in_models import SignInSession
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.secret_fingerprints import fingerprint
from billing_panel.live.feed import OF_ONE_PERSON
from billing_panel.live.listeners import GO_ON, Listener
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor, new_session
from tests.world import World

LIVE = re.compile(r'<body[^>]* data-live="([^"]*)"')
CLIENT = "stoyanova"


def live_of(visitor: Visitor, path: str = "/") -> str:
    """The address a page tells its scripts."""
    page = visitor.get(path, follow_redirects=True)
    found = LIVE.search(page.text)
    assert found, page.text[:300]
    return unescape(found[1])


def asking(live: str) -> str:
    return live.replace("from=", "after=")


def answer_of(visitor: Visitor, address: str) -> dict[str, Any]:
    answer = visitor.get(address)
    assert answer.status_code == 200
    assert answer.json is not None
    return dict(answer.json)


def credit(world: World, client: str) -> None:
    """Something of that client's balance happens."""
    with world.database.writing() as session:
        record(
            session,
            "balance.credited",
            actor=world.actor("petar"),
            at=world.clock.now(),
            subject=("client", world.client_id(client)),
            provider_id=1,
            client_id=world.client_id(client),
        )


@pytest.mark.every_case
def test_a_page_says_from_where_what_happens_is_told_and_nothing_is_told_twice(
    world: World, visit: Callable[..., Visitor]
) -> None:
    petar, client = visit("petar"), visit(CLIENT)
    of_petar, of_client = live_of(petar), live_of(client)
    assert answer_of(client, asking(of_client))["items"] == []
    credit(world, CLIENT)
    credit(world, "balkan.media")
    (told,) = answer_of(client, asking(of_client))["items"]
    assert (told["kind"], told["by_me"]) == ("balance.credited", False)
    both = answer_of(petar, asking(of_petar))
    assert [item["by_me"] for item in both["items"]] == [True, True]
    # a browser that goes on with somebody else's cursor learns no more than its own would tell
    assert answer_of(client, asking(of_petar))["items"] == [told]
    assert answer_of(client, "/live?after=0")["items"][-1] == told
    assert answer_of(petar, f"/live?after={both['cursor']}")["items"] == []


@ON_SQLITE
def test_nobody_is_told_anything_who_is_not_signed_in(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    for address in ("/live", "/live?from=0", "/live?after=0"):
        answer = visitor.get(address)
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert LIVE.search(visitor.get("/sign-in").text) is None


@ON_SQLITE
@pytest.mark.parametrize("cursor", ["x", "-1", "1_3-2", "1~notice", "9" * 30])
def test_a_cursor_of_nobody_is_refused_in_a_sentence(
    visit: Callable[..., Visitor], cursor: str
) -> None:
    visitor = visit("maria")
    for address, headers in (
        (f"/live?after={cursor}", {}),
        (f"/live?from={cursor}", {}),
        ("/live", {"Last-Event-ID": cursor}),
    ):
        answer = visitor.get(address, headers=headers)
        assert answer.status_code == 422
        assert answer.json is not None
        assert answer.json["code"] == "unknown_place"


@ON_SQLITE
def test_a_stream_begins_where_the_browser_stopped(
    visit: Callable[..., Visitor],
) -> None:
    taken: list[Listener] = []
    answer = visit("maria").get(
        "/live?from=5",
        headers={"Last-Event-ID": "7"},
        environ_overrides={GO_ON: taken.append},
    )
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Length" not in answer.headers
    (listener,) = taken
    assert str(listener.cursor) == "7"
    listener.end()


@ON_SQLITE
def test_when_all_places_are_taken_a_browser_is_told_to_ask_instead(
    app_with: Callable[..., Flask], world: World
) -> None:
    app = app_with(listeners=OF_ONE_PERSON + 1)
    taken: list[Listener] = []

    def connect(visitor: Visitor) -> int:
        answer = visitor.get("/live", environ_overrides={GO_ON: taken.append})
        if answer.status_code == 503:
            assert answer.json == {"live": False}
            assert int(answer.headers["Retry-After"]) > 0
            assert visitor.get("/live?after=0").status_code == 200
        return answer.status_code

    maria, petar, owner = (Visitor(app.test_client()) for _ in range(3))
    for login, visitor in (("maria", maria), ("petar", petar), ("owner", owner)):
        visitor.carry(new_session(world, login))
    assert [connect(maria) for _ in range(OF_ONE_PERSON + 1)] == [200] * OF_ONE_PERSON + [503]
    assert [connect(petar), connect(owner)] == [200, 503]
    taken[0].end()
    taken[0].end()
    assert [connect(owner), connect(owner)] == [200, 503]
    for listener in taken:
        listener.end()


@ON_SQLITE
def test_a_server_that_cannot_go_on_says_so(visit: Callable[..., Visitor]) -> None:
    answer = visit("maria").get("/live", environ_overrides={GO_ON: None})
    assert (answer.status_code, answer.json) == (503, {"live": False})


@ON_SQLITE
def test_listening_and_asking_keep_no_session_alive_and_bring_no_cookie_back(
    world: World, visit: Callable[..., Visitor]
) -> None:
    visitor = visit("maria")
    secret = fingerprint(visitor.secret() or "")
    visitor.get("/orders")

    def seen() -> object:
        with world.database.reading() as session:
            return session.scalars(select(SignInSession.seen_at).filter_by(secret=secret)).one()

    begun = seen()
    world.clock.at += timedelta(minutes=30)
    for address, headers in (
        ("/live", {}),
        ("/live?after=0", {}),
        ("/orders", {"X-Fragment": "parts"}),
    ):
        answer = visitor.get(address, headers=headers)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert seen() == begun
    visitor.get("/orders")
    assert seen() == world.clock.now()


@ON_SQLITE
def test_whoever_sees_as_somebody_else_is_told_what_that_one_is(
    world: World, visit: Callable[..., Visitor]
) -> None:
    owner = visit("owner")
    with world.database.reading() as session:
        georgi = session.scalars(select(Staff.id).join(User).filter_by(login="georgi")).one()
    walk = {"csrf_token": owner.token("/"), "whose": f"staff:{georgi}"}
    assert owner.http.post("/permissions/see-as", data=walk).status_code == 303
    address = asking(live_of(owner))
    credit(world, CLIENT)
    new_session(world, "georgi")
    told = answer_of(owner, address)["items"]
    assert told == answer_of(visit("georgi"), address)["items"]
    taken: list[Listener] = []
    owner.get("/live", environ_overrides={GO_ON: taken.append})
    (listener,) = taken
    seen_as = listener.person
    assert (seen_as.actor.login, seen_as.in_person) == ("georgi", False)
    assert seen_as.user_id == world.actor("owner").user_id
    assert seen_as.until is not None
    listener.end()
