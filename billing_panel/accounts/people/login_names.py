"""Logins: stored in lower case, found in any case.

Two that differed by case before this was so both stay (``panel_0019`` names them): one in small
letters, the other as it was. So what is typed is first looked for as it stands.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing_panel.accounts.people.user_models import User

# of one letter box: a family, or a small firm's people
MOST_OF_ADDRESS = 5


def as_kept(login: str) -> str:
    """As a new login is written."""
    return login.strip().lower()


def as_settled(login: str, now: str) -> str:
    """A login cannot be changed: ``now`` where ``login`` is the same one, else ``login``."""
    return now if as_kept(login) == as_kept(now) else login


def is_login(
    column: InstrumentedAttribute[str], login: str
) -> tuple[ColumnElement[bool], ColumnElement[Any]]:
    """Condition, and the order in which the first row is the one that is meant."""
    typed = login.strip()
    return column.in_({typed, as_kept(typed)}), (column != typed)


def find_user(session: Session, login: str) -> User | None:
    """Find the user with this login, however its letters are typed. None: there is none."""
    meant, first = is_login(User.login, login)
    return session.scalars(select(User).where(meant).order_by(first)).first()


def named_users(session: Session, named: str) -> Sequence[User]:
    """Whoever has this login, else whoever is written to at this address, at most MOST_OF_ADDRESS.

    A login comes first: it may look like the address of somebody else.
    """
    user = find_user(session, named)
    if user is not None:
        return [user]
    address = named.strip()
    if "@" not in address:
        return []
    same = func.lower(User.email) == address.lower()
    return session.scalars(select(User).where(same).order_by(User.id).limit(MOST_OF_ADDRESS)).all()
