"""Bringing a database to the schema of this code."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text as sql

from billing_panel.core.plugins import load_plugins
from billing_panel.kernel.database.append_only import Fault, put_guards
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.unavailable import told_apart
from billing_panel.migrations.revisions import HERE, folders
from billing_panel.migrations.schema import metadata

# Any number no other program uses: two upgrades at once wait for each other on PostgreSQL.
LOCK = 4_820_117


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "newline")
    places = folders(load_plugins())
    config.set_main_option("version_locations", "\n".join(map(str, places)))
    return config


def upgrade(database: Database) -> list[Fault]:
    """Run every migration that has not run, the panel's and each plugin's, in one transaction.

    Then the triggers of tables that are only added to are made, where they are not. Which these
    were is told of a database that was up to date: there somebody has taken them away. Raises
    Unavailable.
    """
    with told_apart(writes=True), database.engine.begin() as connection:
        if not database.is_sqlite:
            # a large table may take its time; so may another upgrade
            connection.execute(sql("SET LOCAL statement_timeout = 0"))
            connection.execute(sql("SET LOCAL lock_timeout = 0"))
            connection.execute(sql("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config = alembic_config()
        config.attributes["connection"] = connection
        before = MigrationContext.configure(connection).get_current_heads()
        command.upgrade(config, "heads")
        put = put_guards(connection, metadata())
        after = MigrationContext.configure(connection).get_current_heads()
        return put if set(before) == set(after) else []
