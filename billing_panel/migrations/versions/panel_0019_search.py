"""One table of what is searched; logins in small letters, names and e-mails in one form.

Nobody is locked out: of logins that differ by case alone the one already in small letters, else the
oldest, has them from now on; the others stay as they are, are signed in by exactly as they are
written, and are named here. E-mails and names lose what nobody sees; whose, is told.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import click
import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.folded import fold, searchable, tidy, without_unseen

revision = "panel_0019"
down_revision = "panel_0018"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = 1_000
LOGINS = [
    sa.table(name, sa.column("id"), sa.column("login")) for name in ("user_account", "client")
]
STAFF = sa.table("staff", sa.column("id"), sa.column("name"))
CLIENT = sa.table(
    "client",
    *map(sa.column, ("id", "login", "name", "account_number", "email", "phone")),
)
TARIFF = sa.table(
    "tariff",
    *map(sa.column, ("id", "key", "category")),
    sa.column("titles", sa.JSON()),
)
DOCUMENT = sa.table("document", sa.column("id"), sa.column("number"))


def upgrade() -> None:
    search_entry = op.create_table(
        "search_entry",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("pk_search_entry")),
    )
    bind = op.get_bind()
    _lower(bind)
    _change(bind, STAFF, "name", tidy)
    _change(bind, CLIENT, "name", tidy)
    _change(bind, CLIENT, "email", without_unseen)
    for table, entries in ((CLIENT, _client), (TARIFF, _tariff), (DOCUMENT, _document)):
        for rows in bind.execute(sa.select(table)).partitions(AT_ONCE):
            op.bulk_insert(search_entry, [entry for row in rows for entry in entries(row)])


def _lower(bind: sa.Connection) -> None:
    """A client is called by the login of their first user, so the two are changed alike."""
    spellings = defaultdict[str, list[str]](list)
    for table in LOGINS:
        for login in bind.scalars(sa.select(table.c.login).order_by(table.c.id)):
            if login not in spellings[login.lower()]:
                spellings[login.lower()].append(login)
    for kept, logins in spellings.items():
        chosen = kept if kept in logins else logins[0]
        for table in LOGINS if chosen != kept else ():
            changed = sa.update(table).where(table.c.login == chosen).values(login=kept)
            bind.execute(changed)
        for login in logins:
            if login != chosen:
                click.echo(
                    f"Logins “{kept}” and “{login}” differ by case alone. Both stay: “{login}” is"
                    " signed in by exactly as it is written here.",
                    err=True,
                )


def _change(
    bind: sa.Connection, table: sa.TableClause, name: str, to: Callable[[str], str]
) -> None:
    column = table.c[name]
    for row in bind.execute(sa.select(table.c.id, column).where(column != "")).all():
        if to(row[1]) != row[1]:
            bind.execute(sa.update(table).where(table.c.id == row.id).values({name: to(row[1])}))
            click.echo(
                f"{table.name} {row.id}: its {name} is written in one form of Unicode now, without"
                " characters that nobody sees.",
                err=True,
            )


def _client(row: sa.Row[Any]) -> Iterator[dict[str, object]]:
    yield _entry("client", row.id, row.login, row.name, str(row.account_number))
    yield _entry("client_email", row.id, row.email)
    digits = "".join(one for one in fold(row.phone) if one in "0123456789")
    yield {"kind": "client_phone", "subject_id": row.id, "words": digits}


def _tariff(row: sa.Row[Any]) -> Iterator[dict[str, object]]:
    yield _entry("tariff", row.id, row.key, row.category, *row.titles.values())


def _document(row: sa.Row[Any]) -> Iterator[dict[str, object]]:
    yield _entry("document", row.id, row.number)


def _entry(kind: str, subject_id: int, *said: str) -> dict[str, object]:
    return {"kind": kind, "subject_id": subject_id, "words": searchable(*said)}
