"""What is held about a client is handed out whole, and forgotten where the law allows."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.accounts.people.sign_in_models import ApiToken, SignInSession
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.api_tokens import create_token
from billing_panel.accounts.signing_in.unsent_forms import Unsent, UnsentForm, keep_unsent
from billing_panel.administration.clients.change_client import change_client
from billing_panel.administration.clients.change_client_terms import (
    change_membership,
    join_provider,
)
from billing_panel.administration.clients.client_details import MembershipDetails, client_details
from billing_panel.administration.clients.client_owner_to_invite import user_to_invite
from billing_panel.administration.clients.personal_data import (
    as_json,
    erase_client,
    export_client,
    preview,
)
from billing_panel.audit.extend_hash_chain import seal_events
from billing_panel.audit.verify_chain import verify
from billing_panel.catalog.load_eligibility_facts import open_services
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.extension.gateways import Outcome
from billing_panel.kernel.language.errors import Conflict, Forbidden, FunctionNotHeld, Refused
from billing_panel.kernel.tables.event_log import Event
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from invoices.store.models import IssuedDocument
from permissions.panel_functions import PanelFunction
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.store.cart_line import CartLine
from plugins.orders.store.models import Order
from plugins.orders.store.payment import GatewayMessage, MessageResult, Payment, PaymentState
from tests.http.visitor import new_session
from tests.world import World, codes, line

HIS = ("Елена", "elena@", "88 555", "Вазов", "stoyanova", "Ring twice", "Hidden lane", "moved away")
KEPT = (LedgerAccount, LedgerEntry, Posting, IssuedDocument)


def erase(world: World, login: str = "stoyanova", by: str = "owner") -> Client:
    client_id, actor = world.client_id(login), world.actor(by)
    with world.database.writing() as session:
        records = world.panel.client_records
        return erase_client(session, client_id, records, actor=actor, clock=world.clock)


def export(world: World, login: str = "stoyanova", by: str = "owner") -> Any:
    client_id, actor = world.client_id(login), world.actor(by)
    records = world.panel.client_records
    held = export_client(world.database, client_id, records, actor=actor, clock=world.clock)
    return json.loads(as_json(held))


@pytest.fixture
def order_id(world: World) -> int:
    """Stoyanova, who owes and holds nothing, with an order that was called off."""
    client_id = world.client_id("stoyanova")
    command = world.order("stoyanova", line("web-start", "1 month"), note="Ring twice")
    (order,) = world.place("maria", command)
    world.change(Order, {"id": order.id}, delivery_address="Hidden lane 7")
    called_off = AdvanceOrder(order.id, "cancel", fields={"reason": "has moved away"})
    actor = replace(world.actor("owner"), address="192.0.2.7")
    with world.database.writing() as session:
        advance_order(session, called_off, actor=actor, clock=world.clock)
        for account in session.scalars(select(LedgerAccount).filter_by(client_id=client_id)):
            account.balance = 0
        user = session.scalars(select(User).filter_by(login="stoyanova")).one()
        create_token(session, user, "hers", known=world.panel.known, at=world.clock.now())
        typed = Unsent("/orders/1/move", [("fields.answer", "moved away")])
        keep_unsent(session, user.id, typed, secret_key="x" * 32, at=world.clock.now())
    new_session(world, "stoyanova")
    return order.id


def rows(world: World, *models: type[Any]) -> dict[str, Any]:
    return {model.__tablename__: world.everything()[model.__tablename__] for model in models}


@pytest.mark.usefixtures("order_id")
def test_everything_about_them_is_handed_out_but_no_secret(world: World) -> None:
    held = export(world)
    assert held["profile"]["email"] == "elena@stoyanova.example"
    assert held["users"][0]["tokens"][0]["name"] == "hers"
    (order,) = held["orders"]
    assert (order["note"], order["lines"][0]["quantity"]) == ("Ring twice", 1)
    assert held["documents"][0]["content"]["buyer"]["name"] == "Елена Стоянова"
    assert {e["kind"] for e in held["events"]} >= {"order.placed", "order.moved", "client.exported"}
    assert held.keys() >= {"terms", "services", "postings", "cart"}
    with world.database.reading() as session:
        secrets = [
            *session.scalars(select(ApiToken.secret)),
            *session.scalars(select(SignInSession.secret)),
            *filter(None, session.scalars(select(User.password_hash))),
        ]
    whole = json.dumps(held, ensure_ascii=False)
    assert secrets
    assert not [secret for secret in secrets if secret in whole]
    assert "192.0.2.7" not in whole, "the address is of the member of staff"


@pytest.mark.usefixtures("order_id")
def test_who_was_erased_is_found_nowhere_but_in_their_documents(world: World) -> None:
    seal_events(world.database)
    kept = rows(world, *KEPT)
    client = erase(world)
    assert rows(world, *KEPT) == kept
    everything = world.everything()
    documents = str(everything.pop("document"))
    # the demo names its opening entries by logins
    everything.pop("ledger_entry")
    assert "Елена" in documents
    assert [word for word in HIS if word in str(everything)] == []
    assert client.erased_at == world.clock.now()
    with world.database.reading() as session:
        user = session.scalars(select(User).where(User.login.startswith("erased-"))).one()
        assert (user.password_hash, user.disabled_at) == (None, world.clock.now())
        for model in (ApiToken, SignInSession, UnsentForm):
            assert session.scalars(select(model).filter_by(user_id=user.id)).all() == []
        assert session.scalars(select(CartLine).filter_by(client_id=client.id)).all() == []
        of_them = session.scalars(select(Event).filter_by(client_id=client.id)).all()
        assert {e.kind for e in of_them if e.is_erased} >= {"order.moved", "document.voided"}


def test_what_payment_systems_wrote_of_them_is_emptied(world: World, order_id: int) -> None:
    with world.database.writing() as session:
        payment = Payment(
            order_id=order_id,
            method=MethodKind.CARD_GATEWAY,
            currency="EUR",
            amount=1,
            state=PaymentState.FAILED,
            begun_at=world.clock.now(),
        )
        session.add(payment)
        session.flush()
        message = GatewayMessage(
            gateway="stripe",
            event_id="evt_1",
            body=b'{"email": "elena@stoyanova.example"}',
            received_at=world.clock.now(),
            outcome=Outcome.FAILED,
            payment_id=payment.id,
            result=MessageResult.APPLIED,
        )
        session.add(message)
    erase(world)
    with world.database.reading() as session:
        (kept,) = session.scalars(select(GatewayMessage))
        assert (kept.event_id, kept.body, kept.result) == ("evt_1", b"", MessageResult.APPLIED)


@pytest.mark.usefixtures("order_id")
def test_the_chain_is_whole_after_it(world: World) -> None:
    seal_events(world.database)
    erase(world)
    seal_events(world.database)
    with world.database.reading() as session:
        proof = verify(session)
    assert (proof.unsealed, proof.erased) == (0, 4)


def with_balance(world: World, client_id: int) -> None:
    own = {"client_id": client_id, "kind": "balance"}
    world.change(LedgerAccount, own, balance=500)


def with_service(world: World, client_id: int) -> None:
    with world.database.writing() as session:
        tariff = session.scalars(select(Tariff).filter_by(key="web-start")).one()
        open_services(
            session,
            client_id=client_id,
            tariffs=[(tariff, 1)],
            since=world.clock.now(),
            timezone="UTC",
        )


def with_order(world: World, _client_id: int) -> None:
    world.place("maria", world.order("stoyanova", line("web-start", "1 month")))


@pytest.mark.parametrize(
    ("hinder", "code"),
    [(with_balance, "balance_left"), (with_service, "services_held"), (with_order, "orders_open")],
)
@pytest.mark.usefixtures("order_id")
def test_they_are_not_erased_while_something_is_open(
    world: World, hinder: Callable[[World, int], None], code: str
) -> None:
    hinder(world, world.client_id("stoyanova"))
    before = world.everything()
    with pytest.raises(Refused) as refusal:
        erase(world)
    assert (refusal.value.code, codes(refusal.value.reasons)) == ("cannot_be_erased", {code})
    assert world.everything() == before


def test_a_debt_hinders_too(world: World) -> None:
    with world.database.reading() as session:
        debtor = session.scalars(
            select(Client.login)
            .join(LedgerAccount, LedgerAccount.client_id == Client.id)
            .where(LedgerAccount.kind == "receivable", LedgerAccount.balance != 0)
        ).first()
    assert debtor is not None
    with pytest.raises(Refused) as refusal:
        erase(world, debtor)
    assert "debt_left" in codes(refusal.value.reasons)


@pytest.mark.usefixtures("order_id")
def test_only_who_holds_the_function_and_works_for_all_their_providers(world: World) -> None:
    before = world.everything()
    for ask in (erase, export):
        with pytest.raises(FunctionNotHeld):
            ask(world, by="maria")
    assert world.everything() == before
    client_id, owner = world.client_id("stoyanova"), world.actor("owner")
    with world.database.writing() as session:
        join_provider(session, client_id, "sever", actor=owner, clock=world.clock)
    functions = {PanelFunction.CLIENT_ERASE.value, PanelFunction.CLIENT_EXPORT.value}
    georgi = replace(world.actor("georgi"), functions=frozenset(functions))
    before = world.everything()
    records = world.panel.client_records
    how: Any = {"actor": georgi, "clock": world.clock}
    with pytest.raises(Forbidden) as refusal, world.database.writing() as session:
        erase_client(session, client_id, records, **how)
    assert refusal.value.code == "shared_client"
    with pytest.raises(Forbidden) as refusal:
        export_client(world.database, client_id, records, **how)
    assert refusal.value.code == "shared_client"
    assert world.everything() == before


@pytest.mark.usefixtures("order_id")
def test_of_who_was_erased_nothing_is_written_any_more(world: World) -> None:
    client, owner, clock = erase(world), world.actor("owner"), world.clock
    details = replace(client_details(client), name="Somebody")
    before = world.everything()
    with world.database.writing() as session:
        how: Any = {"actor": owner, "clock": clock}
        records = world.panel.client_records
        for act in (
            lambda: erase_client(session, client.id, records, **how),
            lambda: preview(session, client.id, records, actor=owner),
            lambda: change_client(session, client.id, details, **how),
            lambda: change_membership(session, client.id, "nordvik", MembershipDetails(), **how),
            lambda: join_provider(session, client.id, "sever", **how),
            lambda: user_to_invite(session, client.id, **how),
        ):
            with pytest.raises(Conflict) as refusal:
                act()
            assert refusal.value.code == "client_erased"
    assert world.everything() == before
    order = replace(world.order(client.login, line("web-start", "1 month")), client_id=client.id)
    with pytest.raises(Refused) as blocked:
        world.place("maria", order)
    assert "client_blocked" in codes(blocked.value.reasons)


@pytest.mark.usefixtures("order_id")
def test_the_preview_says_what_goes_and_changes_nothing(world: World) -> None:
    before, client_id = world.everything(), world.client_id("stoyanova")
    with world.database.reading() as session:
        told, reasons = preview(
            session, client_id, world.panel.client_records, actor=world.actor("owner")
        )
        assert session.scalars(select(Membership).filter_by(client_id=client_id)).all()
    assert reasons == []
    erased = [str(line) for line in told.erased]
    assert "Notes, delivery addresses and order fields: 1." in erased
    assert "Text and addresses in log events: 4." in erased
    assert [str(line) for line in told.kept if "Documents" in str(line)] == [
        (
            "Documents as issued, with the client’s name on them: 1. The law"
            " requires that they are kept unchanged."
        )
    ]
    assert world.everything() == before
