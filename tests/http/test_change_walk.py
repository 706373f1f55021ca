"""Every form and every body × each function it asks for, and each role of staff and clients.

Issue 11: *allowed, refused, nothing changed*. What works for an owner is sent by whoever holds just
the functions that the table of ``tests.http.changes`` asks, by whoever holds all there are but one
of them, and by people in the roles there are. Whoever may changes something, whoever may not
nothing. A route that is made tomorrow has no row there, and fails.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from billing_panel.accounts.companies.provider_models import Logo, MethodKind, Provider
from billing_panel.accounts.people.client_models import ForbiddenMethod
from billing_panel.accounts.people.client_roles import ROLE_FUNCTIONS, ClientRole
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.second_factor import SecondFactor
from billing_panel.administration.clients.change_client import create_client
from billing_panel.administration.clients.client_details import ClientDetails
from billing_panel.administration.providers.change_provider import create_provider
from billing_panel.administration.staff.change_staff import (
    StaffDetails,
    change_staff,
    create_staff,
    staff_details,
)
from billing_panel.administration.staff.departments import DepartmentDetails, save_department
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.language.text import LANGUAGES
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.actor import Actor
from billing_panel.ledger.client_standing import standing
from plugins.finance.reminders.remind_by_hand import PauseReminders, pause_reminders
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance, debit_balance
from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from plugins.orders.settings.save_status import StatusDetails, save_status
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment, PaymentState
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.statuses.stage import Shape, Stage
from tests.api import ApiClient
from tests.businesses import DETAILS, opened
from tests.http.administration_changes import OF_ADMINISTRATION
from tests.http.changes import MONEY, OF_PAGES, OF_THE_API, OWN, Change
from tests.http.engines import ON_SQLITE
from tests.http.routes import READS, access_of, own_rules
from tests.http.setup_changes import OF_SETUP, OWN_SETUP
from tests.http.shop import place
from tests.http.visitor import Visitor
from tests.world import World, add_client_user, hold_only

pytestmark = ON_SQLITE

CLIENT, HOME = "stoyanova", "nordvik"
# pages that ask first of which provider, and what else they ask
OF_A_PROVIDER = {"/promo-codes/new": "", "/tariffs/new": "&kind=service"}
ROLES = {f"{CLIENT}.{role.value}": role for role in ClientRole}
# of departments as the demo has them; the last works for another provider
TABLE = (*OF_THE_API, *OF_ADMINISTRATION, *OF_SETUP, *OF_PAGES)
STAFF = ("maria", "petar", "olga")
WHO = "georgi"


@dataclass(frozen=True)
class Kept:
    """The database as it was before the walk, and whether it is so still."""

    live: sqlite3.Connection
    as_it_was: sqlite3.Connection

    def version(self) -> int:
        """Another one as soon as anybody has written anything."""
        return int(self.live.execute("PRAGMA data_version").fetchone()[0])

    def bring_back(self) -> int:
        self.as_it_was.backup(self.live)
        return self.version()


@pytest.fixture
def kept(config: Config, ground: dict[str, Any], senders: "Senders") -> Iterator[Kept]:
    """Made when everything is there that the walk needs."""
    assert ground
    assert senders.callers
    path = config.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(":memory:")) as copy:
        live.backup(copy)
        yield Kept(live, copy)


@pytest.fixture
def ground(world: World, api: Callable[[str], ApiClient], places: dict[str, Any]) -> dict[str, Any]:
    """What ``places`` has, and something for each row of the table, free for whoever does it."""
    owner, client_id = api("owner"), places["client_id"]
    paid = places["order_id"]
    orders = [place(owner, client_id) for _ in range(3)]
    # delivered on credit, and not invoiced before they are paid
    debts = [place(owner, world.client_id("balkan.media"))["id"] for _ in range(2)]
    viewer_id = add_client_user(world, CLIENT, "one.more", ClientRole.VIEWER)
    shop = opened(world, "procurement")
    parts = shop.order(shop.place())
    how: Mapping[str, Any] = {"actor": world.actor("owner"), "clock": world.clock}
    with world.database.writing() as session:
        for debt in debts:
            deliver_lines(session, DeliverLines(debt), **how)
        create_provider(session, replace(DETAILS, key="second"), gateways={"sandbox"}, **how)
        georgi = session.scalars(select(Staff).join(User).filter_by(login=WHO)).one()
        details = staff_details(georgi, how["actor"])
        more = replace(details, providers=[*details.providers, "second"])
        change_staff(session, georgi.id, more, **how)
        colleague = create_staff(
            session, StaffDetails("new.colleague", "New", providers=[HOME]), **how
        )
        session.add(
            SecondFactor(
                user_id=colleague.user_id,
                sealed_secret="-",
                last_step=0,
                begun_at=world.clock.now(),
                confirmed_at=world.clock.now(),
            )
        )
        nobodys = save_department(session, None, DepartmentDetails("nobodys", {"en": "-"}), **how)
        forgotten = ClientDetails("forgotten", "Forgotten", "person", "BG")  # type: ignore[arg-type]
        forgotten_id = create_client(session, forgotten, provider=HOME, **how).id
        for status in (
            StatusDetails(
                dict.fromkeys(LANGUAGES, "Own"),
                stage=Stage.LOST,
                shape=Shape.FULL,
                enabled=True,
                sources=["suspended"],
            ),
            StatusDetails(dict.fromkeys(LANGUAGES, "Used"), targets=["own"]),
            StatusDetails(dict.fromkeys(LANGUAGES, "Idle")),
        ):
            save_status(session, HOME, None, status, **how)
        used = session.scalars(select(OrderStatus).filter_by(key="used")).one()
        session.get_one(Order, orders[2]["id"]).status = used
        session.execute(delete(ForbiddenMethod))
        home = session.scalars(select(Provider).filter_by(key=HOME)).one()
        for method in home.payment_methods:
            method.client_may_choose = True
        # nobody draws it
        home.logo = "-"
        session.add(Logo(digest="-", png=b""))
        change = ChangeBalance(client_id, "50.00", "to begin", provider=HOME)
        credit_id = credit_balance(session, change, **how).id
        debit_id = debit_balance(session, replace(change, amount="1.00"), **how).id
        pause_reminders(session, PauseReminders("-", orders[2]["id"]), **how)
        of_client = PauseReminders("-", client_id=forgotten_id, provider=HOME)
        pause_reminders(session, of_client, **how)
        begun = session.get_one(Order, orders[1]["id"])
        begun.payments.append(
            Payment(
                method=MethodKind.CARD_GATEWAY,
                currency="EUR",
                amount=100,
                state=PaymentState.BEGUN,
                gateway="sandbox",
                begun_at=world.clock.now(),
            )
        )
        session.flush()
        counted = session.scalars(select(Tariff.id).filter_by(key="sfp-10g")).one()
        web_start = session.scalars(select(Tariff.id).filter_by(key="web-start")).one()
        return {
            **places,
            "order_id": orders[0]["id"],
            "order_line_id": orders[0]["lines"][0]["id"],
            "paid_id": paid,
            "begun_order_id": begun.id,
            "paused_id": orders[2]["id"],
            "begun_id": begun.payments[0].id,
            "parts_id": parts.id,
            "part_id": parts.lines[0].id,
            "second": "second",
            "colleague_id": colleague.id,
            "new.colleague": "new.colleague",
            "nobodys": "nobodys",
            "nobodys_id": nobodys.id,
            "forgotten_id": forgotten_id,
            "own": "own",
            "used": "used",
            "idle": "idle",
            "balance": standing(session, client_id, home.id).balance,
            "credit_id": credit_id,
            "debit_id": debit_id,
            "counted_id": counted,
            "counted": "sfp-10g",
            "tariff_id": web_start,
            "viewer_id": viewer_id,
            "debts": debts,
        }


@dataclass(frozen=True)
class Senders:
    """By login: a browser with the token of its forms, and a caller of the API."""

    browsers: Mapping[str, tuple[Visitor, str]]
    callers: Mapping[str, ApiClient]

    def send(self, login: str, change: Change, path: str, sent: Any) -> TestResponse:
        method = change.route.split()[0]
        if "/api/" in path:
            caller = self.callers[login]
            headers = {"Authorization": f"Bearer {caller.token}"}
            return caller.http.open(path, method=method, json=sent, headers=headers)
        visitor, token = self.browsers[login]
        fields = sent.copy()
        fields["csrf_token"] = token
        return visitor.http.open(path, method=method, data=fields)


@pytest.fixture
def senders(
    world: World,
    api: Callable[[str], ApiClient],
    visit: Callable[..., Visitor],
    ground: dict[str, Any],
) -> Senders:
    assert ground
    for login, role in ROLES.items():
        add_client_user(world, CLIENT, login, role)
    logins = ("owner", WHO, *STAFF, *ROLES)
    browsers = {login: visit(login) for login in logins}
    return Senders(
        {login: (visitor, visitor.token("/")) for login, visitor in browsers.items()},
        {login: api(login) for login in logins},
    )


def addresses(app: Flask, ground: Mapping[str, Any]) -> Callable[[Change], str]:
    build = app.url_map.bind("localhost").build
    endpoints = {
        f"{method} {rule.rule}": (rule.endpoint, rule.arguments)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }

    def of(change: Change) -> str:
        endpoint, arguments = endpoints[change.route]
        values = {name: ground[change.to.get(name, name)] for name in arguments}
        path = build(endpoint, values)
        return f"{path}?provider={HOME}{OF_A_PROVIDER[path]}" if path in OF_A_PROVIDER else path

    return of


def alternatives(change: Change) -> Iterator[frozenset[str]]:
    for asked in change.asks:
        yield frozenset({asked}) if isinstance(asked, str) else asked


def may(change: Change, actor: Actor) -> bool:
    """By the table alone."""
    if actor.client_id is not None:
        return ROLES[actor.login] in change.clients
    if change.owners_alone and actor.provider_ids is not None:
        return False
    # a new client of Nordvik, or something of it
    works_there = actor.provider_ids is None or actor.login != "olga"
    return works_there and all(one & actor.functions for one in alternatives(change))


def declared_by(app: Flask) -> Mapping[str, frozenset[str]]:
    """By method and rule of whatever changes something: the functions that let in."""
    return {
        f"{method} {rule.rule}": frozenset(access_of(app, rule.endpoint).functions)
        for rule in own_rules(app)
        if access_of(app, rule.endpoint).signed_in
        for method in set(rule.methods or ()) - {"OPTIONS", *READS}
    }


def test_every_route_that_changes_something_is_in_the_table(app: Flask) -> None:
    declared = declared_by(app)
    rows: dict[str, list[Change]] = {}
    for change in TABLE:
        rows.setdefault(change.route, []).append(change)
    own = OWN | OWN_SETUP
    assert rows.keys() | own == declared.keys()
    assert not rows.keys() & own
    for name, changes in rows.items():
        asked = {f for change in changes for one in alternatives(change) for f in one}
        of_clients = {
            f for change in changes for role in change.clients for f in ROLE_FUNCTIONS[role]
        }
        # what a route lets in by has a row, and each row is let in by it
        assert declared[name] <= asked | of_clients, name
        for change in changes:
            assert any(one & declared[name] for one in alternatives(change)), name


def test_whoever_lacks_a_function_of_a_form_or_body_changes_nothing(
    app: Flask,
    world: World,
    ground: dict[str, Any],
    senders: Senders,
    kept: Kept,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    address, declared = addresses(app, ground), declared_by(app)
    people = [world.actor(login) for login in ("owner", *STAFF, *ROLES)]
    wrong: list[str] = []
    allowed = refused = 0

    def tried(login: str, held: str, change: Change, sent: Any, *, expected: bool) -> None:
        nonlocal allowed, refused
        before = kept.version()
        answer = senders.send(login, change, address(change), sent)
        changed = kept.version() != before
        allowed, refused = allowed + expected, refused + (not expected)
        if not is_right(answer, change, changed=changed, expected=expected):
            said = answer.text if answer.is_json else answer.text.partition('role="alert"')[2]
            wrong.append(f"{change.route} {held}: {answer.status_code} {changed=} {said[:600]}")
        if changed:
            kept.bring_back()

    for change in TABLE:
        sent = change.sent
        if callable(sent):
            sent = sent(senders.browsers["owner"][0], ground)
        # whoever is not let in at all is refused in tests.http.test_route_walk
        for actor in (one for one in people if one.functions & declared[change.route]):
            expected = may(change, actor) and (change.owner or actor.login != "owner")
            tried(actor.login, actor.login, change, sent, expected=expected)
        whole = [next(iter(sorted(one))) for one in alternatives(change)]
        for functions, held, expected in (
            (set(whole), "with just what is asked", not change.owners_alone),
            *(
                (world.panel.known - one, f"without {sorted(one)}", False)
                for one in alternatives(change)
            ),
        ):
            hold_only(world, WHO, *functions)
            tried(WHO, held, change, sent, expected=expected)
            kept.bring_back()
    assert wrong == [], "\n".join(wrong)
    record_testsuite_property("changes × people", allowed + refused)
    # control: as if the table asked for what nobody needs
    change = replace(next(one for one in TABLE if one.sent == MONEY), asks=["audit:event:read"])
    hold_only(world, WHO, "balance:balance:credit")
    tried(WHO, "control", change, MONEY, expected=False)
    assert len(wrong) == 1
    # some rows are for owners alone
    assert allowed >= 1.9 * len(TABLE)
    assert refused >= 1.8 * len(TABLE)


def is_right(answer: TestResponse, change: Change, *, changed: bool, expected: bool) -> bool:
    if expected:
        return changed and answer.status_code in {200, 201, 202, 303}
    refusals = {403, 404, 409, 422, 303} if change.of_field or change.owners_alone else {403, 404}
    return not changed and answer.status_code in refusals
