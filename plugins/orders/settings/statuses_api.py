"""The API of a provider's order statuses: their list, one of them, an own one (W1, W2, W6).

``version`` is the number of the provider's workflow; each change makes a new one.
"""

from collections.abc import Collection, Iterator
from typing import Any

from pydantic import Field, StrictBool, StrictStr

from billing_panel.accounts.access.scope import find_provider
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.api.answer_models import Answer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.request_bodies import MAX_NAMES, Body, Name, VersionedBody
from billing_panel.api.setup.seen_details import changed, named_in, on_version
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import LANGUAGES, text
from plugins.orders.functions import OrdersFunction
from plugins.orders.settings.move_orders_to_status import GiveStatus, give_status, orders_in
from plugins.orders.settings.save_status import (
    StatusDetails,
    delete_status,
    save_status,
    status_details,
)
from plugins.orders.settings.save_workflow_version import change_workflow
from plugins.orders.store.versions.workflow_store import file_of, running_version
from plugins.orders.store.workflow_models import WorkflowVersion
from plugins.orders.workflow.file.change_status_list import StatusList, status_list, with_list
from plugins.orders.workflow.file.workflow_edit import status_of
from plugins.orders.workflow.file.workflow_file import WorkflowFile
from plugins.orders.workflow.requirements import MAX_FIELD
from plugins.orders.workflow.statuses.stage import Shape, Stage, StockMove, Tone

SHAPES_LIST = OrdersFunction.STATUS_LIST_CHANGE
LIST = "/providers/<key>/workflow/statuses"
ONE = f"{LIST}/<status_key>"
WRONG = {422: ("no_workflow", "workflow_wrong", "status_in_use", "predefined_status")}
NO_WORKFLOW = {422: ("no_workflow",)}

api = Api("orders_statuses_api", "Workflows")

Keys = list[Name]


def _keys(**more: Any) -> Any:
    return Field(default_factory=list, max_length=MAX_NAMES, **more)


class StatusListBody(VersionedBody):
    """What changes; the rest stays. Keys of statuses: in their order, switched on, with news.

    ``stock``: what entering does to stock, null: nothing. ``instead``: what orders enter while a
    status they can’t do without is switched off.
    """

    order: Keys = _keys()
    enabled: Keys = _keys()
    emailed: Keys = _keys()
    stock: dict[Name, StockMove | None] = Field(default_factory=dict, max_length=MAX_NAMES)
    instead: dict[Name, Name | None] = Field(default_factory=dict, max_length=MAX_NAMES)


class StatusBody(VersionedBody):
    """What changes; the rest stays. ``goes_on``: an order that is done or lost may leave it.

    ``sources``, ``targets``: statuses staff may set it from, and those they may set from it; they
    need ``orders:transition:change`` too. Stage and shape are those of own statuses alone.
    """

    titles: dict[Name, StrictStr] = Field(default_factory=dict, max_length=len(LANGUAGES))
    tone: Tone = Field(default_factory=lambda: Tone.INFO)
    shape: Shape = Field(default_factory=lambda: Shape.HALF)
    stage: Stage = Field(default_factory=lambda: Stage.OPEN)
    goes_on: StrictBool = Field(default_factory=bool)
    enabled: StrictBool = Field(default_factory=bool)
    instead: Name | None = None
    email_client: StrictBool = Field(default_factory=bool)
    stock: StockMove | None = None
    sources: Keys = _keys()
    targets: Keys = _keys()


class NewStatusBody(StatusBody):
    """A status of one’s own; it is switched off unless said otherwise."""

    titles: dict[Name, StrictStr] = Field(max_length=len(LANGUAGES))


class GiveStatusBody(Body):
    """``instead``: the status that the orders get; ``reason`` stands in their histories."""

    instead: Name
    reason: StrictStr = Field(max_length=MAX_FIELD)


class StatusSetupAnswer(Answer):
    """A status as a provider has set it up. ``sources``, ``targets``: set by hand, by the matrix.

    ``instead``: what orders enter while it is switched off. ``stock``: what entering it does.
    """

    key: str = Field(examples=["on_hold"])
    predefined: bool
    titles: dict[str, str] = Field(examples=[{"en": "On hold"}])
    tone: Tone
    shape: Shape
    stage: Stage
    goes_on: bool
    enabled: bool
    instead: str | None = Field(examples=[None])
    email_client: bool
    stock: StockMove | None = Field(examples=[None])
    sources: list[str] = Field(examples=[["paid"]])
    targets: list[str] = Field(examples=[["active"]])


class StatusesAnswer(Answer):
    """All of a provider’s statuses, in their order."""

    items: list[StatusSetupAnswer]
    version: int


class OneStatusAnswer(StatusSetupAnswer):
    """``orders``: how many are in it."""

    orders: int
    version: int


class MovedOrdersAnswer(Answer):
    """How many orders were changed."""

    orders: int


@api.get(LIST, SHAPES_LIST, errors=NO_WORKFLOW)
def list_order_statuses(call: Call, key: str) -> StatusesAnswer:
    """Lists the statuses of a provider’s orders, in their order."""
    return _list(call, key)


@api.patch(
    LIST,
    SHAPES_LIST,
    example={"order": ["new", "paid", "active"], "emailed": ["active"], "version": 3},
    errors=WRONG,
)
def patch_order_statuses(call: Call[StatusListBody], key: str) -> StatusesAnswer:
    """Changes the order of statuses, which are on, and what entering them does."""
    version = _running(call, key)
    file = file_of(version)
    wanted = _wanted(file, call.body)
    with on_version(call, version.number, lambda: _list(call, key)):
        change_workflow(
            call.session,
            key,
            with_list(file, wanted),
            seen=version.number,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _list(call, key)


@api.post(LIST, SHAPES_LIST, status=201, example={"titles": {"en": "On hold"}}, errors=WRONG)
def add_order_status(call: Call[NewStatusBody], key: str) -> OneStatusAnswer:
    """Makes a status of the provider’s own."""
    return _save(call, key, None, StatusDetails())


@api.get(ONE, SHAPES_LIST, errors=NO_WORKFLOW)
def show_order_status(call: Call, key: str, status_key: str) -> OneStatusAnswer:
    """Shows a status as the provider has set it up, and how many orders are in it."""
    return _one(call, key, status_key)


@api.patch(ONE, SHAPES_LIST, example={"tone": "warn", "version": 3}, errors=WRONG)
def patch_order_status(call: Call[StatusBody], key: str, status_key: str) -> OneStatusAnswer:
    """Changes a status: its name and look, what entering it does, how it is set by hand."""
    now = status_details(file_of(_running(call, key)), status_key)
    return _save(call, key, status_key, now)


@api.delete(ONE, SHAPES_LIST, errors=WRONG)
def remove_order_status(call: Call, key: str, status_key: str) -> StatusesAnswer:
    """Deletes a status of the provider’s own that no order is in."""
    number = _running(call, key).number
    with on_version(call, number, lambda: _list(call, key)):
        delete_status(
            call.session,
            key,
            status_key,
            seen=number,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _list(call, key)


@api.post(
    f"{ONE}/give",
    SHAPES_LIST,
    example={"instead": "paid", "reason": "We no longer use it"},
    errors=WRONG,
)
def give_other_status(call: Call[GiveStatusBody], key: str, status_key: str) -> MovedOrdersAnswer:
    """Gives the orders in an own status another, so that it can be deleted.

    It needs ``orders:status:change`` too.
    """
    command = GiveStatus(status_key, call.body.instead, call.body.reason)
    moved = give_status(call.session, key, command, actor=call.actor, clock=call.panel.clock)
    return MovedOrdersAnswer(orders=moved)


def _running(call: AnyCall, key: str) -> WorkflowVersion:
    """Raises NotFound, Refused ``no_workflow``."""
    return running_version(call.session, find_provider(call.session, call.actor, key))


def _save(call: AnyCall, key: str, status_key: str | None, now: StatusDetails) -> OneStatusAnswer:
    version, body = _running(call, key), call.body
    details = changed(now, body, stock=body.stock or "", instead=body.instead or "")
    seen = None if status_key is None else state_of(now)

    def current() -> Answer:
        return _list(call, key) if status_key is None else _one(call, key, status_key)

    with on_version(call, version.number, current):
        made = save_status(
            call.session,
            key,
            status_key,
            details,
            seen=seen,
            actor=call.actor,
            clock=call.panel.clock,
        )
    _refuse_left_out(status_details(file_of(_running(call, key)), made), details)
    return _one(call, key, made)


def _refuse_left_out(made: StatusDetails, wanted: StatusDetails) -> None:
    """A page offers no way that can't be; a program is told. Raises Invalid ``not_offered``."""
    errors = [
        FieldError(
            name,
            "not_offered",
            text("It can’t be set by hand like that: %(keys)s.", keys=sorted(left)),
        )
        for name in ("sources", "targets")
        if (left := set(getattr(wanted, name)) - set(getattr(made, name)))
    ]
    if errors:
        raise Invalid(errors)


def _wanted(file: WorkflowFile, body: StatusListBody) -> StatusList:
    """Raises Invalid ``unknown_status``."""
    now, named = status_list(file), named_in(body)
    if errors := [*_unknown({*now.order}, named)]:
        raise Invalid(errors)
    order = tuple(dict.fromkeys((*named.get("order", ()), *now.order)))
    return StatusList(
        order=order,
        enabled=frozenset(named.get("enabled", now.enabled)),
        emailed=frozenset(named.get("emailed", now.emailed)),
        stock={**now.stock, **named.get("stock", {})},
        instead={**now.instead, **named.get("instead", {})},
    )


def _unknown(known: Collection[str], named: Any) -> Iterator[FieldError]:
    for name, value in named.items():
        if unknown := sorted({*value} - {*known}):
            message = text("There are no such statuses: %(keys)s.", keys=unknown)
            yield FieldError(name, "unknown_status", message)


def _list(call: AnyCall, key: str) -> StatusesAnswer:
    version = _running(call, key)
    file = file_of(version)
    items = [StatusSetupAnswer(**_setup(file, status.key)) for status in file.status]
    return StatusesAnswer(items=items, version=version.number)


def _one(call: AnyCall, key: str, status_key: str) -> OneStatusAnswer:
    version = _running(call, key)
    setup = _setup(file_of(version), status_key)
    number = orders_in(call.session, call.actor, key, status_key)
    return OneStatusAnswer(**setup, orders=number, version=version.number)


def _setup(file: WorkflowFile, status_key: str) -> dict[str, Any]:
    """Raises NotFound."""
    details = vars(status_details(file, status_key))
    return {
        **details,
        "key": status_key,
        "predefined": status_of(file, status_key).predefined,
        "instead": details["instead"] or None,
        "stock": details["stock"] or None,
    }
