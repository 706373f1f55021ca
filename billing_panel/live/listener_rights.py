"""Whether listeners may stay connected: their sessions and rights.

Asked for all of them at once, in two statements, however many they are.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, literal, not_, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing_panel.accounts.people.sign_in_models import ApiToken, SignInSession
from billing_panel.accounts.people.staff_models import Staff, staff_department, staff_provider
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.accounts.signing_in.second_factor import lacking
from permissions.models import DepartmentFunction, StaffFunction

# all that a user's rights are made of, in whatever order it was read
Rights = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Standing:
    """Fingerprints of the sessions and tokens that are good, and the rights of users by id."""

    sessions: frozenset[str]
    rights: Mapping[int, Rights]


def standing(
    session: Session,
    secrets: Collection[str],
    users: Collection[int],
    *,
    at: datetime,
    idle: timedelta,
) -> Standing:
    """``secrets``: fingerprints of sessions and tokens. ``idle``: how long a session lasts unused.

    ``at``: now. A token is no good while its owner lacks a second factor that is required of them.
    """
    sessions = select(SignInSession.secret).where(
        SignInSession.secret.in_(secrets),
        SignInSession.expires_at > at,
        SignInSession.seen_at > at - idle,
        SignInSession.awaits.is_(None),
    )
    tokens = select(ApiToken.secret).where(
        ApiToken.secret.in_(secrets),
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > at),
        not_(lacking(ApiToken.user_id)),
    )
    good = union_all(sessions, tokens)
    return Standing(frozenset(session.scalars(good)), rights_of_all(session, users))


def rights_of_all(session: Session, users: Collection[int]) -> Mapping[int, Rights]:
    """Of those who may sign in. As ``accounts.access.actors`` makes an actor of them."""
    one, other = DepartmentFunction, StaffFunction
    workers, members = staff_provider.c, staff_department.c
    of_staff = select(Staff.user_id).where(Staff.user_id.in_(users))
    parts = union_all(
        select(User.id, literal("signs in"), literal("")).where(
            User.id.in_(users), User.disabled_at.is_(None)
        ),
        select(ClientUser.user_id, literal("client"), _text(ClientUser.client_id)).where(
            ClientUser.user_id.in_(users)
        ),
        select(ClientUser.user_id, literal("role"), cast(ClientUser.role, String)).where(
            ClientUser.user_id.in_(users)
        ),
        of_staff.where(Staff.owner).add_columns(literal("owner"), literal("")),
        of_staff.join(staff_provider, workers.staff_id == Staff.id).add_columns(
            literal("provider"), _text(workers.provider_id)
        ),
        of_staff.join(staff_department, members.staff_id == Staff.id)
        .join(one, one.department_id == members.department_id)
        .add_columns(literal("function"), one.function),
        of_staff.join(other, other.staff_id == Staff.id).add_columns(
            literal("switch ") + _text(other.on), other.function
        ),
    )
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for user_id, what, which in session.execute(parts):
        found[user_id].add((what, which))
    return {user_id: frozenset(rights) for user_id, rights in found.items()}


def _text(column: InstrumentedAttribute[Any] | ColumnElement[Any]) -> ColumnElement[str]:
    return cast(column, String)
