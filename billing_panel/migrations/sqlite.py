"""Changes of tables that SQLite has no statement for."""

from sqlalchemy import Connection


def rewrite_table(bind: Connection, table: str, old: str, new: str) -> None:
    """Change how SQLite remembers a table, where what it holds fits already: a CHECK, a NOT NULL.

    Its own way for that (https://sqlite.org/lang_altertable.html#otheralter); a table others refer
    to cannot be made anew while foreign keys are checked.
    """
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    bind.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?",
        (old, new, table),
    )
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")
