"""What runs without anybody asking: the task queue and its periodic jobs."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import structlog
from huey import Huey, PostgresHuey, SqliteHuey, crontab
from sqlalchemy import delete

from billing_panel.accounts.access.actors import console
from billing_panel.accounts.signing_in.failed_attempts import forget_old_attempts
from billing_panel.accounts.signing_in.sessions import forget_expired_sessions
from billing_panel.accounts.signing_in.unsent_forms import forget_expired_unsent
from billing_panel.audit.seal_events import sealing
from billing_panel.audit.witness import Witness
from billing_panel.core.panel import Panel
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.extension.hooks import PeriodicJob
from billing_panel.kernel.tables.request_keys import RequestKey
from billing_panel.mail.sending.claims import forget_old_secrets

log = structlog.get_logger()
# A repeat later than this is no repeat of the same click.
REQUEST_KEYS_KEPT = timedelta(days=90)


def make_huey(panel: Panel, brought: Sequence[PeriodicJob] = ()) -> Huey:
    """The queue beside the panel's database: a file in ``home``, or tables in PostgreSQL.

    ``brought``: the jobs of plugins.
    """
    huey = (
        SqliteHuey("panel", filename=str(panel.config.home / "jobs.sqlite"))
        if panel.database.is_sqlite
        else PostgresHuey(
            "panel",
            dsn=panel.database.url.set(drivername="postgresql").render_as_string(
                hide_password=False
            ),
        )
    )
    huey.periodic_task(crontab(minute="17"))(lambda: when_available(forget_old, panel))
    for job in (sealing(Witness(panel.config.witness)), *brought):
        every = crontab(minute=f"*/{job.minutes}")
        huey.periodic_task(every, name=job.name)(partial(when_available, _run, job, panel))
    return huey


def when_available(job: Callable[..., object], *arguments: object) -> bool:
    """Whether it ran; without the database it is put off until its time comes again."""
    try:
        job(*arguments)
    except Unavailable as error:
        log.warning("job_put_off", trouble=error.trouble.code)
        return False
    return True


def _run(job: PeriodicJob, panel: Panel) -> None:
    job.run(panel.database, console(panel.known), panel.clock)


def forget_old(panel: Panel) -> None:
    """Delete sessions and kept forms that are over, old attempts and keys nobody will repeat."""
    now = panel.clock.now()
    with panel.database.writing() as session:
        forget_expired_sessions(session, at=now)
        forget_expired_unsent(session, at=now)
        forget_old_attempts(session, at=now)
        forget_old_secrets(session, at=now)
        session.execute(delete(RequestKey).where(RequestKey.at < now - REQUEST_KEYS_KEPT))
