"""The finance desk, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.background_work import PeriodicJob
from billing_panel.kernel.extension.hooks import (
    Check,
    ClientRecords,
    EventReader,
    FunctionInfo,
    NavigationEntry,
    PagePart,
    hookimpl,
)
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.lazy_imports import Named, named
from plugins.finance.functions import FINANCE_FUNCTIONS

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Blueprint
    from sqlalchemy.orm import Session

    from billing_panel.kernel.database.database import Database
    from billing_panel.kernel.extension.home_parts import HomePart
    from billing_panel.kernel.extension.mail_kinds import MailKind
    from billing_panel.kernel.values.actor import Actor
    from billing_panel.kernel.values.clock import Clock
    from plugins.orders.store.order_extensions import OrderExtension

PLACES: Named[Callable[[Actor], Iterable[NavigationEntry]]] = Named("plugins.finance.menu:places")
ROOM = "plugins.finance.reminders"
WRITE_OFFS = "plugins.finance.write_offs"
LATE_INVOICES = "plugins.finance.late_invoices"
REMIND: Named[Callable[..., object]] = Named(f"{ROOM}.send_due_reminders:send_due_reminders")
MAIL_KINDS: Named[Callable[[], Sequence[MailKind]]] = Named(
    f"{ROOM}.reminder_mail_kinds:reminder_mail_kinds"
)
ORDER_FINANCE: Named[OrderExtension] = Named("plugins.finance.order_extension:ORDER_FINANCE")
CLIENT_PARTS: Named[Callable[[Session, int, Actor], Sequence[PagePart]]] = Named(
    f"{ROOM}.reminder_parts:client_parts"
)
PROVIDER_PLACES: Named[Callable[[str], Sequence[NavigationEntry]]] = Named(
    f"{ROOM}.reminder_parts:provider_places"
)

CHECKS = (
    "plugins.finance.closing.closing_checks:CLOSING_CHECKS",
    f"{LATE_INVOICES}.late_invoice_checks:LATE_INVOICE_CHECKS",
)
HOME_PARTS: Sequence[Named[Callable[[Session, Actor, datetime], Sequence[HomePart]]]] = (
    Named(f"{LATE_INVOICES}.late_invoices_page:home_parts"),
    Named(f"{WRITE_OFFS}.write_offs_page:home_parts"),
    Named(f"{ROOM}.reminder_parts:home_parts"),
)


class FinancePlugin:
    """Plugin that brings registers, payments, payouts, closed months, write-offs and reminders."""

    @hookimpl
    def panel_functions(self) -> Sequence[FunctionInfo]:
        return FINANCE_FUNCTIONS

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named(
            "plugins.finance.registers.register_pages:registers",
            "plugins.finance.registers.register_api:api.blueprint",
            "plugins.finance.incoming.payments_page:incoming",
            "plugins.finance.incoming.payments_api:api.blueprint",
            "plugins.finance.payouts.payouts_page:payouts",
            "plugins.finance.payouts.payout_api:api.blueprint",
            "plugins.finance.closing.closing_page:closing",
            "plugins.finance.closing.closing_api:api.blueprint",
            f"{LATE_INVOICES}.late_invoices_page:late",
            f"{LATE_INVOICES}.late_invoices_api:api.blueprint",
            f"{WRITE_OFFS}.write_offs_page:write_offs",
            f"{WRITE_OFFS}.write_off_api:api.blueprint",
            f"{ROOM}.reminders_page:reminders",
            f"{ROOM}.reminder_rules_page:reminder_rules",
            f"{ROOM}.reminder_api:api.blueprint",
        )

    @hookimpl
    def panel_checks(self) -> Sequence[Check]:
        return [c for checks in named(*CHECKS) for c in checks]

    @hookimpl
    def panel_home_parts(self, session: Session, actor: Actor, now: datetime) -> Sequence[HomePart]:
        return [part for parts in HOME_PARTS for part in parts()(session, actor, now)]

    @hookimpl
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:
        return tuple(PLACES()(actor))

    @hookimpl
    def panel_tables(self) -> Sequence[str]:
        return (f"{ROOM}.reminder_models", f"{WRITE_OFFS}.write_off_models")

    @hookimpl
    def panel_client_parts(
        self, session: Session, client_id: int, actor: Actor
    ) -> Sequence[PagePart]:
        return CLIENT_PARTS()(session, client_id, actor)

    @hookimpl
    def panel_provider_places(self, key: str) -> Sequence[NavigationEntry]:
        return PROVIDER_PLACES()(key)

    @hookimpl
    def panel_jobs(self) -> Sequence[PeriodicJob]:
        def remind(database: Database, actor: Actor, clock: Clock) -> None:
            REMIND()(database, actor=actor, clock=clock)

        return (PeriodicJob("finance.reminders", text("Reminding of bills"), 5, remind),)

    @hookimpl
    def panel_mail_kinds(self) -> Sequence[MailKind]:
        return MAIL_KINDS()()

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return named(
            "plugins.finance.closing.closing_events:CLOSING_EVENTS",
            "plugins.finance.payouts.payout_events:PAYOUT_EVENTS",
            f"{ROOM}.reminder_event_wording:REMINDER_EVENTS",
            "plugins.finance.registers.register_event_wording:REGISTER_EVENTS",
            f"{WRITE_OFFS}.write_off_event_wording:WRITE_OFF_EVENTS",
        )

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return named(
            f"{ROOM}.reminder_personal_data:REMINDER_RECORDS",
            f"{WRITE_OFFS}.write_off_personal_data:WRITE_OFF_RECORDS",
        )

    @hookimpl
    def orders_extension(self) -> OrderExtension:
        return ORDER_FINANCE()

    @hookimpl
    def panel_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"


plugin = FinancePlugin()
