"""The API of editing the lines of an order, and of what that would change."""

from typing import Literal

from pydantic import Field, StrictInt, StrictStr

from billing_panel.accounts.access.guarded_fact_visibility import tell
from billing_panel.api.answer_models import (
    Answer,
    FieldErrorAnswer,
    MoneyAnswer,
    ReasonAnswer,
    minor_seen,
    reason_answers,
)
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.request_bodies import Body, MoneyBody, VersionedBody
from billing_panel.catalog.rules.eligibility_facts import OptionValue, Period, Tender
from billing_panel.catalog.rules.wanted_line import MAX_LINE_NOTE, MAX_LINES, MAX_QUANTITY
from billing_panel.kernel.language.errors import DomainError, Reason
from billing_panel.kernel.language.text import Text, say
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import MAX_MINOR
from plugins.orders.checkout.cart_api import OptionBody
from plugins.orders.editing.edit_difference import Did, EditTold, LineState, LineTold, OrderState
from plugins.orders.editing.edit_lines import EditLines, edit_lines
from plugins.orders.editing.edited_basket import EditedLine
from plugins.orders.editing.preview_edit import preview_edit
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.order_json import OrderDetailsAnswer, answer_of, current_told
from plugins.orders.store.find_orders import find_order
from plugins.orders.workflow.requirements import MAX_FIELD

LINES = "/orders/<bigid:order_id>/lines"
NO_REMEDY = Text("")
REFUSALS = {
    409: (
        "order_ended",
        "order_paid",
        "order_invoiced",
        "payment_under_way",
        "already_delivered",
        "price_changed",
        "out_of_stock",
    ),
    422: ("not_orderable", "method_not_for_money", "total_too_large"),
}
EXAMPLE = {
    "lines": [{"id": 31, "quantity": 2}, {"tariff": "web-start", "period": "12 months"}],
    "version": 3,
}

api = Api("orders_edit_api", "Orders")


class EditedLineBody(Body):
    """A line of the order by ``id``, or a new one of a ``tariff``.

    What is absent of a line of the order stays; ``pay_with`` and ``note`` are for new lines.
    """

    id: StrictInt | None = Field(default=None, ge=1)
    tariff: StrictStr = Field(default="", max_length=64)
    quantity: StrictInt | None = Field(default=None, ge=1, le=MAX_QUANTITY)
    period: StrictStr | None = None
    options: dict[str, OptionBody] = Field(default_factory=dict, max_length=50)
    pay_with: Literal["money", "points"] = "money"
    note: str = Field(default="", max_length=MAX_LINE_NOTE)

    def edited(self) -> EditedLine:
        return EditedLine(
            self.id,
            self.tariff,
            self.quantity,
            self.period,
            self.options,
            Tender(self.pay_with),
            self.note,
        )


class EditBody(VersionedBody):
    """``lines``: all that the order is to have from now on; others are removed.

    ``expected_total`` and ``expected_points``: what it came to when it was previewed. ``reason`` is
    for staff.
    """

    lines: list[EditedLineBody] = Field(min_length=1, max_length=MAX_LINES)
    reason: str = Field(default="", max_length=MAX_FIELD)
    expected_total: MoneyBody | None = None
    expected_points: StrictInt | None = Field(default=None, ge=0, le=MAX_MINOR)

    def command(self, order_id: int, version: int | None) -> EditLines:
        expected = self.expected_total
        return EditLines(
            order_id,
            tuple(line.edited() for line in self.lines),
            reason=self.reason,
            expected_total=expected.money("expected_total") if expected else None,
            expected_points=self.expected_points,
            version=version,
        )


class LineStateAnswer(Answer):
    """A line at one moment; ``amount`` is after discounts."""

    quantity: int
    period: str = Field(examples=["12 months"])
    options: dict[str, OptionValue] = Field(examples=[{"disk": 20}])
    pay_with: Tender
    unit_price: MoneyAnswer | None
    amount: MoneyAnswer | None
    points: int


class LineChangeAnswer(Answer):
    """``before`` is null for a line added, ``after`` for one removed; ``id`` for one added."""

    id: int | None
    title: str
    did: Did
    before: LineStateAnswer | None
    after: LineStateAnswer | None


class SumsAnswer(Answer):
    """What the order comes to at one moment."""

    goods: MoneyAnswer | None
    discount: MoneyAnswer | None
    delivery: MoneyAnswer | None
    tax: MoneyAnswer | None
    total: MoneyAnswer | None
    points: int
    owed: MoneyAnswer | None


class EditChangesAnswer(Answer):
    """Each line and each sum before and after.

    ``difference``: below zero less is to be paid. ``invoices_annulled``: numbers of bills that are
    replaced.
    """

    lines: list[LineChangeAnswer]
    before: SumsAnswer
    after: SumsAnswer
    difference: MoneyAnswer | None
    difference_points: int
    invoices_annulled: list[str]


class EditPreviewAnswer(Answer):
    """``changes`` is null where it isn't allowed."""

    allowed: bool
    reasons: list[ReasonAnswer]
    errors: list[FieldErrorAnswer]
    changes: EditChangesAnswer | None


@api.put(LINES, OrdersFunction.LINE_EDIT, example=EXAMPLE, errors=REFUSALS)
def put_lines(call: Call[EditBody], order_id: int) -> OrderDetailsAnswer:
    """Edits the lines of an order that is neither paid nor delivered; its bill is replaced.

    Lines left alone keep their price; changed and new ones have today's, by the client's rights.
    """
    command = call.body.command(order_id, call.version)
    with current_told(call, order_id):
        edited = edit_lines(call.session, command, actor=call.actor, clock=call.panel.clock)
    return answer_of(call, edited.order)


@api.post(f"{LINES}/preview", OrdersFunction.LINE_EDIT, example=EXAMPLE)
def preview_lines(call: Call[EditBody], order_id: int) -> EditPreviewAnswer:
    """Shows what the same body would change, or why it would be refused. Nothing changes."""
    command = call.body.command(order_id, call.version)
    currency = find_order(call.session, call.actor, order_id).currency
    with current_told(call, order_id):
        preview = preview_edit(call.session, command, actor=call.actor, clock=call.panel.clock)
    told = preview.told
    return EditPreviewAnswer(
        allowed=told is not None,
        reasons=_reasons(preview.refusal, call.actor, call.language),
        errors=[
            FieldErrorAnswer(
                field=error.field, code=error.code, message=say(error.message, call.language)
            )
            for error in (preview.refusal.errors if preview.refusal else ())
        ],
        changes=_changes(told, currency, call.language) if told else None,
    )


def _reasons(refusal: DomainError | None, actor: Actor, language: str) -> list[ReasonAnswer]:
    if refusal is None:
        return []
    tell(refusal, actor)
    alone = () if refusal.errors else (Reason(refusal.code, refusal.message, NO_REMEDY),)
    return reason_answers(refusal.reasons or alone, actor, language)


def _changes(told: EditTold, currency: str, language: str) -> EditChangesAnswer:
    return EditChangesAnswer(
        lines=[_line(line, currency, language) for line in told.lines],
        before=_sums(told.before, currency),
        after=_sums(told.after, currency),
        difference=minor_seen(told.more, currency),
        difference_points=told.more_points,
        invoices_annulled=[one for one in told.before.bills if one not in told.after.bills],
    )


def _line(line: LineTold, currency: str, language: str) -> LineChangeAnswer:
    return LineChangeAnswer(
        id=None if line.did is Did.ADDED else line.line_id,
        title=say(line.title, language),
        did=line.did,
        before=_state(line.before, currency),
        after=_state(line.after, currency),
    )


def _state(state: LineState | None, currency: str) -> LineStateAnswer | None:
    if state is None:
        return None
    return LineStateAnswer(
        quantity=state.quantity,
        period=str(Period(state.months)),
        options=dict(state.options),
        pay_with=state.tender,
        unit_price=minor_seen(state.unit_price, currency),
        amount=minor_seen(state.amount, currency),
        points=state.points,
    )


def _sums(state: OrderState, currency: str) -> SumsAnswer:
    return SumsAnswer(
        goods=minor_seen(state.goods, currency),
        discount=minor_seen(state.discount, currency),
        delivery=minor_seen(state.delivery, currency),
        tax=minor_seen(state.tax, currency),
        total=minor_seen(state.total, currency),
        points=state.points,
        owed=minor_seen(state.owed, currency),
    )
