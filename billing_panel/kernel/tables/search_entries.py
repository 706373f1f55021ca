"""What is searched: of each subject one row of its words, folded, in one table for all.

Whoever changes what a subject is called writes its row in the same transaction. Which subjects
somebody sees is the query's own condition; here is only which of them have the words.

Every word of what is asked is part of the words of the subject, in any order. A number is found as
a whole alone, whatever zeros lead it and however it is grouped: ``17`` is in ``2026-000017`` and
not in ``117``, ``10 017`` is ``10017``.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import ColumnElement, Select, String, and_, false, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.kernel.database.db import Base, BigId
from billing_panel.kernel.input.text_folding import fold
from billing_panel.kernel.language.text import Text, text

# of what is asked: longer words, and more of them, are not looked up
MAX_QUERY, MAX_WORDS = 200, 12
# stands on both sides of a number; nothing that was folded has it
_BOUND = "\x1f"
_NUMBER = re.compile(r"[0-9]+")
_GROUPS = re.compile(r"(?<![^ ])[0-9]{1,3}(?: [0-9]{3})+(?![^ ])")


class SearchEntry(Base):
    """``words`` as ``entry`` makes them."""

    __tablename__ = "search_entry"

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    words: Mapped[str]


def entry(kind: str, subject_id: int, *said: str) -> SearchEntry:
    """To be added for a new subject, and merged for one that has another name now."""
    return SearchEntry(kind=kind, subject_id=subject_id, words=searchable(*said))


def searchable(*said: str) -> str:
    """In an order of its own: PostgreSQL keeps none of titles by language."""
    return " ".join(_bounded(fold(one)) for one in sorted(set(said)))


def asked(query: str) -> tuple[str, ...]:
    """The words of ``query``, each once, as they stand in entries."""
    words = _bounded(fold(query[:MAX_QUERY])).split(" ")
    return tuple(dict.fromkeys(filter(None, words)))[:MAX_WORDS]


def found(query: str, has: Callable[[str], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Condition: all words of ``query`` are had; where it has none, nothing is found.

    ``has(word)`` is the condition that something has one word of ``asked``.
    """
    words = asked(query)
    return and_(*map(has, words)) if words else false()


def having(word: str, *kinds: str) -> Select[int]:
    """Ids of subjects of these kinds that have the word."""
    return select(SearchEntry.subject_id).where(
        SearchEntry.kind.in_(kinds), SearchEntry.words.contains(word, autoescape=True)
    )


def disagreeing(session: Session, kind: str, entries: Iterable[SearchEntry]) -> Iterator[Text]:
    """A sentence for each row of the kind that is not there, or not as in ``entries``."""
    rows = select(SearchEntry.subject_id, SearchEntry.words).filter_by(kind=kind)
    there = {row.subject_id: row.words for row in session.execute(rows)}
    for one in entries:
        if there.pop(one.subject_id, None) != one.words:
            yield text(
                "Search row %(kind)s %(id)s doesn’t have the current name of its subject.",
                kind=kind,
                id=one.subject_id,
            )
    for subject_id in there:
        yield text(
            "Search row %(kind)s %(id)s refers to nothing that exists.", kind=kind, id=subject_id
        )


def _bounded(folded: str) -> str:
    whole = _GROUPS.sub(lambda found: found[0].replace(" ", ""), folded)
    return _NUMBER.sub(lambda found: f"{_BOUND}{found[0].lstrip('0') or '0'}{_BOUND}", whole)
