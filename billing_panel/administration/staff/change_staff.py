"""Staff: who works here, in which departments, for which providers.

A person's rights are never put into the hands of somebody who holds less: whoever changes a member
of staff, or makes them a sign-in link, holds all that this person holds, before and after.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, selectinload

from billing_panel.accounts.access.scope import own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.discount_caps import discount_cap, is_beyond_own
from billing_panel.accounts.people.login_names import as_kept, as_settled, find_user
from billing_panel.accounts.people.staff_models import Department, Staff, staff_provider
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in import second_factor
from billing_panel.accounts.signing_in.api_tokens import end_tokens
from billing_panel.accounts.signing_in.password_links import no_link_for_oneself
from billing_panel.accounts.signing_in.really_two_people import HandKind, take_in_hand
from billing_panel.accounts.signing_in.sessions import end_sessions
from billing_panel.administration.clients.change_client import LOGIN_TAKEN
from billing_panel.administration.details import validators
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.administration.details.keep_sign_in_email import (
    kept_address,
    part_address,
    refuse_own_address,
)
from billing_panel.kernel.database.row_locks import lock
from billing_panel.kernel.database.unique_key_violations import refusing_taken
from billing_panel.kernel.extension.hooks import FUNCTION_TITLES
from billing_panel.kernel.input.invisible_characters import tidy
from billing_panel.kernel.language.errors import FieldError, Forbidden, NotFound, Refused
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.id_or_name import addressed
from permissions.guard import require
from permissions.models import DepartmentFunction, StaffFunction
from permissions.panel_functions import PanelFunction
from permissions.switch_functions import own_rights, refuse_beyond_own

# Fields whose change is a change of rights.
RIGHTS = frozenset({"owner", "departments", "providers"})


@dataclass(frozen=True)
class StaffDetails:
    """``departments`` and ``providers`` are keys. An owner needs none: they hold everything."""

    login: str
    name: str
    language: str = DEFAULT_LANGUAGE
    owner: bool = False
    departments: Sequence[str] = field(default_factory=list)
    providers: Sequence[str] = field(default_factory=list)
    disabled: bool = False
    email: str = ""


def staff_details(person: Staff, actor: Actor) -> StaffDetails:
    """As ``actor`` sees them: of other providers nothing is told."""
    return StaffDetails(
        login=person.user.login,
        name=person.name,
        language=person.user.language,
        owner=person.owner,
        departments=sorted(row.key for row in person.departments),
        providers=sorted(row.key for row in seen_providers(person, actor)),
        disabled=person.user.disabled_at is not None,
        email=person.user.email,
    )


def staff(session: Session, actor: Actor) -> Sequence[Staff]:
    """Those who work for one of the actor's providers; for who sees all providers, everybody."""
    page = (
        select(Staff)
        .order_by(Staff.name, Staff.id)
        .options(
            selectinload(Staff.user), selectinload(Staff.departments), selectinload(Staff.providers)
        )
    )
    if actor.provider_ids is not None:
        shared = exists().where(
            staff_provider.c.staff_id == Staff.id,
            staff_provider.c.provider_id.in_(actor.provider_ids),
        )
        page = page.where(shared)
    return session.scalars(page).all()


def is_seen(person: Staff, actor: Actor) -> bool:
    """Whether the person has a name for ``actor``: they share a provider, or are the same."""
    own = actor.provider_ids
    return own is None or person.id == actor.staff_id or any(p.id in own for p in person.providers)


def seen_providers(person: Staff, actor: Actor) -> Sequence[Provider]:
    """Those the person works for, as far as ``actor`` works for them too."""
    own = actor.provider_ids
    return [row for row in person.providers if own is None or row.id in own]


def find_staff(session: Session, actor: Actor, staff_id: int) -> Staff:
    """Raises NotFound."""
    return find_addressed_staff(session, actor, str(staff_id))


def find_addressed_staff(session: Session, actor: Actor, address: str) -> Staff:
    """By id or login. Raises NotFound."""
    person = addressed(address, staff(session, actor), lambda row: row.user.login)
    if person is None:
        raise NotFound(text("No such member of staff, or you don’t have access to them."))
    return person


def create_staff(session: Session, details: StaffDetails, *, actor: Actor, clock: Clock) -> Staff:
    """They can't sign in before they have a link.

    Raises FunctionNotHeld, Forbidden ``cannot_grant``, Invalid.
    """
    require(actor, PanelFunction.STAFF_CHANGE)
    details = replace(
        details,
        login=as_kept(details.login),
        name=tidy(details.name),
        email=kept_address(details.email),
    )
    validators.refuse_wrong(
        [*_wrong(session, details, actor, None), *_taken(session, details.login)]
    )
    person = Staff(user=User(login=details.login), departments=[], providers=[])
    _write(session, person, details, at=clock.now())
    with refusing_taken(session, {User.login: LOGIN_TAKEN}):
        session.add(person)
    _refuse_power(session, person, actor)
    at = clock.now()
    take_in_hand(session, person.user_id, HandKind.CREATED, actor=actor, at=at)
    record(session, "staff.created", actor=actor, at=at, subject=("staff", person.id))
    return person


def change_staff(
    session: Session,
    staff_id: int,
    details: StaffDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> Staff:
    """Disabling ends all of their sessions and tokens; a change of rights ends the sessions.

    Raises FunctionNotHeld, Forbidden ``cannot_grant``, ``own_rights`` or ``last_owner``, NotFound,
    Invalid, Conflict ``changed_meanwhile``.
    """
    require(actor, PanelFunction.STAFF_CHANGE)
    _lock(session, staff_id)
    person = find_staff(session, actor, staff_id)
    now = staff_details(person, actor)
    refuse_stale(now, seen)
    login = as_settled(details.login, now.login)
    details = replace(
        details, login=login, name=tidy(details.name), email=kept_address(details.email)
    )
    validators.refuse_wrong([*_wrong(session, details, actor, now), *_settled(details, now)])
    changes = differences(now, details)
    _refuse_own(person, actor, changes)
    if details.disabled or not details.owner:
        _refuse_no_owner(session, person)
    _refuse_power(session, person, actor)
    _write(session, person, details, at=clock.now())
    session.flush()
    _refuse_power(session, person, actor)
    if details.disabled or RIGHTS & set(changes):
        end_sessions(session, [person.user_id])
    if details.disabled:
        end_tokens(session, [person.user_id])
    if "email" in changes:
        # whoever chose the address may be who reads the links sent there
        take_in_hand(session, person.user_id, HandKind.LINK, actor=actor, at=clock.now())
    if changes:
        facts, words = part_address(changes)
        record(
            session,
            "staff.changed",
            actor=actor,
            at=clock.now(),
            subject=("staff", person.id),
            facts=facts,
            words=words,
        )
    return person


def user_to_invite(session: Session, staff_id: int, *, actor: Actor, clock: Clock) -> User:
    """Whose sign-in link the actor may make: with it the actor could act as that person.

    Raises FunctionNotHeld, Forbidden ``cannot_grant`` or ``own_rights``, NotFound.
    """
    require(actor, PanelFunction.STAFF_CHANGE)
    _lock(session, staff_id)
    person = find_staff(session, actor, staff_id)
    if person.id == actor.staff_id:
        raise no_link_for_oneself()
    _refuse_power(session, person, actor)
    at = clock.now()
    take_in_hand(session, person.user_id, HandKind.LINK, actor=actor, at=at)
    record(session, "staff.invited", actor=actor, at=at, subject=("staff", person.id))
    return person.user


def reset_second_factor(session: Session, staff_id: int, *, actor: Actor, clock: Clock) -> None:
    """For someone who lost their phone and recovery codes. Ends all their sessions.

    Raises FunctionNotHeld, Forbidden ``cannot_grant`` or ``own_rights``, NotFound, Refused
    ``no_second_factor``.
    """
    require(actor, PanelFunction.STAFF_CHANGE)
    _lock(session, staff_id)
    person = find_staff(session, actor, staff_id)
    if person.id == actor.staff_id:
        raise Forbidden(
            text("Your own second factor is on the page My account; it asks for your password."),
            code="own_rights",
        )
    _refuse_power(session, person, actor)
    if not second_factor.remove(session, person.user_id):
        raise Refused(text("They have no second factor."), code="no_second_factor")
    end_sessions(session, [person.user_id])
    at, subject = clock.now(), ("user", person.user_id)
    take_in_hand(session, person.user_id, HandKind.FACTOR, actor=actor, at=at)
    record(session, "second_factor.removed", actor=actor, at=at, subject=subject)


def _refuse_own(person: Staff, actor: Actor, changes: Collection[str]) -> None:
    if person.id == actor.staff_id:
        refuse_own_address(changes)
    if person.id == actor.staff_id and not set(changes) <= {"name", "language"}:
        raise own_rights()


def _refuse_power(session: Session, person: Staff, actor: Actor) -> None:
    """Raise Forbidden when the person holds or reaches anything that the actor does not."""
    if person.owner and actor.provider_ids is not None:
        raise Forbidden(text("Only an owner can change owners."), code="cannot_grant")
    refuse_beyond_own(actor, _held(session, person))
    _refuse_cap(session, person, actor)
    foreign = {row.id for row in person.providers} - (actor.provider_ids or set())
    if actor.provider_ids is not None and foreign:
        raise Forbidden(
            text("They work for providers you don’t work for; ask an owner."), code="cannot_grant"
        )


def _refuse_cap(session: Session, person: Staff, actor: Actor) -> None:
    """Raise Forbidden when the person may give larger discounts than the actor."""
    if is_beyond_own(session, actor, discount_cap(session, person)):
        raise Forbidden(
            text("They may give larger discounts than you; ask an owner."), code="cannot_grant"
        )


def _held(session: Session, person: Staff) -> set[str]:
    """Functions switched On for them or for one of their departments; an owner holds them all.

    So an owner's token that has only some of them makes and changes no owner.
    """
    if person.owner:
        return {*session.info[FUNCTION_TITLES]}
    departments = [row.id for row in person.departments]
    by_department = select(DepartmentFunction.function).where(
        DepartmentFunction.department_id.in_(departments)
    )
    own = select(StaffFunction.function).filter_by(staff_id=person.id, on=True)
    return {*session.scalars(by_department), *session.scalars(own)}


def _lock(session: Session, staff_id: int) -> None:
    """The person and every owner, by id: two owners may be changing each other."""
    rows = select(Staff.id).where(or_(Staff.owner, Staff.id == staff_id))
    lock(session, rows.order_by(Staff.id).with_for_update())


def _refuse_no_owner(session: Session, person: Staff) -> None:
    """Raise Forbidden ``last_owner`` when nobody but the person is an owner who can sign in."""
    owners = session.scalars(
        select(Staff.id).join(User).where(Staff.owner, User.disabled_at.is_(None))
    )
    if person.owner and {*owners} <= {person.id}:
        raise Forbidden(
            text("This is the last owner; make someone else an owner first."), code="last_owner"
        )


def _taken(session: Session, login: str) -> Iterator[FieldError]:
    if find_user(session, login) is not None:
        yield LOGIN_TAKEN


def _settled(details: StaffDetails, now: StaffDetails) -> Iterator[FieldError]:
    if details.login != now.login:
        message = text("The login can’t be changed once the person is added.")
        yield FieldError("login", "settled", message)


def _own_keys(session: Session, actor: Actor) -> Sequence[str]:
    return session.scalars(select(Provider.key).where(own_providers(actor))).all()


def _wrong(
    session: Session, details: StaffDetails, actor: Actor, now: StaffDetails | None
) -> Iterator[FieldError]:
    yield from validators.login("login", details.login, before=[now.login] if now else ())
    yield from validators.filled("name", details.name)
    yield from validators.email("email", details.email)
    yield from validators.language("language", details.language)
    yield from validators.among(
        "departments", details.departments, session.scalars(select(Department.key))
    )
    yield from validators.among("providers", details.providers, _own_keys(session, actor))


def _write(session: Session, person: Staff, details: StaffDetails, *, at: datetime) -> None:
    person.name, person.owner = details.name, details.owner
    person.user.language, person.user.email = details.language, details.email
    if not details.disabled:
        person.user.disabled_at = None
    elif person.user.disabled_at is None:
        person.user.disabled_at = at
    person.departments = [
        *session.scalars(select(Department).where(Department.key.in_(details.departments)))
    ]
    person.providers = [
        *session.scalars(select(Provider).where(Provider.key.in_(details.providers)))
    ]
