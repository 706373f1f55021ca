"""What happens to an account is told to whoever it belongs to, once, in their language."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.check_and_change_password import (
    change_password,
    forget_password,
    set_password,
    use_link,
)
from billing_panel.accounts.signing_in.known_browsers import KnownBrowsers
from billing_panel.accounts.signing_in.password_links import OneTimeLinks
from billing_panel.accounts.signing_in.passwords import hash_password
from billing_panel.accounts.signing_in.really_two_people import AccountHand, HandKind
from billing_panel.accounts.signing_in.sessions import Place
from billing_panel.accounts.signing_in.sign_in import Browser, note, sign_in
from billing_panel.administration.clients.client_users import (
    ClientUserDetails,
    change_client_user,
    client_user_details,
    find_client_user,
    invite_client_user,
)
from billing_panel.administration.staff.change_staff import (
    StaffDetails,
    change_staff,
    create_staff,
    find_staff,
    staff_details,
)
from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.language.errors import Forbidden, FunctionNotHeld, Refused
from billing_panel.mail.accounts.account_letters import (
    mail_sign_in_link,
    post_account_letters,
    skip_events,
)
from billing_panel.mail.models import LetterRow, MailCursor
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from tests.letters import rows
from tests.world import World, hold_only

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BROWSER = Browser(Place("203.0.113.7", AGENT))
PASSWORD = "correct horse battery"


@pytest.fixture
def world(world: World) -> World:
    """What the demo has done is told already; mail is shown on a page."""
    post_account_letters(world.database, world.clock)
    password_hash = hash_password(PASSWORD, login="somebody")
    with world.database.writing() as session:
        session.execute(delete(LetterRow))
        for user in session.scalars(select(User)):
            set_password(session, user, password_hash)
    skip_everything(world)
    return world


def skip_everything(world: World) -> None:
    office = world.database.info.pop(POST_OFFICE)
    skip_events(world.database)
    world.database.info[POST_OFFICE] = office


def told(world: World) -> list[tuple[str, str, str]]:
    """Of each letter posted now: its kind, to whom, in which language."""
    post_account_letters(world.database, world.clock)
    return [(row.kind, row.to, row.language) for row in rows(world)]


def user_id(world: World, login: str) -> int:
    return world.actor(login).user_id or 0


def test_the_demo_was_told_to_everybody_it_has_entered(world: World) -> None:
    with world.database.writing() as session:
        session.get_one(MailCursor, 1).event_id = 0
    # they have passwords by now, so that no link is sent that lets somebody in
    assert told(world) == []


def test_somebody_entered_gets_a_link_and_stays_in_the_hands_of_who_entered_them(
    world: World,
) -> None:
    details = StaffDetails("new.one", "Нова", "bg", providers=["nordvik"], email="new@example.com")
    with world.database.writing() as session:
        create_staff(session, details, actor=world.actor("owner"), clock=world.clock)
    assert told(world) == [("account.added", "new@example.com", "bg")]
    (row,) = rows(world)
    assert row.provider_id is None
    use_link(world.panel.signing_in, link_of(world, row), PASSWORD, BROWSER)
    with world.database.reading() as session:
        hands = session.execute(select(AccountHand.by_id, AccountHand.ended_at)).all()
    assert [*map(tuple, hands)] == [(user_id(world, "owner"), None)]


def link_of(world: World, row: LetterRow) -> str:
    """The token of the link in a letter."""
    office: PostOffice = world.database.info[POST_OFFICE]  # type: ignore[assignment]
    assert row.secrets is not None
    return office.seal.open(row.secrets).rpartition("/")[2].removesuffix('"}')


def test_a_client_of_one_provider_is_written_to_by_it(world: World) -> None:
    client_id, owner = world.client_id("stoyanova"), world.actor("owner")
    for login, email in (("helper", "helper@example.com"), ("without", "")):
        details = ClientUserDetails(login, ClientRole.VIEWER, "en", email=email)
        with world.database.writing() as session:
            invite_client_user(session, client_id, details, actor=owner, clock=world.clock)
    world.change(User, {"login": "stoyanova"}, language="ru")
    forget_password(world.panel.signing_in, "stoyanova", BROWSER)
    assert told(world) == [
        ("account.added", "helper@example.com", "en"),
        ("account.password_forgotten", "elena@stoyanova.example", "ru"),
    ]
    assert {row.client_id for row in rows(world)} == {client_id}
    assert {row.values["firm"] for row in rows(world)} == {"Nordvik Hosting"}


def find(session: Any, world: World, client: str, member: int) -> Any:
    return find_client_user(session, world.actor("owner"), world.client_id(client), member)


@pytest.mark.parametrize(
    "named", ["maria", "MARIA", "maria.koleva@panel.example", " Maria.Koleva@PANEL.example "]
)
def test_a_forgotten_password_is_asked_for_by_login_or_address(world: World, named: str) -> None:
    forget_password(world.panel.signing_in, named, BROWSER)
    forget_password(world.panel.signing_in, named, BROWSER)
    assert told(world) == [("account.password_forgotten", "maria.koleva@panel.example", "en")]
    (row,) = rows(world)
    use_link(world.panel.signing_in, link_of(world, row), "another horse battery", BROWSER)
    # the letter about the new password is no link
    assert told(world)[1:] == [("account.password_changed", "maria.koleva@panel.example", "en")]


@pytest.mark.parametrize("named", ["nobody", "nobody@example.com", "", "%", "georgi"])
def test_nobody_is_told_anything_of_who_is_not_there(world: World, named: str) -> None:
    world.change(User, {"login": "georgi"}, disabled_at=world.clock.now())
    forget_password(world.panel.signing_in, named, BROWSER)
    assert told(world) == []


def test_a_link_that_was_mailed_frees_nobody_from_hands(world: World) -> None:
    """Whoever has set the address reads what is sent there."""
    owner = world.actor("owner")
    with world.database.writing() as session:
        person = find_staff(session, owner, world.actor("maria").staff_id or 0)
        details = staff_details(person, owner)
        details = StaffDetails(**{**vars(details), "email": "mine@example.com"})
        change_staff(session, person.id, details, actor=owner, clock=world.clock)
    forget_password(world.panel.signing_in, "maria", BROWSER)
    assert told(world) == [
        ("account.address_changed", "maria.koleva@panel.example", "en"),
        ("account.password_forgotten", "mine@example.com", "en"),
    ]
    use_link(world.panel.signing_in, link_of(world, rows(world)[1]), PASSWORD, BROWSER)
    with world.database.reading() as session:
        hands = select(AccountHand.by_id, AccountHand.kind).where(AccountHand.ended_at.is_(None))
        assert [*map(tuple, session.execute(hands))] == [(owner.user_id, HandKind.LINK)]


def test_a_sign_in_from_a_new_browser_is_told_and_from_a_known_one_is_not(world: World) -> None:
    signing_in = world.panel.signing_in
    sign_in(signing_in, "maria", PASSWORD, BROWSER)
    assert told(world) == [("account.signed_in", "maria.koleva@panel.example", "en")]
    (row,) = rows(world)
    assert row.values["browser"] == "Firefox, Linux"
    assert row.values["address"] == "203.0.113.7"
    mark = KnownBrowsers(signing_in.secret_key).mark(user_id(world, "maria"))
    sign_in(signing_in, "maria", PASSWORD, Browser(BROWSER.place, mark))
    assert len(told(world)) == 1
    # the mark of somebody else is none of hers
    sign_in(signing_in, "petar", PASSWORD, Browser(BROWSER.place, mark))
    assert len(told(world)) == 2


def test_a_changed_password_is_told(world: World) -> None:
    change_password(
        world.panel.signing_in, user_id(world, "maria"), PASSWORD, "new horse battery", BROWSER
    )
    assert told(world) == [("account.password_changed", "maria.koleva@panel.example", "en")]


@pytest.mark.parametrize("engine", ["postgresql"])
def test_an_event_that_is_committed_late_is_told_in_its_turn(world: World) -> None:
    """Its id is lower than that of an event which can be seen already."""
    with world.database.writing() as slow:
        account_event(slow, world, "maria")
        write_late(slow)
        with world.database.writing() as quick:
            account_event(quick, world, "petar")
        assert told(world) == [], "told while one before it could still come"
    assert [kind for kind, _, _ in told(world)] == ["account.password_changed"] * 2
    assert told(world) == told(world)


def account_event(session: Session, world: World, login: str) -> None:
    user = session.get_one(User, user_id(world, login))
    note(session, "password.changed", user, at=world.clock.now(), place=BROWSER.place)


def test_nothing_is_told_twice_by_two_workers_or_later(world: World) -> None:
    for login in ("maria", "petar", "olga"):
        sign_in(world.panel.signing_in, login, PASSWORD, BROWSER)
    with ThreadPoolExecutor() as workers:
        numbers = list(
            workers.map(lambda _: post_account_letters(world.database, world.clock), range(3))
        )
    assert sum(numbers) == 3
    world.clock.at += timedelta(minutes=30)
    assert len(told(world)) == 3
    before = world.everything()
    assert len(told(world)) == 3
    assert world.everything() == before


def test_what_happened_before_mail_was_set_up_is_told_to_nobody(world: World) -> None:
    sign_in(world.panel.signing_in, "maria", PASSWORD, BROWSER)
    skip_everything(world)
    sign_in(world.panel.signing_in, "petar", PASSWORD, BROWSER)
    assert told(world) == [("account.signed_in", "petar.iliev@panel.example", "en")]


def test_whoever_may_not_give_links_cannot_choose_where_they_go(world: World) -> None:
    hold_only(world, "petar", "clients:client:change", "clients:client:read")
    actor, client_id = world.actor("petar"), world.client_id("stoyanova")
    with world.database.reading() as session:
        member = find(session, world, "stoyanova", user_id(world, "stoyanova"))
        details = client_user_details(member)
    details = ClientUserDetails(**{**vars(details), "email": "mine@example.com"})
    before = world.everything()
    with pytest.raises(FunctionNotHeld), world.database.writing() as session:
        change_client_user(
            session, client_id, member.user_id, details, actor=actor, clock=world.clock
        )
    assert world.everything() == before


def test_ones_own_address_is_changed_where_the_password_is_asked_for(world: World) -> None:
    owner = world.actor("owner")
    with world.database.reading() as session:
        person = session.scalars(select(Staff).filter_by(user_id=owner.user_id)).one()
        details = staff_details(person, owner)
    details = StaffDetails(**{**vars(details), "email": "other@example.com"})
    before = world.everything()
    with pytest.raises(Forbidden, match="My account"), world.database.writing() as session:
        change_staff(session, person.id, details, actor=owner, clock=world.clock)
    assert world.everything() == before


def test_a_link_is_sent_to_whoever_has_an_address(world: World) -> None:
    owner = world.actor("owner")

    def mail(login: str) -> str:
        with world.database.writing() as session:
            user = session.scalars(select(User).filter_by(login=login)).one()
            return mail_sign_in_link(session, user, actor=owner, at=world.clock.now())

    assert mail("maria") == "maria.koleva@panel.example"
    (row,) = rows(world)
    with world.database.reading() as session:
        found = OneTimeLinks(world.panel.config.secret_key).user(session, link_of(world, row))
    assert found.login == "maria"
    world.change(User, {"login": "georgi"}, email="")
    before = world.everything()
    with pytest.raises(Refused, match="No e-mail address"):
        mail("georgi")
    assert world.everything() == before
