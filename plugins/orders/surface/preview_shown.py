"""What would follow a step of an order, as JSON."""

from collections.abc import Iterable
from typing import Any

from billing_panel.accounts.access.facts import tell
from billing_panel.kernel.language.errors import DomainError, Reason
from billing_panel.kernel.language.text import Text, say
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from billing_panel.web.requests.problem import money
from plugins.orders.lifecycle.consequence_sentences import sentences_of
from plugins.orders.lifecycle.consequences import Consequences, Moved
from plugins.orders.lifecycle.preview_step import Preview
from plugins.orders.store.price_visibility import sees_prices, without_sums
from plugins.orders.surface.representation import reasons_json

Json = dict[str, Any]
NO_REMEDY = Text("")


def preview_row(preview: Preview, actor: Actor, language: str) -> Json:
    """What would follow, or why nothing can; sums are null for whoever may not see them."""
    refusal = preview.refusal
    if refusal is not None:
        tell(refusal, actor)
    reasons = refusal.reasons or _as_reason(refusal) if refusal else ()
    told = preview.consequences
    return {
        "allowed": refusal is None,
        "lasting": preview.is_lasting,
        "reasons": reasons_json(reasons, actor, language),
        "errors": [
            {"field": wrong.field, "code": wrong.code, "message": say(wrong.message, language)}
            for wrong in (refusal.errors if refusal else ())
        ],
        "consequences": None if told is None else consequences_row(told, actor, language),
    }


def _as_reason(refusal: DomainError) -> tuple[Reason, ...]:
    """What an effect refuses has a sentence alone."""
    return () if refusal.errors else (Reason(refusal.code, refusal.message, NO_REMEDY),)


def consequences_row(told: Consequences, actor: Actor, language: str) -> Json:
    """``stock`` is for staff alone."""
    sums, staff = sees_prices(actor), actor.client_id is None

    def sum_(amount: Money) -> Json | None:
        return money(amount) if sums else None

    def moved(rows: Iterable[Moved]) -> list[Json]:
        return [{"title": say(row.title, language), "number": row.number} for row in rows]

    words = [without_sums(one, actor) for one in sentences_of(told, for_staff=staff)]
    return {
        "status": say(told.target, language),
        "given_back": [
            {"amount": sum_(back.sum), "to": back.to.value, "method": back.method.value}
            for back in told.given_back
        ],
        "received": [sum_(one) for one in told.received],
        "documents_annulled": [
            {"number": bill.number, "total": sum_(bill.sum)} for bill in told.annulled
        ],
        "documents_issued": [
            {"total": sum_(bill.sum), "due_on": bill.due_on.isoformat() if bill.due_on else None}
            for bill in told.issued
        ],
        "stock": moved(told.stock) if staff else None,
        "services": {what: moved(rows) for what, rows in told.services.items()},
        "lines_delivered": [say(title, language) for title in told.delivered],
        "lines_taken_back": [say(title, language) for title in told.taken_back],
        "owed_before": sum_(told.owed[0]),
        "owed_after": sum_(told.owed[1]),
        "points_lost": told.points_lost,
        "debts_covered": [{"order": no, "amount": sum_(one)} for no, one in told.covers],
        "notices": [*told.notices] if staff else None,
        "text": [say(one, language) for one in words],
    }
