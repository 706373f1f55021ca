"""Every fact that a function guards × every page, answer, export and document × everybody.

Issue 11: items 2, 3, A3, A5, A6. Unique words and sums are planted in the database; wherever one is
told, whoever is told it holds what the table in ``tests.http.facts`` asks. A page made tomorrow is
walked too.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, ClientGroup, Membership
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.administration.clients.change_client_terms import change_membership
from billing_panel.administration.clients.client_details import membership_details
from billing_panel.kernel.values.actor import Actor
from billing_panel.ledger.double_entry import AccountKind
from billing_panel.ledger.models import LedgerAccount
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note_change
from plugins.orders.store.payment import Dispute, DisputeState, Payment, Refund, RefundTo
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.facts import Canary, canaries, text_of
from tests.http.routes import Route, routes
from tests.http.shop import send
from tests.http.visitor import Visitor
from tests.world import World, add_client_user, hold_only

pytestmark = ON_SQLITE

CLIENT = "stoyanova"
HOME = "nordvik"
# Each holds just this: what one function tells must not depend on others that come with it.
NARROW: Mapping[str, tuple[str, ...]] = {
    "reads clients": ("clients:client:read", "orders:history:read"),
    "reads orders": ("orders:history:read", "orders:order:read"),
    "orders from the catalogue": ("orders:order:create", "orders:history:read"),
    "orders from carts": ("orders:cart:checkout", "orders:cart:read"),
    "changes balances": (
        "balance:balance:credit",
        "balance:balance:debit",
        "orders:order:read",
        "orders:history:read",
    ),
    "changes limits": ("clients:credit_limit:change", "clients:client:read"),
    "blocks": ("clients:client:block", "clients:client:read"),
    "reads the log": ("audit:event:read", "audit:event:export"),
    "reads rights": (
        "rights:department:read",
        "rights:department:change",
        "staff:member:read",
        "rights:member:change",
    ),
    "erases": ("clients:client:erase", "clients:client:read"),
}
STAFF = ("maria", "petar", "owner")
# The same for everybody: it names facts, and tells none.
DESCRIPTION = frozenset({"/api/v1/openapi.json", "/api/v1/docs"})
# These lead away from the panel.
CHANGING = frozenset({"/sign-in/openid", "/sign-in/openid/callback"})


@pytest.fixture
def facts(
    world: World, api: Callable[[str], ApiClient], places: dict[str, Any]
) -> Mapping[str, Canary]:
    """The table, and the database in which each of its words and sums stands."""
    owner = api("owner")
    with world.database.writing() as session:
        session.scalars(select(Staff).join(User).filter_by(login="owner")).one().name = "Kakapo"
    order = json_of(owner.get(f"/orders/{places['order_id']}"))
    (line,) = order["lines"]
    price = {"unit_price": "3911.37", "reason": "Numbat"}
    json_of(owner.post(f"/orders/{order['id']}/lines/{line['id']}/price", price))
    json_of(
        owner.post(
            f"/payments/{places['payment_id']}/refunds", {"to": "balance", "reason": "Wombat"}
        ),
        201,
    )
    paid = {"method": "cash", "amount": "1.00", "reference": "Pangolin"}
    json_of(owner.post(f"/orders/{order['id']}/payments", paid), 201)
    later = (world.clock.now() + timedelta(days=40)).isoformat()
    deadline = {"due_at": later, "reason": "Potoroo"}
    json_of(owner.post(f"/orders/{order['id']}/deadline", deadline))
    plant(world, places)
    lose_a_dispute(world, places)
    sever = foreigners(world)
    who = world.actor("olga")
    with world.database.writing() as session:
        found = session.get_one(Order, places["order_id"])
        at, facts = world.clock.now(), {"lines": [1]}
        note_change(session, "order.lines_delivered", found, facts, who, at)
        found.fields = {**found.fields, "of_a_plugin": "Coati"}
        found.placed_by_id = who.user_id
    return canaries(sever)


def plant(world: World, places: dict[str, Any]) -> None:
    who = world.actor("owner")
    with world.database.writing() as session:
        client = session.get_one(Client, places["client_id"])
        client.phone, client.email = "+359 2 7173 1391", "axolotl@example.test"
        for group in session.scalars(select(ClientGroup)):
            group.titles = {"en": "Narwhal", "bg": "Narwhal", "ru": "Narwhal"}
        (membership,) = client.memberships
        before = membership_details(membership)
        terms = {
            "credit_limit": "4507.83",
            "blocked_reason": "Quokka",
            "blocked_text": "Echidna",
        }
        change_membership(
            session, client.id, HOME, type(before)(**{**vars(before), **terms}),
            actor=who, clock=world.clock,
        )  # fmt: skip
        sums = {
            AccountKind.BALANCE: 731_957,
            AccountKind.POINTS: 61_139,
            AccountKind.RECEIVABLE: -220_341,
        }
        for account in session.scalars(select(LedgerAccount).filter_by(client_id=client.id)):
            account.balance = sums.pop(account.kind, account.balance)
        session.add_all(
            LedgerAccount(
                provider_id=membership.provider_id,
                client_id=client.id,
                kind=kind,
                currency="EUR",
                balance=balance,
            )
            for kind, balance in sums.items()
        )
        payment = session.get_one(Payment, places["payment_id"])
        payment.gateway, payment.outside = "sandbox", "cs_1"
        session.add(
            Dispute(
                payment_id=payment.id,
                outside="dp_1",
                amount=172_931,
                state=DisputeState.OPEN,
                heard_at=world.clock.now(),
            )
        )


def lose_a_dispute(world: World, places: dict[str, Any]) -> None:
    who, at = world.actor("owner"), world.clock.now()
    with world.database.writing() as session:
        payment = session.get_one(Payment, places["payment_id"])
        back = Refund(amount=1, to=RefundTo.DISPUTE, reason="", at=at, user_id=who.user_id)
        payment.refunds.append(back)
        order = session.get_one(Order, places["order_id"])
        facts = {"amount": 1, "currency": "EUR", "of_balance": 0, "loss": 0}
        note_change(session, "payment.dispute_lost", order, facts, who, at)
        step = {"action": "dispute_lost", "from": "new", "to": "active"}
        note_change(session, "order.moved", order, step, who, at)


def foreigners(world: World) -> int:
    """The id of a provider for which a colleague of Maria's works, and somebody else alone."""
    with world.database.writing() as session:
        sever = session.scalars(select(Provider).filter_by(key="sever")).one()
        sever.name, sever.key = "Tamarin", "tamarin"
        people = session.scalars(select(Staff))
        alone = [p for p in people if [own.key for own in p.providers] == ["tamarin"]]
        for person in alone:
            person.name = "Zorilla"
        assert alone
        return sever.id


@pytest.fixture
def everybody(world: World) -> Iterator[tuple[str, str, Actor]]:
    """(name, login, actor); the narrow ones are one person, one after the other."""

    def walk() -> Iterator[tuple[str, str, Actor]]:
        for role in ClientRole:
            login = f"{CLIENT}.{role.value}"
            add_client_user(world, CLIENT, login, role)
            yield f"the client's {role.value}", login, world.actor(login)
        for login in STAFF:
            yield login, login, world.actor(login)
        for name, functions in NARROW.items():
            hold_only(world, "georgi", *functions)
            yield name, "georgi", world.actor("georgi")

    return walk()


def test_no_page_answer_export_or_document_tells_a_fact_to_whoever_may_not_know_it(
    app: Flask,
    api: Callable[[str], ApiClient],
    visit: Callable[..., Visitor],
    places: dict[str, Any],
    facts: Mapping[str, Canary],
    everybody: Iterator[tuple[str, str, Actor]],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    pages = reading(routes(app, api=False, **places))
    answers = reading(routes(app, api=True, **places))
    told: dict[str, set[str]] = {fact: set() for fact in facts}
    leaks: list[str] = []
    looked = 0
    for name, login, actor in everybody:
        visitor, caller = visit(login), api(login)
        for route in (*pages, *answers):
            text = text_of(ask(visitor, caller, route))
            looked += 1
            for fact, canary in facts.items():
                if canary.sings_in(text):
                    told[fact].add(name)
                    if not canary.may_be_told(actor):
                        leaks.append(f"{fact} → {name}: {route.rule}")
    assert leaks == []
    # a canary that nobody hears was not planted
    assert {fact for fact, names in told.items() if not names} == set()
    record_testsuite_property("people × reading routes", looked)
    assert looked > 1000


def reading(walked: list[Route]) -> list[Route]:
    return [
        r
        for r in walked
        if r.method == "GET" and r.rule not in CHANGING and r.rule not in DESCRIPTION
    ]


def ask(visitor: Visitor, caller: ApiClient, route: Route) -> Any:
    if route.rule.startswith("/api/"):
        return send(caller, "GET", route.below_prefix)
    return visitor.http.get(route.path, buffered=True)


def test_a6_no_quote_credit_or_refusal_tells_a_balance(
    world: World,
    api: Callable[[str], ApiClient],
    visit: Callable[..., Visitor],
    places: dict[str, Any],
    facts: Mapping[str, Canary],
) -> None:
    """What is answered to a POST, by whoever may send it and not see balances."""
    add_client_user(world, CLIENT, "buyer", ClientRole.BUYER)
    hold_only(
        world,
        "georgi",
        "orders:order:read",
        "orders:order:create",
        "orders:order:pay",
        "balance:balance:credit",
        "balance:balance:debit",
    )
    client, order = f"/clients/{places['client_id']}", f"/orders/{places['order_id']}"
    lines = {"lines": [{"tariff": "web-start", "period": "1 month", "pay_with": "points"}]}
    many = {"lines": [{**lines["lines"][0], "quantity": 1000}]}
    moved = {"amount": "10.00", "reason": "by hand", "provider": HOME}
    pound = {**moved, "amount": "99999.00"}
    georgi, buyer = api("georgi"), api("buyer")
    answers = [
        *(who.post(f"{client}/quote", body) for who in (georgi, buyer) for body in (lines, many)),
        georgi.post(f"{client}/debits", pound),
        georgi.post(f"{client}/credits", moved),
        georgi.post(f"{client}/debits", moved),
        georgi.post(f"{order}/payments", {"method": "balance", "amount": "3900.00"}),
    ]
    page = visit("georgi")
    typed = {"provider": HOME, "amount": "99999", "reason": "by hand", "account": "money"}
    path = f"/orders/{places['order_id']}"
    answers += [
        page.http.post(f"{path}/debit", data={**typed, "csrf_token": page.token(path)}),
        page.http.post(
            f"{path}/debit",
            data={**typed, "amount": "5", "csrf_token": page.token(path)},
            follow_redirects=True,
        ),
    ]
    for answer in answers:
        heard = [
            fact for fact in ("balance", "points", "debt") if facts[fact].sings_in(answer.text)
        ]
        assert heard == [], f"{answer.request.method} {answer.request.path}: {answer.text[:400]}"
    for quoted in answers[:4]:
        body = json_of(quoted)
        assert (body["balance_after"], body["points_after"]) == (None, None)
    assert [a.status_code for a in answers[4:7]] == [422, 201, 201]
    assert {json_of(a, 201)["balance"] for a in answers[5:7]} == {None}
    stands = json_of(api("petar").get(f"{client}/balance"))["money"]["amount"]
    assert answers[7].status_code in {201, 409, 422}
    assert stands in {"7314.57", "3414.57"}, "credited 10, debited 10 and 5, and perhaps paid"


@pytest.mark.usefixtures("facts")
def test_item_3_what_a_blocked_client_reads_was_written_for_them(
    world: World, api: Callable[[str], ApiClient], visit: Callable[..., Visitor]
) -> None:
    body = {
        "lines": [{"tariff": "web-start", "period": "1 month"}],
        "payment_method": "bank_transfer",
    }
    path = f"/clients/{world.client_id(CLIENT)}"
    refusal = json_of(api(CLIENT).post(f"{path}/orders", body), 422)
    (reason,) = refusal["reasons"]
    assert (reason["code"], reason["message"], reason["remedy"]) == (
        "client_blocked",
        "Orders are closed for now: Echidna.",
        "Ask us about it.",
    )
    assert "Quokka" not in str(refusal)
    with_staff = json_of(api("maria").post(f"{path}/quote", {"lines": body["lines"]}))
    assert "Quokka" in str(with_staff), "whoever places orders is told why none can be placed"
    history = visit(CLIENT).get("/my/orders").text
    assert "Echidna" in history
    assert "Quokka" not in history
    told = json_of(api(CLIENT).get(path))["providers"][0]
    assert (told["blocked"], told["blocked_reason"], told["group"]) == (True, "Echidna", None)
    world.change(Membership, {"client_id": world.client_id(CLIENT)}, blocked_text="")
    neutral = json_of(api(CLIENT).post(f"{path}/quote", {"lines": body["lines"]}))
    assert "Orders are closed for now." in str(neutral)


def test_a3_orders_from_carts_alone_are_quoted_from_carts_alone(
    world: World, api: Callable[[str], ApiClient], visit: Callable[..., Visitor]
) -> None:
    hold_only(world, "georgi", "orders:cart:checkout", "orders:cart:read")
    client = f"/clients/{world.client_id(CLIENT)}"
    georgi = api("georgi")
    (first, *_) = json_of(georgi.get(f"{client}/cart"))["items"]
    page = visit("georgi")
    before = world.everything()
    any_line = {"lines": [{"tariff": "gpu-a16", "period": "1 month"}]}
    assert georgi.post(f"{client}/quote", any_line).status_code == 403
    own = json_of(georgi.post(f"{client}/quote", {"line_ids": [first["id"]]}))
    assert [row["tariff"] for row in own["lines"]] == [first["tariff"]]
    assert georgi.post(f"{client}/quote", {"line_ids": [999_999]}).status_code == 422
    assert georgi.get(f"{client}/catalog").status_code == 403
    path = f"{client}/orders/new"
    typed = {"provider": HOME, "do": "quote", "quantity:gpu-a16": "1"}
    answer = page.http.post(
        path, data={**typed, "csrf_token": page.token(f"{path}?provider={HOME}")}
    )
    assert "178" not in answer.text
    assert world.everything() == before


def test_a3_how_orders_run_is_no_answer_for_clients(api: Callable[[str], ApiClient]) -> None:
    for path, query in (
        ("/workflows", {}),
        ("/workflows/hosting", {}),
        ("/workflows/hosting", {"provider": HOME}),
    ):
        assert api(CLIENT).get(path, **query).status_code == 404
        assert api("maria").get(path, **query).status_code == 200


def test_a5_hidden_fields_hold_nothing_the_page_may_not_show(
    world: World, visit: Callable[..., Visitor], facts: Mapping[str, Canary]
) -> None:
    """And whoever changed a hidden field meanwhile is in nobody's way."""
    hold_only(world, "georgi", "clients:client:read", "clients:group:assign")
    path = f"/clients/{world.client_id(CLIENT)}"
    page = visit("georgi")
    shown = page.get(path).text
    assert "seen" in shown
    assert [f for f in ("credit limit", "reason of a block") if facts[f].sings_in(shown)] == []
