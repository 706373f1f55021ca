"""The API of background jobs: what the worker does, when it last did it, and what fails."""

from typing import Literal

from pydantic import Field

from billing_panel.api.answer_models import Answer, Moment
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import Query
from billing_panel.api.request_bodies import NoBody
from billing_panel.kernel.language.text import say
from billing_panel.web.administration.job_pages import ShownJob, shown_jobs
from permissions.panel_functions import PanelFunction

api = Api("panel_jobs_api", "Jobs")


class JobsQuery(Query):
    """``state=failing``: those alone that could not run the last time."""

    state: Literal["failing"] | None = None


class JobAnswer(Answer):
    """``minutes`` null: it runs as soon as something has happened. ``problem``: why it failed."""

    name: str = Field(examples=["clients.vat_numbers"])
    title: str
    minutes: int | None
    ran_at: Moment | None
    failed_at: Moment | None
    failing: bool
    problem: str | None


class JobsAnswer(Answer):
    """What the worker runs."""

    items: list[JobAnswer]


@api.get("/jobs", PanelFunction.AUDIT_READ, PanelFunction.PROVIDER_CHANGE)
def list_jobs(call: Call[NoBody, JobsQuery]) -> JobsAnswer:
    """Lists what the worker does, when it last did it, and what fails."""
    shown = [one for one in shown_jobs(call.session) if call.query.state is None or one.fails]
    return JobsAnswer(items=[_answer(one, call.language) for one in shown])


def _answer(one: ShownJob, language: str) -> JobAnswer:
    run = one.run
    why = run.why if run else None
    return JobAnswer(
        name=one.job.name,
        title=say(one.job.title, language),
        minutes=one.minutes,
        ran_at=run.ran_at if run else None,
        failed_at=run.failed_at if run else None,
        failing=one.fails,
        problem=None if why is None else say(why, language),
    )
