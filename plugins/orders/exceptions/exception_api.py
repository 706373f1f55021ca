"""The API of exceptions: those of a client, a new proposal, a decision on one."""

from decimal import Decimal
from typing import Any

from pydantic import Field, StrictInt

from billing_panel.accounts.access.scope import find_client
from billing_panel.api.bodies import Body, NoBody, query_values, short_page
from billing_panel.api.routes import Answer, Api, Call
from billing_panel.catalog.rules.choose import MAX_QUANTITY
from billing_panel.kernel.input.reading import decimal_number
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from plugins.orders.exceptions.decide_exception import DecideException, decide_exception
from plugins.orders.exceptions.exceptions import HANDS, exceptions, find_exception
from plugins.orders.exceptions.order_exception import Decision, OrderException
from plugins.orders.exceptions.propose_exception import (
    MAX_REASON,
    ProposeException,
    propose_exception,
)
from plugins.orders.functions import OrdersFunction

api = Api("orders_exception_api")


class ProposalBody(Body):
    provider: str | None = None
    tariff: str
    restriction: str | None = None
    percent: str | None = Field(default=None, max_length=10)
    quantity: StrictInt = Field(default=1, ge=1, le=MAX_QUANTITY)
    reason: str = Field(max_length=MAX_REASON)

    def command(self, client_id: int) -> ProposeException:
        return ProposeException(
            client_id,
            self.provider,
            self.tariff,
            self.reason,
            self.restriction,
            _percent(self.percent),
            self.quantity,
        )


class DecisionBody(Body):
    approve: bool
    reason: str = Field(max_length=MAX_REASON)


@api.get("/clients/<bigid:client_id>/exceptions", *HANDS)
def list_exceptions(call: Call[NoBody], client_id: int) -> Answer:
    client = find_client(call.session, call.actor, client_id=client_id)
    found = exceptions(call.actor).where(OrderException.client_id == client.id)
    page, cursor = short_page(query_values("limit", "cursor"), call.session.scalars(found).all())
    return {"items": [_row(one, call) for one in page], "next_cursor": cursor}


@api.post(
    "/clients/<bigid:client_id>/exceptions", OrdersFunction.EXCEPTION_PROPOSE, body=ProposalBody
)
def propose(call: Call[ProposalBody], client_id: int) -> Answer:
    command = call.body.command(client_id)
    made = propose_exception(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _row(find_exception(call.session, call.actor, made.id), call), 201


@api.post(
    "/exceptions/<bigid:exception_id>/decision",
    OrdersFunction.EXCEPTION_APPROVE,
    body=DecisionBody,
)
def decide(call: Call[DecisionBody], exception_id: int) -> Answer:
    decision = Decision.APPROVED if call.body.approve else Decision.REFUSED
    command = DecideException(exception_id, decision, call.body.reason)
    decided = decide_exception(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _row(decided, call)


def _row(row: OrderException, call: Call[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state(call.panel.clock.now()).value,
        "client_id": row.client_id,
        "provider": row.provider.key,
        "tariff": row.tariff.key,
        "restriction": row.restriction,
        "percent": None if row.percent is None else f"{row.percent:f}",
        "quantity": row.quantity,
        "reason": row.reason,
        "decision_reason": row.decision_reason or None,
        "expires_at": row.expires_at.isoformat(),
        "order_id": row.order_id,
    }


def _percent(written: str | None) -> Decimal | None:
    """Raises Invalid."""
    if written is None:
        return None
    percent = decimal_number(written)
    if percent is None:
        message = text("Use a percentage above 0, up to 100, with at most four decimals.")
        raise Invalid([FieldError("percent", "percent", message)])
    return percent
