"""R15 and R16: the same key entered twice at once, numbers counted, and steps of signing in.

Of two who enter the same the second is told at its field, as if they had come later. The control
takes the next account number by the greatest one, in the same race, and both take the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import pyotp
import pytest
from sqlalchemy import Index, UniqueConstraint, func, select
from sqlalchemy.exc import IntegrityError

from billing_panel.accounts.people.client_models import Client, ClientKind
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.accounts.people.sign_in_models import ApiToken, SignInSession, Step
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in import failed_attempts, openid_identities, second_factor
from billing_panel.accounts.signing_in.api_tokens import revoke_token
from billing_panel.accounts.signing_in.check_and_change_password import use_link
from billing_panel.accounts.signing_in.failed_attempts import AttemptCount
from billing_panel.accounts.signing_in.password_links import OneTimeLinks
from billing_panel.accounts.signing_in.sessions import Place, open_session
from billing_panel.accounts.signing_in.sign_in import Browser, Opened, give_code
from billing_panel.administration.catalog.change_tariff import create_tariff
from billing_panel.administration.clients.change_client import create_client
from billing_panel.administration.clients.change_client_terms import join_provider
from billing_panel.administration.clients.client_details import ClientDetails
from billing_panel.administration.clients.client_groups import GroupDetails, save_group
from billing_panel.administration.clients.client_users import ClientUserDetails, invite_client_user
from billing_panel.administration.providers.change_provider import create_provider
from billing_panel.administration.staff.change_staff import StaffDetails, create_staff
from billing_panel.administration.staff.departments import DepartmentDetails, save_department
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.language.errors import DomainError
from billing_panel.migrations.schema import metadata
from plugins.orders.promo.change_promo import PromoDetails, create_promo
from tests.actions.test_races import at_once, count
from tests.businesses import DETAILS, TARIFFS
from tests.overtaking import Act, overtaking
from tests.world import World

TITLES = {"en": "New", "ru": "Новый", "bg": "Нов"}
PASSWORD = "a horse, a battery, correct"
HERE = Place("203.0.113.7")


def doing(world: World, action: Callable[..., Any], *given: Any, **more: Any) -> Act:
    """``action`` by an owner; its refusal is told with the fields it is at."""
    actor = world.actor("owner")

    def act(database: Database) -> object:
        try:
            with database.writing() as session:
                action(session, *given, **more, actor=actor, clock=world.clock)
        except DomainError as refusal:
            return [(error.field, error.code) for error in refusal.errors] or refusal.code
        return "done"

    return act


def client(login: str) -> ClientDetails:
    return ClientDetails(login, "New OOD", ClientKind.COMPANY, "BG")


def entering(world: World) -> Mapping[str, tuple[Act, Act, str]]:
    """What is entered twice, as two would enter it, and the field that is told."""
    stoyanova = world.client_id("stoyanova")
    details = replace(TARIFFS[0], category="New", tax_class="standard")
    user = partial(ClientUserDetails, role=ClientRole.VIEWER)

    def same(field: str, action: Callable[..., Any], *given: Any, **more: Any) -> Any:
        act = doing(world, action, *given, **more)
        return act, act, field

    number: Mapping[str, Any] = {"provider": "nordvik", "account_number": 900_000}
    return {
        "staff": same("login", create_staff, StaffDetails("new.one", "New One")),
        "department": same("key", save_department, None, DepartmentDetails("new", TITLES)),
        "group": same("key", save_group, None, GroupDetails("new", TITLES)),
        "provider": same("key", create_provider, DETAILS, gateways={"sandbox"}),
        "tariff": same("key", create_tariff, "nordvik", details),
        "client": same("login", create_client, client("new.client"), provider="nordvik"),
        "account number": (
            doing(world, create_client, client("new.first"), **number),
            doing(world, create_client, client("new.second"), **number),
            "account_number",
        ),
        "user of a client": same("login", invite_client_user, stoyanova, user("new.user")),
        "staff and client": (
            doing(world, create_staff, StaffDetails("new.two", "New Two")),
            doing(world, create_client, client("new.two"), provider="nordvik"),
            "login",
        ),
        "promo code": same("code", create_promo, "nordvik", PromoDetails("NEW 10", Decimal(10))),
        "client of a provider": same("provider", join_provider, stoyanova, "sever"),
    }


def test_r15_of_two_who_enter_the_same_key_at_once_the_second_is_told_where(world: World) -> None:
    for what, (first, second, field) in entering(world).items():
        raced = overtaking(world.database, first, second)
        assert raced == ("done", [(field, "taken")]), what
        # and it is what everybody is told who comes later
        assert second(world.database) == [(field, "taken")], what


def test_r15_clients_entered_at_once_are_numbered_one_after_the_other(world: World) -> None:
    with world.database.reading() as session:
        last = session.scalar(select(func.max(Client.account_number))) or 0
    acts = [
        doing(world, create_client, client(f"new.{number}"), provider="nordvik")
        for number in range(12)
    ]
    assert at_once([partial(act, world.database) for act in acts]) == ["done"] * 12
    with world.database.reading() as session:
        numbers = select(Client.account_number).where(Client.account_number > last)
        assert sorted(session.scalars(numbers)) == [*range(last + 1, last + 13)]


@pytest.mark.parametrize("engine", ["postgresql"])
def test_r15_control_the_greatest_number_and_one_is_taken_twice(world: World) -> None:
    def naively(login: str, database: Database) -> object:
        with database.writing() as session:
            greatest = session.scalar(select(func.max(Client.account_number))) or 0
            values = {**vars(client(login)), "created_at": world.clock.now()}
            session.add(Client(account_number=greatest + 1, **values))
        return "done"

    with pytest.raises(IntegrityError):
        overtaking(world.database, partial(naively, "new.first"), partial(naively, "new.second"))


# Keys that two cannot enter at once: made from a secret, or behind a lock, or inserted only where
# there is none.
SETTLED = {
    "attempt_count.key": "an upsert",
    "api_token.secret": "random",
    "sign_in_session.secret": "random",
    "request_key.scope,key": "inserted where there is none (kernel.requests)",
    "gateway_message.gateway,event_id": "inserted where there is none",
    "ledger_account": "opened where there is none",
    "ledger_entry.key": "of something that happens once, behind the lock of the pair; or random",
    "document.provider_id,kind,number": "counted in a locked row",
    "document.provider_id,series,year,n": "counted in a locked row",
    "order_view.user_id,folded": "behind the lock of the user",
    "registration.secret": "random",
    "top_up.gateway,outside": "the payment system's own, for a key of ours",
    "unsent_form.secret": "random",
    "workflow_version.provider_id,number": "behind the lock of the provider",
    "order_status.provider_id,key": "behind the lock of the provider",
    "tax_rate.provider_id,tax_class,since": "behind the lock of the provider",
    "payment_method.provider_id,key": "behind the lock of the provider",
    "delivery_service.provider_id,key": "behind the lock of the provider",
    "payment.gateway,outside": "the payment system's own, behind the lock of the order",
    "dispute.payment_id,outside": "behind the lock of the order",
    "staff.user_id": "of a user made with it",
    "dialogue.client_id,provider_id": "inserted where there is none",
    "dialogue.order_id": "inserted where there is none",
    "letter.key": "inserted where there is none",
    "mail_arrival.key": "inserted where there is none",
    "mail_template.provider_id,kind,language": "behind the lock of the provider",
    "notice.event_id,recipient,route": "inserted where there is none",
    "payment_reminder.order_id,due_on,step,again": "inserted where there is none",
    "reminder_pause.client_id,provider_id": "inserted where there is none",
    "reminder_pause.order_id": "inserted where there is none",
    "webhook_delivery.endpoint_id,event_id": "behind the lock of the endpoint",
    "webhook_delivery.message_id": "random",
    "write_off.order_id": "of those that are open; behind the lock of the order",
}
# told at a field, or with a refusal
TOLD = {
    "user_account.login",
    "client.login",
    "client.account_number",
    "client_group.key",
    "department.key",
    "provider.key",
    "tariff.provider_id,key",
    "outside_identity.issuer,subject",
    "promo_code.provider_id,folded",
}


def test_r15_every_unique_key_is_told_or_cannot_be_entered_twice() -> None:
    keys = set()
    for table in metadata().tables.values():
        keyed: list[UniqueConstraint | Index] = [i for i in table.indexes if i.unique]
        keyed += [key for key in table.constraints if isinstance(key, UniqueConstraint)]
        for key in keyed:
            columns = ",".join(column.name for column in key.columns)
            is_ledger = table.name == "ledger_account"
            keys.add(table.name if is_ledger else f"{table.name}.{columns}")
    assert keys <= TOLD | SETTLED.keys(), sorted(keys - TOLD - SETTLED.keys())
    assert keys >= TOLD


# --- steps of signing in ------------------------------------------------------------------------


def user_of(world: World, login: str) -> User:
    with world.database.reading() as session:
        return session.scalars(select(User).filter_by(login=login)).one()


def awaiting_a_code(world: World) -> tuple[str, str]:
    """The secret of a session of maria that waits for her code, and the code."""
    secret, at = pyotp.random_base32(), world.clock.now()
    user = user_of(world, "maria")
    with world.database.writing() as session:
        session.add(
            second_factor.SecondFactor(
                user_id=user.id,
                sealed_secret=world.panel.signing_in.seal.close(secret),
                last_step=0,
                begun_at=at,
                confirmed_at=at,
            )
        )
        waiting = open_session(session, user, at=at, place=HERE, awaits=Step.CODE)
    return waiting, pyotp.TOTP(secret).at(at)


def failures(world: World, counted: failed_attempts.Counted) -> int:
    with world.database.reading() as session:
        row = session.get(AttemptCount, counted.key)
        return row.failures if row else 0


def test_r16_of_six_who_give_the_code_at_once_one_is_in_and_each_is_counted(world: World) -> None:
    waiting, code = awaiting_a_code(world)
    signing_in, browser = world.panel.signing_in, Browser(HERE)
    results = at_once([partial(give_code, signing_in, waiting, code, browser)] * 6)
    opened = [result for result in results if isinstance(result, Opened)]
    others = {r.code for r in results if isinstance(r, DomainError)}
    assert len(opened) == 1
    assert others <= {"invalid", "unauthenticated"}
    assert count(world, SignInSession, user_id=opened[0].user_id) == 1
    address = failed_attempts.of_address(HERE.address, 1)
    # who came after the session had gone tried nothing
    tried = sum(isinstance(r, DomainError) and r.code == "invalid" for r in results)
    assert failures(world, address) == tried


def test_r16_six_wrong_codes_at_once_are_six_failures(world: World) -> None:
    waiting, _code = awaiting_a_code(world)
    signing_in, browser = world.panel.signing_in, Browser(HERE)
    results = at_once([partial(give_code, signing_in, waiting, "000000", browser)] * 6)
    assert {r.code for r in results if isinstance(r, DomainError)} == {"invalid"}
    assert failures(world, failed_attempts.of_address(HERE.address, 1)) == 6
    assert failures(world, failed_attempts.of_login("code maria", 1)) == 6


def test_r16_an_attempt_counts_while_another_is_forgiven(world: World) -> None:
    """Forgiving takes the row away; who counts at that moment finds it gone, and counts again."""
    counted, at = [failed_attempts.of_login("password maria", 5)], world.clock.now()

    def counting(database: Database) -> object:
        with database.writing() as session:
            failed_attempts.count(session, counted, at=at)
        return "counted"

    def forgiving(database: Database) -> object:
        with database.writing() as session:
            failed_attempts.forgive(session, counted, at=at)
        return "forgiven"

    counting(world.database)
    assert overtaking(world.database, forgiving, counting) == ("forgiven", "counted")
    assert failures(world, counted[0]) == 1
    assert overtaking(world.database, counting, counting) == ("counted", "counted")
    assert failures(world, counted[0]) == 3


def test_r1_a_link_a_token_and_an_identity_are_used_once(world: World) -> None:
    signing_in, at = world.panel.signing_in, world.clock.now()
    with world.database.writing() as session:
        maria = session.scalars(select(User).filter_by(login="maria")).one()
        token = OneTimeLinks(signing_in.secret_key).make(session, maria, by=None)
    world.token("georgi")
    with world.database.reading() as session:
        token_id = session.scalars(select(ApiToken.id).order_by(ApiToken.id.desc())).first()
    other = user_of(world, "petar")

    def using(database: Database) -> object:
        return type(
            use_link(replace(signing_in, database=database), token, PASSWORD, Browser(HERE))
        )

    def binding(user_id: int, database: Database) -> object:
        with database.writing() as session:
            openid_identities.bind(session, user_id, "https://id.example", "subject", at=at)
        return "bound"

    def revoking(database: Database) -> object:
        with database.writing() as session:
            revoke_token(session, token_id or 0, actor=world.actor("owner"), at=at)
        return "revoked"

    assert overtaking(world.database, using, using) == (Opened, "not_found")
    assert overtaking(world.database, revoking, revoking) == ("revoked", "not_found")
    both = partial(binding, maria.id), partial(binding, other.id)
    assert overtaking(world.database, *both) == ("bound", "identity_taken")
