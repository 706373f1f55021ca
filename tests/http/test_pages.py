"""Signing in and out, links to choose a password, languages, error pages, headers, cookies."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy import text as sql
from werkzeug.test import TestResponse

from billing_panel.accounts.people.sign_in_models import SignInSession
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.password_links import OneTimeLinks
from tests.http.engines import ON_SQLITE
from tests.http.shop import place
from tests.http.visitor import (
    PASSWORD,
    Visitor,
    assert_nothing_inline,
    elements,
    field,
    give_password,
    host_reached,
    same_page,
)
from tests.world import World

Visit = Callable[..., Visitor]
AppWith = Callable[..., Flask]

WRONG = "The login or the password is wrong."


def link_for(world: World, login: str) -> str:
    """A path at which ``login`` chooses a password, once."""
    with world.database.reading() as session:
        user = session.scalars(select(User).filter_by(login=login)).one()
        links = OneTimeLinks(world.panel.config.secret_key)
        return f"/choose-password/{links.make(session, user, by=None)}"


def changed_tables(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in after if after[name] != before[name]}


# --- signing in ---------------------------------------------------------------------------------


@ON_SQLITE
def test_who_signs_in_is_greeted_by_name(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    visitor = visit()
    assert not visitor.is_known()
    answer = visitor.sign_in("maria")
    assert (answer.status_code, answer.location) == (302, "/")
    page = visitor.get("/").text
    assert "Maria Koleva" in page
    held = visitor.get("/account").text
    assert "Place orders from the catalogue" in held
    assert "Credit a balance" not in held


@ON_SQLITE
def test_a_client_signs_in_too(world: World, visit: Visit) -> None:
    give_password(world, "stoyanova")
    visitor = visit()
    visitor.sign_in("stoyanova")
    assert "Елена Стоянова" in visitor.get("/", follow_redirects=True).text


@ON_SQLITE
def test_a_wrong_login_and_a_wrong_password_are_told_alike(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    give_password(world, "georgi")
    world.change(User, {"login": "georgi"}, disabled_at=world.clock.now())
    before = world.everything()
    tried = {
        "a wrong password": ("maria", "wrong"),
        "a wrong login": ("nobody", PASSWORD),
        "somebody without a password": ("petar", PASSWORD),
        "somebody disabled": ("georgi", PASSWORD),
    }
    pages = set()
    for login, password in tried.values():
        visitor = visit()
        answer = visitor.sign_in(login, password)
        assert answer.status_code == 422
        assert WRONG in answer.text
        assert not visitor.is_known()
        pages.add(same_page(answer, login))
    assert len(pages) == 1
    # what is written down of it: test_sign_in.py
    assert changed_tables(before, world.everything()) == {"attempt_count", "event"}


@ON_SQLITE
def test_a_form_that_makes_no_sense_lets_nobody_in(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    before = world.everything()
    for login, password in (
        ("", PASSWORD),
        ("maria", ""),
        ("x" * 129, PASSWORD),
        ("maria", "x" * 257),
    ):
        visitor = visit()
        assert visitor.sign_in(login, password).status_code == 422
        assert not visitor.is_known()
    assert world.everything() == before


def test_a_nul_in_a_form_lets_nobody_in(visit: Visit) -> None:
    visitor = visit()
    assert visitor.sign_in("\0").status_code in {400, 422}
    assert visitor.sign_in("maria", "\0").status_code in {400, 422}
    assert not visitor.is_known()


@ON_SQLITE
def test_a_form_without_its_token_is_not_taken(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    before = world.everything()
    fields = {"login": "maria", "password": PASSWORD}
    for token in ({}, {"csrf_token": "made-up"}, {"csrf_token": visit().token()}):
        visitor = visit()
        answer = visitor.http.post("/sign-in", data={**fields, **token})
        assert answer.status_code == 400
        assert "Reload it and send it again." in answer.text
        assert not visitor.is_known()
    assert world.everything() == before


@ON_SQLITE
def test_another_site_cannot_sign_somebody_out(world: World, visit: Visit) -> None:
    visitor = visit("maria")
    before = world.everything()
    answer = visitor.http.post("/sign-out", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 400
    assert visitor.is_known()
    assert world.everything() == before


# --- the session --------------------------------------------------------------------------------


def test_each_sign_in_has_a_secret_of_its_own(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    visitor = visit()
    visitor.token()
    planted = visitor.cookie()
    assert visitor.secret() is None
    visitor.sign_in("maria")
    first = visitor.secret()
    assert first
    # the cookie they had before, which somebody may have planted, is still nobody's
    thief = visit()
    thief.use_cookie(planted)
    assert not thief.is_known()
    again = visit()
    again.sign_in("maria")
    assert again.secret() != first
    with world.database.reading() as session:
        stored = session.scalars(select(SignInSession.secret)).all()
    assert first not in stored


@ON_SQLITE
def test_nothing_planted_before_signing_in_survives_it(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    visitor = visit()
    before = visitor.token()
    visitor.sign_in("maria")
    answer = visitor.http.post("/sign-out", data={"csrf_token": before})
    assert answer.status_code == 400
    assert visitor.is_known()


def test_an_old_cookie_is_dead_after_signing_out(world: World, visit: Visit) -> None:
    visitor = visit("maria")
    stolen = visitor.cookie()
    answer = visitor.http.post("/sign-out", data={"csrf_token": visitor.token("/")})
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert not visitor.is_known()
    thief = visit()
    thief.use_cookie(stolen)
    assert not thief.is_known()
    assert world.everything()["sign_in_session"] == []


@ON_SQLITE
def test_signing_out_here_does_not_sign_out_elsewhere(visit: Visit) -> None:
    here, elsewhere = visit("maria"), visit("maria")
    here.http.post("/sign-out", data={"csrf_token": here.token("/")})
    assert not here.is_known()
    assert elsewhere.is_known()


@ON_SQLITE
def test_signing_in_anew_ends_the_session_before(world: World, visit: Visit) -> None:
    give_password(world, "georgi")
    visitor = visit("maria")
    stolen = visitor.cookie()
    fields = {"csrf_token": visitor.token("/"), "login": "georgi", "password": PASSWORD}
    visitor.http.post("/sign-in", data=fields)
    assert "Georgi Dimitrov" in visitor.get("/").text
    thief = visit()
    thief.use_cookie(stolen)
    assert not thief.is_known()


def test_a_new_password_ends_every_session(world: World, visit: Visit) -> None:
    elsewhere, georgi = visit("maria"), visit("georgi")
    assert elsewhere.is_known()
    here = visit()
    path = link_for(world, "maria")
    here.http.post(
        path, data={"csrf_token": here.token(path), "password": PASSWORD, "again": PASSWORD}
    )
    assert here.is_known()
    assert not elsewhere.is_known()
    assert georgi.is_known()


def test_a_session_of_somebody_disabled_is_over(world: World, visit: Visit) -> None:
    visitor = visit("maria")
    assert visitor.is_known()
    world.change(User, {"login": "maria"}, disabled_at=world.clock.now())
    assert not visitor.is_known()


def test_a_session_is_over_after_twelve_hours_whatever_is_done(world: World, visit: Visit) -> None:
    visitor = visit("maria")
    for _ in range(11):
        world.clock.at += timedelta(hours=1)
        assert visitor.is_known()
    world.clock.at += timedelta(minutes=59)
    assert visitor.is_known()
    world.clock.at += timedelta(minutes=1)
    assert not visitor.is_known()


def test_a_session_is_over_after_two_idle_hours(world: World, visit: Visit) -> None:
    visitor = visit("maria")
    world.clock.at += timedelta(hours=1, minutes=59)
    assert visitor.is_known()
    world.clock.at += timedelta(hours=2)
    assert not visitor.is_known()


@ON_SQLITE
def test_a_cookie_that_was_changed_is_nobodys(visit: Visit) -> None:
    visitor = visit("maria")
    payload, rest = visitor.cookie().split(".", 1)
    thief = visit()
    for value in (f"{payload}A.{rest}", visitor.cookie()[:-1], "", "x", "." * 10):
        thief.use_cookie(value)
        assert not thief.is_known()


# --- where signing in leads ---------------------------------------------------------------------


@ON_SQLITE
def test_signing_in_leads_to_the_page_that_was_asked_for(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    visitor = visit()
    sent = visitor.get("/?page=2")
    assert sent.location == "/sign-in?next=/?page%3D2"
    assert field(visitor.get(sent.location), "next") == "/?page=2"
    assert visitor.sign_in("maria", next="/?page=2").location == "/?page=2"


LEADING_OUTSIDE = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "\\\\evil.example",
    "\\\\\\evil.example",
    "/\\evil.example",
    "/\\/evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "evil.example",
    "@evil.example",
    "//[",
    "http://[",
    "/\r\nSet-Cookie: a=b",
    "",
]


@ON_SQLITE
def test_signing_in_never_leads_outside(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    for target in ("//evil.example", "\\\\evil.example", "https://evil.example", "/\\evil.example"):
        answer = visit().sign_in("maria", next=target)
        assert answer.status_code == 302
        assert host_reached(answer.location) == "localhost"


@ON_SQLITE
def test_choosing_a_language_never_leads_outside(visit: Visit) -> None:
    visitor = visit()
    for target in LEADING_OUTSIDE:
        answer = visitor.send("/language", language="ru", next=target)
        assert answer.status_code == 302, target
        assert host_reached(answer.location) == "localhost", target
        assert "a=b" not in answer.headers.getlist("Set-Cookie")


@ON_SQLITE
def test_who_is_signed_in_needs_no_sign_in_page(visit: Visit) -> None:
    answer = visit("maria").get("/sign-in")
    assert (answer.status_code, answer.location) == (302, "/")


@ON_SQLITE
def test_signing_in_after_a_late_sign_out_leads_to_a_page(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    visitor = visit()
    sent = visitor.send("/sign-out")
    assert urlsplit(sent.location).path == "/sign-in"
    answer = visitor.sign_in("maria", next=field(visitor.get(sent.location), "next"))
    assert visitor.get(answer.location, follow_redirects=True).status_code == 200


@ON_SQLITE
def test_a_look_at_the_headers_answers_as_the_page_does(world: World, visit: Visit) -> None:
    for path in ("/sign-in", link_for(world, "maria")):
        assert visit().http.head(path).status_code == 200


# --- links to choose a password -----------------------------------------------------------------


def test_a_link_to_choose_a_password_works_once(world: World, visit: Visit) -> None:
    visitor, path = visit(), link_for(world, "maria")
    page = visitor.get(path)
    assert page.status_code == 200
    assert "maria" in page.text
    fields = {"csrf_token": visitor.token(path), "password": PASSWORD, "again": PASSWORD}
    answer = visitor.http.post(path, data=fields)
    assert (answer.status_code, answer.location) == (302, "/")
    assert "Maria Koleva" in visitor.get("/").text
    after = world.everything()
    somebody = visit()
    for used in (
        somebody.get(path),
        somebody.http.post(path, data={**fields, "csrf_token": somebody.token()}),
    ):
        assert used.status_code == 404
        assert "This link was already used or has expired; ask for a new one." in used.text
    assert world.everything() == after
    assert visit().sign_in("maria").status_code == 302


def test_of_two_links_one_is_used(world: World, visit: Visit) -> None:
    visitor = visit()
    first, second = link_for(world, "maria"), link_for(world, "maria")
    visitor.http.post(
        second, data={"csrf_token": visitor.token(second), "password": PASSWORD, "again": PASSWORD}
    )
    assert visit().get(first).status_code == 404


@pytest.mark.parametrize(
    "engine",
    [
        "sqlite",
        "postgresql",
    ],
)
def test_of_many_at_once_one_uses_the_link(world: World, visit: Visit) -> None:
    path = link_for(world, "maria")
    browsers = [visit() for _ in range(5)]
    fields = [
        {"csrf_token": browser.token(path), "password": PASSWORD, "again": PASSWORD}
        for browser in browsers
    ]
    start = Barrier(len(browsers))

    def choose(browser: Visitor, form: dict[str, str]) -> int:
        start.wait()
        return browser.http.post(path, data=form).status_code

    with ThreadPoolExecutor(len(browsers)) as threads:
        answers = sorted(threads.map(choose, browsers, fields))
    assert answers == [302, 404, 404, 404, 404]
    assert len(world.everything()["sign_in_session"]) == 1


@ON_SQLITE
def test_looking_at_a_link_does_not_use_it(world: World, visit: Visit) -> None:
    path = link_for(world, "maria")
    before = world.everything()
    assert [visit().get(path).status_code for _ in range(3)] == [200, 200, 200]
    assert world.everything() == before


@ON_SQLITE
def test_a_password_that_will_not_do_leaves_the_link_as_it_was(world: World, visit: Visit) -> None:
    visitor, path = visit(), link_for(world, "maria")
    before = world.everything()
    for password, again in (
        ("eleven char", "eleven char"),
        ("x" * 257, "x" * 257),
        (PASSWORD, "another"),
        ("", ""),
    ):
        fields = {"csrf_token": visitor.token(path), "password": password, "again": again}
        assert visitor.http.post(path, data=fields).status_code == 422
        assert visitor.get(path).status_code == 200
    assert world.everything() == before


@ON_SQLITE
def test_a_forged_link_leads_nowhere(world: World, visit: Visit) -> None:
    path = link_for(world, "maria")
    secret_of_another = OneTimeLinks("another secret")
    with world.database.reading() as session:
        user = session.scalars(select(User).filter_by(login="owner")).one()
        forged = f"/choose-password/{secret_of_another.make(session, user, by=None)}"
    for wrong in (forged, path[:-1], f"{path}x", "/choose-password/x", "/choose-password/..."):
        assert visit().get(wrong).status_code == 404


@ON_SQLITE
def test_a_link_for_somebody_disabled_leads_nowhere(world: World, visit: Visit) -> None:
    path = link_for(world, "maria")
    world.change(User, {"login": "maria"}, disabled_at=world.clock.now())
    assert visit().get(path).status_code == 404


# --- languages ----------------------------------------------------------------------------------


def language_of(page: TestResponse) -> str:
    return next(e.attributes["lang"] for e in elements(page) if e.tag == "html")


@ON_SQLITE
def test_a_page_is_in_the_language_of_the_browser_until_another_is_chosen(visit: Visit) -> None:
    visitor = visit()
    bulgarian = {"Accept-Language": "bg-BG,bg;q=0.9,en;q=0.5"}
    assert language_of(visitor.get("/sign-in")) == "en"
    assert language_of(visitor.get("/sign-in", headers=bulgarian)) == "bg"
    assert language_of(visitor.get("/sign-in", headers={"Accept-Language": "fr"})) == "en"
    answer = visitor.send("/language", language="ru", next="/sign-in?next=/")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/")
    assert language_of(visitor.get("/sign-in", headers=bulgarian)) == "ru"


def test_who_is_signed_in_keeps_their_language_everywhere(visit: Visit) -> None:
    visitor = visit("maria")
    assert language_of(visitor.get("/")) == "en"
    visitor.http.post("/language", data={"csrf_token": visitor.token("/"), "language": "bg"})
    assert language_of(visitor.get("/")) == "bg"
    assert language_of(visit("maria").get("/", headers={"Accept-Language": "ru"})) == "bg"
    assert language_of(visit("georgi").get("/")) == "en"


@ON_SQLITE
@pytest.mark.parametrize("chosen", ["", "xx", "EN", "en-GB", "../ru"])
def test_a_language_nobody_speaks_here_changes_nothing(
    world: World, visit: Visit, chosen: str
) -> None:
    visitor = visit("maria")
    token = visitor.token("/")
    before = world.everything()
    answer = visitor.http.post("/language", data={"csrf_token": token, "language": chosen})
    assert answer.status_code == 400
    assert world.everything() == before


@ON_SQLITE
def test_departments_are_named_in_the_language_of_the_reader(world: World, visit: Visit) -> None:
    world.change(User, {"login": "maria"}, language="ru")
    assert "Отдел заказов" in visit("maria").get("/account").text


# --- error pages --------------------------------------------------------------------------------


def break_database(world: World, table: str) -> None:
    with world.database.engine.begin() as connection:
        connection.execute(sql(f"ALTER TABLE {table} RENAME TO gone"))


@ON_SQLITE
def test_each_error_is_a_page_with_a_sentence(
    app_with: AppWith, world: World, visit: Visit
) -> None:
    visitor = visit()
    token = visitor.token()
    small = Visitor(app_with(max_body_bytes=1000).test_client())
    answers = {
        (400, "Reload it and send it again."): visitor.http.post("/sign-in"),
        (400, "reload the page and try again."): visitor.send("/language", language="xx"),
        (404, "or you don’t have access to it."): visitor.get("/nothing"),
        (404, "ask for a new one."): visitor.get("/choose-password/x"),
        (405, "doesn’t answer that kind of request."): visitor.http.put("/sign-in"),
        (413, "The request is too large, or has too many fields."): small.http.post(
            "/sign-in", data={"login": "x" * 2000}
        ),
    }
    break_database(world, "user_account")
    fields = {"csrf_token": token, "login": "maria", "password": PASSWORD}
    answers[500, "nothing was left half-done."] = visitor.http.post("/sign-in", data=fields)
    for (status, sentence), answer in answers.items():
        assert answer.status_code == status
        assert answer.content_type == "text/html; charset=utf-8"
        assert sentence in answer.text
        assert answer.headers["X-Request-Id"] in answer.text
        for secret in ("Traceback", "sqlalchemy", "user_account", "File &#34;", "SELECT"):
            assert secret not in answer.text
        assert language_of(answer) == "en"


@ON_SQLITE
def test_our_own_mistake_is_a_page_for_somebody_signed_in_too(world: World, visit: Visit) -> None:
    visitor = visit("maria")
    break_database(world, "sign_in_session")
    assert visitor.get("/").status_code == 500


@ON_SQLITE
def test_an_error_page_for_somebody_signed_in_keeps_the_way_back(visit: Visit) -> None:
    answer = visit("maria").get("/nothing")
    assert answer.status_code == 404
    links = {e.attributes.get("href") for e in elements(answer) if e.tag == "a"}
    assert "/" in links


# --- headers and cookies ------------------------------------------------------------------------


@pytest.fixture
def answers(
    world: World, visit: Visit, api: Callable[[str], Any]
) -> Iterator[dict[str, TestResponse]]:
    """Answers of each kind there is."""
    nobody, maria = visit(), visit("maria")
    order = place(api("maria"), world.client_id("stoyanova"))
    token = {"Authorization": f"Bearer {api('maria').token}"}
    pdf = f"/api/v1/invoices/{order['invoices'][0]['id']}.pdf"
    found = {
        "page": nobody.get("/sign-in"),
        "page of somebody": maria.get("/"),
        "redirect": nobody.get("/"),
        "refused form": nobody.sign_in("maria", "wrong"),
        "forged form": nobody.http.post("/sign-in"),
        "missing page": nobody.get("/nothing"),
        "wrong method": nobody.http.delete("/sign-in"),
        "health": nobody.get("/healthz"),
        "head": nobody.http.head("/healthz"),
        "options": nobody.http.options("/sign-in"),
        "style": nobody.get("/static/today/css/panel.css", buffered=True),
        "missing style": nobody.get("/static/today/css/nothing.css"),
        "font": nobody.get("/fonts/inter-panel.woff2", buffered=True),
        "missing font": nobody.get("/fonts/nothing"),
        "api": nobody.get("/api/v1/me", headers=token),
        "api refusal": nobody.get("/api/v1/me"),
        "missing api": nobody.get("/api/v1/nothing"),
        "pdf": nobody.get(pdf, headers=token),
    }
    yield found
    for answer in found.values():
        answer.close()


@ON_SQLITE
def test_every_answer_carries_the_headers_of_security(answers: dict[str, TestResponse]) -> None:
    for name, answer in answers.items():
        policy = dict(
            part.strip().split(" ", 1)
            for part in answer.headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'none'", name
        assert policy["script-src"] == policy["style-src"] == "'self'", name
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'", name
        assert policy["form-action"] == "'self'", name
        assert "unsafe" not in str(policy), name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        assert answer.headers["Referrer-Policy"] == "same-origin", name
        assert answer.headers["X-Request-Id"], name


@ON_SQLITE
def test_only_files_that_are_the_same_for_everybody_may_be_kept(
    answers: dict[str, TestResponse],
) -> None:
    may_be_kept = {
        name
        for name, answer in answers.items()
        if answer.headers.get("Cache-Control") != "no-store" and name != "missing style"
    }
    assert may_be_kept == {"style", "font"}


@ON_SQLITE
def test_the_page_about_a_missing_file_is_kept_by_nobody(visit: Visit) -> None:
    answer = visit("maria").get("/static/today/nothing.css")
    assert "Maria Koleva" in answer.text
    assert answer.headers.get("Cache-Control") == "no-store"


@ON_SQLITE
def test_the_api_and_the_health_check_set_no_cookie(answers: dict[str, TestResponse]) -> None:
    for name in ("health", "api", "api refusal", "missing api", "pdf", "style", "font"):
        assert "Set-Cookie" not in answers[name].headers, name


@ON_SQLITE
def test_the_cookie_of_a_session_is_out_of_reach_of_scripts_and_other_sites(
    app_with: AppWith,
) -> None:
    at_home = app_with(secure_cookies=False).test_client().get("/sign-in")
    assert flags_of(at_home) == {"session", "HttpOnly", "Path=/", "SameSite=Lax"}
    outside = app_with(secure_cookies=True).test_client().get("https://localhost/sign-in")
    assert flags_of(outside) == {"__Host-session", "Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert "max-age=" in outside.headers["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in at_home.headers


def flags_of(answer: TestResponse) -> set[str]:
    """Name and flags of the one cookie set, its value and its end left out."""
    (cookie,) = answer.headers.getlist("Set-Cookie")
    named, *flags = cookie.split("; ")
    return {named.split("=", 1)[0], *(flag for flag in flags if not flag.startswith("Expires="))}


@ON_SQLITE
def test_over_https_a_form_is_taken_from_our_own_pages_only(
    app_with: AppWith, world: World
) -> None:
    give_password(world, "maria")
    http = app_with(secure_cookies=True).test_client()
    visitor = Visitor(http)
    base = {"base_url": "https://localhost"}
    page = http.get("/sign-in", **base)
    fields = {"csrf_token": field(page, "csrf_token"), "login": "maria", "password": PASSWORD}

    def sent_from(referrer: str) -> int:
        headers = {"Referer": referrer}
        return http.post("/sign-in", data=fields, headers=headers, **base).status_code

    assert sent_from("https://evil.example/sign-in") == 400
    assert sent_from("https://localhost/sign-in") == 302
    assert visitor.http.get("/", **base).status_code == 200


@ON_SQLITE
def test_the_health_check_says_that_the_panel_is_up(visit: Visit) -> None:
    answer = visit().get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})
    assert visit().http.head("/healthz").status_code == 200


# --- nothing inline -----------------------------------------------------------------------------


@ON_SQLITE
@pytest.mark.parametrize("language", ["en", "ru", "bg"])
def test_no_page_carries_a_style_or_a_script_in_itself(
    world: World, visit: Visit, language: str
) -> None:
    nobody = visit()
    nobody.send("/language", language=language)
    pages = [
        nobody.get("/sign-in"),
        nobody.sign_in("<b onclick=x>", "wrong"),
        nobody.get(link_for(world, "maria")),
        nobody.get("/nothing"),
        nobody.http.post("/sign-in"),
    ]
    for login in ("maria", "owner", "stoyanova"):
        world.change(User, {"login": login}, language=language)
        home = visit(login).get("/", follow_redirects=True)
        pages += [home, visit(login).get("/nothing")]
    for page in pages:
        assert language_of(page) == language
        assert len(elements(page)) > 10
        assert_nothing_inline(page)


@ON_SQLITE
def test_every_file_a_page_names_is_there(visit: Visit) -> None:
    visitor = visit("maria")
    named = {
        address.partition("#")[0]
        for element in elements(visitor.get("/"))
        for name in ("href", "src")
        if (address := element.attributes.get(name, "")).startswith("/static/")
    }
    assert len(named) >= 4
    for address in sorted(named):
        assert visitor.get(address, buffered=True).status_code == 200, address
