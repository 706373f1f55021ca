"""Logins: kept in small letters, and found however they are typed.

Two that differed by case before this was so both stay (``panel_0019`` names them): one in small
letters, the other as it was. So what is typed is first looked for as it stands.
"""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing_panel.accounts.people.users import User


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
