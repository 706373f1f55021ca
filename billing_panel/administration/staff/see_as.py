"""Seeing the panel as a department or a person does: whose rights may be used, and using them.

Only for whoever changes rights, and never beyond their own: functions they don't hold and providers
they don't work for stay out of sight.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import actor_of
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.administration.staff.change_staff import find_staff, staff
from billing_panel.administration.staff.permission_matrix import Role, read_matrix
from billing_panel.administration.staff.rights_log import SEEN_AS, SEEN_ENOUGH
from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.language.errors import DomainError, Forbidden, NotFound
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, Titles, text
from billing_panel.kernel.tables.event_log import Event, record
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from permissions.panel_functions import PanelFunction

STAFF, DEPARTMENT = "staff", "department"


@dataclass(frozen=True)
class Whose:
    """Whose rights: ``kind`` is ``staff`` or ``department``, and its id."""

    kind: str
    id: int


class Ended(StrEnum):
    """How it came that somebody no longer sees with other rights."""

    WENT_BACK = "went_back"
    SIGNED_OUT = "signed_out"
    NOT_ALLOWED = "not_allowed"
    SESSION_OVER = "session_over"


@dataclass(frozen=True)
class Eyes:
    """The rights as an actor, and whose they are; ``entry``: of the log, when they are put on."""

    actor: Actor
    name: Titles | str
    entry: int | None = None


@dataclass(frozen=True)
class Choice:
    """``refusal`` says why these rights cannot be put on; None: they can."""

    whose: Whose
    name: Titles | str
    refusal: DomainError | None = None


def see_as(
    session: Session, whose: Whose, *, actor: Actor, known: Collection[str], clock: Clock
) -> Eyes:
    """Put the rights on, which is written down.

    Raises FunctionNotHeld, NotFound, Forbidden ``own_rights`` or ``cannot_see_as``.
    """
    eyes = eyes_of(session, whose, actor=actor, known=known)
    record(session, SEEN_AS, actor=actor, at=clock.now(), subject=(whose.kind, whose.id))
    write_late(session)
    return replace(eyes, entry=last_entry(session, actor.user_id))


def last_entry(session: Session, user_id: int | None) -> int | None:
    """The id of what the log says last of whether ``user_id`` sees with other rights."""
    own = select(func.max(Event.id)).where(
        Event.user_id == user_id, Event.kind.in_((SEEN_AS, SEEN_ENOUGH))
    )
    return session.scalar(own)


def end_seeing(
    session: Session, whose: Whose, how: Ended, *, user_id: int, address: str | None, clock: Clock
) -> None:
    """Write down that ``user_id`` sees with their own rights again; they may have none left."""
    looker = Actor(
        kind=ActorKind.STAFF,
        user_id=user_id,
        login="",
        name="",
        language=DEFAULT_LANGUAGE,
        functions=frozenset(),
        provider_ids=frozenset(),
        address=address,
    )
    subject, facts = (whose.kind, whose.id), {"how": how.value}
    record(session, SEEN_ENOUGH, actor=looker, at=clock.now(), subject=subject, facts=facts)


def eyes_of(session: Session, whose: Whose, *, actor: Actor, known: Collection[str]) -> Eyes:
    """Raises as ``see_as`` does. The language stays the actor's own: they are the reader."""
    require(actor, PanelFunction.RIGHTS_CHANGE)
    if whose.kind == STAFF:
        return _of_person(session, find_staff(session, actor, whose.id), actor, known)
    roles = {role.id: role for role in read_matrix(session, actor).roles}
    if whose.kind != DEPARTMENT or whose.id not in roles:
        raise NotFound(text("There is no such department."))
    return _of_role(roles[whose.id], actor, known)


def choices(session: Session, *, actor: Actor, known: Collection[str]) -> Sequence[Choice]:
    """Every department, then everybody else in the actor's scope. Raises FunctionNotHeld."""
    require(actor, PanelFunction.RIGHTS_CHANGE)
    departments = [
        _choice(Whose(DEPARTMENT, role.id), role.title, partial(_of_role, role, actor, known))
        for role in read_matrix(session, actor).roles
    ]
    people = [
        _choice(
            Whose(STAFF, person.id),
            person.name,
            partial(_of_person, session, person, actor, known),
        )
        for person in staff(session, actor)
        if person.id != actor.staff_id
    ]
    return [*departments, *people]


def _choice(whose: Whose, name: Titles | str, eyes: Callable[[], Eyes]) -> Choice:
    try:
        eyes()
    except DomainError as refusal:
        return Choice(whose, name, refusal)
    return Choice(whose, name)


def _of_role(role: Role, actor: Actor, known: Collection[str]) -> Eyes:
    """A department works for no provider of its own: the actor's are looked at."""
    seen = replace(
        actor,
        user_id=None,
        staff_id=None,
        login=role.key,
        name=role.title.in_language(actor.language),
        functions=role.functions & frozenset(known),
    )
    return Eyes(_within(seen, actor), role.title)


def _of_person(session: Session, person: Staff, actor: Actor, known: Collection[str]) -> Eyes:
    if person.id == actor.staff_id:
        raise Forbidden(
            text("These are your own rights; you already see the panel with them."),
            code="own_rights",
        )
    seen = actor_of(session, person.user, known)
    if seen is None:
        raise Forbidden(text("They may not sign in, so they see nothing."), code="cannot_see_as")
    return Eyes(_within(replace(seen, language=actor.language), actor), person.name)


def _within(seen: Actor, actor: Actor) -> Actor:
    """Raises Forbidden ``cannot_see_as`` when ``seen`` holds or reaches more than the actor."""
    if beyond := sorted(seen.functions - actor.functions):
        raise Forbidden(
            text("You don’t hold these functions yourself: %(functions)s.", functions=beyond),
            code="cannot_see_as",
            facts={"functions": beyond},
        )
    own = actor.provider_ids
    if own is not None and (seen.provider_ids is None or not seen.provider_ids <= own):
        raise Forbidden(
            text("They work for providers you don’t work for; ask an owner."), code="cannot_see_as"
        )
    return seen
