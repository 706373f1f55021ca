"""What the API says of an order's transitions, of what would follow one, and of its history."""

from collections.abc import Iterable, Mapping
from datetime import date

from pydantic import Field

from billing_panel.accounts.access.guarded_fact_visibility import sees, tell
from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.api.answer_models import (
    Answer,
    FieldErrorAnswer,
    Moment,
    MoneyAnswer,
    ReasonAnswer,
    money,
    reason_answers,
)
from billing_panel.kernel.language.errors import DomainError, Reason
from billing_panel.kernel.language.text import Text, say
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.money import Money
from plugins.orders.lifecycle.consequence_sentences import sentences_of
from plugins.orders.lifecycle.consequences import Bill, Consequences, Moved
from plugins.orders.lifecycle.preview_step import Preview
from plugins.orders.store.payment import RefundTo
from plugins.orders.store.visibility.price_visibility import sees_prices, without_sums
from plugins.orders.timeline.order_timeline import TimelineEntry
from plugins.orders.workflow.plan_step import Offer

NO_REMEDY = Text("")


class TransitionAnswer(Answer):
    """Something that can be done with an order, or the ``reasons`` why it can't.

    ``requires`` and ``asks``: fields that must be sent, and that may be.
    """

    action: str = Field(examples=["pay"])
    to: str = Field(examples=["active"])
    allowed: bool
    requires: list[str] = Field(examples=[["payment_method"]])
    asks: list[str] = Field(examples=[["reference"]])
    reasons: list[ReasonAnswer]


class TransitionsAnswer(Answer):
    """All that the caller can do with an order, and what not."""

    items: list[TransitionAnswer]


class GivenBackAnswer(Answer):
    """``method`` it came by."""

    amount: MoneyAnswer | None
    to: RefundTo
    method: MethodKind


class AnnulledAnswer(Answer):
    """A document that would be annulled, by its number."""

    number: str = Field(examples=["2000000117"])
    total: MoneyAnswer | None


class IssuedAnswer(Answer):
    """A document that would be issued; it has no number yet."""

    total: MoneyAnswer | None
    due_on: date | None


class MovedAnswer(Answer):
    """``number`` of a tariff: of stock, above zero what comes back; of services, how many."""

    title: str
    number: int


class CoveredAnswer(Answer):
    """A debt of another order, by its number, that money given back pays."""

    order: str = Field(examples=["10017"])
    amount: MoneyAnswer | None


class ConsequencesAnswer(Answer):
    """What would follow, field by field, and all of it in sentences as ``text``.

    Amounts are null where the caller may not see them; ``stock`` and ``notices`` are for staff.
    ``services``: by ``begun``, ``suspended``, ``resumed``, ``ended``. ``total_before`` and
    ``total_after`` differ where a tax rate has changed since the order was placed; null: none has.
    """

    status: str
    given_back: list[GivenBackAnswer]
    received: list[MoneyAnswer | None]
    documents_annulled: list[AnnulledAnswer]
    documents_issued: list[IssuedAnswer]
    stock: list[MovedAnswer] | None
    services: dict[str, list[MovedAnswer]]
    lines_delivered: list[str]
    lines_taken_back: list[str]
    owed_before: MoneyAnswer | None
    owed_after: MoneyAnswer | None
    points_lost: int
    debts_covered: list[CoveredAnswer]
    total_before: MoneyAnswer | None
    total_after: MoneyAnswer | None
    notices: list[str] | None
    text: list[str]


class PreviewAnswer(Answer):
    """``lasting``: it can't be undone. ``consequences`` is null where it isn't allowed."""

    allowed: bool
    lasting: bool
    reasons: list[ReasonAnswer]
    errors: list[FieldErrorAnswer]
    consequences: ConsequencesAnswer | None


class HappenedAnswer(Answer):
    """Something that happened to an order. ``details``: what was written down, by what it is."""

    id: int
    at: Moment
    kind: str = Field(examples=["order.placed"])
    by: ActorKind
    who: str | None
    text: str
    details: dict[str, str]


def transition_answer(offer: Offer, actor: Actor, language: str) -> TransitionAnswer:
    """Say what can be done with an order, or the reasons ``actor`` may know why not."""
    step = offer.step
    return TransitionAnswer(
        action=step.action,
        to=step.target.key,
        allowed=offer.allowed,
        requires=[asked.name for asked in step.requires if asked.field],
        asks=[asked.name for asked in step.asks if asked.field],
        reasons=reason_answers(offer.reasons, actor, language),
    )


def happened_answer(entry: TimelineEntry, language: str) -> HappenedAnswer:
    """Say an entry of the order's history; sentences in ``language``."""
    return HappenedAnswer(
        id=entry.id,
        at=entry.at,
        kind=entry.kind,
        by=entry.by,
        who=entry.who or None,
        text=say(entry.said, language),
        details={say(what, language): say(value, language) for what, value in entry.details},
    )


def preview_answer(preview: Preview, actor: Actor, language: str) -> PreviewAnswer:
    """What would follow, or why nothing can; sums are null for whoever may not see them."""
    refusal = preview.refusal
    if refusal is not None:
        tell(refusal, actor)
    reasons = refusal.reasons or _as_reason(refusal) if refusal else ()
    told = preview.consequences
    return PreviewAnswer(
        allowed=refusal is None,
        lasting=preview.is_lasting,
        reasons=reason_answers(reasons, actor, language),
        errors=_errors(refusal, language),
        consequences=None if told is None else _consequences(told, actor, language),
    )


def _errors(refusal: DomainError | None, language: str) -> list[FieldErrorAnswer]:
    return [
        FieldErrorAnswer(field=wrong.field, code=wrong.code, message=say(wrong.message, language))
        for wrong in (refusal.errors if refusal else ())
    ]


def _as_reason(refusal: DomainError) -> tuple[Reason, ...]:
    """What an effect refuses has a sentence alone."""
    return () if refusal.errors else (Reason(refusal.code, refusal.message, NO_REMEDY),)


def _consequences(told: Consequences, actor: Actor, language: str) -> ConsequencesAnswer:
    staff = actor.client_id is None
    sentences = sentences_of(told, for_staff=staff, contacts=sees(actor, Fact.CONTACTS))
    words = [without_sums(one, actor) for one in sentences]
    return ConsequencesAnswer(
        status=say(told.target, language),
        given_back=[
            GivenBackAnswer(amount=_sum(back.sum, actor), to=back.to, method=back.method)
            for back in told.given_back
        ],
        received=[_sum(one, actor) for one in told.received],
        documents_annulled=[
            AnnulledAnswer(number=bill.number, total=_sum(bill.sum, actor))
            for bill in told.annulled
        ],
        documents_issued=[_issued(bill, actor) for bill in told.issued],
        stock=_moved(told.stock, language) if staff else None,
        services=_services(told.services, language),
        lines_delivered=[say(title, language) for title in told.delivered],
        lines_taken_back=[say(title, language) for title in told.taken_back],
        owed_before=_sum(told.owed[0], actor),
        owed_after=_sum(told.owed[1], actor),
        points_lost=told.points_lost,
        debts_covered=[
            CoveredAnswer(order=number, amount=_sum(one, actor)) for number, one in told.covers
        ],
        total_before=_sum(told.retaxed[0], actor) if told.retaxed else None,
        total_after=_sum(told.retaxed[1], actor) if told.retaxed else None,
        notices=[*told.notices] if staff else None,
        text=[say(one, language) for one in words],
    )


def _sum(amount: Money, actor: Actor) -> MoneyAnswer | None:
    return money(amount) if sees_prices(actor) else None


def _issued(bill: Bill, actor: Actor) -> IssuedAnswer:
    return IssuedAnswer(total=_sum(bill.sum, actor), due_on=bill.due_on)


def _moved(rows: Iterable[Moved], language: str) -> list[MovedAnswer]:
    return [MovedAnswer(title=say(row.title, language), number=row.number) for row in rows]


def _services(
    services: Mapping[str, Iterable[Moved]], language: str
) -> dict[str, list[MovedAnswer]]:
    return {what: _moved(rows, language) for what, rows in services.items()}
