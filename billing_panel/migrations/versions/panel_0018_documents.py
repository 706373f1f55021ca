"""Documents are numbered by (series, year, n), unchangeable, and their digests stand in the log.

What a document issued before is numbered by is read from its number, by the format its series has
now, else by its last digits. No number, sum or page changes. Where a number cannot be read so, the
document takes the next free place of its series, and is named.
"""

import hashlib
import json
import re
import string
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import click
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "panel_0018"
down_revision = "panel_0017"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MARKS = sa.Enum(
    *("void", "paid", "closed"),
    name="mark",
    native_enum=False,
    create_constraint=True,
    length=32,
)
AT_ONCE = 500
MAX_ID = 2**63 - 1
WIDTH = re.compile(r"(0[1-9]|01[0-9])?", re.ASCII)

DOCUMENT = sa.table(
    "document",
    sa.column("id"),
    sa.column("provider_id"),
    sa.column("client_id"),
    sa.column("kind"),
    sa.column("number"),
    sa.column("issued_on", sa.Date()),
    sa.column("content", JSON),
    sa.column("series"),
    sa.column("year"),
    sa.column("n"),
)
FILE = sa.table("document_file", sa.column("document_id"), sa.column("pdf", sa.LargeBinary()))
PROVIDER = sa.table(
    "provider", sa.column("id"), sa.column("series_proforma"), sa.column("series_fiscal")
)
COUNTER = sa.table(
    "series_counter",
    sa.column("provider_id"),
    sa.column("series"),
    sa.column("year"),
    sa.column("format"),
)
EVENT = sa.table(
    "event",
    sa.column("at", MOMENT),
    sa.column("kind"),
    sa.column("actor_kind"),
    sa.column("provider_id"),
    sa.column("client_id"),
    sa.column("subject_kind"),
    sa.column("subject_id"),
    sa.column("facts", JSON),
)
Place = tuple[int, str, int]


def upgrade() -> None:
    for name in ("first_proforma", "first_fiscal"):
        column = sa.Column(name, BIG_ID, nullable=False, server_default=sa.text("1"))
        op.add_column("provider", column)
    for place in (
        sa.Column("series", sa.String(length=16), nullable=False, server_default=""),
        sa.Column("year", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("n", BIG_ID, nullable=False, server_default=sa.text("0")),
    ):
        op.add_column("document", place)
    op.add_column(
        "series_counter", sa.Column("format", sa.String(), nullable=False, server_default="")
    )
    start = _tables()
    now = datetime.now(UTC)
    begun = _number(op.get_bind())
    rows = [
        {"provider_id": place[0], "series": place[1], "year": place[2], "first": first, "at": now}
        for place, first in begun.items()
    ]
    if rows:
        op.bulk_insert(start, rows)
    op.create_index(
        "ix_document_place", "document", ["provider_id", "series", "year", "n"], unique=True
    )
    _seal(op.get_bind(), now)


def _tables() -> sa.Table:
    op.create_table(
        "document_copy",
        sa.Column("document_id", BIG_ID, nullable=False),
        sa.Column("mark", MARKS, nullable=False),
        sa.Column("marked_on", sa.Date(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_copy_document_id")
        ),
        sa.PrimaryKeyConstraint("document_id", "mark", "marked_on", name=op.f("pk_document_copy")),
    )
    return op.create_table(
        "series_start",
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("series", sa.String(length=16), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("first", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_series_start_provider_id")
        ),
        sa.PrimaryKeyConstraint(
            "provider_id", "series", "year", "first", name=op.f("pk_series_start")
        ),
    )


def _number(bind: sa.Connection) -> Mapping[Place, int]:
    """Number all documents; the first n of each place."""
    formats = {
        (row.id, series): getattr(row, f"series_{series}")
        for row in bind.execute(sa.select(PROVIDER))
        for series in ("proforma", "fiscal")
    }
    for (provider, series), written_as in formats.items():
        of_series = (COUNTER.c.provider_id == provider, COUNTER.c.series == series)
        bind.execute(sa.update(COUNTER).where(*of_series).values(format=written_as))
    taken: dict[Place, set[int]] = defaultdict(set)
    unread = []
    wanted = [DOCUMENT.c[name] for name in ("id", "provider_id", "kind", "number", "issued_on")]
    for row in bind.execute(sa.select(*wanted).order_by(DOCUMENT.c.id)).all():
        series = "proforma" if row.kind == "proforma" else "fiscal"
        written_as = formats[row.provider_id, series]
        year, n = _read(row.number, written_as, row.issued_on.year)
        place = (row.provider_id, series, year)
        if n is None or n in taken[place]:
            unread.append((row, place))
        else:
            _place(bind, row.id, place, n, taken)
    for row, place in unread:
        n = max(taken[place], default=0) + 1
        _place(bind, row.id, place, n, taken)
        click.echo(
            f"document {row.id}: its number “{row.number}” does not tell which of its series it is;"
            f" it counts as {n}.",
            err=True,
        )
    return {place: min(numbers) for place, numbers in taken.items() if numbers}


def _place(
    bind: sa.Connection, document: int, place: Place, n: int, taken: dict[Place, set[int]]
) -> None:
    taken[place].add(n)
    values = {"series": place[1], "year": place[2], "n": n}
    bind.execute(sa.update(DOCUMENT).where(DOCUMENT.c.id == document).values(**values))


def _read(number: str, written_as: str, year: int) -> tuple[int, int | None]:
    """(year, n): by the format of the series, else by the last digits beside the year."""
    if found := re.fullmatch(_pattern(written_as, year), number):
        return year if "{year" in written_as else 0, int(found[1])
    groups = re.findall("[0-9]+", number)
    rest = [group for group in groups if group != str(year)]
    n = int(rest[-1]) if rest else None
    return year if len(rest) < len(groups) else 0, n if n is None or n <= MAX_ID else None


def _pattern(written_as: str, year: int) -> str:
    """Of a format that could number nothing: none."""
    around = _around_number(written_as, year)
    if around is None:
        return "(?!)"
    before, after = around
    return f"{re.escape(before)}([0-9]{{1,18}}){re.escape(after)}"


def _around_number(written_as: str, year: int) -> tuple[str, str] | None:
    """What stands before and after the number, as formats were read then; None: it is none."""
    try:
        parts = [*string.Formatter().parse(written_as)]
    except ValueError:
        return None
    fields = [(name, width, flag) for _, name, width, flag in parts if name is not None]
    names = [name for name, _, _ in fields]
    if (
        any("{" in words or "}" in words for words, *_ in parts)
        or names.count("number") != 1
        or set(names) - {"number", "year"}
        or any(flag or not WIDTH.fullmatch(width or "") for _, width, flag in fields)
    ):
        return None
    around = ["", ""]
    place = 0
    for words, name, width, _ in parts:
        around[place] += words
        if name == "number":
            place = 1
        elif name == "year":
            around[place] += format(year, width or "")
    return around[0], around[1]


def _seal(bind: sa.Connection, now: datetime) -> None:
    """What was issued and printed before has its digest in the log from now on."""
    waiting = []
    for event in (*_documents(bind), *_files(bind)):
        waiting.append({"at": now, "actor_kind": "system", "subject_kind": "document", **event})
        if len(waiting) == AT_ONCE:
            bind.execute(sa.insert(EVENT), waiting)
            waiting = []
    if waiting:
        bind.execute(sa.insert(EVENT), waiting)


def _documents(bind: sa.Connection) -> Iterator[dict[str, Any]]:
    for row in bind.execute(sa.select(DOCUMENT).order_by(DOCUMENT.c.id)).all():
        names = ("content", "provider_id", "client_id", "series", "year", "n")
        of_all = _digest({name: getattr(row, name) for name in names})
        yield _event("document.sealed", row, of_all)


def _digest(content: Mapping[str, object]) -> str:
    """The digest that a document has in the log; ``kernel.ids.digest`` as it was then."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _files(bind: sa.Connection) -> Iterator[dict[str, Any]]:
    wanted = [DOCUMENT.c[name] for name in ("id", "provider_id", "client_id", "number")]
    rows = sa.select(*wanted).join_from(DOCUMENT, FILE, FILE.c.document_id == DOCUMENT.c.id)
    for row in bind.execute(rows.order_by(DOCUMENT.c.id)).all():
        pdf = bind.scalar(sa.select(FILE.c.pdf).where(FILE.c.document_id == row.id))
        yield _event("document.sealed_file", row, hashlib.sha256(pdf or b"").hexdigest())


def _event(kind: str, row: Any, digest_of: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "provider_id": row.provider_id,
        "client_id": row.client_id,
        "subject_id": row.id,
        "facts": {"number": row.number, "digest": digest_of},
    }
