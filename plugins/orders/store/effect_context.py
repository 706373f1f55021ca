"""The occasion on which an effect of a workflow does its work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.values.actor import Actor
from plugins.orders.store.models import Order, OrderStatus


@dataclass(frozen=True)
class Occasion:
    """When, by whom and with which fields a step is taken; ``entered``: the status it leads to.

    ``pay_by``: the day by which the order is to be paid there; None: as the payment terms have it.
    """

    session: Session
    order: Order
    actor: Actor
    at: datetime
    entered: OrderStatus
    fields: Mapping[str, str] = field(default_factory=dict)
    pay_by: date | None = None


Effect = Callable[[Occasion], None]
