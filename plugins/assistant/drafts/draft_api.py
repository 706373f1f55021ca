"""The API of drafts: what an assistant writes for somebody to look at, and what became of it."""

from typing import Any

from pydantic import Field

from billing_panel.api.answer_models import Answer, Moment, ReasonAnswer, reason_answers
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.kernel.language.errors import DomainError, Reason
from billing_panel.kernel.language.text import say, text
from plugins.assistant.drafts.keep_draft import draft_order, draft_transition, find_draft
from plugins.assistant.drafts.models import Draft, DraftKind
from plugins.assistant.drafts.preview_and_confirm_draft import preview_drafted
from plugins.orders.checkout.checkout_api import PlaceBody
from plugins.orders.functions import OrdersFunction
from plugins.orders.surface.transition_api import CANCEL, TransitionBody

api = Api("draft_api", "Drafts")
TOO_MANY = {422: ("too_many_drafts",)}
NO_REMEDY = text("Change the draft, or remove what stands in its way.")


class DraftAnswer(Answer):
    """``address``: the page at which its person confirms it, signed in, until ``expires_at``.

    ``says``: what would happen, if it were confirmed now; ``reasons``: why it would be refused.
    ``orders``: ids of those placed or moved, once it was confirmed.
    """

    id: int
    kind: DraftKind
    address: str = Field(examples=["https://panel.example/drafts/5"])
    made_at: Moment
    expires_at: Moment
    confirmed_at: Moment | None
    says: list[str]
    reasons: list[ReasonAnswer]
    orders: list[int]


@api.post(
    "/clients/<bigid:client_id>/orders/drafts",
    OrdersFunction.ORDER_CREATE,
    status=201,
    example={"lines": [{"tariff": "web-start", "period": "12 months"}]},
    errors=TOO_MANY,
)
def keep_order_draft(call: Call[PlaceBody], client_id: int) -> DraftAnswer:
    """Keeps an order as a draft that the caller confirms on a page; nothing is placed.

    ``terms`` are not taken from here: a client reads and accepts them on that page.
    """
    body = _plain(call.body)
    body.pop("terms", None)
    clock = call.panel.clock
    return _answer(call, draft_order(call.session, client_id, body, actor=call.actor, clock=clock))


@api.post(
    "/orders/<bigid:order_id>/transitions/drafts",
    OrdersFunction.ORDER_READ,
    status=201,
    example=CANCEL,
    errors=TOO_MANY,
)
def keep_transition_draft(call: Call[TransitionBody], order_id: int) -> DraftAnswer:
    """Keeps a transition as a draft that the caller confirms on a page; the order stays.

    It needs the functions that the transition needs, and is for the order as it is now: without a
    ``version``, that of now.
    """
    call.body.command(order_id, call.version)
    body = {**_plain(call.body), "version": call.version}
    made = draft_transition(call.session, order_id, body, actor=call.actor, clock=call.panel.clock)
    return _answer(call, made)


@api.get("/drafts/<bigid:draft_id>")
def show_draft(call: Call, draft_id: int) -> DraftAnswer:
    """Shows a draft of the token’s owner, and what became of it."""
    draft = find_draft(call.session, call.actor, draft_id)
    return _answer(call, draft, preview=False)


def _plain(body: PlaceBody | TransitionBody) -> dict[str, Any]:
    """As it was sent: what was left out stays out."""
    return body.model_dump(mode="json", exclude_unset=True)


def _answer(call: AnyCall, draft: Draft, *, preview: bool = True) -> DraftAnswer:
    """``preview``: where a transaction writes, in which it can be done and undone."""
    told = (
        preview_drafted(call.session, draft, actor=call.actor, clock=call.panel.clock)
        if preview
        else None
    )
    return DraftAnswer(
        id=draft.id,
        kind=draft.kind,
        address=f"{call.panel.config.public_url}/drafts/{draft.id}",
        made_at=draft.made_at,
        expires_at=draft.expires_at,
        confirmed_at=draft.confirmed_at,
        says=[say(one, call.language) for one in told.sentences] if told else [],
        reasons=_reasons(call, told.refusal if told else None),
        orders=draft.order_ids,
    )


def _reasons(call: AnyCall, refusal: DomainError | None) -> list[ReasonAnswer]:
    if refusal is None:
        return []
    own = [Reason(refusal.code, refusal.message, NO_REMEDY)]
    wrong = [Reason(error.code, error.message, NO_REMEDY) for error in refusal.errors]
    return reason_answers(refusal.reasons or wrong or own, call.actor, call.language)
