"""What became of the worker's jobs: when each last ran, and why it last could not.

What runs as soon as something has happened writes here only when it fails or recovers: a row at
each end of it would be the next thing that has happened.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.kernel.database.column_types import Base, JsonOrNull, UtcDateTime
from billing_panel.kernel.database.database import insert_into
from billing_panel.kernel.language.text import Text


class JobRun(Base):
    """By the job's name: when it last ran to its end, and when and why it last failed.

    ``failing``: it has not run to its end since. ``problem``: ``sentence`` and ``values``, said.
    """

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    ran_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    failing: Mapped[bool] = mapped_column(default=False)

    @property
    def why(self) -> Text | None:
        """None: it never failed."""
        return Text(self.problem["sentence"], self.problem["values"]) if self.problem else None


def job_ran(session: Session, name: str, *, at: datetime) -> None:
    """It ran to its end."""
    _write(session, name, ran_at=at, failing=False)


def job_failed(session: Session, name: str, why: Text, *, at: datetime) -> None:
    """It could not; ``why`` is kept, its values as plain words."""
    values = {key: str(value) for key, value in why.values.items()}
    problem = {"sentence": why.sentence, "values": values}
    _write(session, name, failed_at=at, problem=problem, failing=True)


def _write(session: Session, name: str, **new: Any) -> None:
    row = insert_into(session, JobRun).values(name=name, **new)
    session.execute(row.on_conflict_do_update(index_elements=["name"], set_=new))


def is_failing(session: Session, name: str) -> bool:
    """Whether it failed the last time."""
    failing = select(exists().where(JobRun.name == name, JobRun.failing))
    return bool(session.scalar(failing))


def failing_jobs(session: Session) -> Sequence[JobRun]:
    """Those that failed the last time."""
    return session.scalars(select(JobRun).where(JobRun.failing)).all()


def job_runs(session: Session, names: Iterable[str]) -> Sequence[JobRun]:
    """Of these jobs, as far as they ever ran."""
    return session.scalars(select(JobRun).where(JobRun.name.in_([*names]))).all()
