"""What an effect of a workflow is given to do its work, and what it makes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.values.actor import Actor
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment, Refund
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.order_facts import Filled


@dataclass(frozen=True)
class EffectContext:
    """When, by whom and with which fields a step is taken; ``entered``: the status it leads to.

    ``pay_by``: the day by which the order is to be paid there; None: as the payment terms have it.
    """

    session: Session
    order: Order
    actor: Actor
    at: datetime
    entered: OrderStatus
    filled: Filled = field(default_factory=Filled)
    pay_by: date | None = None

    @property
    def fields(self) -> Mapping[str, str]:
        """What is written into the fields of the step, by their names; none is empty."""
        return self.filled.values


@dataclass(frozen=True)
class Made:
    """The rows that effects made, for whoever asked for the step."""

    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()

    def __add__(self, other: "Made") -> "Made":
        return Made(self.payments + other.payments, self.refunds + other.refunds)


# None: nothing that anybody asks for afterwards
Effect = Callable[[EffectContext], Made | None]
