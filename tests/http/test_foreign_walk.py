"""Every route with an id in it × ids of somebody else: they answer as ids that do not exist.

Two who may do everything there is, but elsewhere: a member of staff who works for another provider,
and a client who is another client.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.api.administration.provider_bodies import PICTURE
from billing_panel.catalog.models import Tariff
from permissions.models import StaffFunction
from tests.api import ApiClient
from tests.http.administration_changes import NEW_TARIFF
from tests.http.engines import ON_SQLITE
from tests.http.routes import READS, Route, routes
from tests.http.setup_changes import SETUP_BODIES
from tests.http.shop import MISSING, WEB_START, basket
from tests.http.visitor import Visitor
from tests.world import World

pytestmark = ON_SQLITE

# Departments, groups and payment systems belong to the whole installation; the others are nobody's.
NAMES = re.compile("nordvik|georgi|web-start|nobody-nowhere")
SHARED = frozenset(
    {
        "kind",
        "file",
        "form",
        "picture",
        "department_id",
        "gateway",
        "group",
        "group_id",
        "name",
        "register",
        "token",
        "written",
    }
)
OWN_SHOP = frozenset({"/shop/<key>", "/checkout/<key>", "/cart/<key>/approve"})
# What each route that takes a body takes, so that it is the address that is refused.
BODIES: Mapping[str, dict[str, Any]] = {
    "/api/v1/orders/<bigid:order_id>/reminders/pause": {"reason": "because"},
    "/api/v1/clients/<bigid:client_id>/reminders/<key>/pause": {"reason": "because"},
    "/api/v1/orders/<bigid:order_id>/write-off": {"reason": "because"},
    "/api/v1/orders/<bigid:order_id>/write-off/undo": {"reason": "because"},
    "/api/v1/write-offs/<bigid:write_off_id>/decision": {"approve": True, "reason": "because"},
    "/api/v1/clients/<bigid:client_id>/cart/checkout": {
        "line_ids": [1],
        "payment_method": "bank_transfer",
    },
    "/api/v1/orders/<bigid:order_id>/review": {"stars": 5},
    "/api/v1/orders/<bigid:order_id>/review/answer": {"answer": "Thanks"},
    "/api/v1/orders/<bigid:order_id>/review/hide": {"reason": "rude"},
    "/api/v1/clients/<bigid:client_id>/cart/approval": {
        "provider": "nordvik",
        "expected_total": {"amount": "5.88", "currency": "EUR"},
    },
    "/api/v1/clients/<bigid:client_id>/cart/approval/send": {"provider": "nordvik"},
    "/api/v1/clients/<bigid:client_id>/cart/lines": WEB_START,
    "/api/v1/clients/<bigid:client_id>/cart/promo-code": {"promo_code": "AUTUMN10"},
    "/api/v1/clients/<bigid:client_id>/cart/lines/<bigid:line_id>": {"quantity": 2},
    "/api/v1/clients/<bigid:client_id>/orders": basket(),
    "/api/v1/clients/<bigid:client_id>/orders/drafts": basket(),
    "/api/v1/clients/<bigid:client_id>/quote": {"lines": [WEB_START]},
    "/api/v1/clients/<bigid:client_id>/credits": {"amount": "1.00", "reason": "none"},
    "/api/v1/clients/<bigid:client_id>/debits": {"amount": "1.00", "reason": "none"},
    "/api/v1/clients/<bigid:client_id>/top-ups": {"amount": "5.00", "method": "bank_transfer"},
    "/api/v1/orders/<bigid:order_id>/pickup-answer": {"accepts": True},
    "/api/v1/clients/<bigid:client_id>/exceptions": {
        "tariff": "gpu-a16",
        "restriction": "group_not_allowed",
        "reason": "none",
    },
    "/api/v1/exceptions/<bigid:exception_id>/decision": {"approve": True, "reason": "none"},
    "/api/v1/documents/<bigid:document_id>/credit-notes": {"reason": "none"},
    "/api/v1/documents/files": {"documents": [1]},
    "/api/v1/documents/together": {"orders": [1, 2]},
    "/api/v1/orders/<bigid:order_id>/payments": {"method": "cash"},
    "/api/v1/orders/<bigid:order_id>/lines/<bigid:line_id>/price": {
        "unit_price": "99.00",
        "reason": "none",
    },
    "/api/v1/orders/<bigid:order_id>/lines": {"lines": [{"tariff": "web-start"}]},
    "/api/v1/orders/<bigid:order_id>/lines/preview": {"lines": [{"tariff": "web-start"}]},
    "/api/v1/payments/<bigid:payment_id>/refunds": {"to": "balance", "reason": "none"},
    "/api/v1/payments/<bigid:payment_id>/give-up": {"reason": "none"},
    "/api/v1/orders/<bigid:order_id>/messages": {"text": "none"},
    "/api/v1/clients/<bigid:client_id>/messages": {"text": "none"},
    "/api/v1/orders/<bigid:order_id>/deadline": {"due_at": None, "reason": "none"},
    "/api/v1/orders/<bigid:order_id>/lines/<bigid:line_id>": {"status": "new"},
    "/api/v1/orders/<bigid:order_id>/services/<bigid:service_id>/hours": {
        "hours": "1",
        "words": "none",
    },
    "/api/v1/orders/<bigid:order_id>/transitions": {"action": "cancel"},
    "/api/v1/orders/<bigid:order_id>/transitions/drafts": {"action": "cancel"},
    "/api/v1/orders/<bigid:order_id>/transitions/preview": {"action": "cancel"},
    "/api/v1/clients/<bigid:client_id>/entries/<bigid:entry_id>/reverse": {"reason": "none"},
    "/api/v1/clients/<bigid:client_id>/providers": {"provider": "sever"},
    "/api/v1/clients/<bigid:client_id>/users": {"login": "one.more"},
    "/api/v1/providers/<key>/pictures/<picture>": {"picture": PICTURE},
    "/api/v1/providers/<key>/tariffs": NEW_TARIFF,
    "/api/v1/providers/<key>/tariffs/<tariff>/stock": {"by": 1, "reason": "none"},
    "/api/v1/providers/<key>/categories": {"categories": []},
    "/api/v1/staff/<address>/functions": {"switches": {}},
    **SETUP_BODIES,
    "/api/v1/providers/<key>/payment-methods/<method>/off": {
        "until": "2026-12-01T10:00:00+00:00",
        "for_clients": "none",
    },
}


@pytest.fixture
def foreign(world: World, places: dict[str, Any]) -> dict[str, Any]:
    """Things of Nordvik and of its client Stoyanova."""
    with world.database.reading() as session:
        tariff_id = session.scalars(select(Tariff.id).filter_by(key="web-start")).one()
        georgi = session.scalars(select(Staff.id).join(User).filter_by(login="georgi")).one()
    return {**places, "tariff_id": tariff_id, "staff_id": georgi, "address": "georgi"}


@pytest.fixture
def missing(foreign: dict[str, Any]) -> dict[str, Any]:
    """The same, of nothing that exists."""
    return {
        name: there if name in SHARED else MISSING if isinstance(there, int) else "nobody-nowhere"
        for name, there in foreign.items()
    }


def hold_everything(world: World, login: str) -> None:
    with world.database.writing() as session:
        person = session.scalars(select(Staff).join(User).filter_by(login=login)).one()
        session.execute(delete(StaffFunction).filter_by(staff_id=person.id))
        session.add_all(
            StaffFunction(staff_id=person.id, function=name, on=True) for name in world.panel.known
        )


def pairs(
    app: Flask, *, api: bool, foreign: dict[str, Any], missing: dict[str, Any]
) -> list[tuple[Route, Route]]:
    """Each route that names something of somebody, at a foreign thing and at a missing one."""
    there, nowhere = (routes(app, api=api, **of) for of in (foreign, missing))
    return [
        (route, other)
        for route, other in zip(there, nowhere, strict=True)
        if route.arguments - SHARED and not route.rule.startswith("/api/v1/roles")
    ]


def ask(caller: ApiClient, route: Route) -> TestResponse:
    named = BODIES.get(route.name, BODIES.get(route.rule, {}))
    body = None if route.method in {*READS, "DELETE"} else named
    return caller.http.open(
        route.path,
        method=route.method,
        json=body,
        headers={"Authorization": f"Bearer {caller.token}"},
    )


def nameless(answer: TestResponse) -> str:
    """What is answered, without the name that was asked for."""
    return NAMES.sub("", answer.text)


def test_the_api_tells_staff_nothing_of_another_providers_things(
    app: Flask,
    world: World,
    api: Callable[[str], ApiClient],
    foreign: dict[str, Any],
    missing: dict[str, Any],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    hold_everything(world, "olga")
    olga = api("olga")
    walked = pairs(app, api=True, foreign=foreign, missing=missing)
    before = world.everything()
    for there, nowhere in walked:
        answer = ask(olga, there)
        assert answer.status_code == 404, f"{there.name}: {answer.text}"
        assert nameless(answer) == nameless(ask(olga, nowhere)), there.name
    assert world.everything() == before
    record_testsuite_property("API routes at another provider's ids", len(walked))
    assert len(walked) >= 20


def test_the_api_tells_a_client_nothing_of_another_clients_things(
    app: Flask,
    world: World,
    api: Callable[[str], ApiClient],
    foreign: dict[str, Any],
    missing: dict[str, Any],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    other = api("balkan.media")
    walked = pairs(app, api=True, foreign=foreign, missing=missing)
    before = world.everything()
    for there, nowhere in walked:
        answer = ask(other, there)
        assert answer.status_code in {403, 404}, f"{there.name}: {answer.text}"
        assert answer.status_code == ask(other, nowhere).status_code, there.name
    assert world.everything() == before
    record_testsuite_property("API routes at another client's ids", len(walked))
    assert len(walked) >= 20


def test_a_clients_own_address_does_not_open_another_clients_line(
    world: World, api: Callable[[str], ApiClient], foreign: dict[str, Any]
) -> None:
    other = api("balkan.media")
    own = world.client_id("balkan.media")
    before = world.everything()
    path = f"/clients/{own}/cart/lines/{foreign['line_id']}"
    assert other.patch(path, {"quantity": 2}).status_code in {403, 404}
    assert other.delete(path).status_code in {403, 404}
    hold_everything(world, "maria")
    before = world.everything()
    maria = api("maria")
    before = world.everything()
    assert maria.patch(path, {"quantity": 2}).status_code == 404
    assert maria.delete(path).status_code == 404
    assert world.everything() == before


@pytest.mark.parametrize("login", ["olga", "balkan.media"])
def test_pages_show_nobody_what_is_somebody_elses(
    app: Flask,
    world: World,
    visit: Callable[..., Visitor],
    foreign: dict[str, Any],
    missing: dict[str, Any],
    record_testsuite_property: Callable[[str, object], None],
    login: str,
) -> None:
    if login == "olga":
        hold_everything(world, login)
    visitor = visit(login)
    token = visitor.token("/")
    walked = [
        (there, nowhere)
        for there, nowhere in pairs(app, api=False, foreign=foreign, missing=missing)
        # balkan.media buys from nordvik too
        if login == "olga" or there.rule not in OWN_SHOP
    ]
    before = world.everything()
    for there, nowhere in walked:
        answers = [
            visitor.http.open(
                route.path,
                method=route.method,
                data=None if route.method in READS else {"csrf_token": token},
            )
            for route in (there, nowhere)
        ]
        refused = {404} if login == "olga" else {403, 404}
        assert answers[0].status_code in refused, f"{login}: {there.name}"
        assert answers[0].status_code == answers[1].status_code, f"{login}: {there.name}"
        assert "Stoyanova" not in answers[0].text, there.name
    assert world.everything() == before
    record_testsuite_property(f"pages at somebody else's ids, {login}", len(walked))
    assert len(walked) >= 30
