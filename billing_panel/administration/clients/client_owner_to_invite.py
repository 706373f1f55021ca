"""Who signs in for a client, to be given a link."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.administration.clients.client_change_guards import (
    record_of_client,
    refuse_erased,
    refuse_shared,
)
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from permissions.panel_functions import PanelFunction


def user_to_invite(session: Session, client_id: int, *, actor: Actor, clock: Clock) -> User:
    """The first of those who sign in for the client as its owner, to be given a sign-in link.

    Raises FunctionNotHeld, NotFound, Forbidden ``shared_client``, Conflict ``client_erased``.
    It is written down, because whoever holds the link can act as the client.
    """
    require(actor, PanelFunction.CLIENT_INVITE)
    client = find_client(session, actor, client_id=client_id)
    lock_row(session, client)
    refuse_erased(client)
    refuse_shared(client, actor)
    user = first_owner(session, client.id)
    if user is None:
        raise NotFound(text("No one signs in for this client."))
    record_of_client(session, "client.invited", client, actor, clock.now())
    return user


def first_owner(session: Session, client_id: int) -> User | None:
    """The first of those who may sign in for the client as its owner."""
    return session.scalars(
        select(User)
        .join(ClientUser, ClientUser.user_id == User.id)
        .where(
            ClientUser.client_id == client_id,
            ClientUser.role == ClientRole.OWNER,
            User.disabled_at.is_(None),
        )
        .order_by(User.id)
    ).first()


def signs_in(session: Session, client_id: int) -> bool:
    """Whether somebody has chosen a password for the client."""
    users = select(User.id).join(ClientUser, ClientUser.user_id == User.id)
    found = users.where(ClientUser.client_id == client_id, User.password_hash.is_not(None))
    return session.scalar(found.limit(1)) is not None
