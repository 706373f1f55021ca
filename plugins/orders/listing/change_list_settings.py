"""A person names a view of the list of orders, renames or deletes it, and chooses columns.

It is how they look at things and changes nothing that anybody else sees, so no event tells of it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.database.database import insert_into
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.input.text_folding import fold
from billing_panel.kernel.language.errors import FieldError, Invalid, NotFound, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.listing.list_settings import COLUMNS, MOST_NAME, OrderColumns, OrderView

# nobody chooses from more, and nobody fills the table
MOST_VIEWS = 20


@dataclass(frozen=True)
class SaveView:
    """``asked``: the filters of a list, by their names, as ``order_filters`` has read them."""

    name: str
    asked: Mapping[str, str]


def save_view(session: Session, command: SaveView, *, actor: Actor) -> None:
    """Keep the list under the name; a view of that name is replaced.

    Raises FunctionNotHeld, Invalid, and Refused ``too_many_views``.
    """
    user_id = _holder(session, actor)
    row = {"user_id": user_id, **_named(command.name), "asked": dict(command.asked)}
    same = OrderView.folded == row["folded"]
    others = select(func.count()).where(OrderView.user_id == user_id, ~same)
    if (session.scalar(others) or 0) >= MOST_VIEWS:
        raise Refused(
            text("You have %(most)s views already. Delete one first.", most=MOST_VIEWS),
            code="too_many_views",
        )
    saved = insert_into(session, OrderView).values(row)
    new = {"name": row["name"], "asked": row["asked"]}
    session.execute(saved.on_conflict_do_update(index_elements=["user_id", "folded"], set_=new))


def rename_view(session: Session, view_id: int, name: str, *, actor: Actor) -> None:
    """Raises FunctionNotHeld, NotFound, Invalid."""
    user_id = _holder(session, actor)
    view, named = _own(session, view_id, user_id), _named(name)
    taken = select(OrderView.id).where(
        OrderView.user_id == user_id,
        OrderView.folded == named["folded"],
        OrderView.id != view_id,
    )
    if session.scalar(taken) is not None:
        message = text("You have a view of this name already.")
        raise Invalid([FieldError("name", "taken", message)])
    view.name, view.folded = named["name"], named["folded"]


def delete_view(session: Session, view_id: int, *, actor: Actor) -> None:
    """Raises FunctionNotHeld, NotFound."""
    session.delete(_own(session, view_id, _holder(session, actor)))


def choose_columns(session: Session, columns: Collection[str], *, actor: Actor) -> None:
    """Which columns lists of orders have for this person. Raises FunctionNotHeld, Invalid."""
    user_id = _holder(session, actor)
    if not {*columns} <= {*COLUMNS}:
        message = text("There is no such column; use one of: %(known)s.", known=COLUMNS)
        raise Invalid([FieldError("column", "unknown_column", message)])
    chosen = [one for one in COLUMNS if one in columns]
    row = insert_into(session, OrderColumns).values(user_id=user_id, columns=chosen)
    session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_={"columns": chosen}))


def _holder(session: Session, actor: Actor) -> int:
    """The person's id; what else they keep waits meanwhile. Raises FunctionNotHeld."""
    require(actor, OrdersFunction.HISTORY_READ)
    if actor.user_id is None:
        raise NotFound
    lock_row(session, session.get_one(User, actor.user_id))
    return actor.user_id


def _own(session: Session, view_id: int, user_id: int) -> OrderView:
    view = session.scalar(select(OrderView).filter_by(id=view_id, user_id=user_id))
    if view is None:
        raise NotFound(text("No such view, or it isn’t yours."))
    return view


def _named(name: str) -> dict[str, str]:
    """Raises Invalid."""
    name = " ".join(name.split())
    if not is_visible(name):
        message = text("Enter a name.")
        raise Invalid([FieldError("name", "required", message)])
    if len(name) > MOST_NAME:
        message = text("At most %(most)s characters.", most=MOST_NAME)
        raise Invalid([FieldError("name", "length", message)])
    return {"name": name, "folded": fold(name)[: 3 * MOST_NAME]}
