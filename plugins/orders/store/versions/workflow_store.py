"""Which workflow an order runs by, and which one a provider's new orders begin with."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Text, bindparam, cast, select
from sqlalchemy.orm import InstrumentedAttribute, Session, object_session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.column_types import Written
from billing_panel.kernel.database.plain_objects import Objects
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import Titles, text
from billing_panel.kernel.process.lazy_imports import Named
from plugins.orders.store.models import Order
from plugins.orders.store.versions.installed_vocabulary import Language, language_of
from plugins.orders.store.workflow_models import VERSION_AS_WRITTEN, OrderStatus, WorkflowVersion
from plugins.orders.workflow.file.apply_status_list import as_listed
from plugins.orders.workflow.file.workflow_file import WorkflowFile, toml
from plugins.orders.workflow.statuses.status import Status
from plugins.orders.workflow.vocabulary import Vocabulary
from plugins.orders.workflow.workflow import Workflow
from plugins.orders.workflow.workflow_build import build, rebuild

# whoever only reads orders draws nothing
DRAW = Named[Callable[[Workflow, str], str]]("plugins.orders.drawing.graph_svg:draw")


def shipped_keys() -> list[str]:
    """The workflows that come with the panel."""
    folder = files("plugins.orders").joinpath("workflows")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir())


def shipped_file(key: str) -> WorkflowFile:
    """One of the files in ``workflows/``. Raises LookupError, WorkflowMistakes."""
    if key not in shipped_keys():
        raise LookupError(f"there is no workflow {key!r}")
    source = files("plugins.orders").joinpath("workflows", f"{key}.toml")
    return WorkflowFile.model_validate(toml(source.read_text(encoding="utf-8")))


def shipped_workflow(key: str, vocabulary: Vocabulary) -> Workflow:
    """Raises LookupError, WorkflowMistakes."""
    return build(shipped_file(key), vocabulary)


def latest_version(session: Session, provider_id: int) -> WorkflowVersion | None:
    """The version that new orders of the provider begin with."""
    return next(iter(_LATEST.read(session, {"provider_id": provider_id})), None)


_LATEST = Objects(
    WorkflowVersion,
    lambda found: (
        found.where(WorkflowVersion.provider_id == bindparam("provider_id"))
        .order_by(WorkflowVersion.number.desc())
        .limit(1)
    ),
    VERSION_AS_WRITTEN,
)


def running_version(session: Session, provider: Provider) -> WorkflowVersion:
    """Raises Refused ``no_workflow``: a new provider runs none until somebody chooses it."""
    version = latest_version(session, provider.id)
    if version is None:
        raise Refused(
            text(
                "%(provider)s can’t take orders yet: choose how they run.", provider=provider.name
            ),
            code="no_workflow",
        )
    return version


def version_numbered(session: Session, provider_id: int, number: int) -> WorkflowVersion | None:
    """The version of the provider's workflow with that number, or None."""
    return session.scalar(select(WorkflowVersion).filter_by(provider_id=provider_id, number=number))


def file_of(version: WorkflowVersion) -> WorkflowFile:
    """The workflow file of a version."""
    return WorkflowFile.model_validate(version.content)


def workflow_of(order: Order) -> Workflow:
    """The workflow the order runs by, its statuses as they are listed now."""
    return as_run(order.workflow)


def workflows_run(session: Session, version_ids: Collection[int]) -> Mapping[int, Workflow]:
    """How orders run by these versions now, in one statement.

    They are read as they are written and built once for each text, so that what is kept is right
    whoever changed what, in whichever process.
    """
    if not version_ids:
        return {}
    known = language_of(session)
    found = plain(session, _WRITTEN, {"ids": sorted(version_ids)})
    return {id_: _read(known, content, listed) for id_, content, listed in found}


def _as_text(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return cast(column, Text)


_WRITTEN = select(
    WorkflowVersion.id, _as_text(WorkflowVersion.content), _as_text(WorkflowVersion.listed)
).where(WorkflowVersion.id.in_(bindparam("ids", expanding=True)))


@lru_cache(maxsize=128)
def _read(known: Language, content: str, listed: str | None) -> Workflow:
    made = json.loads(content)
    if listed is None:
        return _built(known, json.dumps(made, sort_keys=True))
    return _listed(known, json.dumps([made, json.loads(listed)], sort_keys=True))


def knows_status(version: WorkflowVersion, key: str) -> bool:
    """Whether ``version`` has the status ``key``."""
    return any(status["key"] == key for status in version.content["status"])


def as_run(version: WorkflowVersion) -> Workflow:
    """How orders run by ``version`` now.

    A row that was read says so dozens of times in a page; it is asked for its content again once
    that is another object, as it is when the row was read anew.
    """
    known = _RUN.get(version)
    if known is None or known.content is not version.content or known.listed is not version.listed:
        known = _RUN[version] = _Run(version.content, version.listed, _run(version))
    return known.workflow


@dataclass(frozen=True)
class _Run:
    content: dict[str, Any]
    listed: list[dict[str, Any]] | None
    workflow: Workflow


_RUN: WeakKeyDictionary[WorkflowVersion, _Run] = WeakKeyDictionary()


def _run(version: WorkflowVersion) -> Workflow:
    if version.listed is None and isinstance(version.content, Written):
        return _read(_language_of(version), version.content.text, None)
    if version.listed is None:
        return as_made(version)
    written = json.dumps([version.content, version.listed], sort_keys=True)
    return _listed(_language_of(version), written)


def as_made(version: WorkflowVersion) -> Workflow:
    """The workflow of ``version`` as it was when it was made.

    Its content was judged then; equal content is built once for a panel.
    """
    return _built(_language_of(version), json.dumps(version.content, sort_keys=True))


def language_of_order(order: Order) -> Language:
    """The language its workflow is written in."""
    return _language_of(order.workflow)


def _language_of(version: WorkflowVersion) -> Language:
    session = object_session(version)
    if session is None:
        raise LookupError("a workflow is read within a session, whose panel knows its language")
    return language_of(session)


@lru_cache(maxsize=128)
def _built(known: Language, content: str) -> Workflow:
    return build(json.loads(content), known.vocabulary)


@lru_cache(maxsize=128)
def _listed(known: Language, written: str) -> Workflow:
    content, listed = json.loads(written)
    file = WorkflowFile.model_validate(content)
    return rebuild(as_listed(file, [*map(Status.model_validate, listed)]), known.vocabulary)


def drawn(version: WorkflowVersion, language: str) -> str:
    """The graph of a workflow as SVG; equal content is drawn once in each language."""
    content = json.dumps(version.content, sort_keys=True)
    return _drawn(_language_of(version), content, language)


@lru_cache(maxsize=64)
def _drawn(known: Language, content: str, language: str) -> str:
    return DRAW()(_built(known, content), language)


def status_rows(session: Session, provider_id: int) -> dict[str, OrderStatus]:
    """By key, in the order the provider gave them."""
    rows = session.scalars(
        select(OrderStatus).filter_by(provider_id=provider_id).order_by(OrderStatus.position)
    )
    return {row.key: row for row in rows}


def statuses_named(
    session: Session, provider_id: int, keys: Collection[str]
) -> dict[str, OrderStatus]:
    """Those of ``keys`` by key, in one statement."""
    rows = _NAMED_STATUSES.read(session, {"provider_id": provider_id, "keys": sorted({*keys})})
    return {row.key: row for row in rows}


def status_titles(session: Session, provider_id: int) -> dict[str, Titles]:
    """What the provider calls its statuses now, by key."""
    return {
        row.key: Titles(row.titles) for row in plain(session, _TITLES, {"provider_id": provider_id})
    }


_TITLES = select(OrderStatus.key, OrderStatus.titles).where(
    OrderStatus.provider_id == bindparam("provider_id")
)


_NAMED_STATUSES = Objects(
    OrderStatus,
    lambda found: found.where(
        OrderStatus.provider_id == bindparam("provider_id"),
        OrderStatus.key.in_(bindparam("keys", expanding=True)),
    ),
)
STATUS = select(OrderStatus).where(
    OrderStatus.provider_id == bindparam("provider_id"), OrderStatus.key == bindparam("key")
)


def status_row(session: Session, provider_id: int, key: str) -> OrderStatus:
    """The provider's status ``key``, which is there."""
    return session.scalars(STATUS, {"provider_id": provider_id, "key": key}).one()
