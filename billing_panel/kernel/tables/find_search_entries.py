"""Finding search entries by their words, through a trigram index.

SQLite has it as an FTS5 table for each kind beside ``search_entry``, kept by triggers; PostgreSQL
as an index by ``pg_trgm``. Either is read in the order of the subjects, newest first, so that a
page of what half of all entries have costs no more than one of what few have.

All words of what is asked are part of the words of the subject, in any order. A word of two letters
is found at the beginning of a word, one of a single letter as a whole word; signs alone find
nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    TableClause,
    and_,
    column,
    false,
    or_,
    table,
    type_coerce,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from billing_panel.kernel.input.text_folding import fold
from billing_panel.kernel.tables.numbers_in_words import shortened
from billing_panel.kernel.tables.search_entries import (
    SUBJECT_BITS,
    SearchEntry,
    bounded,
    client_mark,
    first_id,
    provider_mark,
)
from billing_panel.kernel.values.actor import Actor

# of what is asked: longer words, and more of them, are not looked up
MAX_QUERY, MAX_WORDS = 200, 12
_PLANNED = "search.planned"
_ENTRY = SearchEntry.__table__
# of nothing that was folded
_NOWHERE = "\x1c\x1c\x1c"

Words = tuple[str, ...]


def asked(query: str) -> Words:
    """The words of ``query``, each once, as they are looked up."""
    words = map(_as_looked_up, bounded(fold(query[:MAX_QUERY])).split(" "))
    return tuple(dict.fromkeys(filter(None, words)))[:MAX_WORDS]


@dataclass(frozen=True)
class Page:
    """Subjects with ids above ``after`` in their order, else newest first, below ``before``."""

    limit: int
    after: int | None = None
    before: int | None = None


@dataclass(frozen=True)
class Sought:
    """Entries of a kind that have all words of one of ``ways``, and one of the marks ``within``.

    ``within`` None: whosever they are. ``before``: subjects with lower ids alone; ``after``: with
    higher ones.
    """

    kind: str
    ways: Collection[Words]
    within: Collection[str] | None = None
    before: int | None = None
    after: int | None = None

    @property
    def subjects(self) -> tuple[int, int]:
        """The lowest and the highest id a subject may have."""
        highest = (1 << SUBJECT_BITS) - 1
        last = highest if self.before is None else max(0, min(self.before - 1, highest))
        return (self.after or 0) + 1, last


@dataclass(frozen=True)
class Entries:
    """Entries in a statement: select from ``rows`` where ``condition``, by order of ``place``.

    ``subject`` is the id of what is found.
    """

    rows: FromClause
    subject: ColumnElement[int]
    place: ColumnElement[int]
    condition: ColumnElement[bool]


def entries(session: Session, sought: Sought) -> Entries:
    """``sought`` as the database of ``session`` looks it up."""
    if session.get_bind().dialect.name == "sqlite":
        return _by_fts(sought)
    _plan_anew(session)
    return _by_trigrams(sought)


def scope_marks(actor: Actor) -> Sequence[str] | None:
    """One of these stands in all that ``actor`` may see; None: they see everything."""
    if actor.client_id is not None:
        return [client_mark(actor.client_id)]
    if actor.provider_ids is None:
        return None
    return [provider_mark(one) for one in sorted(actor.provider_ids)]


def has_all(words: str, asked_for: Words) -> bool:
    """Whether an entry with ``words`` is found by all that is asked for."""
    return all(word in words for word in asked_for)


def _as_looked_up(word: str) -> str:
    if not any(map(str.isalnum, word)):
        return ""
    return {1: f" {word} ", 2: f" {word}"}.get(len(word), word)


def _by_fts(sought: Sought) -> Entries:
    rows = _fts(sought.kind).alias()
    subject, whole_row = rows.c
    place = type_coerce(subject, BigInteger)
    condition = and_(whole_row.match(_expression(sought)), place.between(*sought.subjects))
    return Entries(rows, place, place, condition)


@cache
def _fts(kind: str) -> TableClause:
    """Its columns: the id of the subject, and its own name, which stands for the whole row."""
    name = f"search_words_{kind}"
    return table(name, column("rowid", BigInteger), column(name))


def _expression(sought: Sought) -> str:
    """In the language of FTS5; it finds nothing where there is nothing to look for."""
    ways = " OR ".join(f"({' AND '.join(map(_quoted, words))})" for words in sought.ways if words)
    if sought.within is None:
        return ways or _quoted(_NOWHERE)
    within = " OR ".join(map(_quoted, sought.within)) or _quoted(_NOWHERE)
    return f"({ways}) AND ({within})" if ways else within


def _quoted(word: str) -> str:
    return '"{}"'.format(shortened(word).replace('"', '""'))


def _by_trigrams(sought: Sought) -> Entries:
    rows = _ENTRY.alias()
    first = first_id(sought.kind)
    low, high = sought.subjects
    conditions: list[ColumnElement[bool]] = [rows.c.id.between(first + low, first + high)]
    if ways := [words for words in sought.ways if words]:
        conditions.append(or_(*(and_(*(_has(rows.c.words, w) for w in way)) for way in ways)))
    if sought.within is not None:
        conditions.append(or_(false(), *(_has(rows.c.words, mark) for mark in sought.within)))
    elif not ways:
        conditions.append(false())
    return Entries(rows, rows.c.subject_id, rows.c.id, and_(*conditions))


def _has(words: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """By the sign of escape that needs no naming: the index reads no other pattern."""
    plain = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return words.like(f"%{plain}%")


def _plan_anew(session: Session) -> None:
    """A plan made once for every word would read the index for the commonest ones too."""
    if _PLANNED not in session.info:
        session.execute(sql("SET LOCAL plan_cache_mode = force_custom_plan"))
        session.info[_PLANNED] = True
