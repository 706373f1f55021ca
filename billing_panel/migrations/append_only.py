"""What migrations before ``panel_0016`` made of tables that are only added to.

Since then the models say which these are, and ``kernel.database.append_only`` makes the triggers.
"""

from alembic import op

from billing_panel.kernel.database.append_only import FUNCTION


def make_append_only(table: str, columns: str = "") -> None:
    """Refuse UPDATE and DELETE, on PostgreSQL TRUNCATE too, with an IntegrityError.

    ``columns``: where only these may not change.
    """
    of_columns = f" OF {columns}" if columns else ""
    refuse_when(f"{table}_refuses_update", f"UPDATE{of_columns} ON {table}", table)
    refuse_when(f"{table}_refuses_delete", f"DELETE ON {table}", table)
    if _is_postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def refuse_when(trigger: str, change: str, table: str, condition: str = "") -> None:
    """Refuse ``change`` of a row where ``condition`` holds of ``OLD`` and ``NEW``."""
    when = f" WHEN ({condition})" if condition else ""
    if _is_postgresql():
        op.execute(FUNCTION)
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE {change} FOR EACH ROW{when}"
            " EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {trigger} BEFORE {change}{when}"
        f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _is_postgresql() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")
