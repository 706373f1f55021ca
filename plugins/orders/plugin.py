"""Orders, as any plugin joins the panel."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
import pluggy
from flask import Blueprint
from sqlalchemy.orm import Session

from billing_panel.kernel.database.db import Database
from billing_panel.kernel.extension.gateways import Gateway
from billing_panel.kernel.extension.hooks import (
    Check,
    ClientRecords,
    EventReader,
    FunctionInfo,
    NavigationEntry,
    PeriodicJob,
    SearchedKind,
    SetupStep,
    hookimpl,
)
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.web.shell.request_context import panel
from billing_panel.web.shell.route_access import may_open
from invoices.document import Marking
from plugins.orders.balance.balance_api import api as balance_api
from plugins.orders.balance.balance_cli import COMMANDS as BALANCE_COMMANDS
from plugins.orders.balance.balance_page import balance
from plugins.orders.balance.expire_points import expire_points
from plugins.orders.checkout.cart_api import api as cart_api
from plugins.orders.checkout.catalog_api import api as catalog_api
from plugins.orders.checkout.checkout_api import api as checkout_api
from plugins.orders.checkout.new_order_page import new_order
from plugins.orders.checks.course_checks import COURSE_CHECKS
from plugins.orders.checks.delivery_checks import DELIVERED_CHECKS
from plugins.orders.checks.money_checks import MONEY_CHECKS
from plugins.orders.deadlines.deadline_api import api as deadline_api
from plugins.orders.deadlines.deadlines_cli import COMMANDS as DEADLINE_COMMANDS
from plugins.orders.deadlines.fire_deadlines import fire_deadlines
from plugins.orders.deadlines.watch_dates import watch_dates
from plugins.orders.exceptions.exception_api import api as exception_api
from plugins.orders.exceptions.exceptions_page import exceptions
from plugins.orders.exceptions.use_exceptions import waiting
from plugins.orders.functions import ORDERS_FUNCTIONS
from plugins.orders.lifecycle.effects import EFFECTS
from plugins.orders.payments.gateway_api import gateway_api
from plugins.orders.payments.online_payment_pages import online
from plugins.orders.payments.payment_api import api as payment_api
from plugins.orders.payments.send_refunds import send_refunds
from plugins.orders.promo.promo_checks import PROMO_CHECKS
from plugins.orders.promo.promo_pages import promos
from plugins.orders.settings.choose_workflow_page import workflow
from plugins.orders.settings.older_orders_page import older_orders
from plugins.orders.settings.setup_steps import setup_steps
from plugins.orders.settings.status_list_page import statuses
from plugins.orders.settings.status_page import status
from plugins.orders.settings.transitions_page import transitions
from plugins.orders.settings.workflow_api import api as workflow_api
from plugins.orders.settings.workflow_cli import COMMANDS as WORKFLOW_COMMANDS
from plugins.orders.settlement.document_standing import settled
from plugins.orders.store.order_extension import EXTENSIONS
from plugins.orders.store.order_search import ORDER_SEARCH_CHECKS
from plugins.orders.store.workflow_language import (
    LANGUAGE,
    LanguagePart,
    NamedEffect,
    OrdersHooks,
    read_language,
)
from plugins.orders.surface.client_records import ORDER_RECORDS
from plugins.orders.surface.invoice_cli import COMMANDS as INVOICE_COMMANDS
from plugins.orders.surface.line_api import api as line_api
from plugins.orders.surface.order_api import api as order_api
from plugins.orders.surface.order_hits import ORDERS_SEARCHED
from plugins.orders.surface.order_lists.all_orders_page import every_order
from plugins.orders.surface.order_lists.history_page import orders
from plugins.orders.surface.order_page.order_routes import order
from plugins.orders.surface.order_page.review_routes import reviews
from plugins.orders.surface.orders_cli import COMMANDS
from plugins.orders.surface.own_area.services_page import services
from plugins.orders.surface.transition_api import api as transition_api
from plugins.orders.timeline.event_words import ORDER_EVENTS
from plugins.orders.workflow.vocabulary import ACTIONS, ASIDE, ONLINE, REQUIREMENTS
from plugins.orders.workflow.vocabulary import EFFECTS as EFFECT_INFO


def _places(actor: Actor) -> Iterator[NavigationEntry]:
    own = {"client_id": actor.client_id}
    if actor.client_id is None and may_open("every_order.index"):
        yield NavigationEntry(text("Orders"), "every_order.index", "orders")
    if actor.client_id is not None and may_open("orders.active"):
        yield NavigationEntry(text("My orders"), "orders.active", "orders")
    if actor.client_id is not None and may_open("services.own"):
        yield NavigationEntry(text("Services"), "services.own", "server")
    if actor.client_id is not None and may_open("balance.page"):
        yield NavigationEntry(text("My balance"), "balance.page", "card", own)
    with panel().database.reading() as db:
        open_now = waiting(db, actor, panel().clock.now())
    if open_now is not None:
        label = text("Exceptions (%(number)s)", number=open_now) if open_now else text("Exceptions")
        yield NavigationEntry(label, "exceptions.index", "shield", follows="exceptions")
    if actor.client_id is None and may_open("promos.index"):
        yield NavigationEntry(text("Promo codes"), "promos.index", "tag", settings=True)
    if actor.client_id is None and may_open("statuses.first"):
        yield NavigationEntry(
            text("Order statuses"),
            "statuses.first",
            "flow",
            settings=True,
            heading=text("Settings → Store configuration"),
        )


APIS = (
    order_api,
    transition_api,
    line_api,
    deadline_api,
    catalog_api,
    checkout_api,
    cart_api,
    payment_api,
    balance_api,
    exception_api,
    workflow_api,
)


class OrdersPlugin:
    """Plugin that brings orders, their workflows, and what a client's balance is used for."""

    hooks = OrdersHooks

    @hookimpl
    def orders_language(self) -> LanguagePart:
        return LanguagePart(
            effects={name: NamedEffect(EFFECT_INFO[name], run) for name, run in EFFECTS.items()},
            requirements=REQUIREMENTS,
            actions=ACTIONS,
            aside=ASIDE,
            online=ONLINE,
        )

    @hookimpl
    def panel_session_info(
        self, manager: pluggy.PluginManager, functions: tuple[FunctionInfo, ...]
    ) -> Mapping[str, object]:
        parts = manager.hook.orders_language()
        return {
            LANGUAGE: read_language(parts, (info.name for info in functions)),
            EXTENSIONS: tuple(manager.hook.orders_extension()),
        }

    @hookimpl
    def invoices_settled(self, session: Session, document_id: int) -> Marking | None:
        return settled(session, document_id)

    @hookimpl
    def panel_functions(self) -> Sequence[FunctionInfo]:
        return ORDERS_FUNCTIONS

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        shaping = (workflow, statuses, status, transitions, older_orders)
        return (
            every_order,
            orders,
            services,
            order,
            reviews,
            online,
            balance,
            new_order,
            exceptions,
            promos,
            *shaping,
            gateway_api,
            *(api.blueprint for api in APIS),
        )

    @hookimpl
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:
        return tuple(_places(actor))

    @hookimpl
    def panel_setup_steps(self, session: Session, actor: Actor) -> Sequence[SetupStep]:
        return setup_steps(session, actor)

    @hookimpl
    def panel_commands(self) -> Sequence[click.Command]:
        return (
            *COMMANDS,
            *BALANCE_COMMANDS,
            *DEADLINE_COMMANDS,
            *INVOICE_COMMANDS,
            *WORKFLOW_COMMANDS,
        )

    @hookimpl
    def panel_jobs(self, gateways: Mapping[str, Gateway]) -> Sequence[PeriodicJob]:
        def fire(database: Database, actor: Actor, clock: Clock) -> None:
            fire_deadlines(database, actor=actor, clock=clock)

        def watch(database: Database, actor: Actor, clock: Clock) -> None:
            watch_dates(database, actor=actor, clock=clock)

        def expire(database: Database, actor: Actor, clock: Clock) -> None:
            expire_points(database, actor=actor, clock=clock)

        def give_back(database: Database, actor: Actor, clock: Clock) -> None:
            send_refunds(database, gateways, actor=actor, clock=clock)

        return (
            PeriodicJob("orders.deadlines", 1, fire),
            PeriodicJob("orders.dates", 1, watch),
            PeriodicJob("orders.refunds", 1, give_back),
            PeriodicJob("orders.points", 60, expire),
        )

    @hookimpl
    def panel_search(self) -> Sequence[SearchedKind]:
        return ORDERS_SEARCHED

    @hookimpl
    def panel_checks(self) -> Sequence[Check]:
        return (
            *MONEY_CHECKS,
            *PROMO_CHECKS,
            *DELIVERED_CHECKS,
            *COURSE_CHECKS,
            *ORDER_SEARCH_CHECKS,
        )

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return (ORDER_RECORDS,)

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return (ORDER_EVENTS,)

    @hookimpl
    def panel_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"


plugin = OrdersPlugin()
