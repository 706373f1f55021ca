"""What stands around the rows of a list, read in one statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from billing_panel.kernel.database.batched_reads import AnySelect, Together
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


class _Read:
    """``own``: statements made for the actor, each at most once in what is read ``together``."""

    def __init__(self, shared: Sequence[AnySelect], own: Mapping[str, AnySelect]) -> None:
        self.own = own
        self.together = Together(*shared, *own.values())


def around_all_orders(session: Session, actor: Actor) -> tuple[Offered, ListSettings]:
    """All that is in the actor's scope, its statuses counted, and how they have their lists."""
    made = _all_orders(actor)
    ahead = made.together.read(session, {"user_id": actor.user_id})
    return offered_of(ahead.of(made.own["scope"])), settings_of(ahead, actor)


@kept_by_actor
def _all_orders(actor: Actor) -> _Read:
    return _Read([SETTINGS], {"scope": counted_scope(actor)})


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


def around_history(
    session: Session,
    actor: Actor,
    client_id: int,
    provider_ids: Collection[int],
    chosen_ids: Collection[int],
) -> AroundHistory:
    """Of a client who was found in the actor's scope, with those providers that the actor sees.

    ``chosen_ids``: providers whose orders are counted. Raises FunctionNotHeld for whoever may not
    read histories.
    """
    made = _history(actor)
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
    )


@kept_by_actor
def _history(actor: Actor) -> _Read:
    own: dict[str, Any] = {"stages": client_stages(actor)}
    if allows(actor, OrdersFunction.CART_READ):
        own["cart"] = cart_count(actor)
    return _Read([STATUSES, SETTINGS, STANDINGS], own)
