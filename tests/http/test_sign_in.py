"""Failing to sign in, the second factor while signing in, and a forgotten password."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import argon2
import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from billing_panel.accounts.people.staff_models import Department
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in import second_factor
from billing_panel.kernel.tables.event_log import Event
from tests.http.engines import ON_SQLITE
from tests.http.form import fill
from tests.http.test_pages import changed_tables, link_for
from tests.http.visitor import PASSWORD, Visitor, field, give_password, new_session, same_page
from tests.world import World

Visit = Callable[..., Visitor]
AppWith = Callable[..., Flask]


def events(world: World, kind: str) -> list[Event]:
    with world.database.reading() as session:
        return [*session.scalars(select(Event).filter_by(kind=kind).order_by(Event.id))]


def app_of(world: World, login: str) -> pyotp.TOTP:
    """The app of somebody who now has a second factor."""
    secret = pyotp.random_base32()
    with world.database.writing() as session:
        user = session.scalars(select(User).filter_by(login=login)).one()
        session.add(
            second_factor.SecondFactor(
                user_id=user.id,
                sealed_secret=world.panel.signing_in.seal.close(secret),
                last_step=0,
                begun_at=world.clock.now(),
                confirmed_at=world.clock.now(),
            )
        )
    return pyotp.TOTP(secret)


def key_on(page: TestResponse) -> pyotp.TOTP:
    """The app of somebody who typed the key of a page that sets up a second factor."""
    key = page.text.split('<p class="mono key">')[1].split("</p>")[0]
    return pyotp.TOTP(key.replace(" ", ""))


def codes_on(page: TestResponse) -> list[str]:
    listed = page.text.split('<ul class="codes mono">')[1].split("</ul>")[0]
    return [item.split("</li>")[0] for item in listed.split("<li>")[1:]]


def from_address(app: Flask, address: str) -> Visitor:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return Visitor(client)


def fail(visitor: Visitor, login: str, times: int) -> list[int]:
    return [visitor.sign_in(login, "wrong").status_code for _ in range(times)]


# --- failing ------------------------------------------------------------------------------------


def test_each_failure_after_the_free_ones_makes_the_wait_twice_as_long(
    app_with: AppWith, world: World
) -> None:
    give_password(world, "maria")
    visitor = Visitor(app_with(free_sign_in_failures=3).test_client())
    assert fail(visitor, "maria", 3) == [422, 422, 422]
    waits = []
    for _ in range(4):
        told = visitor.sign_in("maria")
        assert told.status_code == 429
        assert "Too many attempts" in told.text
        assert field(told, "login") == "maria"
        waits.append(int(told.headers["Retry-After"]))
        world.clock.at += timedelta(seconds=waits[-1])
        assert fail(visitor, "maria", 1) == [422]
    assert waits == [1, 2, 4, 8]
    world.clock.at += timedelta(seconds=16)
    assert visitor.sign_in("maria").status_code == 302


@ON_SQLITE
def test_no_wait_for_a_login_is_longer_than_a_minute(app_with: AppWith, world: World) -> None:
    give_password(world, "maria")
    app = app_with(free_sign_in_failures=1)
    for number in range(12):
        assert fail(from_address(app, f"192.0.2.{number}"), "maria", 1) == [422]
        world.clock.at += timedelta(seconds=60)
    assert from_address(app, "198.51.100.1").sign_in("maria").status_code == 302


@ON_SQLITE
def test_i12_16_a_login_is_the_same_in_any_letters(app_with: AppWith, world: World) -> None:
    """To sign in by, and to be counted by."""
    give_password(world, "maria")
    visitor = from_address(app_with(free_sign_in_failures=2), "192.0.2.7")
    assert visitor.sign_in(" Maria").status_code == 302
    stranger = from_address(app_with(free_sign_in_failures=2), "192.0.2.8")
    tried = [*fail(stranger, "Maria", 1), *fail(stranger, "MARIA", 1), *fail(stranger, "maria", 1)]
    assert tried == [422, 422, 429]


@ON_SQLITE
def test_an_attempt_that_must_wait_is_neither_counted_nor_written_down(
    app_with: AppWith, world: World
) -> None:
    give_password(world, "maria")
    visitor = Visitor(app_with(free_sign_in_failures=1).test_client())
    assert fail(visitor, "maria", 1) == [422]
    before = world.everything()
    assert fail(visitor, "maria", 3) == [429, 429, 429]
    assert world.everything() == before


def test_of_many_at_once_no_more_are_judged_than_are_free(app_with: AppWith, world: World) -> None:
    give_password(world, "maria")
    app = app_with(free_sign_in_failures=3)
    browsers = [from_address(app, f"192.0.2.{number}") for number in range(8)]
    tokens = [browser.token() for browser in browsers]
    start = Barrier(len(browsers))

    def guess(browser: Visitor, token: str) -> int:
        start.wait()
        form = {"csrf_token": token, "login": "maria", "password": "wrong"}
        return browser.http.post("/sign-in", data=form).status_code

    with ThreadPoolExecutor(len(browsers)) as threads:
        answers = sorted(threads.map(guess, browsers, tokens))
    assert answers == [422] * 3 + [429] * 5


@ON_SQLITE
def test_an_address_that_tries_many_logins_waits(app_with: AppWith, world: World) -> None:
    give_password(world, "maria")
    app = app_with(free_sign_in_failures=1)
    sprayer = from_address(app, "192.0.2.7")
    assert [fail(sprayer, f"login{n}", 1) for n in range(4)] == [[422]] * 4
    assert sprayer.sign_in("maria").status_code == 429
    assert from_address(app, "192.0.2.8").sign_in("maria").status_code == 302


@ON_SQLITE
def test_an_own_login_does_not_clear_an_address(app_with: AppWith, world: World) -> None:
    """Signing in between the guesses must not make them free."""
    give_password(world, "georgi")
    app = app_with(free_sign_in_failures=1)
    for number in range(4):
        assert fail(from_address(app, "192.0.2.7"), f"login{number}", 1) == [422]
        own = from_address(app, "192.0.2.7")
        answer = own.sign_in("georgi").status_code
        assert answer == (302 if number < 3 else 429)


def test_strangers_do_not_make_a_known_browser_wait(app_with: AppWith, world: World) -> None:
    give_password(world, "maria")
    app = app_with(free_sign_in_failures=2)
    own = from_address(app, "192.0.2.7")
    own.sign_in("maria")
    own.send("/sign-out")
    strangers = from_address(app, "192.0.2.7")
    assert fail(strangers, "maria", 3) == [422, 422, 429]
    assert from_address(app, "198.51.100.1").sign_in("maria").status_code == 429
    assert own.sign_in("maria").status_code == 302
    assert own.is_known()


@ON_SQLITE
def test_a_known_browser_is_counted_too(app_with: AppWith, world: World) -> None:
    """Its mark may be stolen."""
    give_password(world, "maria")
    own = from_address(app_with(free_sign_in_failures=2), "192.0.2.7")
    own.sign_in("maria")
    own.send("/sign-out")
    assert fail(own, "maria", 3) == [422, 422, 429]


@ON_SQLITE
def test_the_mark_of_a_browser_is_good_for_its_own_user_alone(
    app_with: AppWith, world: World
) -> None:
    for login in ("maria", "georgi"):
        give_password(world, login)
    app = app_with(free_sign_in_failures=2)
    georgis = from_address(app, "192.0.2.7")
    georgis.sign_in("georgi")
    georgis.send("/sign-out")
    assert fail(from_address(app, "192.0.2.8"), "maria", 2) == [422, 422]
    assert georgis.sign_in("maria").status_code == 429


@ON_SQLITE
def test_what_is_counted_holds_in_another_process(app_with: AppWith, world: World) -> None:
    give_password(world, "maria")
    assert fail(from_address(app_with(free_sign_in_failures=2), "192.0.2.7"), "maria", 2)
    after_restart = from_address(app_with(free_sign_in_failures=2), "192.0.2.7")
    assert after_restart.sign_in("maria").status_code == 429


@ON_SQLITE
def test_a_day_later_nothing_is_counted_any_more(app_with: AppWith, world: World) -> None:
    give_password(world, "maria")
    visitor = Visitor(app_with(free_sign_in_failures=2).test_client())
    assert fail(visitor, "maria", 2) == [422, 422]
    world.clock.at += timedelta(hours=25)
    assert fail(visitor, "maria", 2) == [422, 422]


@ON_SQLITE
@pytest.mark.usefixtures("costly_hashes")
def test_a_hash_of_other_costs_is_made_anew(world: World, visit: Visit) -> None:
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
    world.change(User, {"login": "maria"}, password_hash=cheap)
    assert visit().sign_in("maria").status_code == 302
    with world.database.reading() as session:
        kept = session.scalars(select(User.password_hash).filter_by(login="maria")).one()
    assert kept != cheap
    assert not argon2.PasswordHasher().check_needs_rehash(kept or "")
    assert visit().sign_in("maria").status_code == 302


# --- the log ------------------------------------------------------------------------------------


def test_signing_in_and_out_is_written_down(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    visitor = visit()
    visitor.sign_in("maria", "a wrong password")
    visitor.sign_in("somebody else", PASSWORD)
    visitor.sign_in("maria")
    visitor.send("/sign-out")
    known, unknown = events(world, "sign_in.refused")
    maria = world.actor("maria")
    assert (known.subject_kind, known.subject_id, unknown.subject_id) == ("user", maria.user_id, 0)
    assert (known.facts, known.address) == ({"what": "password"}, "127.0.0.1")
    (signed_in,), (signed_out,) = (
        events(world, "user.signed_in"),
        events(world, "user.signed_out"),
    )
    assert signed_in.user_id == signed_out.user_id == maria.user_id
    for event in (known, unknown, signed_in, signed_out):
        assert not {"a wrong password", "somebody else", PASSWORD} & set(event.facts.values())


# --- the second factor --------------------------------------------------------------------------


def test_the_second_factor_is_asked_for_and_lets_in(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    totp = app_of(world, "maria")
    visitor = visit()
    answer = visitor.sign_in("maria", next="/clients")
    assert answer.location == "/second-factor"
    assert not visitor.is_known()
    assert events(world, "user.signed_in") == []
    half = visitor.cookie()
    done = visitor.send("/second-factor", code=totp.at(world.clock.now()))
    assert (done.status_code, done.location) == (302, "/clients")
    assert visitor.is_known()
    # the previous cookie the second factor is nobody's, then and now
    thief = visit()
    thief.use_cookie(half)
    assert not thief.is_known()
    assert thief.get("/second-factor").location.startswith("/sign-in")


@ON_SQLITE
def test_half_signed_in_nothing_is_open(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    app_of(world, "maria")
    visitor = visit()
    visitor.sign_in("maria")
    before = world.everything()
    for path in ("/", "/clients", "/account", "/account/second-factor/set-up", "/staff/1"):
        assert visitor.get(path).location.startswith("/sign-in"), path
    token = visitor.token("/second-factor")
    for path in ("/account/second-factor/remove", "/account/recovery-codes", "/account/tokens"):
        answer = visitor.http.post(path, data={"csrf_token": token, "factor-password": PASSWORD})
        assert answer.location.startswith("/sign-in"), path
    assert world.everything() == before


def test_a_code_is_used_once(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    code = app_of(world, "maria").at(world.clock.now())
    first, second = visit(), visit()
    for visitor in (first, second):
        visitor.sign_in("maria")
    assert first.send("/second-factor", code=code).status_code == 302
    replayed = second.send("/second-factor", code=code)
    assert replayed.status_code == 422
    assert "already used" in replayed.text
    assert not second.is_known()


def test_of_many_at_once_one_uses_a_code(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    code = app_of(world, "maria").at(world.clock.now())
    browsers = [visit() for _ in range(4)]
    for browser in browsers:
        browser.sign_in("maria")
    tokens = [browser.token("/second-factor") for browser in browsers]
    start = Barrier(len(browsers))

    def give(browser: Visitor, token: str) -> int:
        start.wait()
        form = {"csrf_token": token, "code": code}
        return browser.http.post("/second-factor", data=form).status_code

    with ThreadPoolExecutor(len(browsers)) as threads:
        assert sorted(threads.map(give, browsers, tokens)) == [302, 422, 422, 422]


@ON_SQLITE
def test_codes_of_other_times_and_nonsense_are_refused(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    totp, now = app_of(world, "maria"), world.clock.now()
    visitor = visit()
    visitor.sign_in("maria")
    for code in (
        totp.at(now - timedelta(seconds=90)),
        totp.at(now + timedelta(seconds=90)),
        "",
        "000000x",
        "١٢٣٤٥٦",
        "-1",
        "x" * 65,
    ):
        assert visitor.send("/second-factor", code=code).status_code == 422, code
        assert not visitor.is_known()
    assert visitor.send("/second-factor", code=totp.at(now)[:3] + " " + totp.at(now)[3:]).location


def test_guessing_codes_makes_wait(app_with: AppWith, world: World) -> None:
    give_password(world, "maria")
    totp = app_of(world, "maria")
    visitor = Visitor(app_with(free_sign_in_failures=2).test_client())
    visitor.sign_in("maria")
    wrong = f"{(int(totp.at(world.clock.now())) + 1) % 1000000:06}"
    for _ in range(2):
        assert visitor.send("/second-factor", code=wrong).status_code == 422
    # a new session does not begin to count again
    visitor.sign_in("maria")
    answer = visitor.send("/second-factor", code=totp.at(world.clock.now()))
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert not visitor.is_known()


def test_a_recovery_code_lets_in_once(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    app_of(world, "maria")
    user_id = world.actor("maria").user_id or 0
    with world.database.writing() as session:
        code, *others = second_factor.new_recovery_codes(session, user_id)
    assert code not in str(world.everything())
    first, second = visit(), visit()
    for visitor in (first, second):
        visitor.sign_in("maria")
    assert first.send("/second-factor", code=code.upper()).status_code == 302
    assert second.send("/second-factor", code=code).status_code == 422
    assert second.send("/second-factor", code=others[0].replace("-", "")).status_code == 302
    assert [e.facts["code"] for e in events(world, "user.signed_in")] == ["recovery", "recovery"]


@ON_SQLITE
def test_the_step_after_the_password_is_not_open_for_long(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    totp = app_of(world, "maria")
    visitor = visit()
    visitor.sign_in("maria")
    token = visitor.token("/second-factor")
    world.clock.at += timedelta(minutes=10)
    code = totp.at(world.clock.now())
    answer = visitor.http.post("/second-factor", data={"csrf_token": token, "code": code})
    assert answer.location == "/sign-in"
    assert not visitor.is_known()


@ON_SQLITE
def test_a_link_to_choose_a_password_does_not_go_round_the_second_factor(
    world: World, visit: Visit
) -> None:
    app_of(world, "maria")
    visitor = visit()
    path = link_for(world, "maria")
    answer = visitor.send(path, password=PASSWORD, again=PASSWORD)
    assert answer.location == "/second-factor"
    assert not visitor.is_known()


@ON_SQLITE
def test_a_changed_secret_key_leaves_the_recovery_codes(app_with: AppWith, world: World) -> None:
    give_password(world, "maria")
    totp = app_of(world, "maria")
    with world.database.writing() as session:
        code, *_ = second_factor.new_recovery_codes(session, world.actor("maria").user_id or 0)
    visitor = Visitor(app_with(secret_key="another key").test_client())
    visitor.sign_in("maria")
    told = visitor.send("/second-factor", code=totp.at(world.clock.now()))
    assert told.status_code == 422
    assert "secret key was changed" in told.text
    assert visitor.send("/second-factor", code=code).status_code == 302


# --- required by a department -------------------------------------------------------------------


def test_whose_department_asks_for_it_sets_one_up_before_anything_else(
    world: World, visit: Visit
) -> None:
    give_password(world, "maria")
    world.change(Department, {"key": "order_desk"}, second_factor=True)
    visitor = visit()
    assert visitor.sign_in("maria", next="/clients").location == "/second-factor/set-up"
    assert visitor.get("/clients").location.startswith("/sign-in")
    page = visitor.get("/second-factor/set-up")
    assert "Your department requires" in page.text
    assert "data:image/png;base64," in page.text
    totp = key_on(page)
    assert totp.secret not in str(world.everything())
    wrong = visitor.send("/second-factor/set-up", code="000000")
    assert wrong.status_code == 422
    assert not visitor.is_known()
    done = visitor.send("/second-factor/set-up", code=totp.at(world.clock.now()))
    assert len(set(codes_on(done))) == 10
    assert visitor.is_known()
    assert 'href="/clients"' in done.text
    # from now on it is asked for
    assert visit().sign_in("maria").location == "/second-factor"


@ON_SQLITE
def test_the_code_that_set_it_up_does_not_let_in_again(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    world.change(Department, {"key": "order_desk"}, second_factor=True)
    visitor = visit()
    visitor.sign_in("maria")
    code = key_on(visitor.get("/second-factor/set-up")).at(world.clock.now())
    visitor.send("/second-factor/set-up", code=code)
    again = visit()
    again.sign_in("maria")
    assert again.send("/second-factor", code=code).status_code == 422


@ON_SQLITE
def test_other_departments_are_not_asked(world: World, visit: Visit) -> None:
    give_password(world, "petar")
    world.change(Department, {"key": "order_desk"}, second_factor=True)
    assert visit().sign_in("petar").location == "/"


# --- forgotten ----------------------------------------------------------------------------------


def test_who_has_forgotten_their_password_is_answered_alike_whoever_they_name(
    world: World, visit: Visit
) -> None:
    world.change(User, {"login": "georgi"}, disabled_at=world.clock.now())
    answers = {}
    for login in ("maria", "nobody", "georgi", "stoyanova"):
        before = world.everything()
        answer = visit().send("/forgot-password", login=login)
        assert answer.status_code == 200
        answers[same_page(answer)] = changed_tables(before, world.everything())
    assert len(answers) == 1
    due = events(world, "notice.due")
    told = {world.actor(login).user_id for login in ("maria", "stoyanova")}
    assert {event.subject_id for event in due} == told
    assert [event.facts["about"] for event in due] == ["choose_password"] * 2
    # what is written down holds no link
    assert "http" not in str([event.facts for event in due])


@ON_SQLITE
def test_nobodys_letter_box_is_filled(world: World, visit: Visit) -> None:
    for _ in range(3):
        visit().send("/forgot-password", login="maria")
    assert len(events(world, "notice.due")) == 1
    world.clock.at += timedelta(minutes=16)
    visit().send("/forgot-password", login="maria")
    assert len(events(world, "notice.due")) == 2


@ON_SQLITE
def test_asking_for_links_makes_an_address_wait(app_with: AppWith, world: World) -> None:
    visitor = Visitor(app_with(free_sign_in_failures=2).test_client())
    statuses = [visitor.send("/forgot-password", login=f"x{n}") for n in range(2)]
    assert {answer.status_code for answer in statuses} == {200}
    before = world.everything()
    answer = visitor.send("/forgot-password", login="maria")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert world.everything() == before


# --- sessions and rights ------------------------------------------------------------------------


def rights_changed(visit: Visit, path: str, **typed: Any) -> None:
    owner = visit("owner")
    action, fields = fill(owner.get(path), **typed)
    answer = owner.http.post(action, data=fields)
    assert answer.status_code == 303, answer.text
    assert owner.is_known()


@ON_SQLITE
def test_a_change_of_rights_ends_the_sessions_of_that_person(world: World, visit: Visit) -> None:
    maria, georgi = visit("maria"), visit("georgi")
    staff_id = world.actor("maria").staff_id
    rights_changed(visit, f"/staff/{staff_id}", name="Maria K.")
    assert maria.is_known()
    rights_changed(visit, f"/staff/{staff_id}", departments=[])
    assert not maria.is_known()
    assert georgi.is_known()


@ON_SQLITE
def test_a_department_that_requires_a_second_factor_ends_the_sessions_of_its_people(
    world: World, visit: Visit
) -> None:
    maria, petar = visit("maria"), visit("petar")
    with world.database.reading() as session:
        desk = session.scalars(select(Department.id).filter_by(key="order_desk")).one()
    rights_changed(visit, f"/permissions/departments/{desk}", titles__en="The desk")
    assert maria.is_known()
    rights_changed(visit, f"/permissions/departments/{desk}", second_factor="y")
    assert not maria.is_known()
    assert petar.is_known()


@ON_SQLITE
def test_an_idle_session_is_seen_once_a_minute(world: World, visit: Visit) -> None:
    visitor = visit("maria")
    before = world.everything()
    world.clock.at += timedelta(seconds=59)
    visitor.get("/")
    assert world.everything() == before
    world.clock.at += timedelta(seconds=1)
    visitor.get("/")
    assert changed_tables(before, world.everything()) == {"sign_in_session"}


@ON_SQLITE
def test_the_secret_of_a_session_that_awaits_a_step_signs_nobody_in(
    world: World, visit: Visit
) -> None:
    give_password(world, "maria")
    app_of(world, "maria")
    visitor = visit()
    visitor.sign_in("maria")
    with visitor.http.session_transaction() as cookie:
        half = cookie["waiting"]
    thief = visit()
    thief.carry(half)
    assert not thief.is_known()
    thief.carry(new_session(world, "maria"))
    assert thief.is_known()
