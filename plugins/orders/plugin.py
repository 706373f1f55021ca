"""Orders, as any plugin joins the panel."""

from collections.abc import Sequence
from pathlib import Path

import click
from flask import Blueprint
from sqlalchemy.orm import Session

from billing_panel.kernel.actor import Actor
from billing_panel.kernel.clock import Clock
from billing_panel.kernel.db import Database
from billing_panel.kernel.hooks import (
    FunctionInfo,
    NavigationEntry,
    PeriodicJob,
    SetupStep,
    hookimpl,
)
from billing_panel.kernel.text import text
from permissions.guard import allows
from plugins.orders.actions.fire_deadlines import fire_deadlines
from plugins.orders.api import api
from plugins.orders.cli import COMMANDS
from plugins.orders.functions import ORDERS_FUNCTIONS, OrdersFunction
from plugins.orders.setup import setup_steps
from plugins.orders.views.history import orders
from plugins.orders.views.new_order import new_order
from plugins.orders.views.order import order
from plugins.orders.views.workflow import workflow
from plugins.orders.workflow_api import api as workflow_api
from plugins.orders.workflow_cli import COMMANDS as WORKFLOW_COMMANDS


class OrdersPlugin:
    @hookimpl
    def panel_functions(self) -> Sequence[FunctionInfo]:
        return ORDERS_FUNCTIONS

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return (api.blueprint, workflow_api.blueprint, orders, order, new_order, workflow)

    @hookimpl
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:
        if actor.client_id is None or not allows(actor, OrdersFunction.HISTORY_READ):
            return ()
        own = {"client_id": actor.client_id}
        return (NavigationEntry(text("My orders"), "orders.history", "orders", own),)

    @hookimpl
    def panel_setup_steps(self, session: Session, actor: Actor) -> Sequence[SetupStep]:
        return setup_steps(session, actor)

    @hookimpl
    def panel_commands(self) -> Sequence[click.Command]:
        return (*COMMANDS, *WORKFLOW_COMMANDS)

    @hookimpl
    def panel_jobs(self) -> Sequence[PeriodicJob]:
        def fire(database: Database, actor: Actor, clock: Clock) -> None:
            fire_deadlines(database, actor=actor, clock=clock)

        return (PeriodicJob("orders.deadlines", 1, fire),)

    @hookimpl
    def panel_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"


plugin = OrdersPlugin()
