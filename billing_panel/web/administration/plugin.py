"""The administration, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.background_work import PeriodicJob
from billing_panel.kernel.extension.hooks import (
    FUNCTION_TITLES,
    Check,
    ClientRecords,
    EventReader,
    FunctionInfo,
    NavigationEntry,
    SearchedKind,
    hookimpl,
)
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.lazy_imports import Named, named
from permissions.panel_functions import PANEL_FUNCTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Blueprint
    from sqlalchemy.orm import Session

    from billing_panel.administration.clients.ask_vat_register import VatRegister
    from billing_panel.audit.witness_file import Witness
    from billing_panel.kernel.database.database import Database
    from billing_panel.kernel.extension.home_parts import HomePart
    from billing_panel.kernel.process.config import Config
    from billing_panel.kernel.values.actor import Actor
    from billing_panel.kernel.values.clock import Clock

ROOM = "billing_panel.web.administration"
PAGES = (
    f"{ROOM}.clients.client_pages:clients",
    f"{ROOM}.clients.client_user_pages:users",
    f"{ROOM}.clients.client_group_pages:groups",
    f"{ROOM}.clients.personal_data_pages:personal_data",
    f"{ROOM}.staff.staff_pages:staff",
    f"{ROOM}.staff.staff_rights_pages:rights",
    f"{ROOM}.staff.permission_pages:permissions",
    f"{ROOM}.staff.department_pages:departments",
    f"{ROOM}.staff.see_as_pages:see_as",
    f"{ROOM}.providers.provider_pages:providers",
    f"{ROOM}.providers.switch_off_method_pages:methods",
    f"{ROOM}.catalog.tariff_pages:tariffs",
    f"{ROOM}.catalog.category_pages:categories",
    f"{ROOM}.audit_log_pages:audit",
    f"{ROOM}.job_pages:jobs",
)
PLACES: Named[Callable[[Actor], Sequence[NavigationEntry]]] = Named(f"{ROOM}.menu:places")
PROVIDER_PLACES: Named[Callable[[str], Sequence[NavigationEntry]]] = Named(
    f"{ROOM}.menu:provider_places"
)
VAT_REGISTER: Named[Callable[[Config], VatRegister | None]] = Named(
    "billing_panel.administration.clients.ask_vat_register:vat_register"
)
CHECK_VAT_NUMBERS: Named[Callable[..., object]] = Named(
    "billing_panel.administration.clients.check_vat_numbers:check_vat_numbers"
)
WITNESS: Named[Callable[[Path], Witness]] = Named("billing_panel.audit.witness_file:Witness")
SEALING: Named[Callable[[Witness], PeriodicJob]] = Named(
    "billing_panel.audit.extend_hash_chain:sealing"
)
FORGETTING: Named[PeriodicJob] = Named("billing_panel.core.delete_old_rows:FORGETTING")
HOME_PARTS: Named[Callable[[Session, Actor], Sequence[HomePart]]] = Named(
    f"{ROOM}.job_pages:failing_parts"
)
CHECKS: Named[Sequence[Check]] = Named("billing_panel.core.panel_checks:PANEL_CHECKS")


class AdministrationPlugin:
    """``tryfirst``: what is the panel's own stands before what other plugins bring."""

    @hookimpl
    def panel_session_info(self, functions: tuple[FunctionInfo, ...]) -> Mapping[str, object]:
        return {FUNCTION_TITLES: {str(info.name): info.title for info in functions}}

    @hookimpl(tryfirst=True)
    def panel_functions(self) -> Sequence[FunctionInfo]:
        return PANEL_FUNCTIONS

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named(*PAGES)

    @hookimpl(tryfirst=True)
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:
        return PLACES()(actor)

    @hookimpl(tryfirst=True)
    def panel_provider_places(self, key: str) -> Sequence[NavigationEntry]:
        return PROVIDER_PLACES()(key)

    @hookimpl(tryfirst=True)
    def panel_event_readers(self) -> Sequence[EventReader]:
        return named("billing_panel.audit.panel_event_wording:PANEL_EVENTS")

    @hookimpl(tryfirst=True)
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return named("billing_panel.administration.clients.panel_personal_data:PANEL_RECORDS")

    @hookimpl
    def panel_search(self) -> Sequence[SearchedKind]:
        return named(
            "billing_panel.administration.clients.client_hits:CLIENTS_SEARCHED",
            "billing_panel.administration.catalog.tariff_hits:TARIFFS_SEARCHED",
        )

    @hookimpl(tryfirst=True)
    def panel_checks(self) -> Sequence[Check]:
        return CHECKS()

    @hookimpl
    def panel_jobs(self, config: Config) -> Sequence[PeriodicJob]:
        register, witness = VAT_REGISTER()(config), WITNESS()(config.witness)
        own = (SEALING()(witness), FORGETTING())
        if register is None:
            return own

        def ask(database: Database, actor: Actor, clock: Clock) -> None:
            CHECK_VAT_NUMBERS()(database, register, actor=actor, clock=clock)

        return (*own, PeriodicJob("clients.vat_numbers", text("Checking VAT numbers"), 1, ask))

    @hookimpl
    def panel_home_parts(self, session: Session, actor: Actor) -> Sequence[HomePart]:
        return HOME_PARTS()(session, actor)


plugin = AdministrationPlugin()
