"""Administration → Background jobs: what the worker does, when it last did it, and what fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import providers, zone_of
from billing_panel.core.plugins import all_followers, all_jobs
from billing_panel.kernel.extension.background_work import Follower, PeriodicJob
from billing_panel.kernel.extension.home_parts import HomePart, Waiting
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.job_runs import JobRun, failing_jobs, job_runs
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from permissions.panel_functions import PanelFunction

FAILING = "failing"

jobs = Blueprint("jobs", __name__, url_prefix="/jobs")


@dataclass(frozen=True)
class ShownJob:
    """``minutes`` None: it runs as soon as something has happened. ``run`` None: it never ran."""

    job: PeriodicJob | Follower
    minutes: int | None
    run: JobRun | None

    @property
    def fails(self) -> bool:
        return self.run is not None and self.run.failing


@jobs.get("")
@access(needs(PanelFunction.AUDIT_READ, PanelFunction.PROVIDER_CHANGE, for_staff=True))
def index() -> ResponseReturnValue:
    """All of them, or with ``state=failing`` those that could not run the last time."""
    running, state = panel(), request.args.get("state", "")
    with running.database.reading() as db:
        shown = [*shown_jobs(db)]
        failing = [one for one in shown if one.fails]
        return render_template(
            "administration/jobs.html",
            rows=failing if state == FAILING else shown,
            failing=len(failing),
            state=state,
            zone=zone_of(providers(db, current_actor())),
        )


def shown_jobs(db: Session) -> Sequence[ShownJob]:
    """All that the worker runs, with what became of each."""
    known = known_jobs()
    runs = {run.name: run for run in job_runs(db, known)}
    return [
        ShownJob(job, job.minutes if isinstance(job, PeriodicJob) else None, runs.get(name))
        for name, job in known.items()
    ]


def known_jobs() -> Mapping[str, PeriodicJob | Follower]:
    """What the worker runs, by name."""
    running = panel()
    plugins = running.brought.plugins
    brought: Sequence[PeriodicJob | Follower] = (
        *all_jobs(plugins, running.gateways, running.config),
        *all_followers(plugins, running.config),
    )
    return {job.name: job for job in brought}


def failing_parts(session: Session, _actor: Actor) -> Sequence[HomePart]:
    """For Home: how many fail, for whoever may open the list of them."""
    failed = failing_jobs(session) if may_open("jobs.index") else ()
    known = known_jobs() if failed else {}
    since = [run.failed_at for run in failed if run.name in known and run.failed_at]
    if not since:
        return ()
    title = text("Background jobs that fail")
    return [
        Waiting(title, len(since), "jobs.index", {"state": FAILING}, since=min(since), urgent=True)
    ]
