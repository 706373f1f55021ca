"""How a person has lists of orders: views they named, and the columns they look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ForeignKey, String, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.database.batched_reads import Ahead, rows_of
from billing_panel.kernel.database.column_types import Base, BigId, Json
from billing_panel.kernel.values.actor import Actor

MOST_NAME = 60
# of the columns beside the order itself and its status, those that stand there unless chosen
# otherwise, and those that can be chosen
USUAL = ("client", "placed", "provider", "total", "paid")
COLUMNS = ("client", "placed", "provider", "method", "placed_by", "deadline", "total", "paid")


class OrderView(Base):
    """A list of orders under a name of the person's own; ``asked``: its filters by their names.

    ``folded``: the name as names are compared.
    """

    __tablename__ = "order_view"
    __table_args__ = (UniqueConstraint("user_id", "folded"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"))
    name: Mapped[str] = mapped_column(String(MOST_NAME))
    folded: Mapped[str] = mapped_column(String(3 * MOST_NAME))
    asked: Mapped[dict[str, str]] = mapped_column(Json)


class OrderColumns(Base):
    """The columns a person chose for lists of orders, by their names."""

    __tablename__ = "order_columns"

    user_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("user_account.id"), primary_key=True, autoincrement=False
    )
    columns: Mapped[list[str]] = mapped_column(Json)


@dataclass(frozen=True)
class NamedView:
    """A view of the person's as its list shows it; ``asked``: its filters by their names."""

    id: int
    name: str
    asked: Mapping[str, str]


@dataclass(frozen=True)
class ListSettings:
    """``columns``: those the person looks at, by name. ``views``: their own, by name."""

    columns: frozenset[str]
    views: Sequence[NamedView]


SETTINGS = (
    select(OrderColumns.columns, OrderView.id, OrderView.name, OrderView.asked, OrderView.folded)
    .select_from(User)
    .outerjoin(OrderColumns, OrderColumns.user_id == User.id)
    .outerjoin(OrderView, OrderView.user_id == User.id)
    .where(User.id == bindparam("user_id"))
)


def settings_of(where: Session | Ahead, actor: Actor) -> ListSettings:
    """Both in one statement."""
    rows = rows_of(where, SETTINGS, {"user_id": actor.user_id})
    chosen = rows[0].columns if rows else None
    columns = USUAL if chosen is None else (one for one in chosen if one in COLUMNS)
    own = sorted((row for row in rows if row.id is not None), key=lambda row: str(row.folded))
    views = [NamedView(row.id, row.name, row.asked) for row in own]
    return ListSettings(frozenset(columns), views)
