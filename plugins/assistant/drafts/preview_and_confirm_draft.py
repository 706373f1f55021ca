"""What a draft would do now: it is done, read, and undone; and done for good, once confirmed.

What the page told is carried by a mark: all of it, with every sum, whoever reads. If something else
would come of it by then (another price, another document), nothing is done, and the page tells
that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy.orm import Session

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.access.scope import find_client, provider_for
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.database.rows_written_at_commit import undone
from billing_panel.kernel.language.errors import (
    Conflict,
    DomainError,
    FieldError,
    FunctionNotHeld,
    Invalid,
)
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.secret_fingerprints import digest
from permissions.guard import require
from plugins.assistant.drafts.keep_draft import find_draft, refuse_over
from plugins.assistant.drafts.models import Draft, DraftKind
from plugins.assistant.drafts.told_order import ToldOrder, for_reader, told_order
from plugins.orders.checkout.checkout_api import PlaceBody
from plugins.orders.checkout.place_order import place_order
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.advance_order import plan_step
from plugins.orders.lifecycle.consequence_sentences import (
    sentences_beside_status,
    sentences_of,
)
from plugins.orders.lifecycle.consequences import Consequences, last_written, of_placed
from plugins.orders.lifecycle.preview_step import take_watched
from plugins.orders.store.locks.lock_sequence import lock_client
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import language_of_order, workflow_of
from plugins.orders.store.visibility.price_visibility import sees_prices, without_sums
from plugins.orders.surface.transition_api import TransitionBody
from plugins.orders.timeline.event_sentences import services_of
from plugins.orders.workflow.order_facts import BY_HAND


@dataclass(frozen=True)
class TermsAsked:
    """A provider's terms, which a client who orders accepts as they confirm."""

    title: Titles
    address: str
    version: str


@dataclass(frozen=True)
class ToldDraft:
    """``refusal``: why it can't be done now; else ``orders`` or ``says``: what would happen.

    ``terms``: those to be accepted with it; None: none are. ``status``: of a step, where the order
    is; ``action``: what it is called; ``written``: what is written down with it. ``mark``: of all
    that is told.
    """

    refusal: DomainError | None
    mark: str = ""
    orders: Sequence[ToldOrder] = ()
    terms: TermsAsked | None = None
    action: Text | Titles | None = None
    status: Titles | None = None
    written: Sequence[tuple[Text, Text | Titles | str]] = ()
    says: Sequence[Text] = ()

    @property
    def sentences(self) -> Sequence[Text]:
        """What would happen, in words."""
        return [*(one for order in self.orders for one in order.sentences), *self.says]


@dataclass(frozen=True)
class Seen:
    """``mark``: of what the page told. ``accepted``: the version of the terms that was ticked."""

    mark: str
    accepted: str = ""


def preview_draft(session: Session, draft: Draft, *, actor: Actor, clock: Clock) -> ToldDraft:
    """Tell what confirming ``draft`` would do. Changes nothing."""
    with undone(session):
        try:
            told, _ids = _carry_out(session, draft, actor, clock)
        except DomainError as refusal:
            return ToldDraft(refusal)
    return told


def preview_drafted(session: Session, draft: Draft, *, actor: Actor, clock: Clock) -> ToldDraft:
    """``preview_draft`` for whoever drafts it, whose token may have fewer functions than they.

    Raises FunctionNotHeld: nobody leaves a draft of what they may not do, for others to press.
    """
    told = preview_draft(session, draft, actor=actor, clock=clock)
    if isinstance(told.refusal, FunctionNotHeld):
        raise told.refusal
    return told


def confirm_draft(
    session: Session, draft_id: int, seen: Seen, *, actor: Actor, clock: Clock
) -> Sequence[int]:
    """Do what the page told; ids of the orders placed, or of the one moved.

    Raises NotFound, Conflict ``draft_over`` and ``draft_differs``, Invalid ``terms_not_accepted``,
    and what doing it raises; then nothing is written.
    """
    draft = find_draft(session, actor, draft_id)
    lock_row(session, draft)
    refuse_over(draft, clock)
    told, order_ids = _carry_out(session, draft, actor, clock)
    if told.mark != seen.mark:
        raise Conflict(
            text("Something has changed since this page was shown. Check again what happens."),
            code="draft_differs",
        )
    if told.terms is not None and told.terms.version != seen.accepted:
        message = text(
            "Read and accept the terms, version %(version)s.", version=told.terms.version
        )
        raise Invalid([FieldError("terms", "terms_not_accepted", message)])
    draft.confirmed_at, draft.order_ids = clock.now(), [*order_ids]
    return order_ids


Done = tuple[ToldDraft, Sequence[int]]


def _carry_out(session: Session, draft: Draft, actor: Actor, clock: Clock) -> Done:
    if draft.kind is DraftKind.ORDER:
        return _placed(session, draft, actor, clock)
    return _moved(session, draft, actor, clock)


def _placed(session: Session, draft: Draft, actor: Actor, clock: Clock) -> Done:
    body = PlaceBody.model_validate(draft.body)
    terms = _terms_asked(session, draft, body.provider, actor)
    wanted = tuple(line.wanted() for line in body.lines)
    # whoever drafted it accepts nothing in the client's place: they tick it as they confirm
    accepted = terms.version if terms else ""
    command = replace(body.command(draft.client_id, lines=wanted), terms=accepted)
    before = last_written(session)
    orders = place_order(session, command, actor=actor, clock=clock)
    session.flush()
    followed = of_placed(session, orders, before)
    full = [
        told_order(session, order, follows) for order, follows in zip(orders, followed, strict=True)
    ]
    mark = digest(
        {"orders": [asdict(one) for one in full], "terms": asdict(terms) if terms else None}
    )
    sums = sees_prices(actor)
    said = [
        for_reader(one, _said(sentences_beside_status, one.follows, actor), sums=sums)
        for one in full
    ]
    return ToldDraft(None, mark, orders=said, terms=terms), [order.id for order in orders]


def _terms_asked(
    session: Session, draft: Draft, provider: str | None, actor: Actor
) -> TermsAsked | None:
    """Raises FunctionNotHeld, NotFound, Refused ``provider_needed``."""
    require(actor, OrdersFunction.ORDER_CREATE)
    if actor.client_id is None:
        return None
    # nothing of the client is read before they are locked: ``place_order``
    lock_client(session, draft.client_id)
    client = find_client(session, actor, client_id=draft.client_id)
    seller = provider_for(session, actor, client, provider)
    if not seller.terms_version:
        return None
    return TermsAsked(seller.terms_title, seller.terms_url, seller.terms_version)


def _moved(session: Session, draft: Draft, actor: Actor, clock: Clock) -> Done:
    asked = {**draft.body}
    seen = asked.pop("version")
    command = TransitionBody.model_validate(asked).command(draft.order_id or 0, seen)
    planned = plan_step(session, command, actor=actor)
    step, order = planned.step, planned.order
    called = (
        step.target.title if step.action == BY_HAND else workflow_of(order).actions[step.action]
    )
    status, written = order.status.title, _written(order, command.fields)
    told = take_watched(session, planned, actor=actor, clock=clock)
    mark = digest(
        {"called": asdict(called), "follows": asdict(told), "written": [*map(str, written)]}
    )
    says = _said(sentences_of, told, actor)
    return ToldDraft(None, mark, action=called, status=status, written=written, says=says), [
        order.id
    ]


def _written(order: Order, fields: Mapping[str, str]) -> Sequence[tuple[Text, Text | Titles | str]]:
    """What is written down with a step, by the titles of its fields."""
    known = language_of_order(order).vocabulary.fields
    titles: Mapping[str, Mapping[str, Text | Titles]] = {
        "payment_method": {method.key: method.title for method in order.provider.payment_methods},
        "delivery_service": services_of(order),
    }
    return [
        (known[name].title, titles.get(name, {}).get(value, value))
        for name, value in fields.items()
        if value
    ]


def _said(
    sentences: Callable[..., Iterable[Text]], told: Consequences, actor: Actor
) -> Sequence[Text]:
    """What follows, as ``actor`` may be told it."""
    contacts = sees(actor, Fact.CONTACTS)
    told_all = sentences(told, for_staff=actor.client_id is None, contacts=contacts)
    return [without_sums(one, actor) for one in told_all]
