"""Whatever changes what somebody may do, the next request in every process knows it (H4).

Two processes look at one database: this one, and another that is asked by a pipe. Between two looks
anything is changed that rights are made of, in any order; what both then know is compared with what
the rows say when they are read one by one.
"""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from billing_panel.accounts.people.staff_models import (
    Department,
    Staff,
    staff_department,
    staff_provider,
)
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.sessions import end_sessions, find_signed_in, open_session
from permissions.models import DepartmentFunction, StaffFunction
from permissions.read_function_switches import functions_of
from tests.world import World

pytestmark = pytest.mark.every_case

LOGIN = "maria"
IDLE = timedelta(hours=2)
CHANGES = 40
ELSEWHERE = """
import json, sys
from datetime import datetime, timedelta
from billing_panel.accounts.signing_in.sessions import find_signed_in
from billing_panel.kernel.database.database import Database
from billing_panel.migrations.schema import metadata
metadata()
database = Database(sys.argv[1])
known = frozenset(json.loads(sys.stdin.readline()))
for line in sys.stdin:
    secret, at = json.loads(line)
    with database.reading() as session:
        now = datetime.fromisoformat(at)
        found = find_signed_in(session, secret, known, at=now, idle=timedelta(hours=2))
    actor = found.actor if found else None
    sees = None if actor is None or actor.provider_ids is None else sorted(actor.provider_ids)
    print(json.dumps(None if actor is None else [sorted(actor.functions), sees]), flush=True)
"""
Known = tuple[list[str], list[int] | None] | None


@dataclass(frozen=True)
class Elsewhere:
    """Another process on the same database."""

    process: subprocess.Popen[str]

    def ask(self, question: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()

    def signed_in(self, world: World, secret: str) -> Known:
        self.ask([secret, world.clock.now().isoformat()])
        assert self.process.stdout
        answer = json.loads(self.process.stdout.readline())
        return answer if answer is None else (answer[0], answer[1])


@pytest.fixture
def elsewhere(world: World) -> Iterator[Elsewhere]:
    url = world.database.url.render_as_string(hide_password=False)
    begun = subprocess.Popen(
        [sys.executable, "-c", ELSEWHERE, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with begun as process:
        other = Elsewhere(process)
        other.ask(sorted(world.panel.known))
        yield other
        assert process.stdin
        process.stdin.close()


def here(world: World, secret: str) -> Known:
    with world.database.reading() as session:
        found = find_signed_in(session, secret, world.panel.known, at=world.clock.now(), idle=IDLE)
    if found is None or found.actor is None:
        return None
    sees = found.actor.provider_ids
    return sorted(found.actor.functions), None if sees is None else sorted(sees)


def row_by_row(world: World) -> Known:
    """What she may do, as it is worked out for the pages of the administration."""
    with world.database.reading() as session:
        user = session.scalars(select(User).filter_by(login=LOGIN)).one()
        staff = session.scalars(select(Staff).filter_by(user_id=user.id)).one()
        if user.disabled_at is not None:
            return None
        held = functions_of(
            session,
            world.panel.known,
            staff_id=staff.id,
            owner=staff.owner,
            departments={one.id: one.key for one in staff.departments},
        )
        return sorted(held), None if staff.owner else sorted(one.id for one in staff.providers)


def staff_id(session: Session) -> int:
    query = select(Staff.id).join(User, User.id == Staff.user_id).where(User.login == LOGIN)
    return session.scalars(query).one()


def switch_department(session: Session, chance: random.Random, functions: list[str]) -> None:
    department, function = (
        chance.choice(session.scalars(select(Department.id)).all()),
        chance.choice(functions),
    )
    row = session.get(DepartmentFunction, (department, function))
    if row is None:
        session.add(DepartmentFunction(department_id=department, function=function))
    else:
        session.delete(row)


def switch_person(session: Session, chance: random.Random, functions: list[str]) -> None:
    key = (staff_id(session), chance.choice(functions))
    row = session.get(StaffFunction, key)
    if row is None:
        session.add(StaffFunction(staff_id=key[0], function=key[1], on=chance.random() < 0.5))
    elif row.on:
        row.on = False
    else:
        session.delete(row)


def move(session: Session, chance: random.Random, _functions: list[str]) -> None:
    """Into a department, or out of it."""
    there = {"staff_id": staff_id(session)}
    there["department_id"] = chance.choice(session.scalars(select(Department.id)).all())
    table = staff_department
    gone = session.execute(
        delete(table).where(*(table.c[name] == value for name, value in there.items()))
    )
    if gone.rowcount == 0:  # type: ignore[attr-defined]
        session.execute(insert(table).values(there))


def change_providers(session: Session, _chance: random.Random, _functions: list[str]) -> None:
    """All of hers are taken away, or what was there first is given back."""
    person = staff_id(session)
    gone = session.execute(delete(staff_provider).where(staff_provider.c.staff_id == person))
    if gone.rowcount == 0:  # type: ignore[attr-defined]
        session.execute(insert(staff_provider).values(staff_id=person, provider_id=1))


def change_owner(session: Session, _chance: random.Random, _functions: list[str]) -> None:
    session.execute(update(Staff).filter_by(id=staff_id(session)).values(owner=~Staff.owner))


CHANGE: tuple[Callable[[Session, random.Random, list[str]], None], ...] = (
    switch_department,
    switch_person,
    move,
    change_providers,
    change_owner,
)


def test_what_anybody_may_do_is_known_in_every_process_at_the_next_request(
    world: World, elsewhere: Elsewhere
) -> None:
    chance = random.Random(17)  # noqa: S311 (no secret)
    functions = sorted(world.panel.known)
    with world.database.writing() as session:
        user = session.scalars(select(User).filter_by(login=LOGIN)).one()
        secret = open_session(session, user, at=world.clock.now())
    seen = set()
    for number in range(CHANGES):
        change = CHANGE[number % len(CHANGE)]
        with world.database.writing() as session:
            change(session, chance, functions)
        expected = row_by_row(world)
        assert here(world, secret) == expected, change.__name__
        assert elsewhere.signed_in(world, secret) == expected, change.__name__
        seen.add(str(expected))
    # otherwise nothing was changed, and nothing shown
    assert len(seen) > CHANGES / 3


def test_a_session_that_ended_and_a_person_who_was_disabled_are_unknown_at_once(
    world: World, elsewhere: Elsewhere
) -> None:
    with world.database.writing() as session:
        user = session.scalars(select(User).filter_by(login=LOGIN)).one()
        one, two = (open_session(session, user, at=world.clock.now()) for _ in range(2))
    assert here(world, one) is not None
    assert elsewhere.signed_in(world, one) == here(world, one)
    with world.database.writing() as session:
        end_sessions(session, [user.id], but=two)
    assert (here(world, one), elsewhere.signed_in(world, one)) == (None, None)
    assert elsewhere.signed_in(world, two) == here(world, two)
    with world.database.writing() as session:
        session.execute(update(User).filter_by(login=LOGIN).values(disabled_at=world.clock.now()))
    assert (here(world, two), elsewhere.signed_in(world, two)) == (None, None)
