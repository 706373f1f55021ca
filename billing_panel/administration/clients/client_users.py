"""The users of a client: who signs in for them, and in which role.

Their owner manages the others; so do staff who may give sign-in links or change clients. Nobody
changes themselves, and one owner who can sign in always remains.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.access.scope import find_client
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.client_roles import ROLE_FUNCTIONS, ClientRole
from billing_panel.accounts.people.login_names import as_kept, as_settled, find_user
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.accounts.signing_in.api_tokens import end_tokens
from billing_panel.accounts.signing_in.password_links import no_link_for_oneself
from billing_panel.accounts.signing_in.sessions import end_sessions
from billing_panel.administration.clients.change_client import LOGIN_TAKEN
from billing_panel.administration.clients.client_change_guards import refuse_erased, refuse_shared
from billing_panel.administration.details import validators
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.administration.details.keep_sign_in_email import (
    kept_address,
    part_address,
    refuse_own_address,
)
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.database.unique_key_violations import refusing_taken
from billing_panel.kernel.language.errors import FieldError, Forbidden, NotFound
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from permissions.panel_functions import PanelFunction
from permissions.switch_functions import refuse_beyond_own

INVITING = (PanelFunction.CLIENT_USERS_CHANGE, PanelFunction.CLIENT_INVITE)
CHANGING = (PanelFunction.CLIENT_USERS_CHANGE, PanelFunction.CLIENT_CHANGE)
MANAGING = tuple(dict.fromkeys((*INVITING, *CHANGING)))


@dataclass(frozen=True)
class ClientUserDetails:
    """``login`` is settled when the user is entered."""

    login: str
    role: ClientRole = ClientRole.VIEWER
    language: str = DEFAULT_LANGUAGE
    disabled: bool = False
    email: str = ""


def client_user_details(member: ClientUser) -> ClientUserDetails:
    """Read a client's user as people type them."""
    return ClientUserDetails(
        login=member.user.login,
        role=member.role,
        language=member.user.language,
        disabled=member.user.disabled_at is not None,
        email=member.user.email,
    )


def client_users(session: Session, actor: Actor, client_id: int) -> Sequence[ClientUser]:
    """Those of a client in scope, the first that was entered first. Raises NotFound."""
    client = find_client(session, actor, client_id=client_id)
    return session.scalars(
        select(ClientUser)
        .filter_by(client_id=client.id)
        .options(joinedload(ClientUser.user, innerjoin=True))
        .order_by(ClientUser.user_id)
        .execution_options(populate_existing=True)
    ).all()


def find_client_user(session: Session, actor: Actor, client_id: int, user_id: int) -> ClientUser:
    """Raises NotFound."""
    members = client_users(session, actor, client_id)
    member = next((one for one in members if one.user_id == user_id), None)
    if member is None:
        raise NotFound(text("The client has no such user."))
    return member


def invite_client_user(
    session: Session, client_id: int, details: ClientUserDetails, *, actor: Actor, clock: Clock
) -> ClientUser:
    """A new user of the client, who can't sign in before they have a link.

    Raises FunctionNotHeld, NotFound, Forbidden ``shared_client`` or ``cannot_grant``, Invalid.
    """
    require(actor, *INVITING)
    client = _locked(session, actor, client_id)
    _refuse_beyond(actor, details.role)
    details = replace(details, login=as_kept(details.login), email=kept_address(details.email))
    validators.refuse_wrong([*_wrong(details, None), *_taken(session, details.login)])
    user = User(login=details.login, language=details.language, email=details.email)
    member = ClientUser(user=user, client_id=client.id, role=details.role)
    at = clock.now()
    user.disabled_at = at if details.disabled else None
    with refusing_taken(session, {User.login: LOGIN_TAKEN}):
        session.add(member)
    _record(session, "client.user_created", client, member, actor, at, {"role": details.role})
    return member


def change_client_user(
    session: Session,
    client_id: int,
    user_id: int,
    details: ClientUserDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> ClientUser:
    """Disabling ends all of their sessions and tokens.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict ``changed_meanwhile``, Forbidden
    ``shared_client``, ``cannot_grant``, ``own_rights`` or ``last_owner``.
    """
    require(actor, *CHANGING)
    client = _locked(session, actor, client_id)
    member = find_client_user(session, actor, client_id, user_id)
    now = client_user_details(member)
    refuse_stale(now, seen)
    login, email = as_settled(details.login, now.login), kept_address(details.email)
    details = replace(details, login=login, email=email)
    validators.refuse_wrong([*_wrong(details, now), *_settled(details, now)])
    changes = differences(now, details)
    _refuse_own(member, actor, changes)
    if "email" in changes:
        # the links sent there let whoever reads them in
        require(actor, *INVITING)
    _refuse_beyond(actor, now.role, details.role)
    if details.disabled or details.role is not ClientRole.OWNER:
        _refuse_no_owner(session, actor, member)
    at = clock.now()
    member.role, member.user.language = details.role, details.language
    member.user.email = details.email
    if details.disabled != now.disabled:
        member.user.disabled_at = at if details.disabled else None
    if details.disabled:
        end_sessions(session, [user_id])
        end_tokens(session, [user_id])
    if changes:
        facts, words = part_address(changes)
        _record(session, "client.user_changed", client, member, actor, at, facts, words)
    return member


def client_user_to_invite(
    session: Session, client_id: int, user_id: int, *, actor: Actor, clock: Clock
) -> User:
    """Whose sign-in link the actor may make: with it the actor could act as that user.

    Raises FunctionNotHeld, NotFound, Forbidden ``shared_client``, ``cannot_grant`` or
    ``own_rights``.
    """
    require(actor, *INVITING)
    client = _locked(session, actor, client_id)
    member = find_client_user(session, actor, client_id, user_id)
    if member.user_id == actor.user_id:
        raise no_link_for_oneself()
    _refuse_beyond(actor, member.role)
    _record(session, "client.user_invited", client, member, actor, clock.now(), {})
    return member.user


def _locked(session: Session, actor: Actor, client_id: int) -> Client:
    """The client, locked: of two who change its users the second waits, and is then told."""
    client = find_client(session, actor, client_id=client_id)
    lock_row(session, client)
    refuse_erased(client)
    refuse_shared(client, actor)
    return client


def _refuse_own(member: ClientUser, actor: Actor, changes: Collection[str]) -> None:
    if member.user_id == actor.user_id:
        refuse_own_address(changes)
    if member.user_id == actor.user_id and not set(changes) <= {"language"}:
        raise Forbidden(
            text("You can’t change your own role; ask another owner, or our staff."),
            code="own_rights",
        )


def _refuse_beyond(actor: Actor, *roles: ClientRole) -> None:
    """Raise Forbidden ``cannot_grant``: a client's token that holds less hands out no more."""
    if actor.client_id is not None:
        for role in roles:
            refuse_beyond_own(actor, ROLE_FUNCTIONS[role])


def _refuse_no_owner(session: Session, actor: Actor, member: ClientUser) -> None:
    """Raise Forbidden ``last_owner`` when nobody else is an owner who may sign in."""
    owners = {
        one.user_id
        for one in client_users(session, actor, member.client_id)
        if one.role is ClientRole.OWNER and one.user.disabled_at is None
    }
    if owners <= {member.user_id} and owners:
        raise Forbidden(
            text("This is the client’s last owner; make someone else an owner first."),
            code="last_owner",
        )


def _taken(session: Session, login: str) -> Sequence[FieldError]:
    return [LOGIN_TAKEN] if find_user(session, login) else ()


def _settled(details: ClientUserDetails, now: ClientUserDetails) -> Sequence[FieldError]:
    if details.login == now.login:
        return ()
    return [
        FieldError("login", "settled", text("The login can’t be changed once the person is added."))
    ]


def _wrong(details: ClientUserDetails, now: ClientUserDetails | None) -> Sequence[FieldError]:
    before = [now.login] if now else ()
    return [
        *validators.login("login", details.login, before=before),
        *validators.email("email", details.email),
        *validators.language("language", details.language),
    ]


def _record(
    session: Session,
    kind: str,
    client: Client,
    member: ClientUser,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, object],
    words: Mapping[str, object] | None = None,
) -> None:
    record(
        session,
        kind,
        actor=actor,
        at=at,
        subject=("client", client.id),
        client_id=client.id,
        facts={"user_id": member.user_id, **facts},
        words=words,
    )
