"""Every table of the panel, for migrations and for the test that compares the two."""

from importlib import import_module

from sqlalchemy import MetaData

from billing_panel.core.plugins import load_plugins
from billing_panel.kernel.database.column_types import Base

# the index of ``search_entry`` (``search_words``), of the engine's own making
OWN_NAMES = ("search_words", "ix_search_entry_words")
CORE = (
    "billing_panel.accounts.signing_in.failed_attempts",
    "billing_panel.accounts.people.client_models",
    "billing_panel.accounts.signing_in.really_two_people",
    "billing_panel.accounts.signing_in.openid_identities",
    "billing_panel.accounts.companies.provider_models",
    "billing_panel.accounts.signing_in.second_factor",
    "billing_panel.accounts.people.staff_models",
    "billing_panel.accounts.signing_in.unsent_forms",
    "billing_panel.accounts.people.user_models",
    "billing_panel.accounts.people.vat_register_answers",
    "billing_panel.audit.hash_chain_models",
    "billing_panel.catalog.models",
    "billing_panel.kernel.tables.event_log",
    "billing_panel.kernel.tables.job_runs",
    "billing_panel.kernel.tables.request_keys",
    "billing_panel.kernel.tables.search_entries",
    "billing_panel.ledger.models",
    "billing_panel.mail.models",
    "permissions.models",
)


def metadata() -> MetaData:
    """Of the panel itself and of every plugin; its models are imported."""
    brought = load_plugins().hook.panel_tables()
    for module in (*CORE, *(module for modules in brought for module in modules)):
        import_module(module)
    return Base.metadata


def is_described(
    _item: object, name: str | None, _kind: str, _is_there: object, _compared: object
) -> bool:
    """Whether a table or an index is one that models describe.

    What search is indexed by is of the engine's own making.
    """
    return not (name or "").startswith(OWN_NAMES)
