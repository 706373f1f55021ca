"""Tables of which the database itself lets nothing be changed or taken away."""

from alembic import op

FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""  # noqa: E501


def make_append_only(table: str) -> None:
    """Refuse UPDATE and DELETE, on PostgreSQL TRUNCATE too, with an IntegrityError."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(FUNCTION)
        for name, changes, each in (
            ("refuses_change", "UPDATE OR DELETE", "ROW"),
            ("refuses_truncate", "TRUNCATE", "STATEMENT"),
        ):
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {changes} ON {table}"
                f" FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
