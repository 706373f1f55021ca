"""Orders, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.background_work import Follower, PeriodicJob
from billing_panel.kernel.extension.hooks import (
    Check,
    ClientRecords,
    EventReader,
    FunctionInfo,
    NavigationEntry,
    PagePart,
    SearchedKind,
    SetupStep,
    hookimpl,
)
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.process.lazy_imports import Named, NamedCommand, named
from billing_panel.kernel.process.lazy_values import Lazy
from plugins.orders.functions import ORDERS_FUNCTIONS
from plugins.orders.hooks import OrdersHooks
from plugins.orders.session_info_keys import EXTENSIONS, LANGUAGE

if TYPE_CHECKING:
    from datetime import datetime

    import click
    import pluggy
    from flask import Blueprint
    from sqlalchemy.orm import Session

    from billing_panel.kernel.database.database import Database
    from billing_panel.kernel.extension.gateways import Gateway
    from billing_panel.kernel.extension.home_parts import HomePart
    from billing_panel.kernel.values.actor import Actor
    from billing_panel.kernel.values.clock import Clock
    from invoices.document import Marking
    from plugins.orders.store.order_extensions import OrderExtension
    from plugins.orders.store.versions.installed_vocabulary import Language, LanguagePart

PAGES = (
    "plugins.orders.surface.order_lists.all_orders_page:every_order",
    "plugins.orders.surface.order_lists.set_status_in_list:list_acts",
    "plugins.orders.surface.order_lists.bulk_steps:bulk_steps",
    "plugins.orders.surface.order_lists.bill_bundles_page:bill_bundles",
    "plugins.orders.surface.order_lists.order_list_export:order_files",
    "plugins.orders.surface.order_lists.list_settings_page:list_settings",
    "plugins.orders.surface.order_lists.client_orders_page:orders",
    "plugins.orders.surface.own_area.services_page:services",
    "plugins.orders.surface.order_page.order_routes:order",
    "plugins.orders.surface.order_page.review_routes:reviews",
    "plugins.orders.surface.orders_bar.operator_order_page:desk",
    "plugins.orders.payments.online_payment_pages:online",
    "plugins.orders.balance.balance_page:balance",
    "plugins.orders.documents.documents_page:documents_list",
    "plugins.orders.documents.document_bundle_page:document_bundles",
    "plugins.orders.documents.invoice_together_page:together",
    "plugins.orders.checkout.new_order_page:new_order",
    "plugins.orders.editing.edit_page:edit_order",
    "plugins.orders.exceptions.exceptions_page:exceptions",
    "plugins.orders.promo.promo_pages:promos",
    "plugins.orders.top_ups.top_up_pages:top_ups",
    "plugins.orders.settings.choose_workflow_page:workflow",
    "plugins.orders.settings.arrange_statuses_page:statuses",
    "plugins.orders.settings.status_page:status",
    "plugins.orders.settings.transitions_page:transitions",
    "plugins.orders.settings.older_versions_page:older_orders",
)
APIS = (
    "plugins.orders.payments.gateway_webhook:gateway_api",
    "plugins.orders.surface.order_api:api.blueprint",
    "plugins.orders.surface.transition_api:api.blueprint",
    "plugins.orders.surface.line_api:api.blueprint",
    "plugins.orders.editing.edit_api:api.blueprint",
    "plugins.orders.claims.claim_api:api.blueprint",
    "plugins.orders.deadlines.deadline_api:api.blueprint",
    "plugins.orders.checkout.catalog_api:api.blueprint",
    "plugins.orders.checkout.checkout_api:api.blueprint",
    "plugins.orders.checkout.cart_api:api.blueprint",
    "plugins.orders.payments.payment_api:api.blueprint",
    "plugins.orders.balance.balance_api:api.blueprint",
    "plugins.orders.exceptions.exception_api:api.blueprint",
    "plugins.orders.reviews.review_api:api.blueprint",
    "plugins.orders.balance.statement_api:api.blueprint",
    "plugins.orders.surface.home.waiting_api:api.blueprint",
    "plugins.orders.surface.order_lists.list_settings_api:api.blueprint",
    "plugins.orders.surface.order_lists.orders_list_api:api.blueprint",
    "plugins.orders.surface.orders_bar.bar_api:api.blueprint",
    "plugins.orders.promo.promo_api:api.blueprint",
    "plugins.orders.settings.read_workflows_api:api.blueprint",
    "plugins.orders.settings.shape_workflow_api:api.blueprint",
    "plugins.orders.settings.statuses_api:api.blueprint",
    "plugins.orders.top_ups.top_up_api:api.blueprint",
    "plugins.orders.documents.documents_api:api.blueprint",
    "plugins.orders.documents.document_bundle_api:api.blueprint",
)
CHECKS = (
    "plugins.orders.checks.money_checks:MONEY_CHECKS",
    "plugins.orders.promo.promo_checks:PROMO_CHECKS",
    "plugins.orders.checks.delivery_checks:DELIVERED_CHECKS",
    "plugins.orders.checks.invoice_checks:INVOICE_CHECKS",
    "plugins.orders.checks.workflow_checks:COURSE_CHECKS",
    "plugins.orders.store.order_search:ORDER_SEARCH_CHECKS",
    "plugins.orders.top_ups.top_up_checks:TOP_UP_CHECKS",
)
TABLES = (
    "plugins.orders.store.models",
    "plugins.orders.listing.list_settings",
    "plugins.orders.store.cart_line",
    "plugins.orders.store.order_claim",
    "plugins.orders.store.order_review",
    "plugins.orders.store.order_sums",
    "plugins.orders.store.payment",
    "plugins.orders.exceptions.exception_models",
    "plugins.orders.promo.promo_models",
    "plugins.orders.store.top_up",
    "plugins.orders.document_bundles.document_bundle",
)
COMMANDS = (
    NamedCommand(
        "orders",
        "plugins.orders.surface.orders_cli:orders",
        "Orders, newest first: the history of a client, or those of all.",
    ),
    NamedCommand(
        "order", "plugins.orders.surface.orders_cli:order", "Show, place and deliver orders."
    ),
    NamedCommand(
        "balance",
        "plugins.orders.balance.balance_cli:balance",
        "Credit and debit what clients have with a provider.",
    ),
    NamedCommand(
        "deadlines",
        "plugins.orders.deadlines.deadlines_cli:deadlines",
        "What happens to orders by itself when time is up.",
    ),
    NamedCommand("invoice", "plugins.orders.surface.invoice_cli:invoice", "Documents of orders."),
    NamedCommand(
        "workflows",
        "plugins.orders.settings.workflow_cli:workflows",
        "Check and show the workflows that orders run on.",
    ),
)
# each: its name, what it does, how many minutes apart, and what is run
JOBS: Sequence[tuple[str, Text, int, str]] = (
    (
        "orders.deadlines",
        text("Moving orders past their deadline"),
        1,
        "plugins.orders.deadlines.deadline_jobs:fire",
    ),
    (
        "orders.dates",
        text("Moving orders whose bill is overdue or whose term has ended"),
        1,
        "plugins.orders.deadlines.deadline_jobs:watch",
    ),
    (
        "orders.rates",
        text("Changing the tax of orders when a tax rate changes"),
        10,
        "plugins.orders.deadlines.follow_changed_rates:follow_by_itself",
    ),
    (
        "orders.revenue",
        text("Releasing deferred revenue of the previous month"),
        60,
        "plugins.orders.deadlines.release_revenue:release_by_itself",
    ),
    (
        "orders.points",
        text("Expiring points"),
        60,
        "plugins.orders.balance.expire_points:expire_points",
    ),
    (
        "orders.bundles",
        text("Deleting old files with several documents"),
        60,
        "plugins.orders.document_bundles.ask_document_bundle:forget_bundles",
    ),
    (
        "orders.invoices",
        text("Issuing invoices that are due"),
        10,
        "plugins.orders.documents.issue_due_invoices:issue_by_itself",
    ),
    (
        "orders.looks",
        text("Deleting records of who looked at which order"),
        60,
        "plugins.orders.claims.order_viewers:forget_looks",
    ),
)
PRINT_BUNDLES = "plugins.orders.document_bundles.print_document_bundles:print_bundles"
SEND_REFUNDS: Named[Callable[..., object]] = Named(
    "plugins.orders.payments.send_refunds:send_refunds"
)
OWN_LANGUAGE: Named[LanguagePart] = Named("plugins.orders.own_vocabulary:OWN_LANGUAGE")
READ_LANGUAGE: Named[Callable[[Iterable[LanguagePart], Iterable[str]], Language]] = Named(
    "plugins.orders.store.versions.installed_vocabulary:read_language"
)
SETTLED: Named[Callable[[Session, int], Marking | None]] = Named(
    "plugins.orders.settlement.printed_settled_mark:settled"
)
SETTLED_TOP_UP: Named[Callable[[Session, int], Marking | None]] = Named(
    "plugins.orders.top_ups.top_up_document:settled_top_up"
)
PLACES: Named[Callable[[Actor], Iterable[NavigationEntry]]] = Named(
    "plugins.orders.surface.menu:places"
)
PROVIDER_PLACES: Named[Callable[[str], Sequence[NavigationEntry]]] = Named(
    "plugins.orders.surface.menu:provider_places"
)
SETUP_STEPS: Named[Callable[[Session, Actor], Sequence[SetupStep]]] = Named(
    "plugins.orders.settings.order_setup_steps:setup_steps"
)
HOME_PARTS: Sequence[Named[Callable[[Session, Actor, datetime], Iterable[HomePart]]]] = (
    Named("plugins.orders.surface.home.waiting_orders:waiting_orders"),
    Named("plugins.orders.surface.home.money_charts:money_charts"),
)
FEET: Named[Callable[[Session, Actor], Sequence[PagePart]]] = Named(
    "plugins.orders.surface.orders_bar.orders_bar:feet"
)
SEARCHED: Named[Sequence[SearchedKind]] = Named("plugins.orders.surface.order_hits:ORDERS_SEARCHED")


class OrdersPlugin:
    """Plugin that brings orders, their workflows, and what a client's balance is used for."""

    hooks = OrdersHooks

    @hookimpl
    def orders_language(self) -> LanguagePart:
        return OWN_LANGUAGE()

    @hookimpl
    def panel_session_info(
        self, manager: pluggy.PluginManager, functions: tuple[FunctionInfo, ...]
    ) -> Mapping[str, object]:
        def language() -> Language:
            parts = manager.hook.orders_language()
            return READ_LANGUAGE()(parts, (info.name for info in functions))

        def extensions() -> Sequence[OrderExtension]:
            return tuple(manager.hook.orders_extension())

        return {LANGUAGE: Lazy(language), EXTENSIONS: Lazy(extensions)}

    @hookimpl
    def invoices_settled(self, session: Session, document_id: int) -> Marking | None:
        settled, settled_top_up = SETTLED(), SETTLED_TOP_UP()
        return settled(session, document_id) or settled_top_up(session, document_id)

    @hookimpl
    def panel_functions(self) -> Sequence[FunctionInfo]:
        return ORDERS_FUNCTIONS

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named(*PAGES, *APIS)

    @hookimpl
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:
        return tuple(PLACES()(actor))

    @hookimpl
    def panel_provider_places(self, key: str) -> Sequence[NavigationEntry]:
        return PROVIDER_PLACES()(key)

    @hookimpl
    def panel_feet(self, session: Session, actor: Actor) -> Sequence[PagePart]:
        return FEET()(session, actor)

    @hookimpl
    def panel_setup_steps(self, session: Session, actor: Actor) -> Sequence[SetupStep]:
        return SETUP_STEPS()(session, actor)

    @hookimpl
    def panel_home_parts(self, session: Session, actor: Actor, now: datetime) -> Sequence[HomePart]:
        return [part for parts in HOME_PARTS for part in parts()(session, actor, now)]

    @hookimpl
    def panel_commands(self) -> Sequence[click.Command]:
        return COMMANDS

    @hookimpl
    def panel_tables(self) -> Sequence[str]:
        return TABLES

    @hookimpl
    def panel_jobs(self, gateways: Mapping[str, Gateway]) -> Sequence[PeriodicJob]:
        def give_back(database: Database, actor: Actor, clock: Clock) -> None:
            SEND_REFUNDS()(database, gateways, actor=actor, clock=clock)

        jobs = [PeriodicJob(name, title, each, _job(where)) for name, title, each, where in JOBS]
        refunds = text("Sending refunds to payment systems")
        return (*jobs, PeriodicJob("orders.refunds", refunds, 1, give_back))

    @hookimpl
    def panel_followers(self) -> Sequence[Follower]:
        return (
            Follower(
                "orders.bundles",
                text("Printing several documents into one file"),
                _job(PRINT_BUNDLES),
            ),
        )

    @hookimpl
    def panel_search(self) -> Sequence[SearchedKind]:
        return SEARCHED()

    @hookimpl
    def panel_checks(self) -> Sequence[Check]:
        return [check for checks in named(*CHECKS) for check in checks]

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return named("plugins.orders.surface.order_personal_data:ORDER_RECORDS")

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return named(
            "plugins.orders.timeline.order_log_wording:ORDER_EVENTS",
            "plugins.orders.top_ups.top_up_events:TOP_UP_EVENTS",
        )

    @hookimpl
    def panel_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"


def _job(where: str) -> Callable[[Database, Actor, Clock], object]:
    def run(database: Database, actor: Actor, clock: Clock) -> None:
        (job,) = named(where)
        job(database, actor=actor, clock=clock)

    return run


plugin = OrdersPlugin()
