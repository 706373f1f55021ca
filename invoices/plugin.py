"""Documents, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.background_work import PeriodicJob
from billing_panel.kernel.extension.hooks import (
    Check,
    ClientRecords,
    EventReader,
    FunctionInfo,
    SearchedKind,
    hookimpl,
)
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.lazy_imports import Named, NamedCommand, named
from invoices.functions import INVOICES_FUNCTIONS
from invoices.hooks import InvoicesHooks, devices_of, senders_of

if TYPE_CHECKING:
    from pathlib import Path

    import click
    from flask import Blueprint

    from billing_panel.kernel.database.database import Database
    from billing_panel.kernel.extension.mail_kinds import Attachment
    from billing_panel.kernel.process.config import Config
    from billing_panel.kernel.values.actor import Actor
    from billing_panel.kernel.values.clock import Clock

COMMANDS = (NamedCommand("invoices", "invoices.invoices_cli:invoices", "All documents."),)
WARM: Named[Callable[[Path], None]] = Named("invoices.printing.renderer_pool:warm")
MAILED: Named[Callable[[Database, str, int], Attachment | None]] = Named(
    "invoices.mailed_document:attachment"
)
SEND: Named[Callable[..., int]] = Named("invoices.exchange.send_documents:send_documents")
REGISTER: Named[Callable[..., int]] = Named("invoices.exchange.register_receipts:register_receipts")
CHECKS = (
    "invoices.document_checks:INVOICES_CHECKS",
    "invoices.store.document_search:DOCUMENT_SEARCH_CHECKS",
)


class InvoicesPlugin:
    """Plugin that brings documents: functions, pages, API, checks, and words for the log."""

    hooks = InvoicesHooks

    @hookimpl
    def panel_functions(self) -> Sequence[FunctionInfo]:
        return INVOICES_FUNCTIONS

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named(
            "invoices.document_api:api.blueprint",
            "invoices.document_pdf_page:documents",
            "invoices.exchange.einvoice_api:api.blueprint",
            "invoices.exchange.einvoice_page:einvoices",
        )

    @hookimpl
    def panel_commands(self) -> Sequence[click.Command]:
        return COMMANDS

    @hookimpl
    def panel_tables(self) -> Sequence[str]:
        return (
            "invoices.store.models",
            "invoices.store.numbering",
            "invoices.store.einvoice_deliveries",
        )

    @hookimpl
    def panel_serves(self, config: Config) -> None:
        WARM()(config.fonts_dir)

    @hookimpl
    def panel_jobs(self, config: Config) -> Sequence[PeriodicJob]:
        senders, devices = senders_of(config), devices_of(config)

        def send(database: Database, actor: Actor, clock: Clock) -> None:
            SEND()(database, senders, actor=actor, clock=clock)

        def register(database: Database, actor: Actor, clock: Clock) -> None:
            REGISTER()(database, devices, actor=actor, clock=clock)

        sending = PeriodicJob("invoices.send", text("Handing over e-invoices"), 1, send)
        said = text("Registering receipts with fiscal devices")
        registering = PeriodicJob("invoices.register", said, 1, register)
        return (*([sending] if senders else []), *([registering] if devices else []))

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return named("invoices.document_personal_data:DOCUMENT_RECORDS")

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return named("invoices.document_event_wording:DOCUMENT_EVENTS")

    @hookimpl
    def panel_search(self) -> Sequence[SearchedKind]:
        return named("invoices.document_hits:DOCUMENTS_SEARCHED")

    @hookimpl
    def panel_mail_attachment(self, database: Database, noun: str, id: int) -> Attachment | None:  # noqa: A002 (the hook names it)
        return MAILED()(database, noun, id)

    @hookimpl
    def panel_checks(self) -> Sequence[Check]:
        return [check for checks in named(*CHECKS) for check in checks]


plugin = InvoicesPlugin()
