"""The API of workflows: what can be done with an order, doing it, its history, its workflow."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from pydantic import Field, StrictInt, StrictStr
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider, providers
from billing_panel.api.bodies import Body, NoBody, page_of, query_values
from billing_panel.api.routes import Answer, Api, Call
from billing_panel.kernel.input.reading import read_moment
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid, NotFound
from billing_panel.kernel.language.stale import STALE
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.web.shell.access import staff_only
from plugins.orders.deadlines.change_deadline import ChangeDeadline, change_deadline
from plugins.orders.drawing.workflow_shown import as_data
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.lifecycle.available_steps import offers_for
from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from plugins.orders.lifecycle.preview_step import preview_step
from plugins.orders.lifecycle.set_line_status import SetLineStatus, set_line_status
from plugins.orders.lifecycle.timeline import oldest
from plugins.orders.store.models import Order
from plugins.orders.store.queries import find_order
from plugins.orders.store.workflow_store import (
    built,
    latest_version,
    running_version,
    shipped_keys,
    shipped_workflow,
)
from plugins.orders.surface.preview_shown import preview_row
from plugins.orders.surface.representation import offer_row, order_details, timeline_row
from plugins.orders.workflow.order_facts import BY_HAND


class Action(Protocol):
    """An action on one order."""

    def __call__(self, session: Session, command: Any, *, actor: Actor, clock: Clock) -> Order: ...


api = Api("orders_workflow_api")
ORDER = "/orders/<bigid:order_id>"


class TransitionBody(Body):
    """``action``, or ``to``: a status set by hand. ``reason`` is the field of that name."""

    action: StrictStr | None = Field(default=None, max_length=64)
    to: StrictStr | None = Field(default=None, max_length=64)
    fields: dict[str, StrictStr] = Field(default_factory=dict, max_length=20)
    reason: StrictStr | None = None
    version: int | None = Field(default=None, ge=1)

    def command(self, order_id: int, seen: int | None) -> AdvanceOrder:
        """Raises Invalid when neither says what to do."""
        if self.action is None and self.to is None:
            message = text("Name an action, or the status to go to.")
            raise Invalid([FieldError("action", "required", message)])
        reason = {} if self.reason is None else {"reason": self.reason}
        return AdvanceOrder(
            order_id,
            action=self.action or BY_HAND,
            to=self.to,
            fields={**self.fields, **reason},
            version=self.version if seen is None else seen,
        )


class LineBody(Body):
    status: StrictStr = Field(max_length=64)
    version: int | None = Field(default=None, ge=1)


class DeliverBody(Body):
    version: StrictInt | None = None


class DeadlineBody(Body):
    """``due_at`` ISO 8601 with its offset; null cancels it."""

    due_at: StrictStr | None
    reason: StrictStr
    version: int | None = Field(default=None, ge=1)


@api.get(f"{ORDER}/timeline", OrdersFunction.ORDER_READ)
def show_timeline(call: Call[NoBody], order_id: int) -> Answer:
    order = find_order(call.session, call.actor, order_id)
    limit, after = page_of(query_values("limit", "cursor"))
    part = oldest(call.session, order, call.actor, after=after, most=limit)
    return {
        "items": [timeline_row(entry, call.language) for entry in part.entries],
        "next_cursor": None if part.next is None else str(part.next),
    }


@api.get(f"{ORDER}/transitions", OrdersFunction.ORDER_READ)
def list_transitions(call: Call[NoBody], order_id: int) -> Answer:
    order = find_order(call.session, call.actor, order_id)
    offers = offers_for(call.session, order, call.actor)
    return {"items": [offer_row(offer, call.actor, call.language) for offer in offers]}


@api.post(f"{ORDER}/transitions", OrdersFunction.ORDER_READ, body=TransitionBody)
def take_transition(call: Call[TransitionBody], order_id: int) -> Answer:
    return _changed(call, order_id, advance_order, call.body.command(order_id, call.seen_version))


@api.post(f"{ORDER}/transitions/preview", OrdersFunction.ORDER_READ, body=TransitionBody)
def preview_transition(call: Call[TransitionBody], order_id: int) -> Answer:
    """What ``take_transition`` would do with the same body; nothing changes."""
    command = call.body.command(order_id, call.seen_version)
    with _stale_told(call, order_id):
        preview = preview_step(call.session, command, actor=call.actor, clock=call.panel.clock)
    return preview_row(preview, call.actor, call.language)


@api.patch(f"{ORDER}/lines/<bigid:line_id>", OrdersFunction.STATUS_CHANGE, body=LineBody)
def patch_line(call: Call[LineBody], order_id: int, line_id: int) -> Answer:
    seen = call.body.version if call.seen_version is None else call.seen_version
    command = SetLineStatus(order_id, line_id, call.body.status, seen)
    return _changed(call, order_id, set_line_status, command)


@api.post(f"{ORDER}/lines/<bigid:line_id>/deliver", OrdersFunction.LINE_DELIVER, body=DeliverBody)
def deliver_line(call: Call[DeliverBody], order_id: int, line_id: int) -> Answer:
    seen = call.body.version if call.seen_version is None else call.seen_version
    command = DeliverLines(order_id, (line_id,), seen)
    return _changed(call, order_id, deliver_lines, command)


@api.post(f"{ORDER}/deadline", OrdersFunction.DEADLINE_CHANGE, body=DeadlineBody)
def post_deadline(call: Call[DeadlineBody], order_id: int) -> Answer:
    seen = call.body.version if call.seen_version is None else call.seen_version
    command = ChangeDeadline(order_id, _moment(call.body.due_at), call.body.reason, seen)
    return _changed(call, order_id, change_deadline, command)


@api.get("/workflows", OrdersFunction.ORDER_READ)
def list_workflows(call: Call[NoBody]) -> Answer:
    """Those the providers in scope run; of them staff alone."""
    staff_only(call.actor)
    items = []
    for provider in providers(call.session, call.actor):
        version = latest_version(call.session, provider.id)
        if version is not None:
            items.append(
                {
                    "key": version.key,
                    "title": say(built(version.content).title, call.language),
                    "provider": provider.key,
                    "version": version.number,
                }
            )
    return {"items": items}


@api.get("/workflows/<key>", OrdersFunction.ORDER_READ)
def show_workflow(call: Call[NoBody], key: str) -> Answer:
    """As it ships; with ``?provider=`` as that provider runs it now. For staff alone.

    What of it concerns a client stands in their orders: the status, and the client's own steps.
    """
    staff_only(call.actor)
    chosen = query_values("provider").get("provider")
    if chosen is None:
        if key not in shipped_keys():
            raise NotFound(text("There is no workflow %(key)s.", key=key))
        return as_data(shipped_workflow(key))
    version = running_version(call.session, find_provider(call.session, call.actor, chosen))
    if version.key != key:
        raise NotFound(text("There is no workflow %(key)s.", key=key))
    return {**as_data(built(version.content)), "version": version.number}


def _changed(call: Call[Any], order_id: int, act: Action, command: Any) -> Answer:
    with _stale_told(call, order_id):
        order = act(call.session, command, actor=call.actor, clock=call.panel.clock)
    return order_details(call.session, order, call.language, call.actor)


@contextmanager
def _stale_told(call: Call[Any], order_id: int) -> Iterator[None]:
    """A stale version is answered with the order as it is now."""
    try:
        yield
    except Conflict as error:
        if error.code == STALE:
            now = find_order(call.session, call.actor, order_id)
            error.facts["current"] = order_details(call.session, now, call.language, call.actor)
        raise


def _moment(written: str | None) -> datetime | None:
    """Raises Invalid."""
    if written is None:
        return None
    read = read_moment(written)
    if read is None or read.tzinfo is None:
        message = text("Write the time with its offset, such as 2026-12-01T12:00:00+00:00.")
        raise Invalid([FieldError("due_at", "moment", message)])
    return read
