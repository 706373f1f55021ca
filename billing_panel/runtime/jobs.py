"""Background work: the task queue and its periodic jobs."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from huey import Huey, PostgresHuey, SqliteHuey, crontab

from billing_panel.accounts.access.load_actors import console
from billing_panel.core.panel import Panel
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.extension.background_work import Follower, PeriodicJob
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.tables.job_runs import is_failing, job_failed, job_ran

log = logger()
BROKE_OFF = text("The job stopped. The worker’s log says why.")


def make_huey(panel: Panel, jobs: Sequence[PeriodicJob] = ()) -> Huey:
    """The queue beside the panel's database: a file in ``home``, or tables in PostgreSQL."""
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
    for job in jobs:
        every = crontab(minute=f"*/{job.minutes}")
        huey.periodic_task(every, name=job.name)(partial(run_job, panel, job))
    return huey


def run_job(panel: Panel, job: PeriodicJob | Follower) -> bool:
    """Whether it ran to its end; what became of it is written down (``job_runs``).

    Without the database it is put off until its time comes again. Raises what is a mistake of ours.
    """
    try:
        job.run(panel.database, console(panel.known), panel.clock)
        _note_end(panel, job)
    except Unavailable as error:
        log.warning("job_put_off", job=job.name, trouble=error.trouble.code)
        return False
    except DomainError as refusal:
        log.warning("job_refused", job=job.name, code=refusal.code, why=str(refusal.message))
        _note_failure(panel, job, refusal.message)
        return False
    except Exception:
        _note_failure(panel, job, BROKE_OFF)
        raise
    return True


def _note_end(panel: Panel, job: PeriodicJob | Follower) -> None:
    if isinstance(job, Follower):
        with panel.database.reading() as session:
            if not is_failing(session, job.name):
                return
    with panel.database.writing() as session:
        job_ran(session, job.name, at=panel.clock.now())


def _note_failure(panel: Panel, job: PeriodicJob | Follower, why: Text) -> None:
    with suppress(Unavailable), panel.database.writing() as session:
        job_failed(session, job.name, why, at=panel.clock.now())
