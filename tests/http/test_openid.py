"""Signing in at a provider of OpenID Connect: a real one, in a process of its own."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import select

from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.openid_identities import bind
from billing_panel.accounts.signing_in.password_confirmation import GOOD_FOR
from billing_panel.kernel.process.config import OpenIdConnect
from tests.http.engines import ON_SQLITE
from tests.http.test_account import send
from tests.http.test_pages import changed_tables
from tests.http.test_sign_in import app_of, events
from tests.http.visitor import PASSWORD, Visitor, give_password
from tests.world import World

pytestmark = ON_SQLITE
AppWith = Callable[..., Flask]
PROVIDER = Path(sys.executable).with_name("oidc-provider-mock")


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """It takes a free port and says which."""
    program = [str(PROVIDER), "--port", "0", "--require-nonce", "true"]
    with subprocess.Popen(program, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = next(line for line in process.stderr if "running on" in line)
        address = re.search(r"http://127\.0\.0\.1:\d+", told)
        assert address is not None
        yield address[0]
        process.terminate()


@pytest.fixture
def app_of_provider(app_with: AppWith, issuer: str) -> Flask:
    settings = OpenIdConnect(issuer, "panel", "a secret")
    return app_with(openid=settings, public_url="http://localhost")


@pytest.fixture
def bound(world: World, issuer: str) -> None:
    """Maria has connected her account ``subject-7``."""
    with world.database.writing() as session:
        user = session.scalars(select(User).filter_by(login="maria")).one()
        bind(session, user.id, issuer, "subject-7", at=world.clock.now())


def come_back(asked: str, subject: str) -> str:
    """The path to which the provider sends the browser, when ``subject`` has signed in there."""
    answer = requests.post(asked, data={"sub": subject}, allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    back = urlsplit(answer.headers["Location"])
    assert back.netloc == "localhost"
    return f"{back.path}?{back.query}"


@pytest.mark.usefixtures("bound")
def test_who_is_bound_signs_in(app_of_provider: Flask, world: World, issuer: str) -> None:
    visitor = Visitor(app_of_provider.test_client())
    assert "/sign-in/openid" in visitor.get("/sign-in").text
    asked = visitor.get("/sign-in/openid").location
    query = parse_qs(urlsplit(asked).query)
    assert asked.startswith(issuer)
    assert query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]
    assert query["redirect_uri"] == ["http://localhost/sign-in/openid/callback"]
    assert {"state", "nonce", "code_challenge"} <= query.keys()
    answer = visitor.get(come_back(asked, "subject-7"))
    assert (answer.status_code, answer.location) == (302, "/")
    assert "Maria Koleva" in visitor.get("/").text
    assert len(events(world, "user.signed_in")) == 1


@pytest.mark.usefixtures("bound")
def test_the_second_factor_is_asked_for_all_the_same(app_of_provider: Flask, world: World) -> None:
    app_of(world, "maria")
    visitor = Visitor(app_of_provider.test_client())
    answer = visitor.get(come_back(visitor.get("/sign-in/openid").location, "subject-7"))
    assert answer.location == "/second-factor"
    assert not visitor.is_known()


@pytest.mark.parametrize("subject", ["maria", "owner", "maria@panel.example", "subject-8"])
def test_attack_33_whoever_is_not_bound_is_nobody_whatever_their_address(
    app_of_provider: Flask, world: World, subject: str
) -> None:
    """The provider gives its subjects as their e-mail addresses too; they decide nothing."""
    visitor = Visitor(app_of_provider.test_client())
    back = come_back(visitor.get("/sign-in/openid").location, subject)
    before = world.everything()
    answer = visitor.get(back)
    assert answer.status_code == 422
    assert "No one here is connected with that account." in answer.text
    assert not visitor.is_known()
    assert changed_tables(before, world.everything()) == {"event"}


@pytest.mark.usefixtures("bound")
def test_somebody_disabled_is_nobody(app_of_provider: Flask, world: World) -> None:
    world.change(User, {"login": "maria"}, disabled_at=world.clock.now())
    visitor = Visitor(app_of_provider.test_client())
    answer = visitor.get(come_back(visitor.get("/sign-in/openid").location, "subject-7"))
    assert answer.status_code == 422
    assert not visitor.is_known()


@pytest.mark.usefixtures("bound")
def test_what_another_browser_asked_for_is_not_taken(app_of_provider: Flask, world: World) -> None:
    """The state belongs to the browser that asked: nobody is signed in as the attacker."""
    attacker, victim = (Visitor(app_of_provider.test_client()) for _ in range(2))
    back = come_back(attacker.get("/sign-in/openid").location, "subject-7")
    victim.get("/sign-in/openid")
    before = world.everything()
    answer = victim.get(back)
    assert answer.status_code == 422
    assert not victim.is_known()
    assert world.everything() == before


@pytest.mark.usefixtures("bound")
def test_a_code_of_another_nonce_is_not_taken(app_of_provider: Flask, world: World) -> None:
    visitor = Visitor(app_of_provider.test_client())
    first = come_back(visitor.get("/sign-in/openid").location, "subject-7")
    second = come_back(visitor.get("/sign-in/openid").location, "subject-7")
    code = parse_qs(urlsplit(first).query)["code"][0]
    state = parse_qs(urlsplit(second).query)["state"][0]
    before = world.everything()
    answer = visitor.get(f"/sign-in/openid/callback?code={code}&state={state}")
    assert answer.status_code == 422
    assert not visitor.is_known()
    assert world.everything() == before


@pytest.mark.usefixtures("bound")
def test_an_answer_is_good_once(app_of_provider: Flask) -> None:
    visitor = Visitor(app_of_provider.test_client())
    back = come_back(visitor.get("/sign-in/openid").location, "subject-7")
    assert visitor.get(back).status_code == 302
    visitor.send("/sign-out")
    assert visitor.get(back).status_code == 422
    assert not visitor.is_known()


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x", "?code=x&state=x", "?error=access_denied&state=x"]
)
def test_an_answer_that_makes_no_sense_lets_nobody_in(
    app_of_provider: Flask, world: World, query: str
) -> None:
    visitor = Visitor(app_of_provider.test_client())
    visitor.get("/sign-in/openid")
    before = world.everything()
    assert visitor.get(f"/sign-in/openid/callback{query}").status_code == 422
    assert not visitor.is_known()
    assert world.everything() == before


def test_a_person_connects_their_account_with_their_password(
    app_of_provider: Flask, world: World
) -> None:
    give_password(world, "maria")
    visitor = Visitor(app_of_provider.test_client())
    visitor.sign_in("maria")
    # not without the password
    assert visitor.get("/account/connection/start").location == "/account"
    wrong = send(visitor, "/account/connection", connection_password="wrong")
    assert wrong.status_code == 422
    assert visitor.get("/account/connection/start").location == "/account"
    assert send(visitor, "/account/connection", connection_password=PASSWORD).status_code == 200
    asked = visitor.get("/account/connection/start").location
    assert visitor.get(come_back(asked, "subject-9")).location == "/account"
    assert len(events(world, "identity.bound")) == 1
    another = Visitor(app_of_provider.test_client())
    another.get(come_back(another.get("/sign-in/openid").location, "subject-9"))
    assert "Maria Koleva" in another.get("/").text
    # used once: what was given is good for no second account
    assert visitor.get("/account/connection/start").location == "/account"
    assert send(visitor, "/account/connection/remove").status_code == 422
    given = {"connection_password": PASSWORD}
    assert send(visitor, "/account/connection/remove", **given).status_code == 303
    third = Visitor(app_of_provider.test_client())
    assert third.get(come_back(third.get("/sign-in/openid").location, "subject-9")).status_code
    assert not third.is_known()


@pytest.mark.usefixtures("bound")
def test_an_account_of_somebody_else_is_not_taken_over(
    app_of_provider: Flask, world: World
) -> None:
    give_password(world, "georgi")
    visitor = Visitor(app_of_provider.test_client())
    visitor.sign_in("georgi")
    send(visitor, "/account/connection", connection_password=PASSWORD)
    asked = visitor.get("/account/connection/start").location
    before = world.everything()
    answer = visitor.get(come_back(asked, "subject-7"))
    assert answer.status_code == 422
    assert "connected to someone else" in answer.text
    assert world.everything() == before


def test_a_provider_that_does_not_answer_is_told(app_with: AppWith, world: World) -> None:
    settings = OpenIdConnect("http://127.0.0.1:9", "panel", "a secret")
    visitor = Visitor(app_with(openid=settings).test_client())
    before = world.everything()
    answer = visitor.get("/sign-in/openid")
    assert answer.status_code == 502
    assert "Sign in with your password instead." in answer.text
    assert world.everything() == before


def test_without_a_provider_there_is_no_such_page(app: Flask) -> None:
    visitor = Visitor(app.test_client())
    assert "/sign-in/openid" not in visitor.get("/sign-in").text
    for path in ("/sign-in/openid", "/sign-in/openid/callback?code=x&state=y"):
        assert visitor.get(path).status_code == 404


def test_a8_connecting_is_over_some_minutes_after_the_password(
    app_of_provider: Flask, world: World
) -> None:
    give_password(world, "maria")
    visitor = Visitor(app_of_provider.test_client())
    visitor.sign_in("maria")
    send(visitor, "/account/connection", connection_password=PASSWORD)
    asked = visitor.get("/account/connection/start").location
    world.clock.at += GOOD_FOR
    assert visitor.get("/account/connection/start").location == "/account"
    assert "Continue to" not in visitor.get("/account").text
    # nor does it help to have set out in time
    assert visitor.get(come_back(asked, "subject-9")).status_code == 422
    assert world.everything()["outside_identity"] == []
