"""What stands around the rows of a list, read in one statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.staff_models import Department
from billing_panel.kernel.database.batched_reads import AnySelect, Together
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.kept_by_actor import kept_by_actor
from billing_panel.ledger.client_standing import STANDINGS, Standing, seen_standings
from permissions.guard import allows
from plugins.orders.cart.find_carts import cart_count
from plugins.orders.functions import OrdersFunction
from plugins.orders.listing.list_settings import SETTINGS, ListSettings, settings_of
from plugins.orders.listing.status_counts import (
    STATUSES,
    ListedStatus,
    Offered,
    client_stages,
    counted_scope,
    offered_of,
    statuses_of,
)
from plugins.orders.workflow.statuses.stage import Stage

_DEPARTMENTS = select(Department.key, Department.titles)


class _Read:
    """``own``: statements made for the actor, each at most once in what is read ``together``."""

    def __init__(self, shared: Sequence[AnySelect], own: Mapping[str, AnySelect]) -> None:
        self.own = own
        self.together = Together(*shared, *own.values())


@dataclass(frozen=True)
class AroundAllOrders:
    """``offered``: all in the actor's scope, statuses counted. ``departments``: titles by key."""

    offered: Offered
    settings: ListSettings
    departments: Sequence[tuple[str, Titles]]


def around_all_orders(session: Session, actor: Actor, *, further: bool) -> AroundAllOrders:
    """``further``: departments are asked for too."""
    made = _all_orders(actor)[further]
    ahead = made.together.read(session, {"user_id": actor.user_id})
    return AroundAllOrders(
        offered=offered_of(ahead.of(made.own["scope"])),
        settings=settings_of(ahead, actor),
        departments=_departments(ahead.of(_DEPARTMENTS)) if further else (),
    )


@kept_by_actor
def _all_orders(actor: Actor) -> Mapping[bool, _Read]:
    own = {"scope": counted_scope(actor)}
    return {False: _Read([SETTINGS], own), True: _Read([SETTINGS, _DEPARTMENTS], own)}


def _departments(rows: Sequence[Any]) -> Sequence[tuple[str, Titles]]:
    return [(row.key, Titles(row.titles)) for row in sorted(rows, key=lambda row: str(row.key))]


@dataclass(frozen=True)
class AroundHistory:
    """``statuses``: of the providers the client has. ``standings``: by provider, those shown.

    ``stages``: orders of the client in each, no further than ``MAX_COUNT``. ``in_cart``: positions
    of their cart, 0 for whoever may not see it.
    """

    statuses: Sequence[ListedStatus]
    settings: ListSettings
    stages: Mapping[Stage, int]
    in_cart: int
    standings: Mapping[int, Standing]
    departments: Sequence[tuple[str, Titles]]


def around_history(
    session: Session,
    actor: Actor,
    client_id: int,
    provider_ids: Collection[int],
    chosen_ids: Collection[int],
    *,
    further: bool = False,
) -> AroundHistory:
    """Of a client who was found in the actor's scope, with those providers that the actor sees.

    ``chosen_ids``: providers whose orders are counted. ``further``: departments are asked for too.
    Raises FunctionNotHeld for whoever may not
    read histories.
    """
    made = _history(actor)[further]
    values = {
        "user_id": actor.user_id,
        "client_id": client_id,
        "provider_ids": sorted(provider_ids),
        "chosen_ids": sorted(chosen_ids),
    }
    ahead = made.together.read(session, values)
    in_cart = made.own.get("cart")
    return AroundHistory(
        statuses=statuses_of(ahead.of(STATUSES)),
        settings=settings_of(ahead, actor),
        stages=dict(zip(Stage, ahead.of(made.own["stages"])[0], strict=True)),
        in_cart=0 if in_cart is None else ahead.of(in_cart)[0].number,
        standings=seen_standings(ahead, actor, client_id, provider_ids),
        departments=_departments(ahead.of(_DEPARTMENTS)) if further else (),
    )


@kept_by_actor
def _history(actor: Actor) -> Mapping[bool, _Read]:
    own: dict[str, Any] = {"stages": client_stages(actor)}
    if allows(actor, OrdersFunction.CART_READ):
        own["cart"] = cart_count(actor)
    shared = [STATUSES, SETTINGS, STANDINGS]
    return {False: _Read(shared, own), True: _Read([*shared, _DEPARTMENTS], own)}
