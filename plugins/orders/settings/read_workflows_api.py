"""The API of workflows as data: as they ship, and as providers run them."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from billing_panel.accounts.access.scope import find_provider, providers
from billing_panel.api.answer_models import Answer, Key
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import ProviderQuery
from billing_panel.api.request_bodies import NoBody
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import ActorKind
from billing_panel.web.shell.route_access import staff_only
from plugins.orders.drawing.workflow_table import as_data
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.versions.installed_vocabulary import vocabulary_of
from plugins.orders.store.versions.workflow_store import (
    as_made,
    latest_version,
    running_version,
    shipped_keys,
    shipped_workflow,
)
from plugins.orders.workflow.statuses.stage import SetBy, Shape, Stage, StockMove, Tone

api = Api("orders_workflow_api", "Workflows")

Titles = Annotated[dict[str, str], Field(examples=[{"en": "Active"}])]


class RunningAnswer(Answer):
    """A workflow as a provider runs it."""

    key: str = Field(examples=["hosting"])
    title: str
    provider: Key
    version: int


class RunningListAnswer(Answer):
    """The workflows that providers run."""

    items: list[RunningAnswer]


class WorkflowEntryAnswer(Answer):
    """Where a new order begins, ``when`` these facts hold."""

    status: str
    when: list[str]
    effects: list[str]


class StatusAnswer(Answer):
    """``instead``: where orders come to while it is switched off. ``set_by`` null: anybody."""

    key: str = Field(examples=["active"])
    predefined: bool
    titles: Titles
    stage: Stage
    tone: Tone
    shape: Shape
    enabled: bool
    instead: str | None
    set_by: SetBy | None
    email_client: bool
    stock: StockMove | None
    final: bool
    delivers: bool
    delivers_when: list[str]


class LineStatusAnswer(Answer):
    """A status of one line."""

    key: str = Field(examples=["packed"])
    titles: Titles
    stage: Stage
    tone: Tone
    shape: Shape


class WayAnswer(Answer):
    """A transition. ``by`` client, staff or system; of staff, one of ``functions``.

    A status set by hand has the action ``set``, a deadline the action ``deadline``, due ``after``
    an ISO 8601 duration.
    """

    model_config = ConfigDict(populate_by_name=True)

    from_: str = Field(alias="from", examples=["awaiting_payment"])
    to: str = Field(examples=["active"])
    action: str = Field(examples=["pay"])
    by: list[ActorKind]
    functions: list[str]
    requires: list[str]
    asks: list[str]
    when: list[str]
    after: str | None = Field(examples=["P14D"])
    effects: list[str]
    through: str | None


class WorkflowAnswer(Answer):
    """A workflow as data. ``version``: of a provider's; one that ships has none."""

    key: str = Field(examples=["hosting"])
    titles: Titles
    split_by_availability: bool
    method_when_paid: bool
    details_titles: Titles | None
    entries: list[WorkflowEntryAnswer]
    statuses: list[StatusAnswer]
    line_statuses: list[LineStatusAnswer]
    transitions: list[WayAnswer]
    version: int | None = Field(default=None, exclude_if=lambda version: version is None)


@api.get("/workflows", OrdersFunction.ORDER_READ, errors={404: ("not_found",)})
def list_workflows(call: Call) -> RunningListAnswer:
    """Lists the workflows that providers in scope run; for staff only."""
    staff_only(call.actor)
    items = []
    for provider in providers(call.session, call.actor):
        version = latest_version(call.session, provider.id)
        if version is not None:
            items.append(
                RunningAnswer(
                    key=version.key,
                    title=say(as_made(version).title, call.language),
                    provider=provider.key,
                    version=version.number,
                )
            )
    return RunningListAnswer(items=items)


@api.get("/workflows/<key>", OrdersFunction.ORDER_READ)
def show_workflow(call: Call[NoBody, ProviderQuery], key: str) -> WorkflowAnswer:
    """Shows a workflow as it ships, or as a provider runs it now; for staff only.

    Clients see what concerns them in their orders: the status, and their own steps.
    """
    staff_only(call.actor)
    chosen = call.query.provider
    if chosen is None:
        if key not in shipped_keys():
            raise NotFound(text("There is no workflow %(key)s.", key=key))
        return _workflow(as_data(shipped_workflow(key, vocabulary_of(call.session))))
    version = running_version(call.session, find_provider(call.session, call.actor, chosen))
    if version.key != key:
        raise NotFound(text("There is no workflow %(key)s.", key=key))
    return _workflow(as_data(as_made(version)), version.number)


def _workflow(data: dict[str, Any], version: int | None = None) -> WorkflowAnswer:
    return WorkflowAnswer.model_validate({**data, "version": version})
