"""A client's order history (H6): for staff one list, for the client two places.

What is under way stands apart from what has ended, well or not (M5, M6).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.access.membership_terms_seen import Terms, all_terms_seen
from billing_panel.accounts.access.scope import find_client, seen_memberships
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.values.actor import Actor
from billing_panel.ledger.client_standing import Standing
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from plugins.orders.functions import OrdersFunction
from plugins.orders.listing.around_list import around_history
from plugins.orders.listing.status_counts import ListedProvider, Offered, said_few
from plugins.orders.surface.order_lists.list_tools import acts, narrowing, stage_tabs
from plugins.orders.surface.order_lists.order_list import (
    ListedFor,
    OrderList,
    RefusedRow,
    column_titles,
    read_list,
)
from plugins.orders.surface.order_lists.read_order_filter import asks_more
from plugins.orders.surface.order_lists.url_filters import ACTIVE, ENDED, read_filters
from plugins.orders.workflow.statuses.stage import ENDS, Stage

orders = Blueprint("orders", "plugins.orders", template_folder="templates")


class Place(StrEnum):
    """Where orders are listed: of a client as staff see them, or in the client's own area."""

    OF_CLIENT = "orders.history"
    ACTIVE = "orders.active"
    ENDED = "orders.ended"


# what each place is narrowed to from the beginning
STAGES: Mapping[Place, str] = {Place.OF_CLIENT: "", Place.ACTIVE: ACTIVE, Place.ENDED: ENDED}


@dataclass(frozen=True)
class HistoryPage:
    """``accounts``: with each provider the terms and, where they are shown, how the client stands.

    ``counts``: orders of each stage. ``in_cart``: positions of the client's cart, 0 for whoever may
    not see it or not order from it.
    """

    client: Client
    accounts: Sequence[tuple[Terms, Standing | None]]
    listed: OrderList
    counts: Mapping[Stage, int]
    in_cart: int
    makes_exceptions: bool
    place: Place
    contacts: bool

    @property
    def staff(self) -> bool:
        return self.place is Place.OF_CLIENT

    @property
    def has_money(self) -> bool:
        """Whether there is something to say of balances, or of a block."""
        return any(stands or terms.blocked for terms, stands in self.accounts)

    @property
    def active(self) -> int:
        """How many orders are under way."""
        return sum(number for stage, number in self.counts.items() if stage not in ENDS)

    @property
    def ended(self) -> int:
        return sum(number for stage, number in self.counts.items() if stage in ENDS)


@orders.get("/clients/<bigid:client_id>/orders", endpoint="history")
@access(needs(OrdersFunction.HISTORY_READ))
def show_history(client_id: int) -> ResponseReturnValue:
    """A client's orders, newest first, and how the client stands with each provider (H6).

    Needs ``orders:history:read``. The client is led to their own orders.
    """
    if current_actor().client_id is None:
        return show_of_client(client_id, request.args)
    with panel().database.reading() as db:
        find_client(db, current_actor(), client_id=client_id)
    return redirect(url_for(Place.ACTIVE))


@orders.get("/my/orders", endpoint="active")
@access(needs(OrdersFunction.HISTORY_READ))
def show_active() -> ResponseReturnValue:
    """The client's own orders that are under way.

    Needs ``orders:history:read``; clients alone.
    """
    return _own(Place.ACTIVE)


@orders.get("/my/history", endpoint="ended")
@access(needs(OrdersFunction.HISTORY_READ))
def show_ended() -> ResponseReturnValue:
    """The client's own orders that have ended, well or not (M5, M6).

    Needs ``orders:history:read``; clients alone.
    """
    return _own(Place.ENDED)


def _own(place: Place) -> ResponseReturnValue:
    actor = current_actor()
    if actor.client_id is None:
        raise NotFound
    with panel().database.reading() as db:
        client = find_client(db, actor, client_id=actor.client_id)
        return _shown(db, client, actor, place, request.args)


def show_of_client(
    client_id: int, wanted: Mapping[str, str], refused: RefusedRow | None = None
) -> ResponseReturnValue:
    """The client's history for staff, with the status of what was refused in one of its rows."""
    actor = current_actor()
    with panel().database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        return _shown(db, client, actor, Place.OF_CLIENT, wanted, refused)


def _shown(
    db: Session,
    client: Client,
    actor: Actor,
    place: Place,
    wanted: Mapping[str, str],
    refused: RefusedRow | None = None,
) -> ResponseReturnValue:
    page = read_history(db, client, actor, place, wanted)
    said = partial(said_few, language=language())
    drawn = render_template(
        "orders/history.html",
        page=page,
        said_few=said,
        tabs=stage_tabs(page.listed, page.counts, said) if page.staff else (),
        tools=narrowing(
            page.listed,
            gettext("Search this client’s orders") if page.staff else gettext("Search your orders"),
            gettext("Number, product or document"),
            staff=page.staff,
        ),
        acts=acts(page.listed) if page.staff else None,
        columns=column_titles(),
        refused=refused,
    )
    return drawn, refused.refusal.status if refused else page.listed.status


def read_history(
    db: Session, client: Client, actor: Actor, place: Place, wanted: Mapping[str, str]
) -> HistoryPage:
    """What ``actor`` is shown of ``client``, who was found in their scope."""
    memberships = seen_memberships(actor, client)
    asked = read_filters(wanted).provider
    ids = [one.provider_id for one in memberships]
    chosen = [one.provider_id for one in memberships if asked in {"", one.provider.key}]
    further = place is Place.OF_CLIENT and asks_more(wanted)
    around = around_history(db, actor, client.id, ids, chosen, further=further)
    values: dict[str, Any] = {"client_id": client.id} if place is Place.OF_CLIENT else {}
    of = ListedFor(
        actor=actor,
        language=language(),
        now=panel().clock.now(),
        offered=Offered([_listed(one.provider) for one in memberships], around.statuses),
        settings=around.settings,
        departments=around.departments,
        address=partial(url_for, place.value, **values),
        client_id=client.id,
        within=STAGES[place],
        set_at=url_for("list_acts.set_status") if place is Place.OF_CLIENT else "",
    )
    terms = all_terms_seen(memberships, actor)
    return HistoryPage(
        client=client,
        accounts=[(own, around.standings.get(own.provider.id)) for own in terms],
        listed=read_list(db, wanted, of),
        counts=around.stages,
        in_cart=around.in_cart if may_open("new_order.page") else 0,
        makes_exceptions=any(m.provider.exceptions_allowed for m in memberships),
        place=place,
        contacts=sees(actor, Fact.CONTACTS),
    )


def _listed(one: Provider) -> ListedProvider:
    return ListedProvider(one.id, one.key, one.name, one.timezone)
