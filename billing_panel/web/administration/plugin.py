"""The administration, as any plugin joins the panel."""

from collections.abc import Sequence

from flask import Blueprint

from billing_panel.administration.catalog.tariff_hits import TARIFFS_SEARCHED
from billing_panel.administration.clients.client_hits import CLIENTS_SEARCHED
from billing_panel.administration.clients.client_records import PANEL_RECORDS
from billing_panel.audit.event_words import PANEL_EVENTS
from billing_panel.core.panel_checks import PANEL_CHECKS
from billing_panel.kernel.extension.hooks import (
    Check,
    ClientRecords,
    EventReader,
    FunctionInfo,
    NavigationEntry,
    SearchedKind,
    hookimpl,
)
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.administration.audit_log_pages import audit
from billing_panel.web.administration.catalog.category_pages import categories
from billing_panel.web.administration.catalog.tariff_pages import tariffs
from billing_panel.web.administration.clients.client_group_pages import groups
from billing_panel.web.administration.clients.client_pages import clients
from billing_panel.web.administration.clients.client_user_pages import users
from billing_panel.web.administration.clients.personal_data_pages import personal_data
from billing_panel.web.administration.providers.provider_pages import providers
from billing_panel.web.administration.staff.department_pages import departments
from billing_panel.web.administration.staff.permission_pages import permissions
from billing_panel.web.administration.staff.rights_pages import rights
from billing_panel.web.administration.staff.see_as_pages import see_as
from billing_panel.web.administration.staff.staff_pages import staff
from billing_panel.web.shell.route_access import may_open
from permissions.functions import PANEL_FUNCTIONS

PLACES = (
    NavigationEntry(text("Clients"), "clients.index", "users"),
    NavigationEntry(text("Providers"), "providers.index", "server", settings=True),
    NavigationEntry(text("Tariffs"), "tariffs.index", "box", settings=True),
    NavigationEntry(text("Client groups"), "groups.index", "tag", settings=True),
    NavigationEntry(text("Staff"), "staff.index", "person", settings=True),
    NavigationEntry(text("Permissions"), "permissions.page", "shield", settings=True),
    NavigationEntry(text("Audit log"), "audit.index", "clock", settings=True),
)


class AdministrationPlugin:
    """``tryfirst``: what is the panel's own stands before what other plugins bring."""

    @hookimpl(tryfirst=True)
    def panel_functions(self) -> Sequence[FunctionInfo]:
        return PANEL_FUNCTIONS

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        of_clients = (clients, users, groups, personal_data)
        of_staff = (staff, rights, permissions, departments, see_as)
        return (*of_clients, *of_staff, providers, tariffs, categories, audit)

    @hookimpl(tryfirst=True)
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:
        if actor.client_id is not None:
            return ()
        return [entry for entry in PLACES if may_open(entry.endpoint)]

    @hookimpl(tryfirst=True)
    def panel_event_readers(self) -> Sequence[EventReader]:
        return (PANEL_EVENTS,)

    @hookimpl(tryfirst=True)
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return (PANEL_RECORDS,)

    @hookimpl
    def panel_search(self) -> Sequence[SearchedKind]:
        return (CLIENTS_SEARCHED, TARIFFS_SEARCHED)

    @hookimpl(tryfirst=True)
    def panel_checks(self) -> Sequence[Check]:
        return PANEL_CHECKS


plugin = AdministrationPlugin()
