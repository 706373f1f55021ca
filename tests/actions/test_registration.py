"""D1: registering asks for an address, tells nobody who is known, and makes a client once."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, ClientKind, Membership
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.sessions import Place
from billing_panel.accounts.signing_in.sign_in import Browser, sign_in
from billing_panel.administration.clients.client_details import ClientDetails
from billing_panel.administration.clients.client_groups import (
    find_group,
    group_details,
    groups,
    save_group,
)
from billing_panel.administration.providers.change_provider import change_provider
from billing_panel.administration.providers.provider_details import provider_details
from billing_panel.kernel.language.errors import (
    Conflict,
    Invalid,
    NotFound,
    Refused,
    TooManyAttempts,
)
from billing_panel.kernel.tables.event_log import Event
from billing_panel.mail.accounts.account_letters import post_account_letters
from billing_panel.mail.models import LetterRow
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from plugins.shop.registration.register_client import (
    LINK_LIFE,
    MOST_WAITING,
    ConfirmRegistration,
    Register,
    ask_to_register,
    confirm_registration,
)
from plugins.shop.registration.registration import Registration, forget_registrations
from tests.actions.test_races import at_once
from tests.world import World

PASSWORD = "four unrelated words here"
EMAIL = "zora@zora-shop.com"
COMER = Browser(Place("203.0.113.7"))
ZORA = ClientDetails(
    login="zora",
    name="Zora EOOD",
    kind=ClientKind.COMPANY,
    country="BG",
    email=EMAIL,
    address="1 Main St",
    city="Sofia",
    language="bg",
)


def asked(world: World, **changes: Any) -> str:
    """Ask with these details; the token of the link that was mailed, empty: none was."""
    before = [row.id for row in letters(world)]
    command = Register("nordvik", replace(ZORA, **changes), PASSWORD)
    ask_to_register(world.panel.signing_in, command, COMER)
    fresh = [row for row in letters(world) if row.id not in before]
    return token_of(world, fresh[0]) if fresh and fresh[0].secrets else ""


def letters(world: World) -> list[LetterRow]:
    """About registering."""
    with world.database.reading() as session:
        of_kind = LetterRow.kind.startswith("registration.")
        return [*session.scalars(select(LetterRow).where(of_kind).order_by(LetterRow.id))]


def token_of(world: World, row: LetterRow) -> str:
    office: PostOffice = world.database.info[POST_OFFICE]  # type: ignore[assignment]
    assert row.secrets is not None
    return office.seal.open(row.secrets).rpartition("/")[2].removesuffix('"}')


def confirmed(world: World, token: str, **more: str) -> Client:
    command = ConfirmRegistration(token, more.pop("password", PASSWORD), **more)
    return confirm_registration(world.panel.signing_in, command, COMER)


def number_of(world: World, model: type[Client] | type[Registration]) -> int:
    with world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_only_who_confirms_the_address_becomes_a_client(world: World) -> None:
    clients = number_of(world, Client)
    token = asked(world)
    (letter,) = letters(world)
    assert (letter.to, letter.language, letter.values) == (EMAIL, "bg", {"firm": "Nordvik Hosting"})
    assert number_of(world, Client) == clients
    client = confirmed(world, token)
    with world.database.reading() as session:
        membership = session.scalars(select(Membership).filter_by(client_id=client.id)).one()
        assert (membership.provider.key, membership.group and membership.group.key) == (
            "nordvik",
            "retail",
        )
        kinds = session.scalars(select(Event.kind).filter_by(client_id=client.id)).all()
    assert [*kinds] == ["client.created", "client.registered"]
    assert number_of(world, Registration) == 0
    assert sign_in(world.panel.signing_in, "zora", PASSWORD, COMER).awaits is None


def test_who_has_a_password_is_mailed_no_link_to_choose_one(world: World) -> None:
    post_account_letters(world.database, world.clock)
    client = confirmed(world, asked(world))
    post_account_letters(world.database, world.clock)
    with world.database.reading() as session:
        own = select(LetterRow.kind).filter_by(client_id=client.id)
        assert session.scalars(own).all() == ["registration.asked"]


def test_a_link_is_good_once_and_for_a_day(world: World) -> None:
    token = asked(world)
    confirmed(world, token)
    for wrong in (token, "made up"):
        with pytest.raises(NotFound):
            confirmed(world, wrong)
    late = asked(world, login="other", email="other@zora-shop.com")
    world.clock.at += LINK_LIFE
    before = world.everything()
    with pytest.raises(NotFound):
        confirmed(world, late)
    assert world.everything() == before


def test_the_link_alone_makes_no_client(world: World) -> None:
    """A stranger may have chosen the password, to share the account later."""
    clients, token = number_of(world, Client), asked(world)
    with pytest.raises(Invalid):
        confirmed(world, token, password="another one of theirs")
    free = world.panel.signing_in.free_failures
    for _ in range(free - 1):
        with pytest.raises(Invalid):
            confirmed(world, token, password="another one of theirs")
    with pytest.raises(TooManyAttempts):
        confirmed(world, token)
    assert number_of(world, Client) == clients


def test_a_known_address_is_answered_alike_and_told_by_mail(world: World) -> None:
    known = "elena@stoyanova.example"
    world.change(User, {"login": "stoyanova"}, email=known)
    assert asked(world, email="Elena@Stoyanova.example") == ""
    assert asked(world, email=known) == ""
    (letter,) = letters(world)
    assert (letter.kind, letter.to, letter.client_id) == (
        "registration.known",
        known,
        world.client_id("stoyanova"),
    )
    assert number_of(world, Registration) == 0


def test_whether_a_login_is_taken_is_told_only_to_who_confirms(world: World) -> None:
    token = asked(world, login="stoyanova")
    with pytest.raises(Invalid) as told:
        confirmed(world, token)
    assert [(error.field, error.code) for error in told.value.errors] == [("login", "taken")]
    assert number_of(world, Registration) == 1
    assert confirmed(world, token, login="zora").login == "zora"


def test_an_address_that_became_known_meanwhile_makes_no_second_client(world: World) -> None:
    first, second = asked(world), asked(world, login="zora2")
    confirmed(world, first)
    with pytest.raises(NotFound):
        confirmed(world, second)
    world.change(User, {"login": "zora"}, email="moved@zora-shop.com")
    third = asked(world, login="zora3")
    world.change(User, {"login": "zora"}, email=EMAIL)
    with pytest.raises(Conflict, match="already"):
        confirmed(world, third)


@pytest.mark.every_case
@pytest.mark.parametrize("links", [1, 3])
def test_of_many_who_confirm_at_once_one_becomes_a_client(world: World, links: int) -> None:
    """One link by three, and three links to one address."""
    tokens = [asked(world, login=f"zora{number}") for number in range(links)]
    clients = number_of(world, Client)
    acts = [partial(confirmed, world, token) for token in tokens * (3 // links)]
    told = at_once(acts)
    assert sorted(type(one).__name__ for one in told) == ["Client", "NotFound", "NotFound"]
    assert number_of(world, Client) == clients + 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "zora@zora"}, "email"),
        ({"email": "zora..z@zora-shop.com"}, "email"),
        ({"email": ""}, "email"),
        ({"login": "with space"}, "login"),
        ({"city": ""}, "city"),
        ({"vat_number": "BG1"}, "vat_number"),
        ({"country": "XX"}, "country"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    world: World, changes: dict[str, str], field: str
) -> None:
    before = world.everything()
    with pytest.raises(Invalid) as told:
        asked(world, **changes)
    assert field in {error.field for error in told.value.errors}
    assert world.everything() == before


def test_terms_of_the_day_are_accepted_and_kept_in_the_log(world: World) -> None:
    world.change(Provider, {"key": "nordvik"}, terms_version="2026-11")
    with pytest.raises(Invalid, match="fixing"):
        asked(world)
    command = Register("nordvik", ZORA, PASSWORD, terms="2026-11")
    ask_to_register(world.panel.signing_in, command, COMER)
    client = confirmed(world, token_of(world, letters(world)[0]))
    with world.database.reading() as session:
        event = session.scalars(
            select(Event).filter_by(client_id=client.id, kind="client.registered")
        ).one()
    assert event.facts == {"group": "retail", "terms": "2026-11"}


def test_nobody_floods_an_inbox(world: World) -> None:
    for _ in range(world.panel.signing_in.free_failures):
        asked(world)
    with pytest.raises(TooManyAttempts):
        asked(world)
    assert len(letters(world)) == MOST_WAITING


def test_what_nobody_confirms_is_forgotten_with_its_address(world: World) -> None:
    asked(world)
    world.clock.at += LINK_LIFE + timedelta(minutes=1)
    with world.database.writing() as session:
        forget_registrations(session, at=world.clock.now())
    everything = world.everything()
    assert everything["registration"] == []
    assert EMAIL not in str(everything)


@pytest.mark.parametrize("switch", ["registration_open", "clients_may_order"])
def test_where_it_is_switched_off_there_is_none(world: World, switch: str) -> None:
    token = asked(world)
    world.change(Provider, {"key": "nordvik"}, **{switch: False})
    before = world.everything()
    with pytest.raises(NotFound):
        asked(world, email="other@zora-shop.com")
    assert world.everything() == before
    with pytest.raises(NotFound):
        confirmed(world, token)


def test_without_mail_nobody_registers_and_nobody_can_switch_it_on(world: World) -> None:
    owner = world.actor("owner")
    with world.database.reading() as session:
        provider = session.scalars(select(Provider).filter_by(key="sever")).one()
        details = replace(provider_details(provider), registration_open=True)
    with pytest.raises(Invalid) as told, world.database.writing() as session:
        change_provider(session, "sever", details, actor=owner, clock=world.clock)
    assert [error.code for error in told.value.errors] == ["mail_not_set_up"]
    office = world.database.info.pop(POST_OFFICE)
    try:
        with pytest.raises(Refused, match="can’t send e-mail"):
            asked(world)
    finally:
        world.database.info[POST_OFFICE] = office


def test_a_group_that_is_renamed_stays_the_group_of_those_who_register(world: World) -> None:
    with world.database.writing() as session:
        group = next(one for one in groups(session) if one.key == "retail")
        details = replace(group_details(find_group(session, group.id)), key="newcomers")
        save_group(session, group.id, details, actor=world.actor("owner"), clock=world.clock)
    client = confirmed(world, asked(world))
    with world.database.reading() as session:
        provider = session.scalars(select(Provider).filter_by(key="nordvik")).one()
        assert provider.registration_group == "newcomers"
        membership = session.scalars(select(Membership).filter_by(client_id=client.id)).one()
        assert membership.group_id == group.id


@pytest.fixture(autouse=True)
def _open_registration(world: World) -> None:
    """Nordvik lets people register; what the demo has written is gone."""
    is_open = {"registration_open": True, "registration_group": "retail"}
    world.change(Provider, {"key": "nordvik"}, **is_open)
    with world.database.writing() as session:
        session.execute(delete(LetterRow))
