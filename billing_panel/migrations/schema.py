"""Every table of the panel, for migrations and for the test that compares the two."""

from importlib import import_module

from sqlalchemy import MetaData

from billing_panel.kernel.db import Base
from billing_panel.plugin import load_plugins

CORE = (
    "billing_panel.accounts.attempts",
    "billing_panel.accounts.clients",
    "billing_panel.accounts.hands",
    "billing_panel.accounts.identities",
    "billing_panel.accounts.providers",
    "billing_panel.accounts.second_factor",
    "billing_panel.accounts.staff",
    "billing_panel.accounts.unsent",
    "billing_panel.accounts.users",
    "billing_panel.audit.models",
    "billing_panel.catalog.models",
    "billing_panel.kernel.events",
    "billing_panel.kernel.requests",
    "billing_panel.kernel.search",
    "billing_panel.ledger.models",
    "permissions.models",
)


def metadata() -> MetaData:
    """Plugins bring their tables by being loaded."""
    for module in CORE:
        import_module(module)
    load_plugins()
    return Base.metadata
