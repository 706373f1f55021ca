"""Give a provider the workflow it runs."""

from importlib.resources import files

from sqlalchemy.orm import Session

from plugins.orders.functions import VOCABULARY
from plugins.orders.models import OrderStatus, ProviderWorkflow
from plugins.orders.rules.workflow import Workflow
from plugins.orders.rules.workflow_build import parse


def shipped_workflow(key: str) -> Workflow:
    """One of the files in ``workflows/``. Raises LookupError, WorkflowMistakes."""
    source = files("plugins.orders").joinpath("workflows", f"{key}.toml")
    if not key.isidentifier() or not source.is_file():
        raise LookupError(f"there is no workflow {key!r}")
    return parse(source.read_text(encoding="utf-8"), VOCABULARY)


def run_workflow(session: Session, provider_id: int, workflow: Workflow) -> None:
    """Write the workflow's statuses and entry for a provider that has none yet."""
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
