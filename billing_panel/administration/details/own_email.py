"""A person changes their own e-mail address."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.sessions import Place
from billing_panel.accounts.signing_in.sign_in import note
from billing_panel.administration.details import validators
from billing_panel.administration.details.keep_sign_in_email import kept_address
from billing_panel.kernel.database.row_locks import lock_row


def change_own_address(
    session: Session, user: User, address: str, *, at: datetime, place: Place
) -> None:
    """The caller has asked for their password. Raises Invalid."""
    lock_row(session, user)
    before, after = user.email, kept_address(address)
    validators.refuse_wrong(validators.email("email", after))
    if before != after:
        user.email = after
        note(session, "address.changed", user, at=at, place=place, words={"email": [before, after]})
