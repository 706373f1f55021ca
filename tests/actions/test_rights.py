"""Rights are switched, looked at and put on by whoever may, on both databases (H4, H5)."""

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.people.staff_models import Department, Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.administration.staff.change_rights import (
    MatrixDetails,
    SwitchesDetails,
    matrix_details,
    set_matrix,
    set_role_functions,
    set_staff_functions,
    switches_details,
    switches_for,
)
from billing_panel.administration.staff.change_staff import (
    StaffDetails,
    create_staff,
    staff_details,
)
from billing_panel.administration.staff.departments import (
    DepartmentDetails,
    department_details,
    save_department,
)
from billing_panel.administration.staff.permission_matrix import (
    read_matrix,
    rights_of,
    version_of_rights,
    version_of_role,
)
from billing_panel.administration.staff.rights_log import LogEntry, rights_log
from billing_panel.administration.staff.see_as import (
    DEPARTMENT,
    STAFF,
    Whose,
    choices,
    eyes_of,
    see_as,
)
from billing_panel.kernel.language.errors import (
    Conflict,
    DomainError,
    Forbidden,
    FunctionNotHeld,
    NotFound,
    Refused,
)
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.actor import Actor
from permissions.models import StaffFunction
from permissions.panel_functions import UnknownFunction
from tests.world import World

HISTORY, CREATE, CREDIT = "orders:history:read", "orders:order:create", "balance:balance:credit"
RIGHTS, MEMBER = "rights:department:change", "rights:member:change"


def act(world: World, action: Any, *arguments: Any, as_: str | Actor = "owner", **more: Any) -> Any:
    actor = world.actor(as_) if isinstance(as_, str) else as_
    known = {"known": world.panel.known}
    with world.database.writing() as session:
        return action(session, *arguments, actor=actor, clock=world.clock, **known, **more)


def refused(world: World, kind: type[DomainError], *arguments: Any, **more: Any) -> DomainError:
    """The refusal of an action, which has changed nothing."""
    before = world.everything()
    with pytest.raises(kind) as refusal:
        act(world, *arguments, **more)
    assert world.everything() == before
    return refusal.value


def department_id(world: World, key: str) -> int:
    with world.database.reading() as session:
        return session.scalars(select(Department.id).filter_by(key=key)).one()


def staff_id(world: World, login: str) -> int:
    with world.database.reading() as session:
        return session.scalars(select(Staff.id).join(User).filter_by(login=login)).one()


def functions_of(world: World, key: str) -> set[str]:
    with world.database.reading() as session:
        return set(matrix_details(session).functions[key])


def switched(world: World, key: str, *, on: Collection[str] = (), off: Collection[str] = ()) -> Any:
    return act(
        world,
        set_role_functions,
        department_id(world, key),
        (functions_of(world, key) | {*on}) - {*off},
    )


def manager(world: World, login: str, *functions: str) -> Actor:
    """Somebody who works here and was given these functions besides."""
    with world.database.writing() as session:
        person = session.scalars(select(Staff).join(User).filter_by(login=login)).one()
        session.add_all(StaffFunction(staff_id=person.id, function=f, on=True) for f in functions)
    return world.actor(login)


def switch(world: World, login: str, switches: dict[str, bool], **more: Any) -> Any:
    return act(
        world, set_staff_functions, staff_id(world, login), SwitchesDetails(switches), **more
    )


def log(world: World, as_: str = "owner") -> list[LogEntry]:
    titles = {str(info.name): info.title for info in world.panel.functions}
    with world.database.reading() as session:
        return list(rights_log(session, world.actor(as_), titles, limit=50))


# departments


def test_a_department_gives_what_is_switched_on(world: World) -> None:
    act(world, set_role_functions, department_id(world, "order_desk"), {HISTORY})
    assert world.actor("maria").functions == {HISTORY}


def test_h5_creating_is_switched_off_and_the_history_stays(world: World) -> None:
    switched(world, "order_desk", off={CREATE})
    held = world.actor("maria").functions
    assert HISTORY in held
    assert CREATE not in held


def test_all_departments_are_switched_at_once(world: World) -> None:
    wanted = {"order_desk": [HISTORY], "support": [HISTORY, CREATE]}
    before = functions_of(world, "finance")
    act(world, set_matrix, MatrixDetails(wanted))
    assert functions_of(world, "order_desk") == {HISTORY}
    assert functions_of(world, "support") == {HISTORY, CREATE}
    assert functions_of(world, "finance") == before


def test_of_two_who_change_the_matrix_the_second_is_told(world: World) -> None:
    with world.database.reading() as session:
        now = matrix_details(session)
    switched(world, "support", on={CREATE})
    mine = MatrixDetails({**now.functions, "order_desk": [HISTORY]})
    refusal = refused(world, Conflict, set_matrix, mine, seen=state_of(now))
    assert refusal.code == "changed_meanwhile"


def test_a_stale_version_of_a_department_is_refused(world: World) -> None:
    desk = department_id(world, "order_desk")
    with world.database.reading() as session:
        seen = version_of_role(session, desk)
    switched(world, "order_desk", off={CREATE})
    refusal = refused(world, Conflict, set_role_functions, desk, {HISTORY}, version=seen)
    assert refusal.code == "stale_version"


def test_a_function_nobody_declares_is_refused_and_a_gone_one_may_stay(world: World) -> None:
    desk = department_id(world, "order_desk")
    refused(world, UnknownFunction, set_role_functions, desk, {"wiki:page:write"})
    with world.database.writing() as session:
        switches = {*functions_of(world, "order_desk"), "wiki:page:write"}
        everything = console({*world.panel.known, "wiki:page:write"})
        set_role_functions(
            session,
            desk,
            switches,
            known=everything.functions,
            actor=everything,
            clock=world.clock,
        )
    switched(world, "order_desk", off={CREATE})
    assert "wiki:page:write" in functions_of(world, "order_desk")
    assert "wiki:page:write" not in world.actor("maria").functions


def test_nobody_switches_what_they_do_not_hold(world: World) -> None:
    petar = manager(world, "petar", RIGHTS)
    desk, now = department_id(world, "support"), functions_of(world, "support")
    for wanted in (now | {CREATE}, now - {"messages:message:write"}):
        refusal = refused(world, Forbidden, set_role_functions, desk, wanted, as_=petar)
        assert refusal.code == "cannot_grant"


def test_who_may_not_change_rights_changes_none(world: World) -> None:
    desk = department_id(world, "order_desk")
    refused(world, FunctionNotHeld, set_role_functions, desk, set(), as_="maria")
    refused(world, FunctionNotHeld, set_matrix, MatrixDetails({"support": []}), as_="maria")


def test_a_manager_changes_departments_of_their_own_providers_alone(world: World) -> None:
    """Olga, of the support, works for a provider that Georgi does not work for."""
    georgi = manager(world, "georgi", RIGHTS)
    wanted = functions_of(world, "order_desk") - {HISTORY}
    desk = department_id(world, "order_desk")
    assert refused(world, Refused, set_role_functions, desk, wanted, as_=georgi).code == "shared"
    night = act_on_department(world, "night", as_=georgi)
    act(world, set_role_functions, night, {HISTORY}, as_=georgi)
    assert functions_of(world, "night") == {HISTORY}


def act_on_department(world: World, key: str, *, as_: Actor) -> int:
    with world.database.writing() as session:
        details = DepartmentDetails(key, {"en": key})
        return save_department(session, None, details, actor=as_, clock=world.clock).id


def test_nobody_changes_their_own_rights_by_their_department(world: World) -> None:
    maria = manager(world, "petar", RIGHTS, MEMBER)
    finance, now = department_id(world, "finance"), functions_of(world, "finance")
    refusal = refused(world, Forbidden, set_role_functions, finance, now - {CREDIT}, as_=maria)
    assert refusal.code == "own_rights"
    # what is theirs by a switch of their own does not change with the department
    manager(world, "petar", CREDIT)
    act(world, set_role_functions, finance, now - {CREDIT}, as_=maria)
    assert CREDIT in world.actor("petar").functions


@pytest.mark.parametrize(
    ("login", "changes", "code"),
    [
        ("maria", {"discount_cap": Decimal(5)}, "own_rights"),
        ("maria", {"second_factor": False}, "own_rights"),
        ("petar", {"discount_cap": Decimal(11)}, "cannot_grant"),
    ],
)
def test_nobody_raises_their_own_cap_or_drops_what_is_asked_of_them(
    world: World, login: str, changes: dict[str, Any], code: str
) -> None:
    desk, finance = department_id(world, "order_desk"), department_id(world, "finance")
    world.change(Department, {"id": desk}, discount_cap=Decimal(10), second_factor=True)
    world.change(Department, {"id": finance}, discount_cap=Decimal(10))
    actor = manager(world, login, RIGHTS)
    with world.database.reading() as session:
        details = department_details(session.get_one(Department, desk))
    wanted = replace(details, **changes)
    before = world.everything()
    with pytest.raises(Forbidden) as refusal, world.database.writing() as session:
        save_department(session, desk, wanted, actor=actor, clock=world.clock)
    assert refusal.value.code == code
    assert world.everything() == before


def test_an_owner_in_a_department_changes_it_their_rights_stay_the_same(world: World) -> None:
    with world.database.writing() as session:
        owner = session.scalars(select(Staff).filter_by(owner=True)).one()
        owner.departments = [*session.scalars(select(Department))]
    switched(world, "support", off={HISTORY})
    assert world.actor("owner").functions == world.panel.known


# persons


def test_a_switch_of_their_own_wins_and_is_taken_away_again(world: World) -> None:
    switch(world, "maria", {CREATE: False, CREDIT: True})
    held = world.actor("maria").functions
    assert CREATE not in held
    assert CREDIT in held
    switch(world, "maria", {})
    held = world.actor("maria").functions
    assert CREATE in held
    assert CREDIT not in held


def test_a_person_is_given_exactly_these_functions_by_switches_where_departments_differ(
    world: World,
) -> None:
    with world.database.reading() as session:
        maria = session.get_one(Staff, staff_id(world, "maria"))
        wanted = (world.actor("maria").functions - {CREATE}) | {CREDIT}
        found = switches_for(session, maria, wanted, world.panel.known)
    assert found == SwitchesDetails({CREATE: False, CREDIT: True})


def test_where_each_function_comes_from(world: World) -> None:
    switch(world, "olga", {CREDIT: True, CREATE: False})
    with world.database.reading() as session:
        found = rights_of(
            session, session.get_one(Staff, staff_id(world, "olga")), world.panel.known
        )
    assert found.origins[HISTORY].departments == ("order_desk", "support")
    assert (found.origins[CREDIT].own, found.origins[CREDIT].departments) == (True, ())
    assert (found.origins[CREATE].own, found.origins[CREATE].held) == (False, False)
    assert found.held == world.actor("olga").functions


def test_nobody_switches_for_a_person_what_they_do_not_hold(world: World) -> None:
    georgi = manager(world, "georgi", MEMBER)
    with world.database.writing() as session:
        new = StaffDetails("ivan", "Ivan", departments=["support"], providers=["nordvik"])
        create_staff(session, new, actor=world.actor("owner"), clock=world.clock)
    ivan = staff_id(world, "ivan")
    for switches in ({CREDIT: True}, {CREATE: False}):
        details = SwitchesDetails(switches)
        refusal = refused(world, Forbidden, set_staff_functions, ivan, details, as_=georgi)
        assert refusal.code == "cannot_grant"
    act(world, set_staff_functions, ivan, SwitchesDetails({HISTORY: False}), as_=georgi)
    assert HISTORY not in world.actor("ivan").functions


def test_nobody_switches_their_own_rights(world: World) -> None:
    manager(world, "petar", MEMBER)
    for login in ("owner", "petar"):
        details = SwitchesDetails({CREDIT: False})
        who = staff_id(world, login)
        refusal = refused(world, Forbidden, set_staff_functions, who, details, as_=login)
        assert refusal.code == "own_rights"


def test_an_owner_has_no_switches(world: World) -> None:
    second = console(world.panel.known)
    owner = staff_id(world, "owner")
    details = SwitchesDetails({CREDIT: False})
    refusal = refused(world, Refused, set_staff_functions, owner, details, as_=second)
    assert refusal.code == "owner"
    assert world.actor("owner").functions == world.panel.known


def test_whoever_works_elsewhere_too_is_not_switched_from_here(world: World) -> None:
    georgi = manager(world, "georgi", MEMBER)
    details = SwitchesDetails({HISTORY: False})
    maria, olga = staff_id(world, "maria"), staff_id(world, "olga")
    refusal = refused(world, Forbidden, set_staff_functions, maria, details, as_=georgi)
    assert refusal.code == "cannot_grant"
    refused(world, NotFound, set_staff_functions, olga, details, as_=georgi)


def test_who_may_not_change_rights_of_people_changes_none(world: World) -> None:
    details = SwitchesDetails({CREDIT: True})
    refused(
        world, FunctionNotHeld, set_staff_functions, staff_id(world, "georgi"), details, as_="maria"
    )


def test_of_two_who_switch_for_a_person_the_second_is_told(world: World) -> None:
    maria = staff_id(world, "maria")
    with world.database.reading() as session:
        seen, version = (
            state_of(switches_details(session, maria)),
            version_of_rights(session, maria),
        )
    switch(world, "maria", {CREATE: False})
    details = SwitchesDetails({CREDIT: True})
    told = refused(world, Conflict, set_staff_functions, maria, details, seen=seen)
    assert told.code == "changed_meanwhile"
    told = refused(world, Conflict, set_staff_functions, maria, details, version=version)
    assert told.code == "stale_version"


# the log


def test_the_log_says_who_changed_whose_rights_from_what_to_what(world: World) -> None:
    switched(world, "order_desk", off={CREATE})
    switch(world, "petar", {CREATE: True})
    person, department, *_ = log(world)
    assert (person.who, str(person.whose)) == ("Ada Owner", "Petar Iliev")
    assert [str(change) for change in person.changes] == [
        "“Place orders from the catalogue”: as set by the departments → On"
    ]
    assert [str(change) for change in department.changes] == [
        "“Place orders from the catalogue”: On → Off"
    ]


def test_what_was_not_changed_is_not_in_the_log(world: World) -> None:
    before = len(log(world))
    switched(world, "order_desk")
    switch(world, "maria", {})
    assert len(log(world)) == before


def test_people_out_of_scope_are_left_out_of_the_log(world: World) -> None:
    manager(world, "georgi", "rights:department:read")
    switch(world, "olga", {CREATE: False})
    assert "Ольга Смирнова" in {str(entry.whose) for entry in log(world)}
    assert "Ольга Смирнова" not in {str(entry.whose) for entry in log(world, "georgi")}
    with pytest.raises(FunctionNotHeld):
        log(world, "maria")


# seeing the panel as somebody else


def test_the_owner_sees_as_a_person_and_as_a_department(world: World) -> None:
    georgi = Whose(STAFF, staff_id(world, "georgi"))
    eyes = act(world, see_as, georgi)
    assert eyes.name == "Georgi Dimitrov"
    assert eyes.actor == replace(world.actor("georgi"), language=world.actor("owner").language)
    eyes = act(world, see_as, Whose(DEPARTMENT, department_id(world, "finance")))
    assert eyes.actor.functions == functions_of(world, "finance")
    assert eyes.actor.staff_id is None
    first, second, *_ = log(world)
    assert (say(first.whose, "en"), second.whose) == ("Finance", "Georgi Dimitrov")
    assert "viewed with" in str(first.changes[0])


def test_nobody_sees_with_rights_they_do_not_hold(world: World) -> None:
    georgi = manager(world, "georgi", RIGHTS)
    finance = Whose(DEPARTMENT, department_id(world, "finance"))
    for whose in (Whose(STAFF, staff_id(world, "maria")), finance):
        refusal = refused(world, Forbidden, see_as, whose, as_=georgi)
        assert refusal.code == "cannot_see_as"
    act(world, see_as, Whose(DEPARTMENT, department_id(world, "support")), as_=georgi)


def test_nobody_sees_beyond_the_providers_they_work_for(world: World) -> None:
    maria = manager(world, "georgi", RIGHTS, *world.actor("olga").functions)
    refused(world, NotFound, see_as, Whose(STAFF, staff_id(world, "olga")), as_=maria)
    whose = Whose(STAFF, staff_id(world, "maria"))
    assert refused(world, Forbidden, see_as, whose, as_=maria).code == "cannot_see_as"


def test_an_owner_is_seen_as_by_owners_alone(world: World) -> None:
    everything = manager(world, "petar", *(world.panel.known - world.actor("petar").functions))
    assert everything.functions == world.panel.known
    refused(world, NotFound, see_as, Whose(STAFF, staff_id(world, "owner")), as_=everything)


def test_whoever_may_not_sign_in_sees_nothing_and_nobody_sees_as_themselves(world: World) -> None:
    georgi = staff_id(world, "georgi")
    world.change(User, {"login": "georgi"}, disabled_at=world.clock.now())
    assert refused(world, Forbidden, see_as, Whose(STAFF, georgi)).code == "cannot_see_as"
    own = Whose(STAFF, staff_id(world, "owner"))
    assert refused(world, Forbidden, see_as, own).code == "own_rights"
    refused(world, NotFound, see_as, Whose(DEPARTMENT, 999_999))
    refused(world, NotFound, see_as, Whose("client", 1))


def test_only_who_changes_rights_sees_as_others(world: World) -> None:
    whose = Whose(STAFF, staff_id(world, "georgi"))
    refused(world, FunctionNotHeld, see_as, whose, as_="maria")


def test_the_list_of_whose_rights_says_what_putting_them_on_would(world: World) -> None:
    georgi = manager(world, "georgi", RIGHTS)
    with world.database.reading() as session:
        found = choices(session, actor=georgi, known=world.panel.known)
        for choice in found:
            if choice.refusal is None:
                eyes = eyes_of(session, choice.whose, actor=georgi, known=world.panel.known)
                assert eyes.actor.functions <= georgi.functions
                continue
            with pytest.raises(DomainError) as refusal:
                eyes_of(session, choice.whose, actor=georgi, known=world.panel.known)
            assert refusal.value.message == choice.refusal.message
    assert {say(choice.name, "en") for choice in found if choice.refusal is None} == {"Support"}
    assert "Georgi Dimitrov" not in {choice.name for choice in found}


def test_a_database_for_looking_takes_nothing(world: World) -> None:
    looking = world.database.read_only(NotFound())
    with pytest.raises(NotFound), looking.writing():
        pass
    with looking.reading() as session:
        assert read_matrix(session, world.actor("owner")).roles
    with world.database.reading() as session:
        person = session.get_one(Staff, staff_id(world, "maria"))
        assert staff_details(person, world.actor("owner")).departments == ["order_desk"]
