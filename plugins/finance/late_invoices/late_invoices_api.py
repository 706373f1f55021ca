"""The API of invoices that are late."""

from datetime import date

from pydantic import Field

from billing_panel.accounts.access.scope import providers
from billing_panel.api.answer_models import Answer, Key, MoneyAnswer, money
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import NoQuery
from billing_panel.api.request_bodies import NoBody
from plugins.finance.functions import FinanceFunction
from plugins.finance.late_invoices.find_late_invoices import late_invoices

api = Api("finance_late_invoices_api", "Finance")


class LateInvoiceAnswer(Answer):
    """``event``: the day that the term begins with; ``last_day``: by which the invoice was due."""

    order: int = Field(examples=[17])
    provider: Key
    client: str
    client_id: int
    earned: MoneyAnswer
    event: date
    last_day: date


class LateInvoicesAnswer(Answer):
    """By order, 100 at most."""

    items: list[LateInvoiceAnswer]


@api.get("/late-invoices", FinanceFunction.REGISTER_READ)
def list_late_invoices(call: Call[NoBody, NoQuery]) -> LateInvoicesAnswer:
    """Lists orders whose invoice is not there although its term is over."""
    own = providers(call.session, call.actor)
    rows = late_invoices(call.session, own, call.panel.clock.now())
    return LateInvoicesAnswer(
        items=[
            LateInvoiceAnswer(
                order=row.order_id,
                provider=row.provider,
                client=row.client,
                client_id=row.client_id,
                earned=money(row.earned),
                event=row.event,
                last_day=row.last_day,
            )
            for row in rows
        ]
    )
