"""One order: everything about it (H7), what can be done with it now, and doing it.

What is refused comes back on the same page, with everything that was typed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.facts import sees
from billing_panel.accounts.firms.providers import MethodKind
from billing_panel.kernel.input.reading import read_moment, whole_number
from billing_panel.kernel.language.errors import DomainError, FieldError, Invalid
from billing_panel.kernel.language.guarded import Fact
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS
from billing_panel.web.shell.access import access, needs
from billing_panel.web.shell.context import current_actor, language, panel
from billing_panel.web.shell.function_titles import with_titles
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.typed_amounts import in_plain
from invoices.functions import InvoicesFunction
from permissions.functions import PanelFunction
from permissions.guard import allows
from plugins.orders.balance.balance_form import BalanceForm, after_of, change, read_balance_form
from plugins.orders.deadlines.change_deadline import ChangeDeadline, change_deadline
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.advance_order import AdvanceOrder
from plugins.orders.lifecycle.available_steps import offers_for
from plugins.orders.lifecycle.confirm import confirm_page, confirmed_mark
from plugins.orders.lifecycle.confirm_step import Unconfirmed, advance_confirmed
from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.lifecycle.set_line_status import SetLineStatus, set_line_status
from plugins.orders.payments.gateway_panel import outside
from plugins.orders.payments.give_up_payment import GiveUpPayment, give_up_payment
from plugins.orders.settlement.order_state import facts_of
from plugins.orders.settlement.pay_by import pay_by
from plugins.orders.settlement.payment_methods import payable_by
from plugins.orders.store.models import FIRST_NUMBER, Order, OrderLine
from plugins.orders.store.price_visibility import priced, sees_prices
from plugins.orders.store.queries import find_order, order_group, placed_by
from plugins.orders.store.shown import reference_of, refund_reason, refunded_to
from plugins.orders.store.workflow_store import workflow_of
from plugins.orders.surface.order_form import (
    CHOSEN,
    seen_version,
    typed_fields,
    unchosen_choices,
    written_words,
    wrong_fields,
)
from plugins.orders.surface.order_funds import funds_of
from plugins.orders.timeline.event_sentences import EXCEPTION_USED, services_of
from plugins.orders.timeline.timeline import (
    ASKING_CLIENTS,
    TimelineEntry,
    newest,
    oldest,
    question_of,
)
from plugins.orders.workflow.course import good_course
from plugins.orders.workflow.delivering import why_not_delivered
from plugins.orders.workflow.order_facts import BY_HAND
from plugins.orders.workflow.plan import Offer
from plugins.orders.workflow.requirements import CLIENT_TEXT, FIELDS, RATING
from plugins.orders.workflow.step_functions import EFFECT_NOT_HELD
from plugins.orders.workflow.workflow import LineStatus, Stage, Workflow

RULE = "/orders/<bigid:order_id>"
# The steps bar shows as many of the statuses an order came through.
STEPS = 6
# so many events come before whatever made an order a long one
BEGINNING = 20
PAY, REFUND = "pay", "refund"
OF_MONEY = (PAY, REFUND)

order = Blueprint("order", "plugins.orders")


@dataclass(frozen=True)
class Offers:
    """What may be done now, sorted by how it is asked for.

    ``buttons``: actions, those with fields open in place. ``by_hand``: targets of the drop-down.
    ``of_money``: paying and giving back, which stand beside what is paid. ``refused``: what this
    person may not do now, with its reasons. ``primary``: the first that neither gives the order up
    nor takes back one that is done.
    """

    buttons: Sequence[Offer]
    by_hand: Sequence[Offer]
    of_money: Sequence[Offer]
    refused: Sequence[Offer]
    primary: Offer | None


def offers_of(workflow: Workflow, found: Sequence[Offer]) -> Offers:
    """A status set by hand that needs fields is a button, unless a button leads there already."""
    allowed = [offer for offer in found if offer.allowed]
    actions = [offer for offer in allowed if offer.step.action != BY_HAND]
    reached = {offer.step.target.key for offer in actions if not offer.step.stays}
    set_by_hand = [offer for offer in allowed if offer.step.action == BY_HAND]
    with_fields = [
        offer for offer in set_by_hand if offer.step.fields and offer.step.target.key not in reached
    ]
    positions = {status.key: place for place, status in enumerate(workflow.statuses)}
    # giving the order up comes last
    buttons = sorted(
        [*actions, *with_fields], key=lambda offer: offer.step.target.stage is Stage.LOST
    )
    onward = (o for o in buttons if o.step.action == PAY or _goes_on(o))
    return Offers(
        buttons=[offer for offer in buttons if offer.step.action not in OF_MONEY],
        by_hand=sorted(
            (offer for offer in set_by_hand if not offer.step.fields),
            key=lambda offer: positions[offer.step.target.key],
        ),
        of_money=[offer for offer in buttons if offer.step.action in OF_MONEY],
        refused=[offer for offer in found if not offer.allowed and _is_told(offer)],
        primary=next((offer for offer in onward if offer.step.action != REFUND), None),
    )


def _is_told(offer: Offer) -> bool:
    """Of statuses set by hand only those that this person could set, but for what comes with it."""
    return offer.step.action != BY_HAND or offer.reasons[0].code == EFFECT_NOT_HELD


def _goes_on(offer: Offer) -> bool:
    here, there = offer.step.source.stage, offer.step.target.stage
    return there is not Stage.LOST and (here is not Stage.DONE or there is Stage.DONE)


@order.get(RULE, endpoint="details")
@access(needs(OrdersFunction.ORDER_READ))
def details(order_id: int) -> ResponseReturnValue:
    return _page(order_id)


@order.post(f"{RULE}/move")
@access(needs(OrdersFunction.ORDER_READ))
def move(order_id: int) -> ResponseReturnValue:
    if "back" in request.form:
        return _page(order_id, typed=request.form)
    if unchosen := unchosen_choices():
        return _page(order_id, unchosen)
    try:
        fields = _read(order_id, typed_fields())
    except Invalid as refusal:
        return _page(order_id, refusal)
    command = AdvanceOrder(
        order_id,
        action=request.form.get("action", BY_HAND),
        to=request.form.get("to") or None,
        fields=fields,
        version=seen_version(),
        confirmed=confirmed_mark(),
    )
    try:
        return _do(order_id, advance_confirmed, command)
    except Unconfirmed as unconfirmed:
        return confirm_page(unconfirmed)


@order.post(f"{RULE}/deliver")
@access(needs(OrdersFunction.LINE_DELIVER))
def deliver(order_id: int) -> ResponseReturnValue:
    ticked = [whole_number(value) for value in request.form.getlist("line")]
    lines = tuple(line_id for line_id in ticked if line_id is not None)
    return _do(order_id, deliver_lines, DeliverLines(order_id, lines or None, seen_version()))


@order.post(f"{RULE}/lines/<bigid:line_id>/status")
@access(needs(OrdersFunction.STATUS_CHANGE))
def line_status(order_id: int, line_id: int) -> ResponseReturnValue:
    command = SetLineStatus(order_id, line_id, request.form.get("status", ""), seen_version())
    return _do(order_id, set_line_status, command)


@order.post(f"{RULE}/deadline")
@access(needs(OrdersFunction.DEADLINE_CHANGE))
def deadline(order_id: int) -> ResponseReturnValue:
    reason, written = request.form.get("reason", ""), request.form.get("due_at", "")
    try:
        due_at = None if "cancel" in request.form else _moment(order_id, written)
    except Invalid as refusal:
        return _page(order_id, refusal)
    return _do(order_id, change_deadline, ChangeDeadline(order_id, due_at, reason, seen_version()))


@order.post(f"{RULE}/lines/<bigid:line_id>/price")
@access(needs(OrdersFunction.PRICE_RAISE))
def price(order_id: int, line_id: int) -> ResponseReturnValue:
    typed, reason = request.form.get("unit_price", ""), request.form.get("reason", "")
    try:
        amount = in_plain(typed, _order(order_id).currency, "unit_price")
    except Invalid as refusal:
        return _page(order_id, refusal)
    return _do(order_id, raise_price, RaisePrice(order_id, line_id, amount, reason, seen_version()))


@order.post(f"{RULE}/payments/<bigid:payment_id>/give-up")
@access(needs(OrdersFunction.PAYMENT_RECORD, OrdersFunction.ORDER_PAY))
def give_up(order_id: int, payment_id: int) -> ResponseReturnValue:
    return _do(order_id, give_up_payment, GiveUpPayment(payment_id, request.form.get("reason", "")))


@order.post(f"{RULE}/credit")
@access(needs(PanelFunction.BALANCE_CREDIT))
def credit(order_id: int) -> ResponseReturnValue:
    return _change_balance(order_id, "credit")


@order.post(f"{RULE}/debit")
@access(needs(PanelFunction.BALANCE_DEBIT))
def debit(order_id: int) -> ResponseReturnValue:
    return _change_balance(order_id, "debit")


def _change_balance(order_id: int, name: str) -> ResponseReturnValue:
    """Of the client whose order it is, with its provider."""
    found = _order(order_id)
    client_id, provider = found.client_id, found.provider.key
    form = read_balance_form(name, provider, request.form)
    try:
        told = change(client_id, form)
    except DomainError as refusal:
        if refusal.status not in {409, 422}:
            raise
        return _page(order_id, refusal, form)
    flash(told, "ok")
    return redirect(url_for("order.details", order_id=order_id), 303)


def _do(order_id: int, act: Callable[..., object], command: Any) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    try:
        with running.database.writing() as db:
            act(db, command, actor=actor, clock=running.clock)
    except DomainError as refusal:
        if refusal.status not in {409, 422}:
            raise
        return _page(order_id, refusal)
    flash(gettext("Done."), "ok")
    return redirect(url_for("order.details", order_id=order_id), 303)


def _page(
    order_id: int,
    refusal: DomainError | None = None,
    form: BalanceForm | None = None,
    typed: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        found = find_order(db, actor, order_id)
        workflow = workflow_of(found)
        latest = newest(db, found, actor)
        before = whole_number(request.args.get("activity", ""))
        shown = latest if before is None else newest(db, found, actor, before=before)
        # what stands at the beginning: who placed it, and by which exceptions
        begun = () if latest.next is None else oldest(db, found, actor, most=BEGINNING).entries
        happened = [*(e for e in begun if e.id < (latest.next or 0)), *latest.entries]
        staff = actor.client_id is None
        now = running.clock.now()
        return render_template(
            "orders/details.html",
            order=priced(found, actor),
            prices=sees_prices(actor),
            workflow=workflow,
            offers=_offers(db, actor, found, workflow),
            entries=shown.entries,
            earlier=shown.next,
            by_exception=[entry for entry in happened if entry.kind == EXCEPTION_USED],
            outside=outside(db, found, actor, running.gateways),
            gateway_titles={name: gateway.title for name, gateway in running.gateways.items()},
            steps=_steps(workflow, found, happened),
            course=good_course(workflow, facts_of(found)),
            rating=whole_number(found.fields.get(RATING, "")),
            line_statuses={status.key: status for status in workflow.line_statuses},
            line_counts=_line_counts(workflow.line_statuses, found.lines),
            due=found.deadline.due_at if found.deadline else None,
            pay_by=pay_by(found),
            due_status=_due_status(workflow, found),
            overdue=found.deadline is not None and found.deadline.due_at <= now,
            funds=funds_of(db, actor, found, whole_number(request.args.get("payments", ""))),
            form=form,
            after=after_of(refusal),
            methods=payable_by(db, found, actor),
            delivery_title=_delivery_title(found),
            first_number=FIRST_NUMBER,
            together=[one for one in order_group(db, found) if one != found.id],
            placed_by=placed_by(db, found, actor),
            staff=staff,
            now=now,
            refusal=refusal,
            typed=request.form if refusal and form is None else typed or {},
            written=written_words(),
            wrong=wrong_fields(refusal),
            since=_since(happened, seen_version()),
            may_deliver=allows(actor, OrdersFunction.LINE_DELIVER),
            not_delivered=why_not_delivered(workflow, facts_of(found)),
            may_set_lines=allows(actor, OrdersFunction.STATUS_CHANGE),
            may_change_deadline=allows(actor, OrdersFunction.DEADLINE_CHANGE),
            may_audit=staff and allows(actor, PanelFunction.AUDIT_READ),
            may_raise=allows(actor, OrdersFunction.PRICE_RAISE) and found.stage is not Stage.LOST,
            may_see_profile=staff and allows(actor, PanelFunction.CLIENT_READ),
            contacts=sees(actor, Fact.CONTACTS),
            asking_clients=ASKING_CLIENTS,
            chosen=CHOSEN,
            is_lasting=workflow.is_lasting,
            question=question_of(db, found),
            client_text={"name": CLIENT_TEXT, **vars(FIELDS[CLIENT_TEXT])},
            reference_of=partial(reference_of, actor=actor),
            refund_reason=partial(refund_reason, actor=actor),
            refunded_to=partial(refunded_to, actor=actor),
            may_print=allows(actor, InvoicesFunction.INVOICE_PRINT),
            seconds_left=int((found.deadline.due_at - now).total_seconds())
            if found.deadline
            else 0,
        ), refusal.status if refusal else 200


def _offers(db: Session, actor: Actor, found: Order, workflow: Workflow) -> Offers:
    offered = [
        replace(offer, reasons=tuple(with_titles(reason) for reason in offer.reasons))
        for offer in offers_for(db, found, actor)
    ]
    return offers_of(workflow, offered)


@dataclass(frozen=True)
class StepShown:
    """A status the order came to, when and through whom; ``state``: ``done`` or ``now``."""

    title: Any
    at: datetime
    who: str
    state: str


def _steps(workflow: Workflow, found: Order, entries: Sequence[TimelineEntry]) -> list[StepShown]:
    """The last statuses the order came through, and where it stands."""
    came = [entry for entry in entries if entry.status]
    known = {status.key: status.title for status in workflow.statuses}
    placed = next((entry for entry in entries if entry.kind == "order.placed"), None)
    steps = [
        StepShown(text("Placed"), found.placed_at, placed.who if placed else "", "done"),
        *(
            StepShown(known.get(e.status or "", e.status), e.at, e.who, "done")
            for e in came
            if e.status != found.status.key
        ),
    ][-STEPS:]
    here = next((e for e in reversed(came) if e.status == found.status.key), None)
    now = StepShown(found.status.title, found.status_since, here.who if here else "", "now")
    return [*steps, now]


def _line_counts(
    known: Sequence[LineStatus], lines: Sequence[OrderLine]
) -> list[tuple[LineStatus, int]]:
    """How many goods are in each status of lines (P4)."""
    return [
        (status, number)
        for status in known
        if (number := sum(line.quantity for line in lines if line.status == status.key))
    ]


def _due_status(workflow: Workflow, found: Order) -> Any:
    of_itself = workflow.deadline(found.status.key)
    return of_itself.target.title if of_itself else None


def _delivery_title(found: Order) -> Any:
    """What the provider calls the service; one that somebody wrote down stands as it is."""
    key = found.delivery_service or ""
    titles = services_of(found)
    return titles[key].in_language(language()) if key in titles else key


def _since(entries: Sequence[TimelineEntry], seen: int | None) -> list[TimelineEntry]:
    """What others changed since the version this person saw; nothing when they saw none."""
    return [e for e in entries if seen is not None and (e.version or 0) > seen]


def _read(order_id: int, fields: dict[str, str]) -> dict[str, str]:
    """What was typed as an action takes it: plain amounts, keys of services that were named.

    Amounts are in points where the method named is. Raises Invalid, NotFound.
    """
    with panel().database.reading() as db:
        order = find_order(db, current_actor(), order_id)
        methods = {method.key: method.kind for method in order.provider.payment_methods}
        services = {title.in_language(language()): key for key, title in services_of(order).items()}
    read = dict(fields)
    if service := services.get(fields.get("delivery_service", "").strip()):
        read["delivery_service"] = service
    if fields.get("amount"):
        in_points = methods.get(fields.get("payment_method", "")) is MethodKind.POINTS
        currency = POINTS if in_points else order.currency
        read["amount"] = in_plain(fields["amount"], currency, "fields.amount")
    return read


def _order(order_id: int) -> Order:
    """Raises NotFound."""
    with panel().database.reading() as db:
        return find_order(db, current_actor(), order_id)


def _moment(order_id: int, written: str) -> datetime:
    """What was typed, where the provider is. Raises Invalid, NotFound."""
    zone = ZoneInfo(_order(order_id).provider.timezone)
    read = read_moment(written)
    if read is None:
        message = text("Enter a date and time.")
        raise Invalid([FieldError("due_at", "moment", message)])
    return read.replace(tzinfo=zone).astimezone(UTC)
