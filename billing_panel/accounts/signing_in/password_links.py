"""One-time links with which a person chooses a password."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import rights_of
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.really_two_people import release
from billing_panel.kernel.database.row_locks import locked
from billing_panel.kernel.language.errors import Forbidden, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.secret_fingerprints import fingerprint

LINK_LIFE = timedelta(hours=48)


def no_link_for_oneself() -> Forbidden:
    """Make the refusal of a link to one's own account, which asks for no old password."""
    return Forbidden(
        text(
            "You can’t make a sign-in link for yourself. Change your password on the page My"
            " account, or use “Forgot your password?” on the sign-in page."
        ),
        code="own_rights",
    )


@dataclass(frozen=True)
class OneTimeLinks:
    """Signed links to choose a password, over what the person may do then.

    Choosing one changes what the link was signed over; so does every change of rights, so that
    nobody keeps a link for the day its owner is promoted.
    """

    secret_key: str

    def make(self, session: Session, user: User, *, by: int | None) -> str:
        """``by``: the user who has it in hand, None: whoever sits at the server."""
        return self._signer().dumps([user.id, self._state(session, user), by or 0])

    def make_mailed(self, session: Session, user: User) -> str:
        """One that goes to their address alone: in whose hands the account is stays as it was.

        Whoever set the address has it in hand already, and is released by nothing they receive.
        """
        return self._signer().dumps([user.id, self._state(session, user)])

    def release(self, session: Session, user: User, token: str, *, at: datetime) -> None:
        """The account stays in the hands of whoever may have made this good link, in no others."""
        _user_id, _state, *made_by = self._signer().loads(token)
        # one that was mailed does not say by whom, nor do those made before an upgrade
        if made_by:
            since = at - LINK_LIFE
            release(session, user.id, link_by=made_by[0] or None, made_since=since, at=at)

    def user(self, session: Session, token: str, *, to_use: bool = False) -> User:
        """Raises NotFound when the link is forged, expired or used.

        ``to_use`` locks the user, so that of many at once one uses the link.
        """
        gone = NotFound(text("This link was already used or has expired; ask for a new one."))
        try:
            user_id, state, *_made_by = self._signer().loads(
                token, max_age=int(LINK_LIFE.total_seconds())
            )
        except (BadData, ValueError) as error:
            raise gone from error
        user = (
            locked(session, User, user_id)
            if to_use
            else session.get(User, user_id, populate_existing=True)
        )
        if user is None or user.disabled_at is not None or self._state(session, user) != state:
            raise gone
        return user

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret_key, salt="choose-password")

    @staticmethod
    def _state(session: Session, user: User) -> str:
        return fingerprint(f"{user.id}:{user.password_hash}:{rights_of(session, user.id)}")[:32]
