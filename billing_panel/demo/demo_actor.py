"""Who acts in the demo, by their logins."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import actor_of
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.values.actor import Actor


def demo_actor(session: Session, login: str, known: frozenset[str]) -> Actor:
    """Whoever has that login, as they may act. Raises LookupError."""
    user = session.scalars(select(User).filter_by(login=login)).one()
    actor = actor_of(session, user, known)
    if actor is None:
        raise LookupError(f"{login} may not act")
    return actor
