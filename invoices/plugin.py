"""Documents, as any plugin joins the panel."""

from collections.abc import Sequence

from flask import Blueprint

from billing_panel.kernel.database.db import Database
from billing_panel.kernel.extension.hooks import (
    Check,
    ClientRecords,
    EventReader,
    FunctionInfo,
    SearchedKind,
    hookimpl,
)
from billing_panel.kernel.extension.mail_kinds import Attachment
from billing_panel.kernel.process.config import Config
from invoices.api import api
from invoices.client_records import DOCUMENT_RECORDS
from invoices.document_checks import INVOICES_CHECKS
from invoices.document_hits import DOCUMENTS_SEARCHED
from invoices.document_page import documents
from invoices.event_words import DOCUMENT_EVENTS
from invoices.functions import INVOICES_FUNCTIONS
from invoices.hooks import InvoicesHooks
from invoices.mailed_document import NOUN, mailed_document
from invoices.printing.renderer_pool import warm
from invoices.store.document_search import DOCUMENT_SEARCH_CHECKS


class InvoicesPlugin:
    """Plugin that brings documents: functions, pages, API, checks, and words for the log."""

    hooks = InvoicesHooks

    @hookimpl
    def panel_functions(self) -> Sequence[FunctionInfo]:
        return INVOICES_FUNCTIONS

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return (api.blueprint, documents)

    @hookimpl
    def panel_serves(self, config: Config) -> None:
        warm(config.fonts_dir)

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return (DOCUMENT_RECORDS,)

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return (DOCUMENT_EVENTS,)

    @hookimpl
    def panel_search(self) -> Sequence[SearchedKind]:
        return (DOCUMENTS_SEARCHED,)

    @hookimpl
    def panel_mail_attachment(self, database: Database, noun: str, id: int) -> Attachment | None:  # noqa: A002 (the hook names it)
        return mailed_document(database, id) if noun == NOUN else None

    @hookimpl
    def panel_checks(self) -> Sequence[Check]:
        return (*INVOICES_CHECKS, *DOCUMENT_SEARCH_CHECKS)


plugin = InvoicesPlugin()
