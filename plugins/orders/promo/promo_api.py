"""The API of promo codes: what they take off, when and for what, and how often they were used."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, StrictStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import ClientGroup
from billing_panel.administration.details import validators
from billing_panel.administration.details.concurrent_changes import version_of
from billing_panel.api.administration.details_bodies import (
    MAX_ROWS,
    WRONG_AMOUNT,
    DayBody,
    DetailsBody,
    PercentBody,
    SeenBody,
)
from billing_panel.api.answer_models import Answer, Key, MoneyAnswer, PageAnswer, Percent, minor
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, chosen, page_by_place
from billing_panel.api.request_bodies import AmountBody, Name, NoBody, amount_in
from billing_panel.api.setup.seen_details import on_state
from billing_panel.catalog.models import Tariff
from plugins.orders.functions import OrdersFunction
from plugins.orders.promo.change_promo import (
    PromoDetails,
    change_promo,
    create_promo,
    find_code,
    promo_codes,
    promo_details,
)
from plugins.orders.promo.promo_models import PromoCode

PROMO = "/promo-codes/<bigid:promo_id>"

api = Api("orders_promo_api", "Promo codes")


class PromosQuery(PageQuery):
    """``provider``: the key of one. ``archived``: those that can no longer be used, or others."""

    provider: str | None = Field(default=None, examples=["nordvik"])
    archived: Annotated[
        Literal["true", "false"] | None, BeforeValidator(chosen(["true", "false"], "archived"))
    ] = None


class PromoBody(DetailsBody):
    """A code takes off ``percent``, or ``amount`` in the provider's currency; not both.

    ``periods`` in months; ``groups`` and ``tariffs`` are keys. Empty lists restrict nothing, null
    is no limit. ``archived``: it can no longer be used.
    """

    code: StrictStr = Field(default="", examples=["AUTUMN10"])
    percent: PercentBody | None = None
    amount: AmountBody | None = None
    since: DayBody | None = None
    until: DayBody | None = None
    periods: list[StrictInt] = Field(default_factory=list, max_length=MAX_ROWS)
    groups: list[Name] = Field(default_factory=list, max_length=MAX_ROWS)
    tariffs: list[Name] = Field(default_factory=list, max_length=MAX_ROWS)
    max_uses: StrictInt | None = None
    max_uses_per_client: StrictInt | None = None
    archived: StrictBool = False


class NewPromoBody(PromoBody):
    """A promo code of ``provider``."""

    provider: StrictStr = Field(examples=["nordvik"])
    code: StrictStr = Field(examples=["AUTUMN10"])


class ChangePromoBody(PromoBody, SeenBody):
    """What of a code shall be otherwise; what is absent stays as it is."""


class PromoAnswer(Answer):
    """A promo code. ``used``: how often, but for uses that were released."""

    id: int
    provider: Key
    code: str = Field(examples=["AUTUMN10"])
    percent: Percent | None
    amount: MoneyAnswer | None
    since: date | None
    until: date | None
    periods: list[int] = Field(examples=[[1, 12]])
    groups: list[str] = Field(examples=[["vip"]])
    tariffs: list[str] = Field(examples=[["web-start"]])
    max_uses: int | None
    max_uses_per_client: int | None
    archived: bool
    used: int
    version: int


@api.get("/promo-codes", OrdersFunction.PROMO_CHANGE)
def list_promos(call: Call[NoBody, PromosQuery]) -> PageAnswer[PromoAnswer]:
    """Lists the promo codes of providers in scope, those that are in use first."""
    query = call.query
    if query.provider is not None:
        find_provider(call.session, call.actor, query.provider)
    found = [
        (promo, of)
        for promo, of in promo_codes(call.session, call.actor)
        if query.provider in {None, of.key}
        and query.archived in {None, "true" if promo.archived else "false"}
    ]
    page, cursor = page_by_place(query, found)
    named = _Named.read(call.session, [promo for promo, _ in page])
    return PageAnswer(items=[_answer(promo, of, named) for promo, of in page], next_cursor=cursor)


@api.post(
    "/promo-codes",
    OrdersFunction.PROMO_CHANGE,
    status=201,
    example={
        "provider": "nordvik",
        "code": "SPRING",
        "percent": "10",
        "since": "2027-03-01",
        "until": "2027-05-31",
        "tariffs": ["web-start"],
        "max_uses": 100,
    },
    errors=WRONG_AMOUNT,
)
def post_promo(call: Call[NewPromoBody]) -> PromoAnswer:
    """Adds a promo code."""
    provider = find_provider(call.session, call.actor, call.body.provider)
    details = _details(call, PromoDetails(""), provider)
    made = create_promo(
        call.session, provider.key, details, actor=call.actor, clock=call.panel.clock
    )
    return _shown(call, made.id)


@api.get(PROMO, OrdersFunction.PROMO_CHANGE)
def show_promo(call: Call, promo_id: int) -> PromoAnswer:
    """Shows a promo code."""
    return _shown(call, promo_id)


@api.patch(
    PROMO,
    OrdersFunction.PROMO_CHANGE,
    example={"max_uses": 200, "archived": False},
    errors=WRONG_AMOUNT,
)
def patch_promo(call: Call[ChangePromoBody], promo_id: int) -> PromoAnswer:
    """Changes a promo code; what orders have used of it stays as it was."""
    promo, of = find_code(call.session, call.actor, promo_id)
    now = promo_details(promo, of.currency)
    details = _details(call, now, of)
    with on_state(call, now, lambda: _shown(call, promo_id)) as seen:
        change_promo(
            call.session,
            promo_id,
            details,
            seen=seen,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _shown(call, promo_id)


def _details(call: AnyCall, now: PromoDetails, of: Provider) -> PromoDetails:
    """``now`` with what was sent. Raises Invalid."""
    body: PromoBody = call.body
    own: Mapping[str, Any] = {
        "amount": lambda: amount_in(of.currency, body.amount, "amount"),
        "groups": lambda: _ids(_group_ids(call.session), "groups", body.groups),
        "tariffs": lambda: _ids(_tariff_ids(call.session, of), "tariffs", body.tariffs),
    }
    sent = body.sent()
    sent.pop("provider", None)
    return replace(now, **{n: own[n]() if n in own else sent[n] for n in sent})


def _ids(known: Mapping[str, int], field: str, keys: Iterable[str]) -> list[int]:
    """Raises Invalid ``unknown``."""
    keys = sorted(set(keys))
    validators.refuse_wrong(validators.among(field, keys, known))
    return [known[key] for key in keys]


def _group_ids(session: Session) -> dict[str, int]:
    rows = session.execute(select(ClientGroup.key, ClientGroup.id))
    return {row.key: row.id for row in rows}


def _tariff_ids(session: Session, of: Provider) -> dict[str, int]:
    rows = session.execute(select(Tariff.key, Tariff.id).where(Tariff.provider_id == of.id))
    return {row.key: row.id for row in rows}


@dataclass(frozen=True)
class _Named:
    """The keys of groups and tariffs by their ids."""

    groups: Mapping[int, str]
    tariffs: Mapping[int, str]

    @classmethod
    def read(cls, session: Session, promos: Sequence[PromoCode]) -> "_Named":
        groups = {one for promo in promos for one in promo.groups}
        tariffs = {one for promo in promos for one in promo.tariffs}
        of_groups = select(ClientGroup.id, ClientGroup.key).where(ClientGroup.id.in_(groups))
        of_tariffs = select(Tariff.id, Tariff.key).where(Tariff.id.in_(tariffs))
        return cls(
            {row.id: row.key for row in session.execute(of_groups)},
            {row.id: row.key for row in session.execute(of_tariffs)},
        )


def _shown(call: AnyCall, promo_id: int) -> PromoAnswer:
    """Raises NotFound."""
    promo, of = find_code(call.session, call.actor, promo_id)
    return _answer(promo, of, _Named.read(call.session, [promo]))


def _answer(promo: PromoCode, of: Provider, named: _Named) -> PromoAnswer:
    return PromoAnswer(
        id=promo.id,
        provider=of.key,
        code=promo.code,
        percent=f"{promo.percent:f}" if promo.percent else None,
        amount=minor(promo.amount, of.currency) if promo.amount else None,
        since=promo.since,
        until=promo.until,
        periods=promo.periods,
        groups=sorted(named.groups[one] for one in promo.groups),
        tariffs=sorted(named.tariffs[one] for one in promo.tariffs),
        max_uses=promo.max_uses,
        max_uses_per_client=promo.max_uses_per_client,
        archived=promo.archived,
        used=promo.used,
        version=version_of(promo_details(promo, of.currency)),
    )
