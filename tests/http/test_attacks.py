"""Attacks by their numbers in docs/security.md; those that other tests make stand in its table."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import argon2
import pytest
from flask import Flask
from sqlalchemy import select

from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.user_models import User
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.form import fill
from tests.http.shop import WEB_START, basket, send
from tests.http.test_account import make_token
from tests.http.test_pages import changed_tables
from tests.http.test_sign_in import app_of, fail, from_address
from tests.http.visitor import PASSWORD, Visitor, assert_nothing_inline, elements, give_password
from tests.world import World, line

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]
Api = Callable[[str], ApiClient]
AppWith = Callable[..., Flask]

EVIL = "https://evil.example"
SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
TEMPLATE = "{{ 7 * 7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}"


# --- rights -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field", ["role", "role_id", "owner", "is_admin", "functions", "departments"]
)
def test_attack_08_rights_in_a_form_of_ones_own(world: World, visit: Visit, field: str) -> None:
    give_password(world, "maria")
    visitor = visit("maria")
    held = world.actor("maria").functions
    form = {
        "csrf_token": visitor.token("/account"),
        "password-old": PASSWORD,
        "password-new": "another battery, correct",
        "password-again": "another battery, correct",
        field: "owner",
    }
    visitor.http.post("/account/password", data=form)
    assert world.actor("maria").functions == held
    assert world.actor("maria").provider_ids is not None


def test_attack_08_a_token_with_functions_nobody_gave(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    visitor = visit("maria")
    before = world.everything()
    answer = make_token(visitor, token__functions=["staff:member:change"])
    assert answer.status_code == 422
    assert world.everything() == before


FOREIGN_FIELDS: dict[str, Any] = {
    "balance": 100000,
    "client_id": 1,
    "status": "active",
    "price": "0.01",
    "unit_price": "0.01",
    "total": "0.01",
    "paid_at": "2026-11-22T10:00:00Z",
    "paid": True,
    "role": "owner",
    "placed_by": "owner",
    "discount_percent": 100,
    "__class__": {"x": 1},
}


@pytest.mark.parametrize("field", FOREIGN_FIELDS)
def test_attack_10_mass_assignment(world: World, api: Api, field: str) -> None:
    maria, value = api("maria"), FOREIGN_FIELDS[field]
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    before = world.everything()
    for body in (basket(**{field: value}), basket({**WEB_START, field: value})):
        assert maria.post(path, body).status_code == 422
    assert world.everything() == before


@pytest.mark.parametrize(
    "line",
    [
        {**WEB_START, "period": "1 month free"},
        {**WEB_START, "options": {"ram": -64}},
        {**WEB_START, "options": {"nothing": 1}},
        {**WEB_START, "pay_with": "nothing"},
        {**WEB_START, "tariff": "web-start' OR '1'='1"},
    ],
)
def test_attack_11_price_or_add_on_tampering(
    world: World, api: Api, line: dict[str, object]
) -> None:
    maria = api("maria")
    before = world.everything()
    answer = maria.post(f"/clients/{world.client_id('stoyanova')}/orders", basket(line))
    assert answer.status_code == 422
    assert world.everything() == before


def test_attack_11_an_expected_total_does_not_set_the_price(world: World, api: Api) -> None:
    maria = api("maria")
    before = world.everything()
    cheap = basket(expected_total={"amount": "0.01", "currency": "EUR"})
    answer = maria.post(f"/clients/{world.client_id('stoyanova')}/orders", cheap)
    assert answer.status_code == 409
    assert world.everything() == before


# --- forged requests ----------------------------------------------------------------------------


FOREIGN_HEADERS: list[dict[str, str]] = [
    {"Origin": EVIL},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8000"},
    {"Origin": "http://evil.example/http://localhost"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN_HEADERS, ids=str)
def test_attack_28_csrf_foreign_origin(world: World, visit: Visit, headers: dict[str, str]) -> None:
    """Refused even with a good token: one that was stolen is not enough."""
    visitor = visit("maria")
    token = visitor.token("/account")
    before = world.everything()
    for path in ("/sign-out", "/account/sessions/end-others", "/language", "/sign-in"):
        form = {"csrf_token": token, "language": "ru"}
        answer = visitor.http.post(path, data=form, headers=headers)
        assert answer.status_code == 400, path
    assert world.everything() == before
    assert visitor.is_known()


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}], ids=str
)
def test_attack_28_what_our_own_pages_send_is_taken(visit: Visit, headers: dict[str, str]) -> None:
    visitor = visit("maria")
    form = {"csrf_token": visitor.token("/account")}
    assert visitor.http.post("/sign-out", data=form, headers=headers).status_code == 302
    assert not visitor.is_known()


def test_attack_28_behind_a_proxy_the_public_address_is_our_own(
    app_with: AppWith, world: World
) -> None:
    give_password(world, "maria")
    visitor = Visitor(app_with(public_url="https://panel.example").test_client())
    form = {"csrf_token": visitor.token(), "login": "maria", "password": PASSWORD}
    headers = {"Origin": "https://panel.example"}
    assert visitor.http.post("/sign-in", data=form, headers=headers).status_code == 302


def test_attack_28_a_form_of_text_is_no_json(world: World, visit: Visit, api: Api) -> None:
    """What a foreign page can send without asking: cookies, and JSON called text/plain."""
    visitor, maria = visit("maria"), api("maria")
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    before = world.everything()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = visitor.http.post(
            f"/api/v1{path}", data='{"lines": []}', content_type=kind, headers={"Origin": EVIL}
        )
        assert answer.status_code == 401
        assert send(maria, "POST", path, '{"lines": []}', kind).status_code == 415
    assert world.everything() == before


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_attack_28_nothing_is_changed_by_another_method(
    world: World, visit: Visit, method: str
) -> None:
    visitor = visit("maria")
    before = world.everything()
    for path in ("/sign-out", "/account/sessions/end-others", "/account/tokens", "/language"):
        answer = getattr(visitor.http, method)(path)
        # a reload shows the page of a form
        expected = {302} if method in {"get", "head"} else {400, 405}
        assert answer.status_code in expected, path
    assert visitor.is_known()
    assert world.everything() == before


# --- sessions, enumeration, limits --------------------------------------------------------------


def test_attack_29_every_way_in_gives_another_session(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    totp = app_of(world, "maria")
    visitor = visit()
    visitor.token()
    seen = [visitor.cookie()]
    visitor.sign_in("maria")
    seen.append(visitor.cookie())
    visitor.send("/second-factor", code=totp.at(world.clock.now()))
    assert visitor.is_known()
    for planted in seen:
        thief = visit()
        thief.use_cookie(planted)
        assert not thief.is_known()


def test_attack_30_one_hash_is_computed_whoever_is_named(
    monkeypatch: pytest.MonkeyPatch, world: World, visit: Visit
) -> None:
    give_password(world, "maria")
    give_password(world, "georgi")
    world.change(User, {"login": "georgi"}, disabled_at=world.clock.now())
    computed: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counted(self: argon2.PasswordHasher, hash: str, password: str) -> bool:  # noqa: A002
        computed.append(hash)
        return verify(self, hash, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    for login in ("maria", "nobody", "petar", "georgi", "x' OR 1=1 --"):
        computed.clear()
        before = world.everything()
        assert visit().sign_in(login, "a wrong password").status_code == 422
        assert len(computed) == 1, login
        assert changed_tables(before, world.everything()) == {"attempt_count", "event"}, login


def test_attack_30_waiting_tells_nothing_either(app_with: AppWith, world: World) -> None:
    give_password(world, "maria")
    app = app_with(free_sign_in_failures=2)
    told = {
        tuple(fail(from_address(app, address), login, 4))
        for login, address in (("maria", "192.0.2.1"), ("nobody", "192.0.2.2"))
    }
    assert told == {(422, 422, 429, 429)}


def test_attack_31_x_forwarded_for_is_not_believed(app_with: AppWith, world: World) -> None:
    give_password(world, "maria")
    visitor = Visitor(app_with(free_sign_in_failures=1).test_client())
    statuses = []
    for number in range(6):
        form = {"csrf_token": visitor.token(), "login": f"login{number}", "password": "wrong"}
        headers = {"X-Forwarded-For": f"192.0.2.{number}", "X-Real-Ip": f"192.0.2.{number}"}
        statuses.append(visitor.http.post("/sign-in", data=form, headers=headers).status_code)
    assert statuses == [422] * 4 + [429] * 2


def test_attack_31_behind_a_proxy_only_its_own_entry_counts(
    app_with: AppWith, world: World
) -> None:
    give_password(world, "maria")
    app = app_with(free_sign_in_failures=1, trusted_proxies=1)

    def guess(number: int, forwarded: str) -> int:
        visitor = Visitor(app.test_client())
        form = {"csrf_token": visitor.token(), "login": f"login{number}", "password": "wrong"}
        headers = {"X-Forwarded-For": forwarded}
        return visitor.http.post("/sign-in", data=form, headers=headers).status_code

    rotated = [guess(number, f"198.51.100.{number}, 192.0.2.7") for number in range(6)]
    assert rotated == [422] * 4 + [429] * 2
    assert guess(7, "198.51.100.7, 192.0.2.8") == 422


@pytest.mark.parametrize("address", ["2001:db8:1:2::", "2001:db8:1:2:ffff::1"])
def test_attack_31_a_network_of_ipv6_is_one_address(
    app_with: AppWith, world: World, address: str
) -> None:
    app = app_with(free_sign_in_failures=1)
    for number in range(4):
        assert fail(from_address(app, f"2001:db8:1:2::{number}"), f"login{number}", 1) == [422]
    before = world.everything()
    assert fail(from_address(app, address), "maria", 1) == [429]
    assert world.everything() == before


def test_attack_32_a_link_has_the_public_address_whatever_the_host(
    app_with: AppWith, world: World, visit: Visit
) -> None:
    owner = visit("owner")
    http = Visitor(app_with(public_url="https://panel.example").test_client())
    http.carry(owner.secret() or "")
    path = f"/staff/{world.actor('maria').staff_id}"
    _, fields = fill(http.get(path), f"{path}/sign-in-link")
    headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    page = http.http.post(f"{path}/sign-in-link", data=fields, headers=headers)
    assert 'value="https://panel.example/choose-password/' in page.text
    assert "evil.example" not in page.text


def test_attack_32_a_foreign_host_gets_no_link(world: World, visit: Visit) -> None:
    visitor = visit()
    page = visitor.get("/forgot-password", headers={"Host": "evil.example"})
    assert "evil.example" not in page.text
    world.change(User, {"login": "maria"}, language="ru")
    visitor.send("/forgot-password", login="maria")
    assert "evil.example" not in str(world.everything()["event"])


# --- what people write --------------------------------------------------------------------------


@pytest.mark.parametrize("words", [SCRIPT, TEMPLATE], ids=["34_script", "35_template"])
def test_attack_34_35_what_people_write_stays_words(world: World, visit: Visit, words: str) -> None:
    client_id = world.client_id("stoyanova")
    world.change(Client, {"login": "stoyanova"}, name=words, address=words)
    world.place("maria", world.order("stoyanova", line("web-start", "1 month"), note=words))
    give_password(world, "maria")
    visitor = visit("maria")
    make_token(visitor, token__name=words[:128])
    agent = visit()
    agent.http.environ_base["HTTP_USER_AGENT"] = words
    agent.sign_in("maria")
    for path in (
        "/clients",
        f"/clients/{client_id}/orders",
        f"/clients/{client_id}/orders/new",
        "/orders/1",
        "/account",
        f"/clients?q={words}",
    ):
        page = agent.get(path)
        assert page.status_code == 200, path
        assert_nothing_inline(page)
        assert not [e for e in elements(page) if e.tag == "img" and e.attributes["src"] == "x"]
        assert "<script>alert" not in page.text
        assert "49{%" not in page.text


def test_attack_37_a_logo_is_uploaded_never_fetched(world: World, visit: Visit) -> None:
    owner = visit("owner")
    before = world.everything()
    for address in ("http://127.0.0.1:8000/", "http://169.254.169.254/", "file:///etc/passwd"):
        form = {"csrf_token": owner.token("/providers/nordvik"), "logo": address, "url": address}
        answer = owner.http.post("/providers/nordvik/logo", data=form)
        assert answer.status_code in {400, 422}
    assert world.everything() == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("logo.png", b"<html><script>alert(1)</script></html>"),
        ("../../../etc/cron.d/x", b"* * * * * root id"),
        ("x.png\r\nContent-Type: text/html", b"GIF89a<script>alert(1)</script>"),
    ],
)
def test_attack_38_what_is_uploaded_is_a_picture_or_nothing(
    world: World, visit: Visit, name: str, content: bytes
) -> None:
    owner = visit("owner")
    token = owner.token("/providers/nordvik")
    before = world.everything()
    form = {"csrf_token": token, "logo": (BytesIO(content), name)}
    answer = owner.http.post("/providers/nordvik/logo", data=form)
    assert answer.status_code == 422
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert world.everything() == before


def test_attack_38_size_and_number_of_parts_are_bounded(app_with: AppWith, world: World) -> None:
    http = app_with(max_body_bytes=200_000).test_client()
    before = world.everything()
    too_large = {"login": "x", "file": (BytesIO(b"x" * 200_000), "x.png")}
    part = '--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n\r\n'
    for form in (too_large, {"login": "x" * 200_000}):
        assert http.post("/sign-in", data=form).status_code == 413
    roomy = app_with(max_body_bytes=10_000_000).test_client()
    kind = "multipart/form-data; boundary=x"
    answer = roomy.post("/sign-in", data=part * 5001 + "--x--\r\n", content_type=kind)
    assert answer.status_code == 413
    assert world.everything() == before


INJECTED = ["id; DROP TABLE event", "1) UNION SELECT secret FROM api_token --", "id\r\nX: y"]


@pytest.mark.parametrize("words", INJECTED)
def test_attack_39_order_by_and_header_injection(
    world: World, visit: Visit, api: Api, words: str
) -> None:
    maria, visitor = api("maria"), visit("maria")
    client_id = world.client_id("stoyanova")
    before = world.everything()
    for path in ("/clients", f"/clients/{client_id}/orders"):
        for name in ("sort", "order", "order_by", "after", "limit"):
            assert maria.get(path, **{name: words}).status_code == 422, (path, name)
    for path in ("/clients", f"/clients/{client_id}/orders"):
        page = visitor.get(path, query_string={"sort": words, "q": words, "page": words})
        assert page.status_code in {200, 400, 404, 422}
        assert "X" not in page.headers
    sent = visitor.get("/", query_string={"next": words})
    assert "X" not in sent.headers
    assert world.everything() == before


def test_attack_40_no_secret_is_told(
    capsys: pytest.CaptureFixture[str], app_with: AppWith, world: World
) -> None:
    """Canaries in the place of secrets are looked for in pages, tables and the log."""
    canary_key, canary_password = "canary-secret-key-31415926535", "canary password 27182818"
    give_password(world, "maria", canary_password)
    visitor = Visitor(app_with(secret_key=canary_key).test_client())
    pages = [
        visitor.sign_in("maria", canary_password + "x"),
        visitor.sign_in(canary_password, "wrong"),
        visitor.sign_in("maria", canary_password),
        visitor.get("/"),
        visitor.get("/account"),
        visitor.get("/nothing"),
    ]
    token = world.token("maria")
    caller = ApiClient(visitor.http, token)
    pages += [caller.get("/me"), caller.get("/nothing"), caller.post("/orders/1/transitions", {})]
    world.change(User, {"login": "maria"}, language="bg")
    with world.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE client RENAME TO gone")
    pages.append(visitor.get("/clients"))
    assert pages[-1].status_code == 500
    secrets = (canary_key, token, visitor.secret() or "no session")
    told = capsys.readouterr()
    for secret in (*secrets, canary_password):
        assert secret not in told.out + told.err
    for page in pages:
        assert page.headers["Cache-Control"] == "no-store"
        for secret in secrets:
            assert secret not in page.text


def test_attack_40_only_fingerprints_are_stored(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    visitor = visit()
    visitor.sign_in("maria")
    token = world.token("maria")
    with world.database.reading() as session:
        stored = session.scalars(select(User.password_hash).filter_by(login="maria")).one()
    assert stored is not None
    assert stored.startswith("$argon2id$")
    everything = str(world.everything())
    for secret in (PASSWORD, token, visitor.secret() or "no session"):
        assert secret not in everything
    assert json_of(ApiClient(visitor.http, token).get("/me"))["login"] == "maria"
