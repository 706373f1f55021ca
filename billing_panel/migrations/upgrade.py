"""Bringing a database to the schema of this code, and refusing to run on another."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text as sql

from billing_panel.core.plugins import load_plugins
from billing_panel.kernel.database.append_only import Fault, put_guards
from billing_panel.kernel.database.db import Database
from billing_panel.kernel.database.unavailable import told_apart
from billing_panel.kernel.language.errors import InstallationError
from billing_panel.migrations.schema import metadata

HERE = Path(__file__).parent
# Any number no other program uses: two upgrades at once wait for each other on PostgreSQL.
LOCK = 4_820_117


class NotMigrated(InstallationError):
    """The database is older or newer than this code."""


def alembic_config() -> Config:
    config = Config()
    folders = [HERE / "versions", *filter(None, load_plugins().hook.panel_migrations())]
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(folder) for folder in folders))
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


def check_migrated(database: Database) -> None:
    """Raises NotMigrated, Unavailable."""
    scripts = ScriptDirectory.from_config(alembic_config())
    with told_apart(writes=False), database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_heads()
    try:
        # a head that another one depends on is not written down; walking back finds it
        reached = {script.revision for script in scripts.iterate_revisions(found, "base")}
    except CommandError:
        reached = set()
    if not set(scripts.get_heads()) <= reached:
        raise NotMigrated(
            f"The database {database.url.render_as_string()} does not fit this version: "
            "run billing-panel init first. If yours is elsewhere, set BILLING_PANEL_HOME."
        )
