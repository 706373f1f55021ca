"""The job that deletes what is over and what nobody will ask for again."""

from datetime import timedelta

from sqlalchemy import delete

from billing_panel.accounts.signing_in.failed_attempts import forget_old_attempts
from billing_panel.accounts.signing_in.sessions import forget_expired_sessions
from billing_panel.accounts.signing_in.unsent_forms import forget_expired_unsent
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.extension.background_work import PeriodicJob
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.request_keys import RequestKey
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.mail.sending.sending_attempts import forget_old_secrets

# A repeat later than this is no repeat of the same click.
REQUEST_KEYS_KEPT = timedelta(days=90)


def forget_old(database: Database, _actor: Actor, clock: Clock) -> None:
    """Delete sessions and kept forms that are over, old attempts and keys nobody will repeat."""
    now = clock.now()
    with database.writing() as session:
        forget_expired_sessions(session, at=now)
        forget_expired_unsent(session, at=now)
        forget_old_attempts(session, at=now)
        forget_old_secrets(session, at=now)
        session.execute(delete(RequestKey).where(RequestKey.at < now - REQUEST_KEYS_KEPT))


FORGETTING = PeriodicJob(
    "panel.forget", text("Deleting old sessions and unsent forms"), 60, forget_old
)
