"""The API of write-offs: proposing one, deciding, and expecting a debt again."""

from pydantic import Field, StrictBool, StrictStr

from billing_panel.api.answer_models import Answer, Key, Moment, MoneyAnswer, PageAnswer, money
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import PageQuery, page_by_id
from billing_panel.api.request_bodies import Body, NoBody
from plugins.finance.functions import WRITING_OFF, FinanceFunction
from plugins.finance.write_offs.decide_write_off import (
    DecideWriteOff,
    ExpectDebtAgain,
    decide_write_off,
    expect_debt_again,
)
from plugins.finance.write_offs.find_write_offs import find_write_off, write_offs
from plugins.finance.write_offs.propose_write_off import ProposeWriteOff, propose_write_off
from plugins.finance.write_offs.write_off_models import WriteOff, WriteOffState
from plugins.finance.write_offs.write_off_rules import MAX_REASON

api = Api("finance_write_off_api", "Finance")
OF_ORDER = "/orders/<bigid:order_id>/write-off"
PEOPLE = ("not_a_person", "own_debt")
DEBTS = ("nothing_owed", "order_not_over", "disputed", "payment_begun")


class WriteOffsQuery(PageQuery):
    """``state``: empty for all."""

    state: WriteOffState | None = None


class WriteOffBody(Body):
    """Why nobody expects the debt any more, or expects it again."""

    reason: StrictStr = Field(max_length=MAX_REASON)


class WriteOffDecisionBody(Body):
    """Whether the proposal is approved or refused, and why."""

    approve: StrictBool
    reason: StrictStr = Field(max_length=MAX_REASON)


class WriteOffAnswer(Answer):
    """``amount``: what was owed for the order when it was proposed."""

    id: int
    order: int = Field(examples=[17])
    client_id: int
    provider: Key
    amount: MoneyAnswer
    reason: str
    proposed_at: Moment
    state: WriteOffState
    decision_reason: str | None
    decided_at: Moment | None


class OrderDebtAnswer(Answer):
    """What is owed for an order, and what of it is written off."""

    order: int = Field(examples=[17])
    owed: MoneyAnswer
    written_off: MoneyAnswer


@api.get("/write-offs", *WRITING_OFF)
def list_write_offs(call: Call[NoBody, WriteOffsQuery]) -> PageAnswer[WriteOffAnswer]:
    """Lists write-offs of debts that were proposed and decided on, newest first."""
    query, found = call.query, write_offs(call.actor)
    if query.state is not None:
        found = found.where(WriteOff.state == query.state)
    if query.cursor is not None:
        found = found.where(WriteOff.id < query.cursor)
    rows, cursor = page_by_id(call.session.scalars(found.limit(query.limit + 1)).all(), query.limit)
    return PageAnswer(items=[_answer(row) for row in rows], next_cursor=cursor)


@api.post(
    OF_ORDER,
    FinanceFunction.WRITE_OFF_PROPOSE,
    status=201,
    example={"reason": "The company is insolvent"},
    errors={403: PEOPLE, 409: ("already_proposed",), 422: DEBTS},
)
def propose_to_write_off(call: Call[WriteOffBody], order_id: int) -> WriteOffAnswer:
    """Proposes to write off what is owed for an order, for somebody else to decide on."""
    command = call.body.into(ProposeWriteOff, order_id=order_id)
    made = propose_write_off(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _answer(find_write_off(call.session, call.actor, made.id))


@api.post(
    "/write-offs/<bigid:write_off_id>/decision",
    FinanceFunction.WRITE_OFF_APPROVE,
    example={"approve": True, "reason": "The court has closed the case"},
    errors={
        403: (*PEOPLE, "own_proposal", "not_two_people", "proposer_may_not"),
        409: ("already_decided", "debt_changed"),
        422: DEBTS,
    },
)
def decide_on_write_off(call: Call[WriteOffDecisionBody], write_off_id: int) -> WriteOffAnswer:
    """Approves or refuses somebody else's proposal; what is approved is written off at once."""
    command = call.body.into(DecideWriteOff, write_off_id=write_off_id)
    decide_write_off(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _answer(find_write_off(call.session, call.actor, write_off_id))


@api.post(
    f"{OF_ORDER}/undo",
    FinanceFunction.WRITE_OFF_APPROVE,
    example={"reason": "The client has promised to pay"},
    errors={403: PEOPLE, 422: ("not_written_off",)},
)
def expect_written_off_again(call: Call[WriteOffBody], order_id: int) -> OrderDebtAnswer:
    """Makes what was written off of an order owed again."""
    command = call.body.into(ExpectDebtAgain, order_id=order_id)
    order = expect_debt_again(call.session, command, actor=call.actor, clock=call.panel.clock)
    return OrderDebtAnswer(
        order=order.id,
        owed=money(order.money(order.owed)),
        written_off=money(order.money(order.written_off)),
    )


def _answer(row: WriteOff) -> WriteOffAnswer:
    return WriteOffAnswer(
        id=row.id,
        order=row.order_id,
        client_id=row.client_id,
        provider=row.order.provider.key,
        amount=money(row.order.money(row.amount)),
        reason=row.reason,
        proposed_at=row.proposed_at,
        state=row.state,
        decision_reason=row.decision_reason or None,
        decided_at=row.decided_at,
    )
