"""Issue 12, item 14: what is typed is not lost while signing in, nor in a page open too long."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import delete, func, select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from billing_panel.accounts.people.sign_in_models import SignInSession
from billing_panel.accounts.signing_in.unsent_forms import (
    KEPT_FOR,
    MOST_CHARACTERS,
    MOST_FORMS,
    Unsent,
    UnsentForm,
    find_unsent,
    forget_expired_unsent,
    keep_unsent,
)
from billing_panel.web.requests.form_to_resend import has_files, typed_fields
from billing_panel.web.requests.late_form_pages import NEVER
from plugins.orders.store.models import Order
from tests.http.engines import ON_SQLITE
from tests.http.form import form_of
from tests.http.routes import own_rules, routes
from tests.http.visitor import Visitor, field, give_password
from tests.world import World, line

Visit = Callable[..., Visitor]
OURS = {"Origin": "http://localhost"}
FOREIGN = {"Origin": "https://elsewhere.example"}
TYPED = "the disk is full since «Monday»"

pytestmark = ON_SQLITE


@pytest.fixture
def order(world: World) -> Order:
    (placed,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    return placed


@pytest.fixture
def owner(visit: Visit, world: World) -> Visitor:
    for login in ("owner", "petar"):
        give_password(world, login)
    visitor = visit()
    assert visitor.sign_in("owner").status_code == 302
    return visitor


def typed_into(visitor: Visitor, order: Order, **more: str) -> tuple[str, MultiDict[str, str]]:
    """The deadline of the order's page, filled in and not sent yet."""
    address = f"/orders/{order.id}/deadline"
    _, fields = form_of(visitor.get(f"/orders/{order.id}"), address)
    return address, MultiDict({**fields, "due_at": "2026-12-24T10:00", "reason": TYPED, **more})


def send(visitor: Visitor, form: tuple[str, Any], **headers: str) -> TestResponse:
    return visitor.http.post(form[0], data=form[1], headers={**OURS, **headers})


def end_all_sessions(world: World) -> None:
    with world.database.writing() as session:
        session.execute(delete(SignInSession))


def kept(world: World) -> int:
    with world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(UnsentForm)) or 0


def due(world: World, order: Order) -> Any:
    with world.database.reading() as session:
        deadline = session.get_one(Order, order.id).deadline
        return deadline.due_at if deadline else None


def test_after_signing_in_again_the_form_shows_what_was_typed_and_does_nothing_by_itself(
    world: World, owner: Visitor, order: Order
) -> None:
    form, was = typed_into(owner, order), due(world, order)
    end_all_sessions(world)
    page = owner.http.post(form[0], data=form[1], headers=OURS, follow_redirects=True)
    assert "You were signed out. Sign in: what you typed is kept" in page.text
    target = field(page, "next")
    assert target.startswith("/unsent/")
    entered = owner.sign_in("owner", next=target)
    assert entered.location == target
    again = owner.get(target)
    assert (again.status_code, due(world, order)) == (200, was)
    assert "None of it has been done: check it, then send it." in again.text
    _, shown = form_of(again, form[0])
    assert (shown["reason"], shown["due_at"]) == (TYPED, "2026-12-24T10:00")
    done = send(owner, (form[0], shown))
    assert (done.status_code, due(world, order) == was) == (303, False)


def test_another_tab_signed_out_and_nothing_is_lost(
    world: World, owner: Visitor, order: Order
) -> None:
    form = typed_into(owner, order)
    owner.send("/sign-out")
    before = world.everything()
    target = unquote(send(owner, form).location)
    assert target.startswith("/sign-in?next=/unsent/")
    after = world.everything()
    assert {name for name in after if after[name] != before[name]} == {"unsent_form"}
    address = target.partition("next=")[2].partition("&")[0]
    assert owner.sign_in("owner", next=address).location == address
    assert form_of(owner.get(address), form[0])[1]["reason"] == TYPED


def test_nobody_else_is_shown_it(world: World, owner: Visitor, visit: Visit, order: Order) -> None:
    form = typed_into(owner, order)
    end_all_sessions(world)
    target = send(owner, form).location
    assert target.startswith("/sign-in?next=/unsent/")
    address = target.partition("next=")[2].partition("&")[0]
    petar = visit("petar").get(address)
    assert (petar.status_code, TYPED in petar.text) == (404, False)
    # another tab of this very browser signed in as somebody else
    owner.sign_in("petar")
    late = send(owner, form)
    assert (late.status_code, TYPED in late.text) == (409, False)
    assert "Someone else has signed in here since this page was opened: Petar Iliev." in late.text
    assert owner.get(address).status_code == 404


def test_a_page_open_too_long_shows_what_was_typed(
    world: World, owner: Visitor, order: Order
) -> None:
    form, was = typed_into(owner, order), due(world, order)
    owner.sign_in("owner")
    before = world.everything()
    again = send(owner, form)
    assert world.everything() == before
    _, shown = form_of(again, form[0])
    assert (shown["reason"], shown["csrf_token"] == form[1]["csrf_token"]) == (TYPED, False)
    assert send(owner, (form[0], shown)).status_code == 303
    assert due(world, order) != was


def test_what_another_site_sends_is_neither_kept_nor_shown(
    world: World, owner: Visitor, order: Order
) -> None:
    form = typed_into(owner, order)
    owner.sign_in("owner")
    for fields in (form[1], {**form[1], "csrf_token": "made-up"}):
        answer = send(owner, (form[0], fields), **FOREIGN)
        assert (answer.status_code, TYPED in answer.text) == (400, False)
    silent = owner.http.post(form[0], data=form[1])
    made_up = send(owner, (form[0], {**form[1], "csrf_token": "made-up"}))
    for answer in (silent, made_up):
        assert (answer.status_code, TYPED in answer.text) == (400, False)
    end_all_sessions(world)
    send(owner, form, **FOREIGN)
    assert kept(world) == 0


def test_passwords_codes_and_files_are_not_kept(app: Flask) -> None:
    sent = {"password-old": "a", "password": "b", "code": "c", "csrf_token": "d", "name": "e"}
    with app.test_request_context("/x", method="POST", data=sent):
        assert (typed_fields(), has_files()) == ((("name", "e"),), False)


def test_what_is_kept_ends_is_bounded_and_sealed(world: World) -> None:
    user_id, at = world.actor("maria").user_id, world.clock.now()
    assert user_id is not None
    small = Unsent("/orders/1/move", [("reason", TYPED)])
    with world.database.writing() as session:
        how: Any = {"secret_key": "k" * 40, "at": at}
        secrets = [keep_unsent(session, user_id, small, **how) for _ in range(MOST_FORMS + 2)]
        session.flush()
        found = [find_unsent(session, s or "", user_id, **how) for s in secrets]
        assert found == [None, None, *[small] * MOST_FORMS]
        assert TYPED not in str(session.scalars(select(UnsentForm.sealed)).all())
        large = Unsent("/", [("reason", "x" * MOST_CHARACTERS)])
        assert keep_unsent(session, user_id, large, **how) is None
        late: Any = {**how, "at": at + KEPT_FOR}
        assert find_unsent(session, secrets[-1] or "", user_id, **late) is None
        forget_expired_unsent(session, at=at + KEPT_FOR - timedelta(seconds=1))
        assert session.scalar(select(func.count()).select_from(UnsentForm)) == MOST_FORMS
        forget_expired_unsent(session, at=at + KEPT_FOR)
        assert session.scalar(select(func.count()).select_from(UnsentForm)) == 0


def test_a_second_tab_at_the_door_goes_on(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    first = visit()
    token = first.token("/sign-in?next=/clients")
    sent = {"csrf_token": token, "login": "maria", "password": "correct horse battery"}
    assert first.http.post("/sign-in", data=sent, headers=OURS).status_code == 302
    again = first.http.post("/sign-in", data={**sent, "next": "/clients"}, headers=OURS)
    assert (again.status_code, again.location) == (302, "/clients")
    assert first.is_known()
    assert first.get("/sign-in?next=/clients").location == "/clients"


def test_every_address_that_takes_forms_shows_its_page_on_reload(
    app: Flask, visit: Visit, places: dict[str, Any]
) -> None:
    owner = visit("owner")
    adapter = app.url_map.bind("localhost")
    pages = {rule.rule for rule in own_rules(app) if "GET" in (rule.methods or ())}
    only_forms = [
        route
        for route in routes(app, api=False, **places)
        if route.method == "POST" and route.rule not in pages
    ]
    assert len(only_forms) > 30
    for route in only_forms:
        reload = owner.get(route.path)
        assert reload.status_code == 302, route.rule
        rule, _ = adapter.match(reload.location, return_rule=True)
        assert "GET" in (rule.methods or ()), route.rule
        if route.rule.startswith("/orders/<bigid:order_id>"):
            assert reload.location.startswith(f"/orders/{places['order_id']}")


def test_every_form_is_shown_again_and_does_nothing(
    app: Flask, world: World, owner: Visitor, places: dict[str, Any]
) -> None:
    """Whatever takes a form answers one that is stale with a page that holds what was typed."""
    token = owner.token("/clients")
    owner.sign_in("owner")
    before = world.everything()
    for route in _forms(app, places):
        sent = {"csrf_token": token, "reason": TYPED, "fields.reason": TYPED}
        answer = owner.http.post(route, data=sent, headers=OURS)
        assert answer.mimetype == "text/html", route
        assert answer.status_code in {200, 403, 404, 409, 422}, (route, answer.text)
    assert world.everything() == before


def _forms(app: Flask, places: dict[str, Any]) -> Iterator[str]:
    for route in routes(app, api=False, **places):
        blueprint = app.url_map.bind("localhost").match(route.path, method=route.method)[0]
        own = blueprint.partition(".")[0]
        if route.method == "POST" and route.access.signed_in and own not in NEVER:
            yield route.path
