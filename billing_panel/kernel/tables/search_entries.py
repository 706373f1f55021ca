"""The search table: one row of folded words for each subject.

Whoever changes what a subject is called writes its row in the same transaction. How rows are found
is ``search_index``.

A number stands as a whole alone, whatever zeros lead it and however it is grouped: ``17`` is in
``2026-000017`` and not in ``117``, ``10 017`` is ``10017``. Whose a subject is stands among its
words too, as marks that nobody can type, so that the index narrows by scope as it does by words.
"""

import re
from collections.abc import Iterable, Iterator
from zlib import crc32

from sqlalchemy import ColumnElement, Insert, Select, String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.kernel.database.column_types import Base, BigId
from billing_panel.kernel.database.rows_written_at_commit import leave, write_late
from billing_panel.kernel.input.text_folding import fold
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.numbers_in_words import OF_CLIENT, OF_PROVIDER, SAID, Words

_NUMBER = re.compile(r"[0-9]+")
_GROUPS = re.compile(r"(?<![^ ])[0-9]{1,3}(?: [0-9]{3})+(?![^ ])")
# of an entry's id; what is left names the kind
SUBJECT_BITS = 40
_KIND_SHIFT = 9


class SearchEntry(Base):
    """``words`` as ``entry`` makes them.

    ``id`` is made of kind and subject: the entries of a kind lie together, in the order of their
    subjects, and the index is read in that order too. PostgreSQL has a part for each kind.
    """

    __tablename__ = "search_entry"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigId)
    words: Mapped[str] = mapped_column(Words)


def entry(
    kind: str,
    subject_id: int,
    *said: str,
    providers: Iterable[int] = (),
    client: int | None = None,
) -> SearchEntry:
    """``said``: what it is found by; ``providers``, ``client``: whose it is, by id."""
    marks = [*map(provider_mark, sorted(providers)), *([client_mark(client)] if client else [])]
    words = f" {searchable(*said)} "
    return SearchEntry(
        id=first_id(kind) + subject_id,
        kind=kind,
        subject_id=subject_id,
        words=f" {' '.join(marks)}{words}" if marks else words,
    )


def index_entries(session: Session, entries: Iterable[SearchEntry]) -> None:
    """Let subjects be found by ``entries`` from now on, new ones and those entered before."""
    rows = ({c.name: getattr(one, c.name) for c in one.__table__.columns} for one in entries)
    leave(session, ENTER[session.get_bind().dialect.name], rows)


def _enter(insert: postgresql.Insert | sqlite.Insert) -> Insert:
    new = {"words": insert.excluded.words}
    return insert.on_conflict_do_update(index_elements=["id"], set_=new)


# by the name of the database: made once
ENTER = {
    "postgresql": _enter(postgresql.insert(SearchEntry)),
    "sqlite": _enter(sqlite.insert(SearchEntry)),
}


def forget(session: Session, kind: str, subjects: Select[int]) -> None:
    """Let none of these be found by entries of the kind."""
    write_late(session)
    ids = subjects.subquery()
    own = select(first_id(kind) + ids.c[0])
    session.execute(delete(SearchEntry).where(_of_kind(kind), SearchEntry.id.in_(own)))


def _of_kind(kind: str) -> ColumnElement[bool]:
    """By the ids, so that PostgreSQL looks into the kind's part alone."""
    first = first_id(kind)
    return SearchEntry.id.between(first, first + (1 << SUBJECT_BITS) - 1)


def first_id(kind: str) -> int:
    """Below the ids of all entries of the kind."""
    return crc32(kind.encode()) >> _KIND_SHIFT << SUBJECT_BITS


def searchable(*said: str) -> str:
    """In an order of its own: PostgreSQL keeps none of titles by language."""
    return " ".join(bounded(fold(one)) for one in sorted(set(said)))


def bounded(folded: str) -> str:
    """``folded`` with each number as a word of its own."""
    whole = _GROUPS.sub(lambda found: found[0].replace(" ", ""), folded)
    return _NUMBER.sub(lambda found: f"{SAID}{found[0].lstrip('0') or '0'}{SAID}", whole)


def provider_mark(provider_id: int) -> str:
    """What stands among the words of all that is with the provider."""
    return f"{OF_PROVIDER}{provider_id}{OF_PROVIDER}"


def client_mark(client_id: int) -> str:
    """What stands among the words of all that is the client's."""
    return f"{OF_CLIENT}{client_id}{OF_CLIENT}"


def disagreeing(session: Session, kind: str, entries: Iterable[SearchEntry]) -> Iterator[Text]:
    """A sentence for each row of the kind that is not there, or not as in ``entries``."""
    rows = select(SearchEntry.id, SearchEntry.words).filter_by(kind=kind)
    there = {row.id: row.words for row in session.execute(rows)}
    for one in entries:
        if there.pop(one.id, None) != one.words:
            yield text(
                "Search row %(kind)s %(id)s doesn’t have the current name of its subject.",
                kind=kind,
                id=one.subject_id,
            )
    for entry_id in there:
        yield text(
            "Search row %(kind)s %(id)s refers to nothing that exists.",
            kind=kind,
            id=entry_id - first_id(kind),
        )
