"""What an edit changed: each line and each sum before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from billing_panel.catalog.rules.eligibility_facts import OptionValue, Tender
from billing_panel.kernel.language.text import Titles
from plugins.orders.store.models import Order, OrderLine


class Did(StrEnum):
    """What became of a line."""

    KEPT = "kept"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class LineState:
    """A line at one moment: ``amount`` in minor units, after discounts, and whole points."""

    quantity: int
    months: int
    options: Mapping[str, OptionValue]
    tender: Tender
    unit_price: int
    amount: int
    points: int


@dataclass(frozen=True)
class LineTold:
    """``before`` None: it was added; ``after`` None: it was removed.

    ``option_titles``: what its options are called.
    """

    line_id: int
    titles: Mapping[str, str]
    option_titles: Mapping[str, Mapping[str, str]]
    before: LineState | None
    after: LineState | None

    @property
    def title(self) -> Titles:
        return Titles(self.titles)

    def option_title(self, key: str) -> Titles:
        return Titles(self.option_titles.get(key, {"en": key}))

    @property
    def tender(self) -> Tender | None:
        state = self.after or self.before
        return state.tender if state else None

    @property
    def did(self) -> Did:
        if self.before is None:
            return Did.ADDED
        if self.after is None:
            return Did.REMOVED
        return Did.KEPT if self.before == self.after else Did.CHANGED

    @property
    def amounts(self) -> tuple[int, int]:
        """Before and after, minor units."""
        return _of(self.before, "amount"), _of(self.after, "amount")

    @property
    def points(self) -> tuple[int, int]:
        """The same in points."""
        return _of(self.before, "points"), _of(self.after, "points")


def _of(state: LineState | None, name: str) -> int:
    return getattr(state, name) if state else 0


@dataclass(frozen=True)
class OrderState:
    """The sums of an order at one moment, and its lines by id; minor units, and whole points.

    ``bills``: numbers of documents that are not annulled.
    """

    goods: int
    discount: int
    delivery: int
    tax: int
    total: int
    points: int
    owed: int
    bills: tuple[str, ...]
    lines: Mapping[int, tuple[OrderLine, LineState]]


@dataclass(frozen=True)
class EditTold:
    """What an edit did, or would do."""

    before: OrderState
    after: OrderState
    lines: tuple[LineTold, ...]

    @property
    def more(self) -> int:
        """So much more is to be paid than before, minor units; below zero less."""
        return self.after.total - self.before.total

    @property
    def more_points(self) -> int:
        return self.after.points - self.before.points

    @property
    def changes(self) -> Sequence[LineTold]:
        """Lines that were added, removed or changed in what they are; not only in their price."""
        return [line for line in self.lines if _what(line.before) != _what(line.after)]

    def facts(self) -> dict[str, object]:
        """What the log says of it: the total, and what each line was and became."""
        return {
            "from": self.before.total,
            "to": self.after.total,
            "edited": [
                {
                    "did": line.did.value,
                    "titles": dict(line.titles),
                    "before": _what(line.before),
                    "after": _what(line.after),
                }
                for line in self.changes
            ],
        }


def _what(state: LineState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {"quantity": state.quantity, "months": state.months, "options": dict(state.options)}


def look(order: Order) -> OrderState:
    """The order as it is now; its lines have ids."""
    return OrderState(
        goods=order.goods,
        discount=order.discount,
        delivery=order.delivery,
        tax=order.tax,
        total=order.total,
        points=order.points,
        owed=order.owed,
        bills=tuple(one.number for one in order.bills if not one.is_void),
        lines={line.id: (line, _state(line)) for line in order.lines},
    )


def _state(line: OrderLine) -> LineState:
    return LineState(
        quantity=line.quantity,
        months=line.months,
        options=dict(line.options),
        tender=line.tender,
        unit_price=line.unit_price,
        amount=line.amount,
        points=line.points,
    )


def compare(before: OrderState, after: OrderState) -> EditTold:
    """Lines stand as they stood, new ones after them."""
    lines = {**before.lines, **after.lines}
    told = tuple(
        LineTold(
            line_id=line_id,
            titles=dict(line.titles),
            option_titles=dict(line.option_names),
            before=before.lines[line_id][1] if line_id in before.lines else None,
            after=after.lines[line_id][1] if line_id in after.lines else None,
        )
        for line_id, (line, _) in lines.items()
    )
    return EditTold(before, after, told)
