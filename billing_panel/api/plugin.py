"""The API of the panel's own nouns, as any plugin joins the panel."""

from collections.abc import Sequence

from flask import Blueprint

from billing_panel.api.accounts_api import api as accounts
from billing_panel.api.description_api import description
from billing_panel.api.events_api import api as events
from billing_panel.api.rights_api import api as rights
from billing_panel.api.search_api import api as search
from billing_panel.kernel.extension.hooks import hookimpl


class ApiPlugin:
    """Plugin that brings the API of accounts, rights, search and the log, and its description."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return (
            accounts.blueprint,
            rights.blueprint,
            events.blueprint,
            search.blueprint,
            description,
        )


plugin = ApiPlugin()
