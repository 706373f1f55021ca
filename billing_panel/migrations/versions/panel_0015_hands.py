"""Whose hands an account was in, what a session has just confirmed; names that are digits are told.

Nothing is renamed: whoever signs in by digits goes on doing so. An address takes digits for an id,
so that person is reached there by their id alone.
"""

from collections.abc import Iterator

import click
import sqlalchemy as sa
from alembic import op

revision = "panel_0015"
down_revision = "panel_0014"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
KINDS = ("created", "link", "factor")
# Of members of staff: what in the log says that somebody had the account of another in hand.
OF_STAFF = {"staff.created": "created", "staff.invited": "link"}
NAMES = (
    ("user_account", "login"),
    ("department", "key"),
    ("provider", "key"),
    ("client_group", "key"),
    ("tariff", "key"),
    ("delivery_service", "key"),
)

EVENT = sa.table(
    "event",
    sa.column("id"),
    sa.column("kind"),
    sa.column("user_id"),
    sa.column("subject_kind"),
    sa.column("subject_id"),
    sa.column("at", MOMENT),
)
STAFF = sa.table("staff", sa.column("id"), sa.column("user_id"))


def upgrade() -> None:
    op.add_column("sign_in_session", sa.Column("confirmed_for", sa.String(length=32)))
    op.add_column("sign_in_session", sa.Column("confirmed_at", MOMENT))
    hand = op.create_table(
        "account_hand",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("by_id", BIG_ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="handkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_account_hand_user_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_account_hand_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_hand")),
    )
    op.create_index(op.f("ix_account_hand_user_id"), "account_hand", ["user_id"])
    bind = op.get_bind()
    rows = [*_hands(bind)]
    if rows:
        op.bulk_insert(hand, rows)
        people = len({row["user_id"] for row in rows})
        click.echo(
            f"Members of staff entered or helped by a colleague: {people}. Where two people are "
            "asked for, the two do not count as two (docs/rights.md).",
            err=True,
        )
    for told in _digits(bind):
        click.echo(told, err=True)


def _hands(bind: sa.Connection) -> Iterator[dict[str, object]]:
    wanted = sa.select(EVENT.c.kind, STAFF.c.user_id, EVENT.c.user_id.label("by_id"), EVENT.c.at)
    another = EVENT.c.user_id != STAFF.c.user_id
    entered = wanted.join_from(EVENT, STAFF, EVENT.c.subject_id == STAFF.c.id).where(
        another, EVENT.c.subject_kind == "staff", EVENT.c.kind.in_(OF_STAFF)
    )
    helped = wanted.join_from(EVENT, STAFF, EVENT.c.subject_id == STAFF.c.user_id).where(
        another, EVENT.c.subject_kind == "user", EVENT.c.kind == "second_factor.removed"
    )
    for row in [*bind.execute(entered), *bind.execute(helped)]:
        kind = OF_STAFF.get(row.kind, "factor")
        yield {"user_id": row.user_id, "by_id": row.by_id, "kind": kind, "at": row.at}


def _digits(bind: sa.Connection) -> Iterator[str]:
    """What would be refused today. Keys of departments and logins of staff stood in addresses."""
    for table, column in NAMES:
        names = sa.table(table, sa.column("id"), sa.column(column))
        for row in bind.execute(sa.select(names.c.id, names.c[column]).order_by(names.c.id)):
            if str(row[1]).isdecimal():
                yield (
                    f"{table} {row.id}: its {column} “{row[1]}” has digits alone. It stays; "
                    "where an address takes an id or a name, digits are an id."
                )
    reserved = sa.table("provider", sa.column("id"), sa.column("key"))
    found = bind.execute(sa.select(reserved.c.id).where(reserved.c.key == "new")).scalar()
    if found is not None:
        yield f"provider {found}: its key “new” is an address of the panel; its page has none."
