"""Issue 12, item 16: of people, logins and e-mails that look the same there is one."""

from dataclasses import replace
from importlib import import_module

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select, text

from billing_panel.accounts.access.scope import find_client
from billing_panel.accounts.people.client_models import Client, ClientKind
from billing_panel.accounts.people.login_names import find_user
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.administration.clients.change_client import change_client, create_client
from billing_panel.administration.clients.client_details import ClientDetails, client_details
from billing_panel.administration.clients.client_users import ClientUserDetails, invite_client_user
from billing_panel.administration.staff.change_staff import StaffDetails, change_staff, create_staff
from billing_panel.kernel.language.errors import Invalid
from billing_panel.kernel.tables.search_entries import SearchEntry
from tests.businesses import wrongs
from tests.world import World, line

MIGRATIONS = (
    "billing_panel.migrations.versions.panel_0019_search",
    "plugins.orders.migrations.orders_0011_search",
    "billing_panel.migrations.versions.panel_0025_search_index",
    "plugins.orders.migrations.orders_0016_search_index",
)
PERSON = ClientDetails("new.client", "Somebody New", ClientKind.PERSON, "BG")
# in Cyrillic, full-width, with what nobody sees, with an accent
LOOK_ALIKES = ("mаria", "ｍaria", "mar\u200bia", "máriа", "maria\u00ad", "\u202eairam")


def refused(world: World, action: object, *given: object, **more: object) -> set[tuple[str, str]]:
    before = world.everything()
    owner = world.actor("owner")
    with pytest.raises(Invalid) as refusal, world.database.writing() as session:
        action(session, *given, **more, actor=owner, clock=world.clock)  # type: ignore[operator]
    assert world.everything() == before
    return {(error.field, error.code) for error in refusal.value.errors}


@pytest.mark.parametrize("engine", ["sqlite"])
def test_i12_16_nobody_is_entered_by_a_login_that_looks_like_another(world: World) -> None:
    client_id = world.client_id("stoyanova")
    for login in ("MARIA", "Maria", " maria "):
        taken = {("login", "taken")}
        assert refused(world, create_staff, StaffDetails(login, "X", owner=True)) == taken
        details = replace(PERSON, login=login)
        assert refused(world, create_client, details, provider="nordvik") == taken
        assert refused(world, invite_client_user, client_id, ClientUserDetails(login)) == taken
    for login in LOOK_ALIKES:
        assert refused(world, create_staff, StaffDetails(login, "X", owner=True)) == {
            ("login", "login")
        }
    for email in ("a\u200bb@example.com", "ab@exam\u00adple.com", "ab@example.com\ufeff"):
        details = replace(PERSON, email=email)
        assert refused(world, create_client, details, provider="nordvik") == {("email", "email")}


@pytest.mark.parametrize("engine", ["sqlite"])
def test_i12_16_who_is_entered_is_kept_in_one_form(world: World) -> None:
    owner = world.actor("owner")
    with world.database.writing() as session:
        typed = replace(
            PERSON,
            login="New.Client",
            name=" Zoe\u0308\u200b \u00a0 Mu\u0308ller ",
            email="e\u0301@a.bg",
        )
        made = create_client(session, typed, provider="nordvik", actor=owner, clock=world.clock)
        assert (made.login, made.name, made.email) == ("new.client", "Zoë Müller", "é@a.bg")
        # the same login in other letters is no other one
        again = replace(client_details(made), login="NEW.CLIENT", phone="5")
        change_client(session, made.id, again, actor=owner, clock=world.clock)
        assert (made.login, made.phone) == ("new.client", "5")
        details = StaffDetails("Ivan.P", "Иван\u200b  Петров", owner=True)
        person = create_staff(session, details, actor=owner, clock=world.clock)
        assert (person.user.login, person.name) == ("ivan.p", "Иван Петров")
        details = replace(details, login="IVAN.P", name="Иван")
        change_staff(session, person.id, details, actor=owner, clock=world.clock)
        assert (person.user.login, person.name) == ("ivan.p", "Иван")
        assert find_client(session, owner, login=" New.Client").id == made.id


def test_i12_15_16_an_upgrade_names_what_collides_and_finds_what_was_there(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is searched is made again; of two logins one stays as it was, and both sign in."""
    world.place("owner", world.order("stoyanova", line("web-start", "1 month")))
    with world.database.reading() as session:
        entries = select(SearchEntry.kind, SearchEntry.subject_id, SearchEntry.words)
        before = {*map(tuple, session.execute(entries))}
    with world.database.engine.begin() as connection:
        for statement in (
            "UPDATE user_account SET login = 'Stoyanova' WHERE login = 'stoyanova'",
            "UPDATE client SET login = 'Stoyanova' WHERE login = 'stoyanova'",
            "UPDATE user_account SET login = 'MARIA' WHERE login = 'georgi'",
            "UPDATE user_account SET login = 'Olga' WHERE login = 'olga'",
            "UPDATE user_account SET login = 'OLGA' WHERE login = 'petar'",
            "UPDATE staff SET name = 'Ge\u200borgi' WHERE name LIKE 'Georgi%'",
            "UPDATE client SET email = 'elena\u200b@stoyanova.example' WHERE login = 'Stoyanova'",
            "DROP TABLE search_entry",
        ):
            connection.execute(text(statement))
        with Operations.context(MigrationContext.configure(connection)):
            for name in MIGRATIONS:
                import_module(name).upgrade()
    told = capsys.readouterr().err
    assert "“maria” and “MARIA” differ by case alone" in told
    assert "its email is written in one form" in told
    assert "its name is written in one form" in told
    assert told.count("\n") == 4
    with world.database.reading() as session:
        assert {*map(tuple, session.execute(entries))} == before
        assert session.scalars(select(Client.login).filter_by(login="stoyanova")).one()
        names = dict(session.execute(select(User.login, Staff.name).join(Staff)).all())
        assert (names["maria"], names["MARIA"]) == ("Maria Koleva", "Georgi")
        # of two that were never in small letters the older has them now
        assert (names["olga"], names["Olga"]) == ("Petar Iliev", "Ольга Смирнова")
        typed = {
            login: found.login if (found := find_user(session, login)) else None
            for login in ("Maria", "MARIA", "maria", "Olga", "OLGA", "Stoyanova", "nobody")
        }
    assert typed == {
        "Maria": "maria",
        "MARIA": "MARIA",
        "maria": "maria",
        "Olga": "Olga",
        "OLGA": "olga",
        "Stoyanova": "stoyanova",
        "nobody": None,
    }
    assert wrongs(world) == []
