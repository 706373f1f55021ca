"""Versions of the workflow a provider runs, and its statuses."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, cast
from sqlalchemy.orm import Mapped, mapped_column

from billing_panel.kernel.database.column_types import (
    AsWritten,
    Base,
    BigId,
    Json,
    JsonOrNull,
    UtcDateTime,
    one_of,
)
from billing_panel.kernel.language.text import Titles
from plugins.orders.workflow.statuses.stage import Shape, Stage, Tone


class WorkflowVersion(Base):
    """A workflow as a provider ran it from ``made_at`` on; the one with the highest number runs.

    ``content`` is a whole workflow file (``WorkflowFile``). Never changed: an order remembers the
    version it runs by until it is moved to another. ``listed``: of an older version, the statuses
    as the newest lists them, whose order and switches hold for its orders too; None of the newest.
    """

    __tablename__ = "workflow_version"
    __table_args__ = (UniqueConstraint("provider_id", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    listed: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonOrNull)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))


# decoded once for each text
VERSION_AS_WRITTEN = {
    "content": cast(WorkflowVersion.content, AsWritten),
    "listed": cast(WorkflowVersion.listed, AsWritten),
}


class OrderStatus(Base):
    """A status by its key, as it looks now: in every list, whichever version an order runs by.

    ``enabled`` False: switched off, or no longer in the workflow; orders in it stay and can leave.
    ``desk_steps``: the actions the orders bar offers in it; None: no order waits there for an
    operator (``workflow.desk_steps``).
    """

    __tablename__ = "order_status"
    __table_args__ = (UniqueConstraint("provider_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    key: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    titles: Mapped[dict[str, str]] = mapped_column(Json)
    stage: Mapped[Stage] = mapped_column(one_of(Stage))
    tone: Mapped[Tone] = mapped_column(one_of(Tone))
    shape: Mapped[Shape] = mapped_column(one_of(Shape))
    enabled: Mapped[bool] = mapped_column(default=True)
    desk_steps: Mapped[list[str] | None] = mapped_column(JsonOrNull)

    @property
    def title(self) -> Titles:
        return Titles(self.titles)
