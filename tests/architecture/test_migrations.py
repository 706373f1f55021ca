"""The migrations make exactly the tables the models describe, and the panel insists on them."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from billing_panel.kernel.db import Database
from billing_panel.migrations.schema import metadata
from billing_panel.migrations.upgrade import NotMigrated, check_migrated, upgrade


def test_a_migrated_database_is_what_the_models_describe(empty_url: str) -> None:
    database = Database(empty_url)
    upgrade(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata()) == []
    database.close()


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    database = Database(empty_url)
    upgrade(database)
    upgrade(database)
    check_migrated(database)
    database.close()


def test_an_empty_database_is_refused_with_the_command_to_run(empty_url: str) -> None:
    database = Database(empty_url)
    with pytest.raises(NotMigrated, match="billing-panel init"):
        check_migrated(database)
    database.close()
