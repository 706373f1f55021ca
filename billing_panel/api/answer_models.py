"""Models of API answers, from which the API's description is made as well."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from billing_panel.accounts.access.guarded_fact_visibility import reasons_told
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from billing_panel.kernel.values.postal_address import Address

A = TypeVar("A", bound="Answer")

Moment = Annotated[
    datetime,
    PlainSerializer(datetime.isoformat, return_type=str, when_used="json"),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-11-22T10:00:00+00:00"]}
    ),
]
Percent = Annotated[str, Field(description="A decimal number.", examples=["21.00"])]
Country = Annotated[str, Field(description="ISO 3166-1 alpha-2.", examples=["BG"])]
Key = Annotated[str, Field(examples=["nordvik"])]


class Answer(BaseModel):
    """A field without a default is always there; one with a default only where it says something.

    Titles and sentences are in the language the request asks for.
    """

    # made at first use
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return self.model_dump(mode="json", by_alias=True)


class MoneyAnswer(Answer):
    """An amount in major units, with the currency's digits; points are whole."""

    amount: str = Field(examples=["591.19"])
    currency: str = Field(examples=["EUR"])


PointsAnswer = Annotated[MoneyAnswer, Field(examples=[{"amount": "3250", "currency": "points"}])]


class AddressAnswer(Answer):
    """An address in its parts; one that was written before it had parts is whole in ``lines``."""

    lines: list[str] = Field(examples=[["22 Oborishte St"]])
    post_code: str = Field(examples=["1504"])
    city: str = Field(examples=["Sofia"])
    region: str
    country: Country


class PageAnswer(Answer, Generic[A]):
    """Part of a list. ``next_cursor``: the ``cursor`` of the next part; null in the last."""

    items: list[A]
    next_cursor: str | None = Field(examples=["117"])


class ReasonAnswer(Answer):
    """Why something is refused, and ``remedy``: what would change it."""

    code: str = Field(examples=["client_blocked"])
    message: str
    remedy: str


class FieldErrorAnswer(Answer):
    """What is wrong with one field."""

    field: str = Field(examples=["amount"])
    code: str = Field(examples=["invalid_amount"])
    message: str


class PlacedReasonAnswer(ReasonAnswer):
    """``line``: the key of the tariff it is about, where it is about one."""

    line: str | None = Field(default=None, exclude_if=lambda line: line is None)


class ProblemAnswer(Answer):
    """A refusal (RFC 9457). Facts of it stand beside the rest, such as ``current``."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str = Field(examples=["about:blank"])
    title: str
    status: int = Field(ge=400, le=599, examples=[422])
    code: str = Field(examples=["invalid"])
    detail: str
    errors: list[FieldErrorAnswer]
    reasons: list[PlacedReasonAnswer]


def money(amount: Money) -> MoneyAnswer:
    """Say an amount in major units, with its currency."""
    return MoneyAnswer(amount=str(amount), currency=amount.currency)


@lru_cache(maxsize=10_000)
def minor(amount: int, currency: str) -> MoneyAnswer:
    """``amount`` in minor units."""
    return money(Money(amount, currency))


def minor_seen(amount: int | None, currency: str) -> MoneyAnswer | None:
    """``amount`` in minor units; None where the caller may not see it."""
    return None if amount is None else minor(amount, currency)


def reason_answers(reasons: Iterable[Reason], actor: Actor, language: str) -> list[ReasonAnswer]:
    """As far as ``actor`` may know them."""
    return [
        ReasonAnswer(
            code=reason.code,
            message=say(reason.message, language),
            remedy=say(reason.remedy, language),
        )
        for reason in reasons_told(reasons, actor)
    ]


def address_answer(address: Address) -> AddressAnswer | None:
    """Say an address in its parts; None: there is none."""
    if not address:
        return None
    return AddressAnswer(
        lines=address.lines.splitlines(),
        post_code=address.post_code,
        city=address.city,
        region=address.region,
        country=address.country,
    )
