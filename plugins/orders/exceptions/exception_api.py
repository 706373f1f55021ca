"""The API of exceptions: those of a client, a new proposal, a decision on one."""

from decimal import Decimal

from pydantic import Field, StrictInt

from billing_panel.accounts.access.scope import find_client
from billing_panel.api.answer_models import Answer, Key, Moment, PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, page_by_place
from billing_panel.api.request_bodies import Body, NoBody
from billing_panel.catalog.rules.wanted_line import MAX_QUANTITY
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.bounded_parsing import decimal_number
from plugins.orders.exceptions.decide_exception import DecideException, decide_exception
from plugins.orders.exceptions.exception_models import Decision, OrderException, State
from plugins.orders.exceptions.find_exceptions import (
    HANDS,
    exceptions,
    find_exception,
    open_exceptions,
)
from plugins.orders.exceptions.propose_exception import (
    MAX_REASON,
    ProposeException,
    propose_exception,
)
from plugins.orders.functions import OrdersFunction

api = Api("orders_exception_api", "Exceptions")


class ProposalBody(Body):
    """``restriction``, the code of a reason, or ``percent``, a decimal number; one of the two.

    ``quantity``: the most that may be ordered by it.
    """

    provider: str | None = None
    tariff: str
    restriction: str | None = None
    percent: str | None = Field(default=None, max_length=10)
    quantity: StrictInt = Field(default=1, ge=1, le=MAX_QUANTITY)
    reason: str = Field(max_length=MAX_REASON)


class DecisionBody(Body):
    """Whether the exception is approved or refused, and why."""

    approve: bool
    reason: str = Field(max_length=MAX_REASON)


class ExceptionAnswer(Answer):
    """``order_id``: the one order it was used for."""

    id: int
    state: State
    client_id: int
    provider: Key
    tariff: str = Field(examples=["gpu-a16"])
    restriction: str | None = Field(examples=["per_client_limit"])
    percent: str | None = Field(examples=["12.5"])
    quantity: int
    reason: str
    decision_reason: str | None
    expires_at: Moment
    order_id: int | None


@api.get("/clients/<bigid:client_id>/exceptions", *HANDS)
def list_exceptions(call: Call[NoBody, PageQuery], client_id: int) -> PageAnswer[ExceptionAnswer]:
    """Lists the exceptions of a client."""
    client = find_client(call.session, call.actor, client_id=client_id)
    found = exceptions(call.actor).where(OrderException.client_id == client.id)
    page, cursor = page_by_place(call.query, call.session.scalars(found).all())
    return PageAnswer(items=[_answer(call, one) for one in page], next_cursor=cursor)


@api.get("/exceptions", *HANDS)
def list_open_exceptions(call: Call[NoBody, PageQuery]) -> PageAnswer[ExceptionAnswer]:
    """Lists the exceptions of clients in scope that wait for somebody to decide, newest first."""
    found = open_exceptions(call.actor, call.panel.clock.now())
    page, cursor = page_by_place(call.query, call.session.scalars(found).all())
    return PageAnswer(items=[_answer(call, one) for one in page], next_cursor=cursor)


@api.post(
    "/clients/<bigid:client_id>/exceptions",
    OrdersFunction.EXCEPTION_PROPOSE,
    status=201,
    example={"tariff": "gpu-a16", "percent": "12.5", "reason": "A large order is to follow"},
    errors={
        403: ("over_cap", "own_exception", "not_a_person", "out_of_scope"),
        422: ("exceptions_off", "provider_needed"),
    },
)
def propose(call: Call[ProposalBody], client_id: int) -> ExceptionAnswer:
    """Proposes an exception, for somebody else to decide on."""
    command = call.body.into(
        ProposeException, client_id=client_id, percent=_percent(call.body.percent)
    )
    made = propose_exception(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _answer(call, find_exception(call.session, call.actor, made.id))


@api.post(
    "/exceptions/<bigid:exception_id>/decision",
    OrdersFunction.EXCEPTION_APPROVE,
    example={"approve": True, "reason": "Agreed with sales"},
    errors={
        403: (
            "own_exception",
            "not_two_people",
            "over_cap",
            "proposer_may_not",
            "not_a_person",
            "out_of_scope",
        ),
        409: ("already_decided",),
        422: ("exceptions_off",),
    },
)
def decide(call: Call[DecisionBody], exception_id: int) -> ExceptionAnswer:
    """Approves or refuses somebody else's proposal."""
    decision = Decision.APPROVED if call.body.approve else Decision.REFUSED
    command = DecideException(exception_id, decision, call.body.reason)
    decided = decide_exception(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _answer(call, decided)


def _answer(call: AnyCall, row: OrderException) -> ExceptionAnswer:
    return ExceptionAnswer(
        id=row.id,
        state=row.state(call.panel.clock.now()),
        client_id=row.client_id,
        provider=row.provider.key,
        tariff=row.tariff.key,
        restriction=row.restriction,
        percent=None if row.percent is None else f"{row.percent:f}",
        quantity=row.quantity,
        reason=row.reason,
        decision_reason=row.decision_reason or None,
        expires_at=row.expires_at,
        order_id=row.order_id,
    )


def _percent(written: str | None) -> Decimal | None:
    """Raises Invalid."""
    if written is None:
        return None
    percent = decimal_number(written)
    if percent is None:
        message = text("Use a percentage above 0, up to 100, with at most four decimals.")
        raise Invalid([FieldError("percent", "percent", message)])
    return percent
