"""Give a provider the workflow it runs."""

from importlib.resources import files

from sqlalchemy.orm import Session

from billing_panel.accounts.scope import find_provider
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.clock import Clock
from billing_panel.kernel.errors import Conflict, FieldError, Invalid
from billing_panel.kernel.events import record
from billing_panel.kernel.text import text
from permissions.guard import require
from plugins.orders.functions import VOCABULARY, OrdersFunction
from plugins.orders.models import OrderStatus, ProviderWorkflow
from plugins.orders.rules.workflow import Workflow
from plugins.orders.rules.workflow_build import parse


def shipped_workflow(key: str) -> Workflow:
    """One of the files in ``workflows/``. Raises LookupError, WorkflowMistakes."""
    source = files("plugins.orders").joinpath("workflows", f"{key}.toml")
    if not key.isidentifier() or not source.is_file():
        raise LookupError(f"there is no workflow {key!r}")
    return parse(source.read_text(encoding="utf-8"), VOCABULARY)


def shipped_keys() -> list[str]:
    folder = files("plugins.orders").joinpath("workflows")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir())


def choose_workflow(
    session: Session, provider_key: str, workflow_key: str, *, actor: Actor, clock: Clock
) -> None:
    """Let a provider run one of the shipped workflows; once, while it has none.

    Raises FunctionNotHeld, NotFound, Invalid ``unknown_workflow``, Conflict ``workflow_runs``.
    """
    require(actor, OrdersFunction.WORKFLOW_CHANGE)
    provider = find_provider(session, actor, provider_key)
    session.refresh(provider, with_for_update=True)
    if workflow_key not in shipped_keys():
        message = text("Choose one of: %(known)s.", known=shipped_keys())
        raise Invalid([FieldError("workflow", "unknown_workflow", message)])
    if session.get(ProviderWorkflow, provider.id) is not None:
        raise Conflict(text("This provider runs a workflow already."), code="workflow_runs")
    _write(session, provider.id, shipped_workflow(workflow_key))
    record(
        session,
        "workflow.chosen",
        actor=actor,
        at=clock.now(),
        subject=("provider", provider.id),
        provider_id=provider.id,
        facts={"workflow": workflow_key},
    )


def _write(session: Session, provider_id: int, workflow: Workflow) -> None:
    statuses = {
        status.key: OrderStatus(
            provider_id=provider_id,
            key=status.key,
            position=position,
            titles=dict(status.titles),
            stage=status.stage,
            tone=status.tone,
            shape=status.shape,
        )
        for position, status in enumerate(workflow.statuses)
    }
    session.add_all(statuses.values())
    session.flush()
    session.add(
        ProviderWorkflow(
            provider_id=provider_id,
            key=workflow.key,
            split_by_availability=workflow.split_by_availability,
            entry_status_id=statuses[workflow.entry.status.key].id,
            entry_effects=list(workflow.entry.effects),
        )
    )
