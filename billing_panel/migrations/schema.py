"""Every table of the panel, for migrations and for the test that compares the two."""

from importlib import import_module

from sqlalchemy import MetaData

from billing_panel.core.plugins import load_plugins
from billing_panel.kernel.database.db import Base
from billing_panel.migrations.search_words import OWN_NAMES

CORE = (
    "billing_panel.accounts.signing_in.failed_attempts",
    "billing_panel.accounts.people.clients",
    "billing_panel.accounts.signing_in.account_hands",
    "billing_panel.accounts.signing_in.openid_identities",
    "billing_panel.accounts.firms.providers",
    "billing_panel.accounts.signing_in.second_factor",
    "billing_panel.accounts.people.staff",
    "billing_panel.accounts.signing_in.unsent_forms",
    "billing_panel.accounts.people.users",
    "billing_panel.audit.models",
    "billing_panel.catalog.models",
    "billing_panel.kernel.tables.event_log",
    "billing_panel.kernel.tables.request_keys",
    "billing_panel.kernel.tables.search_entries",
    "billing_panel.ledger.models",
    "billing_panel.mail.models",
    "permissions.models",
)


def metadata() -> MetaData:
    """Plugins bring their tables by being loaded."""
    for module in CORE:
        import_module(module)
    load_plugins()
    return Base.metadata


def is_described(
    _item: object, name: str | None, _kind: str, _is_there: object, _compared: object
) -> bool:
    """Whether a table or an index is one that models describe.

    What search is indexed by is of the engine's own making.
    """
    return not (name or "").startswith(OWN_NAMES)
