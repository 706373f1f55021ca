"""Every route × every person: whoever does not hold the function is refused, nothing is changed."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from billing_panel.accounts.people.client_roles import ROLE_FUNCTIONS, ClientRole
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.api_tokens import create_token
from billing_panel.demo.demo_file_models import read_people
from billing_panel.web.shell.route_access import ATTRIBUTE, Access
from tests.api import ApiClient
from tests.http.engines import ON_SQLITE
from tests.http.routes import READS, Route, access_of, own_rules, routes
from tests.http.shop import problem_of, send
from tests.http.visitor import Visitor, assert_nothing_inline, has_looked_at_orders
from tests.world import World, add_client_user, hold_only

COLLEAGUES = {f"stoyanova.{role.value}": role for role in ClientRole}
PEOPLE = ("maria", "georgi", "petar", "olga", "owner", "stoyanova", *COLLEAGUES)


@pytest.fixture
def colleagues(world: World) -> dict[str, frozenset[str]]:
    """A user of the client stoyanova in each role, and the functions of each."""
    for login, role in COLLEAGUES.items():
        add_client_user(world, "stoyanova", login, role)
    return {login: ROLE_FUNCTIONS[role] for login, role in COLLEAGUES.items()}


@pytest.fixture
def held(world: World, colleagues: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The functions of each person, read from the file of the demo and not from the matrix."""
    people = read_people()
    of_department = {department.key: department.functions for department in people.department}
    staff = {
        person.login: {f for key in person.departments for f in of_department[key]}
        for person in people.staff
    }
    return {
        **{login: frozenset(functions) for login, functions in staff.items()},
        "owner": world.panel.known,
        "stoyanova": ROLE_FUNCTIONS[ClientRole.OWNER],
        **colleagues,
    }


@ON_SQLITE
def test_every_route_says_who_may_use_it(app: Flask) -> None:
    rules = own_rules(app)
    undeclared = [
        rule.rule
        for rule in rules
        if not isinstance(getattr(app.view_functions[rule.endpoint], ATTRIBUTE, None), Access)
    ]
    assert undeclared == []
    assert len(rules) >= 25


@ON_SQLITE
def test_every_function_a_route_names_is_in_the_matrix(app: Flask, world: World) -> None:
    named = {
        function for rule in own_rules(app) for function in access_of(app, rule.endpoint).functions
    }
    assert named
    assert named <= world.panel.known


@ON_SQLITE
def test_only_these_routes_ask_for_no_function(app: Flask) -> None:
    def without(*, signed_in: bool) -> set[str]:
        return {
            rule.rule
            for rule in own_rules(app)
            if access_of(app, rule.endpoint) == Access(signed_in=signed_in)
        }

    assert without(signed_in=False) == {
        "/healthz",
        "/sign-in",
        "/choose-password/<token>",
        "/language",
        "/fonts/<name>",
        # where there is no window, whoever is not its client is turned away there
        "/shop/<key>",
        "/api/v1/shop/<key>",
        # for those who are not known yet
        "/shop/<key>/register",
        "/registration/<token>",
        "/api/v1/openapi.json",
        "/api/v1/docs",
        # a signature is asked there
        "/api/v1/payment-gateways/<gateway>/webhook",
        "/sandbox/payments/<written>",
        "/forgot-password",
        "/second-factor",
        "/second-factor/set-up",
        "/sign-in/openid",
        "/sign-in/openid/callback",
    }
    assert without(signed_in=True) == {
        "/",
        "/live",
        "/unsent/<secret>",
        "/sign-out",
        "/permissions/see-as/end",
        "/api/v1/account",
        "/api/v1/account/notices",
        "/api/v1/account/sessions",
        "/api/v1/account/sessions/<bigid:session_id>",
        "/api/v1/account/tokens",
        "/api/v1/account/tokens/<bigid:token_id>",
        "/api/v1/me",
        "/api/v1/events",
        "/api/v1/providers",
        "/api/v1/search",
        "/search",
        "/search/palette",
        "/api/v1/notices",
        "/api/v1/notices/read",
        "/notices",
        "/notices/<bigid:notice_id>",
        "/notices/news",
        "/notices/read",
        "/account",
        "/account/notices",
        "/account/address",
        "/account/connection",
        "/account/connection/remove",
        "/account/connection/start",
        "/account/password",
        "/account/recovery-codes",
        "/account/second-factor",
        "/account/second-factor/remove",
        "/account/second-factor/set-up",
        "/account/sessions/<bigid:session_id>/end",
        "/account/sessions/end-others",
        "/account/tokens",
        "/account/tokens/<bigid:token_id>/revoke",
        # one's own alone; confirming one asks for what it does
        "/drafts/<bigid:draft_id>",
        "/api/v1/drafts/<bigid:draft_id>",
    }


NOTHING = b""
MALFORMED = b'{"lines": [{'


@ON_SQLITE
def test_the_api_refuses_whoever_does_not_hold_the_function_before_it_looks_at_the_body(
    app: Flask,
    world: World,
    api: Callable[[str], ApiClient],
    held: dict[str, frozenset[str]],
    places: dict[str, Any],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    walked = routes(app, api=True, **places)
    callers = {login: api(login) for login in PEOPLE}
    before = kept(world)
    allowed = refused = 0
    for route in walked:
        for login, caller in callers.items():
            if may(held[login], route):
                assert_let_in(caller, route, login)
                allowed += 1
            else:
                assert_refused(caller, route, login)
                refused += 1
    assert kept(world) == before
    record_testsuite_property("API routes × people", allowed + refused)
    assert allowed + refused == len(walked) * len(PEOPLE)
    assert len(walked) >= 30
    assert refused >= 30


# saving the log or a statement takes reading it too, filling a template in whom it is for
OF_TWO_FUNCTIONS = {
    "/api/v1/orders/<bigid:order_id>/answer-templates/<bigid:template_id>",
    "/api/v1/clients/<bigid:client_id>/answer-templates/<bigid:template_id>",
    "/api/v1/audit.csv",
    "/api/v1/clients/<bigid:client_id>/statement.csv",
    "/api/v1/clients/<bigid:client_id>/statement.pdf",
}


def kept(world: World) -> dict[str, Any]:
    """All there is, but for what the log tells of files that were saved."""
    everything = dict(world.everything())
    everything["event"] = [row for row in everything["event"] if "register.exported" not in row]
    return everything


@ON_SQLITE
def test_whoever_holds_one_function_is_let_in_where_it_is_asked(
    app: Flask,
    world: World,
    api: Callable[[str], ApiClient],
    places: dict[str, Any],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    """Each function that a route of the API asks for is enough by itself."""
    walked = routes(app, api=True, **places)
    asked = sorted({function for route in walked for function in route.access.functions})
    let_in = 0
    for function in asked:
        hold_only(world, "georgi", function)
        # a token of its own, for each may ask only so often
        georgi = api("georgi")
        for route in walked:
            if function in route.access.functions and route.rule not in OF_TWO_FUNCTIONS:
                assert_let_in(georgi, route, function)
                let_in += 1
    record_testsuite_property("API routes × their functions", let_in)
    assert len(asked) >= 25
    assert let_in >= 60


@ON_SQLITE
def test_no_other_functions_let_anybody_in(
    app: Flask,
    world: World,
    api: Callable[[str], ApiClient],
    places: dict[str, Any],
) -> None:
    """Whoever holds every function but those a route asks for is refused there, so is one alone."""
    walked = routes(app, api=True, **places)
    kinds = {route.access.functions for route in walked if route.access.functions}
    for asked in sorted(kinds, key=sorted):
        hold_only(world, "georgi", *(world.panel.known - frozenset(asked)))
        georgi = api("georgi")
        for route in walked:
            if route.access.functions == asked:
                assert_refused(georgi, route, f"all but {sorted(asked)}")
    assert len(kinds) >= 20


@ON_SQLITE
def test_a_token_lets_nobody_in_by_what_its_owner_holds_besides(
    app: Flask, world: World, places: dict[str, Any]
) -> None:
    """Even an owner’s token is refused where it has every function but those that are asked for."""
    walked = routes(app, api=True, **places)
    kinds = {route.access.functions for route in walked if route.access.functions}
    before = world.everything()
    for asked in sorted(kinds, key=sorted):
        besides = sorted(world.panel.known - frozenset(asked))
        with world.database.writing() as session:
            owner = session.scalars(select(User).filter_by(login="owner")).one()
            token = create_token(
                session,
                owner,
                "narrow",
                known=world.panel.known,
                at=world.clock.now(),
                functions=besides,
            )
        narrow = ApiClient(app.test_client(), token)
        for route in walked:
            if route.access.functions == asked:
                assert_refused(narrow, route, f"a token of all but {sorted(asked)}")
    after = world.everything()
    assert {name for name in after if after[name] != before[name]} <= {"api_token", "event"}


def may(functions: frozenset[str], route: Route) -> bool:
    return not route.access.functions or bool(functions.intersection(route.access.functions))


def assert_let_in(caller: ApiClient, route: Route, login: str) -> None:
    """A malformed body is read, and refused, only past the guard; so nothing is changed."""
    reads = route.method in READS
    answer = send(caller, route.method, route.below_prefix, NOTHING if reads else MALFORMED)
    expected = {200, 404, 422} if reads else {400}
    assert answer.status_code in expected, f"{login}: {route.name}"
    # a file gives its place back
    answer.close()


def assert_refused(caller: ApiClient, route: Route, login: str) -> None:
    for body in (NOTHING,) if route.method in READS else (NOTHING, MALFORMED):
        answer = send(caller, route.method, route.below_prefix, body)
        assert answer.status_code == 403, f"{login}: {route.name}"
        if route.method != "HEAD":
            problem = problem_of(answer, 403, "function_not_held")
            assert problem["function"] in route.access.functions


@ON_SQLITE
def test_the_api_knows_nobody_without_a_good_token(
    app: Flask, world: World, places: dict[str, Any]
) -> None:
    walked = [route for route in routes(app, api=True, **places) if route.access.signed_in]
    before = world.everything()
    cells = 0
    for route in walked:
        for headers in ({}, {"Authorization": "Bearer bp_made-up"}):
            body = NOTHING if route.method in READS else MALFORMED
            answer = app.test_client().open(
                route.path,
                method=route.method,
                headers=headers,
                data=body,
                content_type="application/json",
            )
            assert answer.status_code == 401, route.name
            assert answer.headers["WWW-Authenticate"] == "Bearer", route.name
            if route.method != "HEAD":
                problem_of(answer, 401, "unauthenticated")
            cells += 1
    assert world.everything() == before
    assert cells == 2 * len(walked) >= 60


@ON_SQLITE
def test_pages_send_nobody_to_sign_in(
    app: Flask, world: World, visit: Callable[..., Visitor], places: dict[str, Any]
) -> None:
    walked = [r for r in routes(app, api=False, **places) if r.access.signed_in]
    visitor = visit()
    token = visitor.token()
    before = world.everything()
    for route in walked:
        form = None if route.method in READS else {"csrf_token": token}
        answer = visitor.http.open(route.path, method=route.method, data=form)
        if route.rule == "/live":
            # a script reads it
            assert answer.status_code == 401
            continue
        assert answer.status_code == 302, route.name
        assert urlsplit(answer.location).path == "/sign-in", route.name
    assert world.everything() == before
    assert len(walked) >= 3


@ON_SQLITE
def test_pages_refuse_whoever_does_not_hold_the_function(
    app: Flask,
    world: World,
    visit: Callable[..., Visitor],
    held: dict[str, frozenset[str]],
    places: dict[str, Any],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    walked = routes(app, api=False, **places)
    cells = 0
    for login in PEOPLE:
        visitor = visit(login)
        token = visitor.token("/")
        has_looked_at_orders(world, login)
        before = kept(world)
        for route in walked:
            if route.method == "HEAD" and login != PEOPLE[0]:
                # answered by the same view as GET, whoever asks
                continue
            where = f"{login}: {route.name}"
            let_in = may(held[login], route)
            if route.method in READS:
                answer = visitor.http.open(route.path, method=route.method, buffered=True)
                assert (answer.status_code == 403) is not let_in, where
                assert answer.status_code < 500, where
                assert "/sign-in" not in answer.headers.get("Location", ""), where
                if answer.mimetype == "text/html" and route.method == "GET":
                    assert_nothing_inline(answer)
            elif not let_in:
                form = {"csrf_token": token}
                answer = visitor.http.open(route.path, method=route.method, data=form)
                assert answer.status_code == 403, where
            cells += 1
        assert kept(world) == before, login
    record_testsuite_property("pages × people", cells)
    heads = sum(route.method == "HEAD" for route in walked)
    assert cells == len(walked) * len(PEOPLE) - heads * (len(PEOPLE) - 1) >= 60


# Written by hand, and not read from the roles: which routes of the API are whose. Of these the
# viewer may all; what stands nowhere here is for nobody of the client.
SEEING = {
    "GET /me",
    "GET /account",
    "GET /account/notices",
    "PATCH /account/notices",
    "GET /account/sessions",
    "DELETE /account/sessions",
    "DELETE /account/sessions/<bigid:session_id>",
    "GET /account/tokens",
    "DELETE /account/tokens/<bigid:token_id>",
    # as far as each is told of what happened
    "GET /events",
    "GET /notices",
    "POST /notices/read",
    "GET /providers",
    "GET /search",
    "GET /clients",
    "GET /clients/<bigid:client_id>",
    "GET /clients/<bigid:client_id>/services",
    "GET /clients/<bigid:client_id>/orders",
    "GET /orders",
    "GET /orders/waiting",
    # answered with 404: staff alone have such lists
    "GET /orders/views",
    "POST /orders/views",
    "PATCH /orders/views/<bigid:view_id>",
    "DELETE /orders/views/<bigid:view_id>",
    "GET /orders/columns",
    "PUT /orders/columns",
    "GET /messages",
    "GET /orders/<bigid:order_id>",
    "GET /orders/<bigid:order_id>/invoices",
    "GET /orders/<bigid:order_id>/review",
    "GET /orders/<bigid:order_id>/timeline",
    "GET /messages/files/<bigid:attachment_id>",
    "GET /orders/<bigid:order_id>/messages",
    "POST /orders/<bigid:order_id>/messages/read",
    "GET /clients/<bigid:client_id>/messages",
    "POST /clients/<bigid:client_id>/messages/read",
    "GET /orders/<bigid:order_id>/transitions",
    "GET /workflows",
    "GET /workflows/<key>",
    # which of them they may take, the order's workflow says
    "POST /orders/<bigid:order_id>/transitions",
    "POST /orders/<bigid:order_id>/transitions/preview",
    "POST /orders/<bigid:order_id>/transitions/drafts",
    # their own alone
    "GET /drafts/<bigid:draft_id>",
    # for everybody
    "GET /openapi.json",
    "GET /docs",
    # for whoever signs
    "POST /payment-gateways/<gateway>/webhook",
    # for whoever comes by
    "GET /shop/<key>",
}
WRITING = {
    "POST /orders/<bigid:order_id>/messages",
    # a route says who may write; that the offer is staff's own, its action
    "POST /orders/<bigid:order_id>/pickup-answer",
    "POST /orders/<bigid:order_id>/pickup-offer",
    "POST /clients/<bigid:client_id>/messages",
    # answered with 404: templates are staff's
    "GET /answer-templates",
    "GET /answer-templates/<bigid:template_id>",
    "GET /orders/<bigid:order_id>/answer-templates/<bigid:template_id>",
    "GET /clients/<bigid:client_id>/answer-templates/<bigid:template_id>",
}
BUYING = (
    SEEING
    | WRITING
    | {
        "GET /clients/<bigid:client_id>/catalog",
        "POST /clients/<bigid:client_id>/quote",
        "POST /clients/<bigid:client_id>/orders",
        "POST /clients/<bigid:client_id>/orders/drafts",
        "GET /clients/<bigid:client_id>/cart",
        "POST /orders/<bigid:order_id>/review",
        "GET /clients/<bigid:client_id>/cart/approval",
        "POST /clients/<bigid:client_id>/cart/approval",
        # answered with 404: staff send
        "POST /clients/<bigid:client_id>/cart/approval/send",
        "GET /clients/<bigid:client_id>/cart/promo-code",
        "PUT /clients/<bigid:client_id>/cart/promo-code",
        "POST /clients/<bigid:client_id>/cart/lines",
        "PATCH /clients/<bigid:client_id>/cart/lines/<bigid:line_id>",
        "DELETE /clients/<bigid:client_id>/cart/lines/<bigid:line_id>",
        "POST /clients/<bigid:client_id>/cart/checkout",
    }
)
ACCOUNTING = (
    SEEING
    | WRITING
    | {
        "GET /clients/<bigid:client_id>/balance",
        "GET /clients/<bigid:client_id>/postings",
        "GET /clients/<bigid:client_id>/top-ups",
        "POST /clients/<bigid:client_id>/top-ups",
        "POST /top-ups/<bigid:top_up_id>/cancel",
        "POST /orders/<bigid:order_id>/payments",
        # by functions they have too; to clients there is nothing to claim (test_claims)
        "POST /orders/<bigid:order_id>/claim",
        "DELETE /orders/<bigid:order_id>/claim",
        # answered with 404: the bar, and bills of many orders, are staff's
        "GET /orders/bar",
        "POST /orders/bills",
        "GET /clients/<bigid:client_id>/statement.csv",
        "GET /clients/<bigid:client_id>/statement.pdf",
        "POST /payments/<bigid:payment_id>/give-up",
        "GET /documents",
        "GET /documents/<bigid:document_id>",
        "GET /documents/<bigid:document_id>.pdf",
        "GET /documents/<bigid:document_id>.xml",
        "GET /documents/<bigid:document_id>/deliveries",
        "POST /documents/files",
        "GET /documents/files/<bigid:bundle_id>",
        "GET /documents/files/<bigid:bundle_id>.pdf",
        "GET /documents/files/<bigid:bundle_id>.zip",
        "GET /invoices/<bigid:document_id>",
        "GET /invoices/<bigid:document_id>.pdf",
        "GET /invoices/<bigid:document_id>.xml",
    }
)
MANAGING = {
    "GET /clients/<bigid:client_id>/users",
    "POST /clients/<bigid:client_id>/users",
    "GET /clients/<bigid:client_id>/users/<bigid:user_id>",
    "PATCH /clients/<bigid:client_id>/users/<bigid:user_id>",
    "POST /clients/<bigid:client_id>/users/<bigid:user_id>/sign-in-link",
}
ALLOWED = {
    ClientRole.VIEWER: SEEING,
    ClientRole.BUYER: BUYING,
    ClientRole.ACCOUNTANT: ACCOUNTING,
    ClientRole.OWNER: BUYING | ACCOUNTING | MANAGING,
}


@ON_SQLITE
@pytest.mark.parametrize("role", ClientRole)
def test_each_role_may_exactly_this(
    app: Flask,
    world: World,
    api: Callable[[str], ApiClient],
    places: dict[str, Any],
    role: ClientRole,
) -> None:
    add_client_user(world, "stoyanova", "colleague", role)
    caller = api("colleague")
    before = world.everything()
    let_in = set()
    for route in routes(app, api=True, **places):
        if route.method == "HEAD":
            continue
        body = NOTHING if route.method in READS else MALFORMED
        answer = send(caller, route.method, route.below_prefix, body)
        # past the guard a malformed body is refused as such
        assert answer.status_code in {200, 400, 403, 404, 422}, route.name
        if answer.status_code != 403:
            let_in.add(route.name.replace("/api/v1", ""))
    assert let_in == ALLOWED[role]
    assert world.everything() == before
