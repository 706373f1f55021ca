"""What orders need before the first one can be placed."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import clients, providers
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.extension.hooks import SetupStep
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import Order
from plugins.orders.store.workflow_models import WorkflowVersion


def setup_steps(session: Session, actor: Actor) -> Sequence[SetupStep]:
    """List the actor's steps, those done too; clients have none."""
    return () if actor.client_id is not None else [*_steps(session, actor)]


def _steps(session: Session, actor: Actor) -> Iterator[SetupStep]:
    own = providers(session, actor)
    if own and allows(actor, OrdersFunction.TRANSITION_CHANGE):
        running = set(session.scalars(select(WorkflowVersion.provider_id)))
        idle = [provider for provider in own if provider.id not in running]
        yield SetupStep(
            text("Choose how orders run"),
            text("Which statuses an order goes through, and who moves it."),
            "workflow.page",
            is_done=not idle,
            values={"key": (idle or own)[0].key},
        )
    first = session.scalar(clients(actor).order_by(Client.id).limit(1))
    if first is not None and allows(actor, OrdersFunction.ORDER_CREATE):
        placed = select(Order.id).where(Order.provider_id.in_([row.id for row in own])).limit(1)
        yield SetupStep(
            text("Place the first order"),
            text("For a client of yours, within their own restrictions."),
            "new_order.page",
            is_done=session.scalar(placed) is not None,
            values={"client_id": first.id},
        )
