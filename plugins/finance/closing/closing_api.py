"""The API of closed months."""

from datetime import date

from pydantic import Field, StrictStr

from billing_panel.accounts.access.scope import providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.api.answer_models import Answer, Key, Moment, PageAnswer
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import NoQuery, PageQuery, page_by_id
from billing_panel.api.request_bodies import Body, NoBody
from plugins.finance.closing.close_months import (
    CloseMonth,
    ReopenMonth,
    close_month,
    closings,
    reopen_month,
)
from plugins.finance.functions import CLOSING, FinanceFunction

api = Api("finance_closing_api", "Finance")


class MonthBody(Body):
    """A month of a provider's books."""

    provider: StrictStr = Field(max_length=64)
    month: StrictStr = Field(max_length=7, examples=["2026-10"])


class ReopenBody(MonthBody):
    """``reason`` stays in the log."""

    reason: StrictStr


class ClosedAnswer(Answer):
    """``closed_on``: the last day on which nothing more is entered; null: no month is closed."""

    provider: Key
    closed_on: date | None
    closed_at: Moment | None


class ClosingAnswer(Answer):
    """``closed_on``: the last closed day from then on; an earlier one than before: reopened."""

    provider: Key
    at: Moment
    closed_on: date
    reason: str = Field(examples=["A bank fee was missing"])


class ClosedMonthsAnswer(Answer):
    """Of each provider in the caller's scope."""

    items: list[ClosedAnswer]


@api.get("/closed-months", *CLOSING, FinanceFunction.REGISTER_READ)
def list_closed(call: Call[NoBody, NoQuery]) -> ClosedMonthsAnswer:
    """Lists up to which day the books of each provider are closed."""
    return ClosedMonthsAnswer(items=[_answer(one) for one in providers(call.session, call.actor)])


@api.get("/closed-months/history", *CLOSING, FinanceFunction.REGISTER_READ)
def list_closings(call: Call[NoBody, PageQuery]) -> PageAnswer[ClosingAnswer]:
    """Lists each time that months were closed or reopened, newest first."""
    keys = {one.id: one.key for one in providers(call.session, call.actor)}
    limit = call.query.limit
    found = closings(call.session, keys, limit + 1, before=call.query.cursor)
    rows, cursor = page_by_id(found, limit)
    items = [
        ClosingAnswer(
            provider=keys[row.provider_id], at=row.at, closed_on=row.closed_on, reason=row.reason
        )
        for row in rows
    ]
    return PageAnswer(items=items, next_cursor=cursor)


@api.post(
    "/closed-months",
    FinanceFunction.MONTH_CLOSE,
    status=201,
    example={"provider": "nordvik", "month": "2026-10"},
    errors={409: ("already_closed", "revenue_not_released"), 422: ("month_not_over",)},
)
def post_closed(call: Call[MonthBody]) -> ClosedAnswer:
    """Closes a month and all before it: nothing more is entered on their days."""
    command = call.body.into(CloseMonth)
    return _answer(close_month(call.session, command, actor=call.actor, clock=call.panel.clock))


@api.post(
    "/closed-months/reopen",
    FinanceFunction.MONTH_REOPEN,
    example={"provider": "nordvik", "month": "2026-10", "reason": "A bank fee was missing"},
    errors={409: ("not_closed",)},
)
def post_reopened(call: Call[ReopenBody]) -> ClosedAnswer:
    """Reopens a month and all after it."""
    command = call.body.into(ReopenMonth)
    return _answer(reopen_month(call.session, command, actor=call.actor, clock=call.panel.clock))


def _answer(provider: Provider) -> ClosedAnswer:
    return ClosedAnswer(
        provider=provider.key,
        closed_on=provider.books_closed_on,
        closed_at=provider.books_closed_at,
    )
