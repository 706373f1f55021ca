"""Which workflow an order runs by, and which one a provider's new orders begin with."""

import json
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, object_session

from billing_panel.accounts.firms.providers import Provider
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import Titles, text
from plugins.orders.drawing.graph_svg import draw
from plugins.orders.store.models import Order, OrderStatus, WorkflowVersion
from plugins.orders.store.workflow_language import Language, language_of
from plugins.orders.workflow.file.relisted_workflow import as_listed
from plugins.orders.workflow.file.workflow_file import WorkflowFile, toml
from plugins.orders.workflow.vocabulary import Vocabulary
from plugins.orders.workflow.workflow import Status, Workflow
from plugins.orders.workflow.workflow_build import build, rebuild


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
    return session.scalar(
        select(WorkflowVersion)
        .filter_by(provider_id=provider_id)
        .order_by(WorkflowVersion.number.desc())
        .limit(1)
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


def details_titles(session: Session, version_ids: Collection[int]) -> Mapping[int, Titles]:
    """What the buttons of rows say by these versions; those without words of their own left out."""
    if not version_ids:
        return {}
    titles = WorkflowVersion.content["details_titles"]
    rows = session.execute(
        select(WorkflowVersion.id, titles.label("titles")).where(
            WorkflowVersion.id.in_(sorted(version_ids))
        )
    )
    return {row.id: Titles(row.titles) for row in rows if row.titles}


def knows_status(version: WorkflowVersion, key: str) -> bool:
    """Whether ``version`` has the status ``key``."""
    return any(status["key"] == key for status in version.content["status"])


def as_run(version: WorkflowVersion) -> Workflow:
    """How orders run by ``version`` now."""
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
    return draw(_built(known, content), language)


def status_rows(session: Session, provider_id: int) -> dict[str, OrderStatus]:
    """By key, in the order the provider gave them."""
    rows = session.scalars(
        select(OrderStatus).filter_by(provider_id=provider_id).order_by(OrderStatus.position)
    )
    return {row.key: row for row in rows}


def statuses_of(session: Session, provider_ids: Iterable[int]) -> dict[int, list[OrderStatus]]:
    """By provider, in the order each gave them, in one statement."""
    found: dict[int, list[OrderStatus]] = {provider_id: [] for provider_id in provider_ids}
    rows = select(OrderStatus).where(OrderStatus.provider_id.in_(found))
    for row in session.scalars(rows.order_by(OrderStatus.position)):
        found[row.provider_id].append(row)
    return found


STATUS = select(OrderStatus).where(
    OrderStatus.provider_id == bindparam("provider_id"), OrderStatus.key == bindparam("key")
)


def status_row(session: Session, provider_id: int, key: str) -> OrderStatus:
    """The provider's status ``key``, which is there."""
    return session.scalars(STATUS, {"provider_id": provider_id, "key": key}).one()
