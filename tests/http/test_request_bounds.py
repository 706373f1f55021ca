"""Whatever a request brings, and however much of it: an answer that says so, and nothing written.

Items R4, R5, R10 and R16 of the list of faults found by attackers: every form of every page, and
every body of the API, with values that nobody means well.
"""

import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from itertools import product
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from billing_panel.api.request_bodies import MAX_NAMES, MAX_VALUES
from billing_panel.catalog.rules.wanted_line import MAX_LINES
from billing_panel.web.requests.request_bounds import MAX_FIELDS
from tests.api import ApiClient
from tests.http.bodies import model_of, sample
from tests.http.engines import ON_SQLITE
from tests.http.forms import SentForm, forms_of
from tests.http.routes import READS, Route, routes
from tests.http.shop import place, problem_of, send, wrong_fields
from tests.http.visitor import Visitor, new_session
from tests.world import World

Api = Callable[[str], ApiClient]

MANY = 100_000
# each of a kind: what a number, a day, a text or JSON breaks off at
NASTY = (
    "9" * 5000,
    "9" * 40,
    "1e400",
    "-1e30",
    "NaN",
    "9999999999999.99",
    str(2**63),
    "²",
    "a\x00b",
    "\ud800",
    "\u202e\x1b\x7f",
    "[" * 200_000,
    "0001-01-01T00:00",
    "9999-12-31T23:59:59.999999-23:59",
    "BG" + "1" * 5000,
    "x" * 3000,
    "'; --",
)
REFUSED = {400, 413, 422}
# signs out, so that nothing after it would be tried
LEAVING = ("/sign-out", "/sessions/", "/permissions/see-as")


def seeded(seed: int, world: World) -> Random:
    """The same values in the same places, each time; on the other database others."""
    return Random(seed + 100 * world.database.is_sqlite)  # noqa: S311


# --- how much -----------------------------------------------------------------------------------


@ON_SQLITE
def test_r10_forms_of_100000_fields_are_refused_by_every_page(
    app: Flask, world: World, visit: Callable[..., Visitor], places: dict[str, Any]
) -> None:
    owner = visit("owner")
    token = owner.token("/")
    body = f"csrf_token={token}" + "".join(f"&f{n}=" for n in range(MANY))
    assert len(body) < 1024 * 1024
    before = world.everything()
    sent = [route for route in routes(app, api=False, **places) if route.method not in READS]
    for route in sent:
        answer = owner.http.post(
            route.path, data=body, content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 413, route.name
        assert len(answer.data) < len(body), route.name
    assert world.everything() == before
    assert len(sent) >= 50


@ON_SQLITE
def test_r10_forms_of_too_many_parts_are_refused(
    world: World, visit: Callable[..., Visitor]
) -> None:
    owner = visit("owner")
    before = world.everything()
    part = '--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n\r\n'
    body = part * (MAX_FIELDS + 1) + "--b--\r\n"
    answer = owner.http.post(
        "/permissions", data=body, content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 413
    assert world.everything() == before


@ON_SQLITE
def test_r10_bodies_of_100000_values_are_refused_by_the_api(
    app: Flask, world: World, api: Api, places: dict[str, Any]
) -> None:
    owner = api("owner")
    walked = [r for r in routes(app, api=True, **places) if r.method != "HEAD"]
    bodies = (
        json.dumps({f"k{n}": 1 for n in range(MANY // 2)}),
        json.dumps({"functions": ["a"] * MANY, "lines": []}),
        "[" + "," * MANY + "]",
    )
    before = world.everything()
    for route in walked:
        for body in bodies:
            answer = send(owner, route.method, route.below_prefix, body)
            assert answer.status_code in REFUSED, route.name
            assert len(answer.data) < 1000, route.name
    assert world.everything() == before
    assert len(walked) >= 40


@ON_SQLITE
def test_r10_what_is_wrong_is_told_no_longer_than_what_was_sent(world: World, api: Api) -> None:
    owner = api("owner")
    before = world.everything()
    bodies: list[Any] = [
        {f"k{n}": 1 for n in range(MAX_VALUES)},
        {"k" * 100_000: 1},
        {"functions": [f"f{n}:" + "x" * 150 for n in range(MAX_NAMES)]},
        {"functions": ["x" * 50_000]},
        {"switches": {f"f{n}:" + "x" * 150: True for n in range(MAX_NAMES)}},
    ]
    for body in bodies:
        answer = send(owner, "PUT", "/staff/2/functions", json.dumps(body))
        assert answer.status_code == 422
        assert len(answer.data) < min(len(json.dumps(body)), 30_000)
    assert world.everything() == before


@ON_SQLITE
def test_r10_names_too_many_are_refused_before_a_transaction_begins(world: World, api: Api) -> None:
    owner = api("owner")
    begun: list[object] = []
    event.listen(world.database.engine, "begin", count := begun.append)
    answer = send(owner, "PUT", "/staff/2/functions", json.dumps({"functions": ["a"] * 4000}))
    assert wrong_fields(answer) == [("functions", "too_long")]
    reading = len(begun)
    send(owner, "GET", "/me")
    event.remove(world.database.engine, "begin", count)
    # of the token alone, as any reading has
    assert reading <= len(begun) - reading


@ON_SQLITE
def test_r10_an_order_of_too_many_lines_is_refused_once(
    world: World, visit: Callable[..., Visitor]
) -> None:
    maria = visit("maria")
    path = f"/clients/{world.client_id('stoyanova')}/orders/new"
    before = world.everything()
    wanted = {f"quantity:t{n}": "1" for n in range(4000)}
    answer = maria.send(path, provider="nordvik", do="show", **wanted)
    assert answer.status_code == 422
    assert answer.text.count(f"at most {MAX_LINES} lines") == 1
    assert world.everything() == before


@ON_SQLITE
def test_r10_an_address_too_long_is_refused(visit: Callable[..., Visitor]) -> None:
    answer = visit("owner").get("/clients?" + "&".join(f"a{n}=1" for n in range(3000)))
    assert answer.status_code == 414


# --- bodies that are none -----------------------------------------------------------------------


@ON_SQLITE
def test_r4_a_body_of_another_type_is_not_taken_for_none_by_the_api(
    app: Flask, world: World, api: Api, places: dict[str, Any]
) -> None:
    owner = api("owner")
    walked = [route for route in routes(app, api=True, **places) if model_of(app, route)]
    before = world.everything()
    for route in walked:
        for content_type, body in (
            ("application/x-www-form-urlencoded", "version=1"),
            ("multipart/form-data; boundary=b", "--b\r\n\r\nversion\r\n--b--\r\n"),
            ("text/plain", '{"version": 1}'),
            (None, "{}"),
        ):
            answer = send(owner, route.method, route.below_prefix, body, content_type=content_type)
            assert answer.status_code == 415, (route.name, content_type)
            if route.method != "HEAD":
                problem_of(answer, 415, "unsupported_media_type")
    assert world.everything() == before
    assert len(walked) >= 40


@ON_SQLITE
def test_r4_a_version_in_a_form_is_not_overlooked(world: World, api: Api) -> None:
    owner = api("owner")
    order = place(owner, world.client_id("stoyanova"))
    path = f"/orders/{order['id']}/transitions"
    before = world.everything()
    answer = send(
        owner,
        "POST",
        path,
        "action=cancel&version=999",
        content_type="application/x-www-form-urlencoded",
    )
    problem_of(answer, 415, "unsupported_media_type")
    assert world.everything() == before


@ON_SQLITE
def test_r4_an_empty_body_is_refused_where_one_is_needed(
    app: Flask, world: World, api: Api, places: dict[str, Any]
) -> None:
    owner = api("owner")
    needing = 0
    for route in routes(app, api=True, **places):
        model = model_of(app, route)
        if route.method in READS or model is None:
            continue
        if any(field.is_required() for field in model.model_fields.values()):
            before = world.everything()
            for body in ("", "null", "[]"):
                answer = send(owner, route.method, route.below_prefix, body)
                assert answer.status_code in {400, 422}, route.name
                assert answer.get_json()["detail"], route.name
            assert world.everything() == before, route.name
            needing += 1
    assert needing >= 10
    for path in ("/staff/2/functions", "/roles/1/functions"):
        before = world.everything()
        answer = send(owner, "PUT", path, "")
        assert answer.status_code in {400, 422}, path
        assert world.everything() == before


# --- values nobody means well: what one database takes, the other may not ------------------------


@pytest.mark.every_case
def test_r16_nothing_in_a_body_breaks_the_api(
    app: Flask, world: World, api: Api, places: dict[str, Any]
) -> None:
    """A body that fits, but for one field; which value goes where is drawn by a fixed seed."""
    owner, drawn, tried = api("owner"), seeded(16, world), 0
    for route in routes(app, api=True, **places):
        model = model_of(app, route)
        if route.method in READS or model is None:
            continue
        body = sample(model)
        for name in body:
            for nasty in drawn.sample(NASTY, 1):
                wrong = {**body, name: _in_place_of(body[name], nasty, drawn)}
                answer = send(
                    owner, route.method, route.below_prefix, json.dumps(wrong), If_Match='"0"'
                )
                assert answer.status_code < 500, (route.name, name, nasty[:40])
                tried += 1
    assert tried >= 100


def _in_place_of(value: Any, nasty: str, drawn: Random) -> Any:
    """The same shape, with something nasty in it."""
    match value:
        case bool():
            return nasty
        case int():
            return drawn.choice((10**18, -(10**18), 2**63, 10**400, nasty))
        case [first, *_]:
            return [_in_place_of(first, nasty, drawn)]
        case {}:
            key = drawn.choice((*value, nasty))
            return {**value, key: _in_place_of(value.get(key, ""), nasty, drawn)}
        case _:
            return nasty


@pytest.mark.every_case
def test_r16_nothing_in_a_path_breaks_anything(
    app: Flask, api: Api, visit: Callable[..., Visitor], places: dict[str, Any]
) -> None:
    owner, visitor, tried = api("owner"), visit("owner"), 0
    for name, nasty in product(WRITTEN, ("a\x00b", "9" * 5000, "²", "\x1b", "a'b")):
        for is_api in (True, False):
            for route in routes(app, api=is_api, **{**places, name: nasty}):
                if name not in route.arguments or route.method == "HEAD":
                    continue
                answer = _ask(owner, visitor, route)
                assert answer.status_code < 500, (route.name, nasty[:10])
                tried += 1
    assert tried >= 50


WRITTEN = ("key", "name", "address", "status_key", "gateway", "token", "written")


def _ask(owner: ApiClient, visitor: Visitor, route: Route) -> TestResponse:
    if route.path.startswith("/api/"):
        return send(owner, route.method, route.below_prefix, "{}")
    return visitor.http.get(route.path, buffered=True)


@pytest.mark.every_case
def test_r16_nothing_in_a_query_breaks_anything(
    app: Flask, world: World, api: Api, visit: Callable[..., Visitor], places: dict[str, Any]
) -> None:
    drawn, tried = seeded(17, world), 0
    named = {"Authorization": f"Bearer {api('owner').token}"}
    owner, visitor = app.test_client(), visit("owner")
    for is_api in (True, False):
        gets = [route for route in routes(app, api=is_api, **places) if route.method == "GET"]
        for route, query in product(gets, drawn.sample(QUERIES, 2)):
            nasty = quote(drawn.choice(NASTY)[:1000], errors="surrogatepass")
            address = f"{route.path}?{query}={nasty}"
            answer = (
                owner.get(address, headers=named)
                if is_api
                else visitor.http.get(address, buffered=True)
            )
            assert answer.status_code < 500, (route.name, query, nasty[:40])
            tried += 1
    assert tried >= 100


QUERIES = ("cursor", "limit", "from", "query", "since", "provider", "status", "exception")


@pytest.mark.every_case
def test_r16_nothing_in_a_form_breaks_a_page(
    app: Flask, world: World, visit: Callable[..., Visitor], places: dict[str, Any]
) -> None:
    """Every form of every page, filled in as it stands but for one field."""
    drawn, tried, taken = seeded(18, world), 0, 0
    visitor = visit("owner")
    for address, form in _forms(app, visitor, places):
        names = [name for name in form.fields if name != "csrf_token"]
        for name in drawn.sample(names, min(len(names), 2)):
            for nasty in drawn.sample(NASTY, 1):
                typed = MultiDict(form.fields)
                typed["csrf_token"] = visitor.own_token()
                typed[name] = nasty
                answer = _post(visitor, form, address, typed)
                assert answer.status_code < 500, (form.action or address, name, nasty[:40])
                tried += 1
                taken += answer.status_code != 400
                if answer.location and "sign-in" in answer.location:
                    visitor.carry(new_session(world, "owner"))
    assert tried >= 100
    assert taken >= tried // 2


def _forms(app: Flask, visitor: Visitor, places: dict[str, Any]) -> Iterator[tuple[str, SentForm]]:
    """Each once, with the page it stands on."""
    seen: set[str] = set()
    for route in routes(app, api=False, **places):
        if route.method != "GET":
            continue
        page = visitor.http.get(route.path, buffered=True)
        if page.status_code != 200 or page.mimetype != "text/html":
            continue
        for form in forms_of(page):
            rule = form.action or route.path
            if form.method == "post" and rule not in seen and not rule.startswith(LEAVING):
                seen.add(rule)
                yield route.path, form


def _post(visitor: Visitor, form: SentForm, address: str, typed: Mapping[str, Any]) -> TestResponse:
    # half of a pair is sent as a browser never would
    body = {
        name: [value.encode("utf-8", "surrogatepass").decode("latin-1") for value in values]
        for name, values in MultiDict(typed).lists()
    }
    return visitor.http.post(form.action or address, data=body)


@ON_SQLITE
def test_r5_a_small_picture_that_announces_a_large_one_is_refused(
    world: World, visit: Callable[..., Visitor]
) -> None:
    owner = visit("owner")
    before = world.everything()
    for side in (4001, 14_000, 60_000, 2**31 - 1):
        logo = BytesIO(_png(side)), "logo.png"
        fields = {"csrf_token": owner.token("/"), "logo": logo}
        answer = owner.http.post("/providers/nordvik/logo", data=fields)
        assert answer.status_code == 422, side
    assert world.everything() == before


def _png(side: int) -> bytes:
    """A header, a beginning of pixels, an end."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("cap", ["1e400", "9" * 40, "1e30", "-1e400", "NaN", "²"])
@ON_SQLITE
def test_r5_a_percentage_is_a_number_of_two_digits(
    world: World, visit: Callable[..., Visitor], cap: str
) -> None:
    owner = visit("owner")
    before = world.everything()
    answer = owner.send(
        "/permissions/departments/new", key="new", **{"titles-en": "N"}, discount_cap=cap
    )
    assert answer.status_code == 422
    assert cap in answer.text
    assert world.everything() == before


def test_r16_a_price_times_a_quantity_is_bounded(world: World, api: Api) -> None:
    owner, client_id = api("owner"), world.client_id("stoyanova")
    order = place(
        owner, client_id, {"tariff": "web-start", "period": "1 month", "quantity": 100_000}
    )
    line = order["lines"][0]["id"]
    before = world.everything()
    answer = send(
        owner,
        "POST",
        f"/orders/{order['id']}/lines/{line}/price",
        json.dumps({"unit_price": "9999999999999.99", "reason": "because"}),
    )
    assert wrong_fields(answer) == [("unit_price", "total_too_large")]
    assert world.everything() == before
