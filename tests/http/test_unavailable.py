"""R3: a database that is gone, full or locked is a 503; nothing is lost, and reading goes on."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.sign_in_models import ApiToken, SignInSession
from billing_panel.core.panel import EXTENSION
from billing_panel.kernel.database.unavailable import Trouble, Unavailable
from billing_panel.kernel.language.text import LANGUAGES, say
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.clock import FixedClock
from tests.api import ApiClient
from tests.faults.trouble import full, gone, locked
from tests.http.form import fill, form_of
from tests.http.shop import basket
from tests.http.visitor import Visitor
from tests.world import World

pytestmark = pytest.mark.every_case

Visit = Callable[..., Visitor]
TITLE = "Watchers of the night"
NEW_GROUP = "/client-groups/new"


@pytest.fixture
def config(config: Config) -> Config:
    """Whoever writes waits a moment for the others, and no more."""
    return replace(config, write_seconds=0.05)


@pytest.fixture(params=["gone", "full", "locked"])
def trouble(request: pytest.FixtureRequest, world: World) -> AbstractContextManager[None]:
    url = world.database.url.render_as_string(hide_password=False)
    kinds = {"gone": lambda: gone(url), "full": lambda: full(world.database)}
    return kinds.get(request.param, lambda: locked(url))()


def told(answer: TestResponse) -> str:
    """The code of a 503 for programs, which says when to come again."""
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    return str(answer.get_json(force=True).get("code"))


def without_token(fields: MultiDict[str, str]) -> dict[str, list[str]]:
    return {name: values for name, values in fields.lists() if name != "csrf_token"}


def test_r3_a_form_is_kept_in_the_page_and_can_be_sent_again(
    visit: Visit, world: World, trouble: AbstractContextManager[None]
) -> None:
    visitor = visit("owner")
    action, typed = fill(
        visitor.get(NEW_GROUP), key="watchers", titles__en=TITLE, discount_percent="7,5"
    )
    before = world.everything()
    with trouble:
        refused = visitor.http.post(action, data=typed)
    assert refused.status_code == 503, refused.text
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.headers["Cache-Control"] == "no-store"
    assert world.everything() == before
    again, kept = form_of(refused, "again")
    assert again == action
    assert without_token(kept) == without_token(typed)
    # the panel needs no new start
    saved = visitor.http.post(again, data=kept)
    assert saved.status_code == 303, saved.text
    assert TITLE in visitor.get(saved.location).text


def test_r3_passwords_are_asked_for_again(
    visit: Visit, trouble: AbstractContextManager[None]
) -> None:
    visitor = visit("owner")
    token = visitor.token("/account")
    secret = "a secret nobody sees"
    with trouble:
        typed = {"csrf_token": token, "login": "maria", "password": secret}
        refused = visitor.http.post("/sign-in", data=typed)
    assert refused.status_code == 503
    assert secret not in refused.text
    assert 'type="password" name="password"' in refused.text
    assert dict(form_of(refused, "again")[1])["login"] == "maria"


def test_r3_the_api_says_503_and_writes_nothing(
    api: Callable[[str], ApiClient], world: World, trouble: AbstractContextManager[None]
) -> None:
    owner = api("owner")
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    before = world.everything()
    with trouble:
        answer = owner.post(path, basket(), Idempotency_Key="once")
    assert answer.mimetype == "application/problem+json"
    assert told(answer) in {trouble.code for trouble in Trouble}
    assert world.everything() == before
    placed = owner.post(path, basket(), Idempotency_Key="once")
    assert placed.status_code == 201, placed.text


def test_r3_reading_goes_on_while_somebody_else_writes(
    visit: Visit, api: Callable[[str], ApiClient], world: World, clock: FixedClock
) -> None:
    """Whose session and token were last seen long ago, so that each request would note it."""
    visitor, program = visit("owner"), api("owner")
    clock.at += timedelta(minutes=10)
    url = world.database.url.render_as_string(hide_password=False)
    with locked(url):
        assert visitor.get("/clients").status_code == 200
        assert program.get("/clients").status_code == 200
        assert visitor.get("/healthz").status_code == 200
    seen = world.everything()
    visitor.get("/clients")
    program.get("/clients")
    changed = {name for name, rows in world.everything().items() if rows != seen[name]}
    assert changed == {SignInSession.__tablename__, ApiToken.__tablename__}


def test_r3_a_database_that_is_gone_comes_back(
    visit: Visit, api: Callable[[str], ApiClient], world: World
) -> None:
    visitor, program = visit("owner"), api("owner")
    url = world.database.url.render_as_string(hide_password=False)
    with gone(url):
        health = visitor.get("/healthz")
        assert (health.status_code, health.get_json()) == (503, {"status": "database_gone"})
        assert told(program.get("/clients")) == "database_gone"
        page = visitor.get("/clients")
        assert page.status_code == 503
        assert 'href="/clients"' in page.text
    assert visitor.get("/healthz").get_json() == {"status": "ok"}
    assert program.get("/clients").status_code == 200
    assert visitor.get("/clients").status_code == 200


def test_r3_sentences_are_said_in_each_language() -> None:
    for trouble in Trouble:
        assert len({say(trouble.message, language) for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize("engine", ["postgresql"])
def test_r3_of_two_in_a_deadlock_one_is_told_to_come_again(app_with: Callable[..., Flask]) -> None:
    database = app_with(write_seconds=30).extensions[EXTENSION].database
    both_hold_one = threading.Barrier(2)

    def change(keys: tuple[str, str]) -> Trouble | None:
        try:
            with database.writing() as session:
                for key in keys:
                    session.scalars(select(Provider).filter_by(key=key).with_for_update()).one()
                    if key == keys[0]:
                        both_hold_one.wait()
        except Unavailable as told:
            return told.trouble
        return None

    with ThreadPoolExecutor(2) as pool:
        ends = {*pool.map(change, [("nordvik", "sever"), ("sever", "nordvik")])}
    assert ends == {None, Trouble.BUSY}
