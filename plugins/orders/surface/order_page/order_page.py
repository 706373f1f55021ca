"""Everything the page of one order shows (H7), read in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.companies.provider_models import PaymentMethod
from billing_panel.core.panel import Panel
from billing_panel.kernel.extension.hooks import PagePart
from billing_panel.kernel.files.attached_files import (
    ACCEPTED,
    MAX_BYTES,
    MAX_FILES,
    MAX_TOGETHER,
)
from billing_panel.kernel.language.errors import DomainError, Reason
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.web.shell.request_context import current_actor, language, panel
from invoices.document_event_wording import NAMES
from plugins.orders.balance.balance_form import BalanceForm, after_of
from plugins.orders.claims.claim_shown import ClaimShown, claim_shown
from plugins.orders.editing.edit_lines import why_not_edited
from plugins.orders.lifecycle.retaxing.rates_told import rates_told
from plugins.orders.lifecycle.use_hours import HeldHours, hours_of
from plugins.orders.payments.gateway_payments_shown import Outside, outside
from plugins.orders.settlement.allowed_payment_methods import payable_by, why_off
from plugins.orders.settlement.line_stock_shown import LineStock, stock_of
from plugins.orders.settlement.payment_due_day import pay_by
from plugins.orders.settlement.read_order_facts import facts_of
from plugins.orders.store.find_orders import PlacedBy, find_order, order_group, placed_by
from plugins.orders.store.models import Order, number_of
from plugins.orders.store.order_extensions import (
    FileLink,
    PageLink,
    extensions_of,
    files_of_steps,
)
from plugins.orders.store.payment import Payment, Refund, RefundTo
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.store.visibility.order_field_visibility import (
    reference_of,
    refund_reason,
    refunded_to,
)
from plugins.orders.store.visibility.price_visibility import priced, sees_prices, without_sums
from plugins.orders.surface.order_page.offered_steps import Offers, offers_shown, undo_of
from plugins.orders.surface.order_page.order_funds import Funds, funds_of
from plugins.orders.surface.order_page.order_progress import Progress, progress_of
from plugins.orders.surface.order_page.review_shown import ReviewShown, review_shown
from plugins.orders.surface.order_page.step_form import (
    CHOSEN,
    seen_version,
    written_words,
    wrong_fields,
)
from plugins.orders.timeline.event_sentences import EXCEPTION_USED, services_of
from plugins.orders.timeline.order_timeline import (
    TimelineEntry,
    newest,
    oldest,
    question_of,
)
from plugins.orders.timeline.question_asked import ASKING_CLIENTS
from plugins.orders.workflow.may_deliver import why_not_delivered
from plugins.orders.workflow.order_facts import BY_HAND
from plugins.orders.workflow.plan_step import Offer
from plugins.orders.workflow.requirements import CLIENT_TEXT, FIELDS, Field
from plugins.orders.workflow.statuses.stage import Stage
from plugins.orders.workflow.statuses.status import LineStatus, Status
from plugins.orders.workflow.workflow import Workflow

# so many events come before whatever made an order a long one
BEGINNING = 20
# steps by which a client asks to return something, and staff answer
RETURNS = frozenset({"ask_return", "accept_return", "refuse_return"})


@dataclass(frozen=True)
class Sent:
    """What was sent and refused, to be shown again; nothing of a page that is only opened.

    ``typed``: by the names of the fields. ``form``: where it was crediting or debiting.
    """

    refusal: DomainError | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    form: BalanceForm | None = None

    @property
    def wrong(self) -> Mapping[str, Text]:
        """What is said of each field."""
        return wrong_fields(self.refusal)

    @property
    def written(self) -> Sequence[tuple[Text, str]]:
        return written_words()

    @property
    def after(self) -> int | None:
        """The balance after crediting or debiting, minor units, once it is known."""
        return after_of(self.refusal)

    def is_step(self, offer: Offer) -> bool:
        """Whether it was this step that was sent."""
        step = offer.step
        if self.typed.get("action") != step.action:
            return False
        return step.action != BY_HAND or self.typed.get("to") == step.target.key


@dataclass(frozen=True)
class Activity:
    """``entries``, oldest first; ``earlier``: the event where those before them end.

    ``exceptions``: those the order was placed by. ``since``: what changed since the version that
    was looked at.
    """

    entries: Sequence[TimelineEntry]
    earlier: int | None
    exceptions: Sequence[TimelineEntry]
    since: Sequence[TimelineEntry]


@dataclass(frozen=True)
class Lines:
    """What the table of lines knows beside the rows.

    ``statuses`` by key; ``counts``: how many goods are in each (P4). ``not_delivered``: why none
    may be delivered as the order is now.
    """

    statuses: Mapping[str, LineStatus]
    counts: Sequence[tuple[LineStatus, int]]
    not_delivered: Sequence[Reason]


@dataclass(frozen=True)
class ClientText:
    """What staff may write for the client, whatever a step asks besides."""

    field: Field
    name: str = CLIENT_TEXT


@dataclass(frozen=True)
class ReturnShown:
    """What the client last asked to return, and what they were answered; None: nothing yet."""

    asked: TimelineEntry
    answered: TimelineEntry | None


class Attaching:
    """What may be attached, for the field in which it is chosen."""

    accepted: ClassVar = ACCEPTED
    max_files: ClassVar = MAX_FILES
    max_bytes: ClassVar = MAX_BYTES
    max_together: ClassVar = MAX_TOGETHER


@dataclass(frozen=True)
class OrderPage:
    """``order``: without its sums unless ``prices``. ``contacts``: the client's are shown.

    ``together``: ids of the orders of the same checkout. ``question``: what the client is asked.
    ``methods``: by what this person may pay it. ``method_off``: why the one that was
    chosen can't be used now. ``rates``: that a tax rate has changed since it was placed.
    ``pay_by``: the day its bill is due. ``parts``: what plugins show here. ``step_words``: what the
    client is told with a step, by its action and the key of its target, unless somebody writes
    something else. ``files``: what came with steps, by when. ``stock`` by the id of a line: whether
    it is there. ``claim``: who has the order in hand; None for clients too. ``undo``: the status
    that whoever looks can take their last step back to. ``moves``: the endpoint that steps are sent
    to; ``opened``: the action whose form is open.
    """

    actor: Actor
    now: datetime
    order: Order
    workflow: Workflow
    sent: Sent
    offers: Offers
    progress: Progress
    activity: Activity
    lines: Lines
    funds: Funds
    outside: Outside
    gateway_titles: Mapping[str, Text]
    methods: Sequence[PaymentMethod]
    pay_by: date | None
    placed_by: PlacedBy
    together: Sequence[int]
    question: str | None
    review: ReviewShown | None
    links: Sequence[PageLink]
    parts: Sequence[PagePart]
    step_words: Mapping[tuple[str, str], str]
    returning: ReturnShown | None
    hours: Sequence[HeldHours]
    files: Mapping[datetime, Sequence[FileLink]]
    stock: Mapping[int, LineStock]
    claim: ClaimShown | None
    method_off: Text | None = None
    rates: Text | None = None
    undo: Status | None = None
    moves: str = "order.move"
    opened: str = ""

    attaching: ClassVar = Attaching
    # the reason of these steps is what the client reads
    asking_clients: ClassVar = ASKING_CLIENTS
    without_default: ClassVar = CHOSEN
    client_text: ClassVar = ClientText(FIELDS[CLIENT_TEXT])
    document_names: ClassVar = NAMES

    @property
    def staff(self) -> bool:
        return self.actor.client_id is None

    @property
    def prices(self) -> bool:
        return sees_prices(self.actor)

    @property
    def contacts(self) -> bool:
        return sees(self.actor, Fact.CONTACTS)

    @property
    def is_lost(self) -> bool:
        return self.order.stage is Stage.LOST

    @property
    def may_edit(self) -> bool:
        """Nothing stands against other lines."""
        return why_not_edited(self.order) is None

    @property
    def is_time_to_pay(self) -> bool:
        """The deadline is the day by which it is to be paid."""
        due = self.progress.due is not None
        return due and self.workflow.is_time_to_pay(self.order.status.key)

    @property
    def tracking_address(self) -> str:
        """Where the parcel can be followed; empty: nobody knows (M8)."""
        services = {service.key: service for service in self.order.provider.delivery_services}
        service = services.get(self.order.delivery_service or "")
        code = self.order.fields.get("tracking_code", "")
        return service.address_of(code) if service else ""

    @property
    def delivery_title(self) -> str:
        """What the provider calls the service; one that somebody wrote down stands as it is."""
        key = self.order.delivery_service or ""
        titles = services_of(self.order)
        return titles[key].in_language(language()) if key in titles else key

    def number_of(self, order_id: int) -> str:
        return number_of(order_id)

    def reference_of(self, payment: Payment) -> str:
        return reference_of(payment, self.actor)

    def refund_reason(self, refund: Refund) -> str:
        return refund_reason(refund, self.actor)

    def refunded_to(self, refund: Refund) -> RefundTo:
        return refunded_to(refund, self.actor)


def show_order(order_id: int, sent: Sent | None = None) -> ResponseReturnValue:
    """The page, with the status of what was refused. Raises NotFound."""
    running, actor, sent = panel(), current_actor(), sent or Sent()
    with running.database.reading() as db:
        page = read_page(db, running, find_order(db, actor, order_id), actor, sent)
        drawn = render_template("orders/details.html", page=page)
    return drawn, sent.refusal.status if sent.refusal else 200


def read_page(db: Session, running: Panel, order: Order, actor: Actor, sent: Sent) -> OrderPage:
    """What ``actor`` is shown of ``order``, which was found in their scope."""
    now, workflow = running.clock.now(), workflow_of(order)
    methods = payable_by(db, order, actor, now)
    offers = offers_shown(order, actor, workflow, methods)
    activity, happened = _activity(db, order, actor)
    return OrderPage(
        actor=actor,
        now=now,
        order=priced(order, actor),
        workflow=workflow,
        sent=sent,
        offers=offers,
        progress=progress_of(order, happened, now),
        activity=activity,
        lines=_lines(workflow, order),
        funds=funds_of(db, actor, order, whole_number(request.args.get("payments", ""))),
        outside=outside(db, order, actor, running.gateways, now),
        gateway_titles={key: gateway.title for key, gateway in running.gateways.items()},
        methods=methods,
        pay_by=pay_by(order),
        placed_by=placed_by(db, order, actor),
        together=[one for one in order_group(db, order) if one != order.id],
        question=question_of(db, order),
        review=review_shown(db, order, actor, now),
        links=[link for one in extensions_of(db) for link in one.page_links(order, actor)],
        parts=[p for one in extensions_of(db) for p in one.page_parts(db, order, actor)],
        step_words=_step_words(db, order, actor, offers, now),
        returning=_returning(happened),
        hours=hours_of(db, order),
        files=files_of_steps(db, order, actor),
        stock=stock_of(db, order) if actor.client_id is None else {},
        method_off=why_off(order, order.payment_method.key, actor, now)
        if order.payment_method
        else None,
        rates=without_sums(rates.said, actor) if (rates := rates_told(db, order, now)) else None,
        undo=undo_of(workflow, offers, activity.entries, actor, now),
        claim=claim_shown(db, order, actor, running.clock),
    )


def _returning(happened: Sequence[TimelineEntry]) -> ReturnShown | None:
    told = [entry for entry in happened if entry.action in RETURNS]
    asked = next((entry for entry in reversed(told) if entry.action == "ask_return"), None)
    if asked is None:
        return None
    answered = told[-1] if told[-1] is not asked else None
    return ReturnShown(asked, answered)


def _step_words(
    db: Session, order: Order, actor: Actor, offers: Offers, at: datetime
) -> Mapping[tuple[str, str], str]:
    steps = [offer.step for offer in (*offers.buttons, *offers.by_hand)]
    return {
        (step.action, step.target.key): words
        for one in extensions_of(db)
        for step in steps
        if (words := one.step_words(order, step, actor, at))
    }


def _activity(db: Session, order: Order, actor: Actor) -> tuple[Activity, Sequence[TimelineEntry]]:
    """What is shown of what happened; and, oldest first, what the rest of the page is told by.

    That begins with who placed the order, and by which exceptions.
    """
    latest = newest(db, order, actor)
    before, seen = whole_number(request.args.get("activity", "")), seen_version()
    shown = latest if before is None else newest(db, order, actor, before=before)
    begun = () if latest.next is None else oldest(db, order, actor, most=BEGINNING).entries
    happened = [*(e for e in begun if e.id < (latest.next or 0)), *latest.entries]
    activity = Activity(
        entries=shown.entries,
        earlier=shown.next,
        exceptions=[entry for entry in happened if entry.kind == EXCEPTION_USED],
        since=[e for e in happened if seen is not None and (e.version or 0) > seen],
    )
    return activity, happened


def _lines(workflow: Workflow, order: Order) -> Lines:
    counts = (
        (status, sum(line.quantity for line in order.lines if line.status == status.key))
        for status in workflow.line_statuses
    )
    return Lines(
        statuses={status.key: status for status in workflow.line_statuses},
        counts=[(status, number) for status, number in counts if number],
        not_delivered=why_not_delivered(workflow, facts_of(order)),
    )
