"""Shape one status of a provider's workflow, make an own one, delete it (W1, W2, W6)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.administration.details import validators
from billing_panel.administration.details.concurrent_changes import refuse_stale
from billing_panel.kernel.language.errors import FieldError, NotFound, Refused
from billing_panel.kernel.language.text import LANGUAGES, Titles, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.settings.save_workflow_version import change_workflow
from plugins.orders.store.locks.lock_sequence import lock_workflow
from plugins.orders.store.versions.workflow_store import file_of, running_version, status_rows
from plugins.orders.workflow.file.set_by_hand_matrix import Cell, cells, set_cells
from plugins.orders.workflow.file.workflow_edit import add_status, change_status, new_key, status_of
from plugins.orders.workflow.file.workflow_edit import delete_status as without_status
from plugins.orders.workflow.file.workflow_file import WorkflowFile
from plugins.orders.workflow.statuses.stage import ENDS, Shape, Stage, Tone
from plugins.orders.workflow.statuses.status import Status

MAX_TITLE = 60


@dataclass(frozen=True)
class StatusDetails:
    """``goes_on``: an order that is done or lost may leave it. ``stock``: a StockMove, or empty.
    ``instead``: what orders enter while it is switched off, where they cannot do without; or empty.

    ``sources``: keys of the statuses staff may set it from by hand; ``targets``: those they may
    set from it. What rows of the workflow do beside that is not among them.
    """

    titles: Mapping[str, str] = field(default_factory=dict)
    tone: Tone = Tone.INFO
    shape: Shape = Shape.HALF
    stage: Stage = Stage.OPEN
    goes_on: bool = False
    enabled: bool = False
    instead: str = ""
    email_client: bool = False
    stock: str = ""
    sources: Sequence[str] = field(default_factory=list)
    targets: Sequence[str] = field(default_factory=list)


def status_details(file: WorkflowFile, key: str) -> StatusDetails:
    """Raises NotFound."""
    status = _find(file, key)
    allowed = cells(file) - {(key, key)}
    return StatusDetails(
        titles=dict(status.titles),
        tone=status.tone,
        shape=status.shape,
        stage=status.stage,
        goes_on=status.final is False,
        enabled=status.enabled,
        instead=status.instead or "",
        email_client=status.email_client,
        stock=status.stock or "",
        sources=sorted(source for source, target in allowed if target == key),
        targets=sorted(target for source, target in allowed if source == key),
    )


def save_status(
    session: Session,
    provider_key: str,
    status_key: str | None,
    details: StatusDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> str:
    """The key of the status; an own one is made for ``status_key`` None. ``seen``: mark of details.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict ``changed_meanwhile``.

    And Refused: ``predefined_status``, or as ``change_workflow``.
    """
    require(actor, OrdersFunction.STATUS_LIST_CHANGE)
    provider = find_provider(session, actor, provider_key)
    lock_workflow(session, provider)
    running = running_version(session, provider)
    file = file_of(running)
    if status_key is not None:
        refuse_stale(status_details(file, status_key), seen)
        _refuse_other_nature(_find(file, status_key), details)
    predefined = status_key is not None and _find(file, status_key).predefined
    validators.refuse_wrong(_wrong(details, predefined=predefined))
    taken = {*status_rows(session, provider.id), *(status.key for status in file.status)}
    key = status_key or new_key(Titles(details.titles).in_language("en"), taken)
    shaped = _shaped(file, key, details)
    change_workflow(session, provider_key, shaped, seen=running.number, actor=actor, clock=clock)
    return key


def delete_status(
    session: Session,
    provider_key: str,
    status_key: str,
    *,
    seen: int,
    actor: Actor,
    clock: Clock,
) -> None:
    """``seen``: number of the version that was looked at.

    Raises FunctionNotHeld, NotFound, Refused ``predefined_status``, else as ``change_workflow``.
    """
    require(actor, OrdersFunction.STATUS_LIST_CHANGE)
    provider = find_provider(session, actor, provider_key)
    lock_workflow(session, provider)
    file = file_of(running_version(session, provider))
    if _find(file, status_key).predefined:
        raise Refused(
            text("A predefined status can’t be deleted; switch it off."), code="predefined_status"
        )
    left = without_status(file, status_key)
    change_workflow(session, provider_key, left, seen=seen, actor=actor, clock=clock)


def _find(file: WorkflowFile, key: str) -> Status:
    try:
        return status_of(file, key)
    except LookupError:
        raise NotFound(text("There is no status “%(key)s”.", key=key)) from None


def _refuse_other_nature(status: Status, details: StatusDetails) -> None:
    """What a predefined status means stays as it came (W1)."""
    same = (
        details.stage is status.stage
        and details.shape is status.shape
        and details.goes_on is (status.final is False)
    )
    if status.predefined and not same:
        raise Refused(
            text("The meaning of a predefined status can’t be changed; create your own."),
            code="predefined_status",
        )


def _wrong(details: StatusDetails, *, predefined: bool) -> Iterator[FieldError]:
    """A predefined status is said in every language, an own one in one that stands for others."""
    if predefined:
        yield from validators.translations("titles", details.titles)
    else:
        yield from validators.titles("titles", details.titles)
    for language in LANGUAGES if predefined else details.titles:
        words = details.titles.get(language, "")
        check = validators.filled if predefined else validators.short
        yield from check(f"titles.{language}", words, most=MAX_TITLE)


def _shaped(file: WorkflowFile, key: str, details: StatusDetails) -> WorkflowFile:
    values: dict[str, object] = {
        "titles": dict(details.titles),
        "tone": details.tone,
        "shape": details.shape,
        "stage": details.stage,
        "enabled": details.enabled,
        "instead": details.instead or None,
        "email_client": details.email_client,
        "stock": details.stock or None,
    }
    if not any(status.key == key for status in file.status):
        file = add_status(file, Status.model_validate({"key": key, "predefined": False, **values}))
    if not status_of(file, key).predefined:
        values["final"] = False if details.goes_on and details.stage in ENDS else None
    return set_cells(change_status(file, key, **values), _cells(file, key, details))


def _cells(file: WorkflowFile, key: str, details: StatusDetails) -> frozenset[Cell]:
    others = {cell for cell in cells(file) if key not in cell or cell == (key, key)}
    to_it = {(source, key) for source in details.sources if source != key}
    from_it = {(key, target) for target in details.targets if target != key}
    return frozenset(others | to_it | from_it)
