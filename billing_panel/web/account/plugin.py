"""A person's own account, as any plugin joins the panel."""

from collections.abc import Sequence

from flask import Blueprint

from billing_panel.kernel.extension.hooks import NavigationEntry, hookimpl
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.account.account_pages import account
from billing_panel.web.shell.route_access import may_open

USERS = "client_users.index"


class AccountPlugin:
    """Plugin that brings a person's own account, and Users to the menu of clients."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return (account,)

    @hookimpl(trylast=True)
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:
        """Of a client's own area: their owner manages the others, below all else."""
        if actor.client_id is None or not may_open(USERS):
            return ()
        return [NavigationEntry(text("Users"), USERS, "users", {"client_id": actor.client_id})]


plugin = AccountPlugin()
