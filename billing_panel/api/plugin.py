"""The API of the panel's own nouns, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.hooks import hookimpl
from billing_panel.kernel.process.lazy_imports import named

if TYPE_CHECKING:
    from flask import Blueprint


class ApiPlugin:
    """Plugin that brings the API of accounts, rights, search and the log, and its description."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named(
            "billing_panel.api.accounts_api:api.blueprint",
            "billing_panel.api.administration.provider_api:api.blueprint",
            "billing_panel.api.administration.tariff_api:api.blueprint",
            "billing_panel.api.administration.client_api:api.blueprint",
            "billing_panel.api.administration.client_user_api:api.blueprint",
            "billing_panel.api.administration.client_group_api:api.blueprint",
            "billing_panel.api.administration.personal_data_api:api.blueprint",
            "billing_panel.api.rights_api:api.blueprint",
            "billing_panel.api.setup.staff_api:api.blueprint",
            "billing_panel.api.setup.departments_api:api.blueprint",
            "billing_panel.api.setup.mail_sender_and_texts_api:api.blueprint",
            "billing_panel.api.setup.outbox_api:api.blueprint",
            "billing_panel.api.setup.own_account_api:api.blueprint",
            "billing_panel.api.setup.jobs_api:api.blueprint",
            "billing_panel.api.setup.log_api:api.blueprint",
            "billing_panel.api.events_api:api.blueprint",
            "billing_panel.api.search_api:api.blueprint",
            "billing_panel.api.description.description_routes:description",
        )


plugin = ApiPlugin()
