"""The API of how a provider's orders run: choosing a workflow, the ways by hand, its versions.

``version`` is the number of the provider's workflow; each change makes a new one.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import ConfigDict, Field
from sqlalchemy import select

from billing_panel.accounts.access.person_names import people
from billing_panel.accounts.access.scope import find_provider
from billing_panel.api.answer_models import Answer, Moment, PageAnswer, ReasonAnswer, reason_answers
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery
from billing_panel.api.request_bodies import MAX_NAMES, Body, Name, NoBody, VersionedBody
from billing_panel.api.setup.seen_details import on_version
from billing_panel.kernel.language.errors import DomainError, FieldError, Invalid, NotFound
from billing_panel.kernel.language.text import say, text
from plugins.orders.drawing.workflow_table import as_data
from plugins.orders.functions import SHAPING, OrdersFunction
from plugins.orders.settings.move_to_newest_version import move_to_latest, outdated_orders
from plugins.orders.settings.read_workflows_api import WorkflowAnswer
from plugins.orders.settings.save_workflow_version import (
    built_or_refused,
    change_workflow,
    choose_workflow,
)
from plugins.orders.settings.transitions_page import grid_of
from plugins.orders.store.versions.workflow_store import (
    as_made,
    file_of,
    running_version,
    version_numbered,
)
from plugins.orders.store.workflow_models import WorkflowVersion
from plugins.orders.workflow.file.set_by_hand_matrix import Cell, cells, set_cells
from plugins.orders.workflow.file.version_difference_sentences import changes
from plugins.orders.workflow.file.workflow_file import WorkflowFile

WAYS = OrdersFunction.TRANSITION_CHANGE
ROOT = "/providers/<key>/workflow"
MATRIX = f"{ROOT}/set-by-hand"
OLDER = f"{ROOT}/older-orders"
MAX_CELLS = 2500
NO_WORKFLOW = {422: ("no_workflow",)}
CELLS = {"cells": [{"from": "paid", "to": "active"}]}

api = Api("orders_shape_workflow_api", "Workflows")


class ChooseBody(Body):
    """``workflow``: the key of one that ships."""

    workflow: Name = Field(examples=["hosting"])


class CellBody(Body):
    """Staff may set the status ``to`` by hand for an order that is ``from``."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Name = Field(alias="from", examples=["paid"])
    to: Name = Field(examples=["active"])


class MatrixBody(VersionedBody):
    """``cells``: all that shall be on, of those that are ``offered``."""

    cells: list[CellBody] = Field(max_length=MAX_CELLS)


class OlderOrdersBody(Body):
    """``instead``: for each status that is gone, the one its orders get."""

    instead: dict[Name, Name] = Field(default_factory=dict, max_length=MAX_NAMES)


class VersionAnswer(Answer):
    """A version of a provider’s workflow. ``made_by``: null where the caller may not see who."""

    version: int
    workflow: str = Field(examples=["hosting"])
    made_at: Moment
    made_by: str | None


class CellAnswer(Answer):
    """Staff may set the status ``to`` by hand for an order that is ``from``."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Annotated[str, Field(alias="from", examples=["paid"])]
    to: str = Field(examples=["active"])


class MatrixAnswer(Answer):
    """``cells`` that are on; ``offered``: those that can be switched; ``fixed``: by other rows."""

    cells: list[CellAnswer]
    offered: list[CellAnswer]
    fixed: list[CellAnswer]
    version: int


class MatrixPreviewAnswer(Answer):
    """What would change, in sentences; ``reasons``: why orders couldn’t run like that."""

    changes: list[str]
    reasons: list[ReasonAnswer]
    version: int


class OutdatedAnswer(Answer):
    """Orders that run by an older version. ``known`` false: their status is gone."""

    status: str = Field(examples=["on_hold"])
    title: str
    orders: int
    known: bool


class OlderOrdersAnswer(Answer):
    """Orders by older versions, by status."""

    items: list[OutdatedAnswer]


class NewestOrdersAnswer(Answer):
    """How many orders now run by the newest version."""

    orders: int


@api.get(ROOT, *SHAPING, errors=NO_WORKFLOW)
def show_running_workflow(call: Call, key: str) -> VersionAnswer:
    """Shows which version of which workflow a provider’s new orders run by."""
    return _versions(call, [_running(call, key)])[0]


@api.post(
    ROOT,
    WAYS,
    status=201,
    example={"workflow": "hosting"},
    errors={409: ("workflow_runs",)},
)
def choose_provider_workflow(call: Call[ChooseBody], key: str) -> VersionAnswer:
    """Lets a provider run one of the workflows that ship; once, while it has none."""
    made = choose_workflow(
        call.session, key, call.body.workflow, actor=call.actor, clock=call.panel.clock
    )
    return _versions(call, [made])[0]


@api.get(f"{ROOT}/versions", *SHAPING)
def list_workflow_versions(call: Call[NoBody, PageQuery], key: str) -> PageAnswer[VersionAnswer]:
    """Lists the versions of a provider’s workflow, newest first."""
    provider, query = find_provider(call.session, call.actor, key), call.query
    page = select(WorkflowVersion).filter_by(provider_id=provider.id)
    if query.cursor is not None:
        page = page.where(WorkflowVersion.number < query.cursor)
    page = page.order_by(WorkflowVersion.number.desc()).limit(query.limit + 1)
    rows = call.session.scalars(page).all()
    shown = rows[: query.limit]
    cursor = str(shown[-1].number) if len(rows) > query.limit else None
    return PageAnswer(items=_versions(call, shown), next_cursor=cursor)


@api.get(f"{ROOT}/versions/<bigid:number>", *SHAPING)
def show_workflow_version(call: Call, key: str, number: int) -> WorkflowAnswer:
    """Shows a version of a provider’s workflow as data, as it was when it was made."""
    provider = find_provider(call.session, call.actor, key)
    version = version_numbered(call.session, provider.id, number)
    if version is None:
        raise NotFound(text("There is no such version of the workflow."))
    return WorkflowAnswer.model_validate({**as_data(as_made(version)), "version": number})


@api.get(MATRIX, WAYS, errors=NO_WORKFLOW)
def show_set_by_hand(call: Call, key: str) -> MatrixAnswer:
    """Shows which status staff may set by hand from which."""
    return _matrix(call, key)


@api.put(
    MATRIX, WAYS, example={**CELLS, "version": 3}, errors={422: ("no_workflow", "workflow_wrong")}
)
def put_set_by_hand(call: Call[MatrixBody], key: str) -> MatrixAnswer:
    """Sets which status staff may set by hand from which; orders keep their version."""
    version = _running(call, key)
    with on_version(call, version.number, lambda: _matrix(call, key)):
        change_workflow(
            call.session,
            key,
            _with_cells(file_of(version), call.body),
            seen=version.number,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _matrix(call, key)


@api.post(f"{MATRIX}/preview", WAYS, example=CELLS, errors=NO_WORKFLOW, writes=False)
def preview_set_by_hand(call: Call[MatrixBody], key: str) -> MatrixPreviewAnswer:
    """Shows what the same body would change, and every reason why it couldn’t. Nothing changes."""
    version = _running(call, key)
    file = file_of(version)
    with on_version(call, version.number, lambda: _matrix(call, key)):
        wanted = _with_cells(file, call.body)
    return MatrixPreviewAnswer(
        changes=[say(one, call.language) for one in changes(file, wanted)],
        reasons=_mistakes(call, wanted),
        version=version.number,
    )


@api.get(OLDER, WAYS, errors=NO_WORKFLOW)
def list_older_orders(call: Call, key: str) -> OlderOrdersAnswer:
    """Lists, by status, the orders that run by older versions: what moving them would move."""
    return OlderOrdersAnswer(
        items=[
            OutdatedAnswer(
                status=one.status.key,
                title=say(one.status.title, call.language),
                orders=one.orders,
                known=one.is_known,
            )
            for one in outdated_orders(call.session, call.actor, key)
        ]
    )


@api.post(OLDER, WAYS, example={"instead": {"on_hold": "paid"}}, errors=NO_WORKFLOW)
def move_older_orders(call: Call[OlderOrdersBody], key: str) -> NewestOrdersAnswer:
    """Lets all orders run by the newest version.

    Where a status is gone it needs ``orders:status:change`` too.
    """
    moved = move_to_latest(
        call.session, key, call.body.instead, actor=call.actor, clock=call.panel.clock
    )
    return NewestOrdersAnswer(orders=moved)


def _running(call: AnyCall, key: str) -> WorkflowVersion:
    """Raises NotFound, Refused ``no_workflow``."""
    return running_version(call.session, find_provider(call.session, call.actor, key))


def _versions(call: AnyCall, rows: Sequence[WorkflowVersion]) -> list[VersionAnswer]:
    known = people(call.session, [row.made_by_id for row in rows], call.actor)
    return [
        VersionAnswer(
            version=row.number,
            workflow=row.key,
            made_at=row.made_at,
            made_by=who.name if (who := known.get(row.made_by_id or 0)) else None,
        )
        for row in rows
    ]


def _with_cells(file: WorkflowFile, body: MatrixBody) -> WorkflowFile:
    """Raises Invalid ``not_offered``."""
    offered = grid_of(file).offered
    wanted = [(one.from_, one.to) for one in body.cells]
    errors = [
        FieldError(
            f"cells.{place}",
            "not_offered",
            text("It can’t be set by hand like that: %(keys)s.", keys=[*cell]),
        )
        for place, cell in enumerate(wanted)
        if cell not in offered
    ]
    if errors:
        raise Invalid(errors)
    return set_cells(file, frozenset(wanted) | (cells(file) - offered))


def _mistakes(call: AnyCall, file: WorkflowFile) -> list[ReasonAnswer]:
    try:
        built_or_refused(call.session, file)
    except DomainError as refusal:
        return reason_answers(refusal.reasons, call.actor, call.language)
    return []


def _matrix(call: AnyCall, key: str) -> MatrixAnswer:
    version = _running(call, key)
    file = file_of(version)
    grid = grid_of(file)
    return MatrixAnswer(
        cells=_cells(cells(file) & grid.offered),
        offered=_cells(grid.offered),
        fixed=_cells(grid.fixed),
        version=version.number,
    )


def _cells(found: frozenset[Cell]) -> list[CellAnswer]:
    return [CellAnswer(from_=source, to=target) for source, target in sorted(found)]
