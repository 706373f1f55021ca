"""A client's order history (H6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.fact_visibility import sees
from billing_panel.accounts.access.membership_terms import Terms, all_terms_seen
from billing_panel.accounts.access.scope import find_client, seen_memberships
from billing_panel.accounts.people.clients import Client
from billing_panel.kernel.language.guarded_text import Fact
from billing_panel.kernel.values.actor import Actor
from billing_panel.ledger.client_standing import Standing, seen_standing
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.find_orders import cart_of, history, stage_counts
from plugins.orders.surface.order_lists.order_list import OrderList, read_list
from plugins.orders.workflow.workflow import Stage

orders = Blueprint("orders", "plugins.orders", template_folder="templates")


@dataclass(frozen=True)
class HistoryPage:
    """``accounts``: with each provider the terms and, where they are shown, how the client stands.

    ``counts``: orders of each stage. ``in_cart``: positions of the client's cart, 0 for whoever may
    not see it.
    """

    client: Client
    accounts: Sequence[tuple[Terms, Standing | None]]
    listed: OrderList
    counts: Mapping[Stage, int]
    in_cart: int
    makes_exceptions: bool
    staff: bool
    contacts: bool

    @property
    def has_money(self) -> bool:
        """Whether there is something to say of balances, or of a block."""
        return any(stands or terms.blocked for terms, stands in self.accounts)


@orders.get("/clients/<bigid:client_id>/orders", endpoint="history")
@access(needs(OrdersFunction.HISTORY_READ))
def show_history(client_id: int) -> ResponseReturnValue:
    """A client's orders, newest first, and how the client stands with each provider (H6).

    Needs ``orders:history:read``. The client sees the same page as their own.
    """
    actor = current_actor()
    with panel().database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        return render_template("orders/history.html", page=read_history(db, client, actor))


def read_history(db: Session, client: Client, actor: Actor) -> HistoryPage:
    """What ``actor`` is shown of ``client``, who was found in their scope."""
    memberships = seen_memberships(actor, client)
    listed = read_list(
        db,
        actor,
        [membership.provider for membership in memberships],
        request.args,
        read=partial(history, db, actor, client),
        address=partial(url_for, "orders.history", client_id=client.id),
    )
    terms = all_terms_seen(memberships, actor)
    stands = (seen_standing(db, actor, client.id, m.provider_id) for m in memberships)
    return HistoryPage(
        client=client,
        accounts=list(zip(terms, stands, strict=True)),
        listed=listed,
        counts=stage_counts(db, actor, client, listed.filters.provider or None),
        in_cart=_in_cart(db, actor, client),
        makes_exceptions=any(m.provider.exceptions_allowed for m in memberships),
        staff=actor.client_id is None,
        contacts=sees(actor, Fact.CONTACTS),
    )


def _in_cart(db: Session, actor: Actor, client: Client) -> int:
    may_see = allows(actor, OrdersFunction.CART_READ)
    return len(cart_of(db, actor, client)) if may_see else 0
