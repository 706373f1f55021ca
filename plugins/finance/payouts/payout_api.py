"""The API of payouts."""

from typing import Literal

from pydantic import Field, StrictStr

from billing_panel.accounts.access.scope import find_provider, providers
from billing_panel.api.answer_models import Answer, Key, MoneyAnswer, money
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import NoQuery
from billing_panel.api.request_bodies import Body, NoBody
from billing_panel.ledger.double_entry import AccountKind
from plugins.finance.functions import FinanceFunction
from plugins.finance.payouts.record_payout import RecordPayout, in_transit, record_payout

api = Api("finance_payout_api", "Finance")


class PayoutBody(Body):
    """``amount``: what arrived in the bank; ``fee``: what was kept of it; empty: nothing."""

    provider: StrictStr = Field(max_length=64)
    source: Literal["card", "courier"]
    amount: StrictStr = Field(max_length=32)
    fee: StrictStr = Field(default="", max_length=32)
    reference: StrictStr = Field(default="", max_length=140)
    received_on: StrictStr = Field(default="", max_length=10)


class InTransitAnswer(Answer):
    """What is on its way to the bank of a provider."""

    provider: Key
    card: MoneyAnswer
    courier: MoneyAnswer


class InTransitListAnswer(Answer):
    """Of each provider in the caller's scope."""

    items: list[InTransitAnswer]


class PayoutAnswer(InTransitAnswer):
    """The ``entry`` of the payout in the ledger, and what is on its way after it."""

    entry: int


@api.get("/payouts", FinanceFunction.PAYOUT_RECORD)
def list_in_transit(call: Call[NoBody, NoQuery]) -> InTransitListAnswer:
    """Lists what payment systems and couriers still have to pay out."""
    own = providers(call.session, call.actor)
    return InTransitListAnswer(
        items=[
            InTransitAnswer(
                provider=one.key,
                **{kind.value: money(sum_) for kind, sum_ in in_transit(call.session, one).items()},
            )
            for one in own
        ]
    )


@api.post(
    "/payouts",
    FinanceFunction.PAYOUT_RECORD,
    status=201,
    example={"provider": "nordvik", "source": "card", "amount": "96.50", "fee": "3.50"},
    errors={422: ("invalid_amount", "more_than_in_transit", "future_day", "month_closed")},
)
def post_payout(call: Call[PayoutBody]) -> PayoutAnswer:
    """Records what a payment system or a courier has paid out to the bank."""
    command = call.body.into(RecordPayout)
    entry = record_payout(call.session, command, actor=call.actor, clock=call.panel.clock)
    provider = find_provider(call.session, call.actor, command.provider)
    there = in_transit(call.session, provider)
    return PayoutAnswer(
        provider=provider.key,
        card=money(there[AccountKind.CARD]),
        courier=money(there[AccountKind.COURIER]),
        entry=entry.id,
    )
