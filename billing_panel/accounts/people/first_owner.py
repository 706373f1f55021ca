"""The first owner, made from the command line."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.login_names import as_kept, find_user
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, text


def make_owner(session: Session, login: str) -> User:
    """The owner with this login, made when there is none. Raises Refused ``login_taken``."""
    user = find_user(session, login)
    if user is None:
        login = as_kept(login)
        user = User(login=login, language=DEFAULT_LANGUAGE)
        session.add(Staff(user=user, name=login, owner=True))
        session.flush()
        return user
    if session.scalar(select(Staff.owner).filter_by(user_id=user.id)) is not True:
        raise Refused(
            text("The login %(login)s belongs to someone who is not an owner.", login=login),
            code="login_taken",
        )
    return user
