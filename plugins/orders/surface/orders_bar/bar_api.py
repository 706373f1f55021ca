"""The API of the orders bar: what waits for an operator, or is in an operator's hands (D6)."""

from pydantic import Field

from billing_panel.api.answer_models import Answer, Moment, MoneyAnswer, PointsAnswer, minor_seen
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.money import POINTS
from billing_panel.web.shell.route_access import staff_only
from plugins.orders.functions import ACTING
from plugins.orders.surface.orders_bar.bar_rows import BarRow, read_bar

api = Api("orders_bar_api", "Orders")


class BarOrderAnswer(Answer):
    """An order in the bar. ``new``: nobody has accepted it yet. Sums are null for some callers.

    ``held_by``: who has it in hand; a question mark for somebody who is not named. ``steps``:
    actions of its status that the caller may take.
    """

    id: int
    number: str = Field(examples=["10017"])
    client: str
    provider: str
    status: str
    new: bool
    placed_at: Moment
    total: MoneyAnswer | None
    points: PointsAnswer | None
    method: str | None
    note: str
    held_by: str | None
    mine: bool
    steps: list[str] = Field(examples=[["accept", "cancel"]])


class BarAnswer(Answer):
    """``more``: the list of orders has others. Empty too where nobody takes orders by hand."""

    items: list[BarOrderAnswer]
    more: bool


@api.get("/orders/bar", *ACTING, errors={404: ("not_found",)})
def show_orders_bar(call: Call) -> BarAnswer:
    """Lists what waits for an operator, and what is in hand: new ones first; for staff alone."""
    staff_only(call.actor)
    bar = read_bar(call.session, call.actor)
    if bar is None:
        return BarAnswer(items=[], more=False)
    return BarAnswer(items=[_answer(row, call.language) for row in bar.rows], more=bar.more)


def _answer(row: BarRow, language: str) -> BarOrderAnswer:
    return BarOrderAnswer(
        id=row.id,
        number=row.number,
        client=row.client,
        provider=row.provider,
        status=say(row.status, language),
        new=row.is_new,
        placed_at=row.placed_at,
        total=minor_seen(row.total, row.currency),
        points=minor_seen(row.points, POINTS),
        method=None if row.method is None else say(row.method, language),
        note=row.note,
        held_by=row.held_by or None,
        mine=row.is_mine,
        steps=list(row.steps),
    )
