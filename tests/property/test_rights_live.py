"""Whoever tries to switch whatever: nobody gains or loses by somebody who may not do that."""

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from billing_panel.accounts.people.staff_models import Department, Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.administration.staff.change_rights import (
    SwitchesDetails,
    set_role_functions,
    set_staff_functions,
)
from billing_panel.kernel.language.errors import DomainError
from permissions.models import StaffFunction
from tests.world import World

STAFF = ("maria", "georgi", "petar", "olga", "owner")
FUNCTIONS = (
    "orders:history:read",
    "orders:order:create",
    "balance:balance:credit",
    "invoices:invoice:print",
    "rights:department:change",
    "rights:member:change",
)

switches = st.dictionaries(st.sampled_from(FUNCTIONS), st.booleans(), max_size=3)
tries = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(STAFF),
            st.sampled_from(("order_desk", "support", "finance")),
            st.frozensets(st.sampled_from(FUNCTIONS)),
        ),
        st.tuples(st.sampled_from(STAFF), st.sampled_from(STAFF), switches),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture
def engine() -> str:
    """The guards do not depend on the database; tests/actions runs them on both."""
    return "sqlite"


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(given_first=st.dictionaries(st.sampled_from(STAFF[:-1]), switches), tried=tries)
def test_nobody_switches_their_own_or_more_than_they_hold(
    world: World,
    given_first: Mapping[str, Mapping[str, bool]],
    tried: list[tuple[str, str, Mapping[str, bool] | frozenset[str]]],
) -> None:
    """Each example goes on from where the one before it ended, so that rights wander."""
    for login, own in given_first.items():
        give(world, login, own)
    for who, whom, wanted in tried:
        before = held(world)
        everything = world.everything()
        try:
            switch(world, who, whom, wanted)
        except DomainError:
            assert world.everything() == everything
        after = held(world)
        actor, scope = before[who]
        assert after[who] == before[who]
        assert after["owner"][0] == world.panel.known
        for login, (now, providers) in after.items():
            assert now ^ before[login][0] <= actor
            assert now == before[login][0] or scope is None or (providers or set()) <= scope


def held(world: World) -> dict[str, tuple[frozenset[str], frozenset[int] | None]]:
    actors = {login: world.actor(login) for login in STAFF}
    return {login: (actor.functions, actor.provider_ids) for login, actor in actors.items()}


def give(world: World, login: str, own: Mapping[str, bool]) -> None:
    with world.database.writing() as session:
        staff_id = session.scalars(select(Staff.id).join(User).filter_by(login=login)).one()
        for name, on in own.items():
            session.merge(StaffFunction(staff_id=staff_id, function=name, on=on))


def switch(world: World, who: str, whom: str, wanted: Mapping[str, bool] | frozenset[str]) -> None:
    actor, known = world.actor(who), world.panel.known
    with world.database.writing() as session:
        if isinstance(wanted, frozenset):
            department = session.scalars(select(Department.id).filter_by(key=whom)).one()
            set_role_functions(
                session, department, wanted, known=known, actor=actor, clock=world.clock
            )
        else:
            staff_id = session.scalars(select(Staff.id).join(User).filter_by(login=whom)).one()
            details = SwitchesDetails(wanted)
            set_staff_functions(
                session, staff_id, details, known=known, actor=actor, clock=world.clock
            )
