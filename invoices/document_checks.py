"""Invariants of documents."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.money import Money
from invoices.document import Kind
from invoices.store.digests import PLACE, content_digest, file_digest
from invoices.store.models import (
    DocumentCopy,
    DocumentEvent,
    DocumentEventKind,
    DocumentFile,
    IssuedDocument,
)
from invoices.store.numbering import SeriesCounter, SeriesStart

# columns that say what the content says too
REPEATED = ("kind", "number", "issued_on", "due_on", "currency", "total")
SEALED = ("id", "content", *PLACE, *REPEATED)


def numbers(session: Session) -> Iterator[Text]:
    """Each number that was taken of a series stands on a document, and follows the one before it.

    They are looked up by what a document is numbered by, not as they are written: the format of a
    series may change. Where counting began, or went on above numbers there were, is no gap.
    """
    rows = session.execute(select(Provider.id, Provider.key))
    providers = {row.id: row.key for row in rows}
    yield from _gaps(session, providers)
    yield from _untaken(session, providers)
    yield from _twice(session, providers)


def _gaps(session: Session, providers: Mapping[int, str]) -> Iterator[Text]:
    place = (IssuedDocument.provider_id, IssuedDocument.series, IssuedDocument.year)
    before = func.lag(IssuedDocument.n).over(partition_by=place, order_by=IssuedDocument.n)
    counted = select(*place, IssuedDocument.n, before.label("before")).subquery()
    columns = counted.c
    begun = (
        select(SeriesStart.first)
        .filter_by(provider_id=columns.provider_id, series=columns.series)
        .where(SeriesStart.year == columns.year, SeriesStart.first == columns.n)
        .exists()
    )
    gaps = session.execute(
        select(*columns)
        .where(func.coalesce(columns.before, 0) != columns.n - 1, ~begun)
        .order_by(*columns)
    )
    for row in gaps:
        yield text(
            "In series %(series)s of %(provider)s, year %(year)s, number"
            " %(number)s follows %(before)s: the numbers between are missing.",
            series=row.series,
            provider=providers[row.provider_id],
            year=row.year,
            number=row.n,
            before=row.before or 0,
        )


def _untaken(session: Session, providers: Mapping[int, str]) -> Iterator[Text]:
    """The last number of each counter stands on the last document, and each has a counter."""
    place = (IssuedDocument.provider_id, IssuedDocument.series, IssuedDocument.year)
    issued = {
        (row.provider_id, row.series, row.year): int(row.last)
        for row in session.execute(
            select(*place, func.max(IssuedDocument.n).label("last")).group_by(*place)
        )
    }
    taken = {
        (row.provider_id, row.series, row.year): row.last
        for row in session.scalars(select(SeriesCounter))
    }
    for provider, series, year in sorted(taken.keys() | issued.keys()):
        last, there = taken.get((provider, series, year)), issued.get((provider, series, year))
        if last != there:
            yield text(
                "In series %(series)s of %(provider)s, year %(year)s, the last"
                " number taken is %(taken)s, but the last on a document is"
                " %(issued)s.",
                series=series,
                provider=providers[provider],
                year=year,
                taken=last or 0,
                issued=there or 0,
            )


def _twice(session: Session, providers: Mapping[int, str]) -> Iterator[Text]:
    written = (IssuedDocument.provider_id, IssuedDocument.series, IssuedDocument.number)
    rows = session.execute(
        select(*written, func.count()).group_by(*written).having(func.count() > 1)
    )
    for provider, _, number, documents in rows:
        yield text(
            "Number %(number)s of %(provider)s appears on %(documents)s documents.",
            number=number,
            provider=providers[provider],
            documents=documents,
        )


def totals(session: Session) -> Iterator[Text]:
    """What a document asks for is the sum of its lines, with the tax where it is not inside."""
    found = (
        select(IssuedDocument.number, IssuedDocument.currency, IssuedDocument.total)
        .add_columns(IssuedDocument.content)
        .order_by(IssuedDocument.id)
        .execution_options(yield_per=100)
    )
    with session.execute(found) as rows:
        for number, currency, total, content in rows:
            of_lines = sum(line["amount"] for line in content["lines"])
            asked = of_lines if content["taxes_inside"] else of_lines + content["tax"]
            if not total == content["total"] == content["net"] + content["tax"] == asked:
                yield text(
                    "Document %(number)s totals %(total)s, but its lines add up to %(sum)s.",
                    number=number,
                    total=Money(total, currency),
                    sum=Money(asked, currency),
                )


def unchanged(session: Session) -> Iterator[Text]:
    """A document is what the log says was issued, printed and annulled."""
    yield from _contents(session)
    yield from _files(session)
    yield from _voids(session)


def _contents(session: Session) -> Iterator[Text]:
    told = {
        subject: digest
        for subject, digest in _digests(session, "document.issued", "document.sealed")
        if digest is not None
    }
    columns = IssuedDocument.__table__.c
    found = select(*[columns[name] for name in SEALED])
    rows = found.order_by(columns.id).execution_options(yield_per=100)
    for row in session.execute(rows):
        if told.pop(row.id, None) != content_digest(row) or _differs(row):
            yield text(
                "Document %(number)s (id %(id)s) differs from what was issued.",
                number=row.number,
                id=row.id,
            )
    for subject in sorted(told):
        yield text("An issued document is missing: its id was %(id)s.", id=subject)


def _differs(row: Row[Any]) -> bool:
    """The columns repeat what the content says."""
    return any(str(getattr(row, name)) != str(row.content[name]) for name in REPEATED)


def _files(session: Session) -> Iterator[Text]:
    """Each PDF is one that was printed, and each that was printed is kept."""
    told = Counter(_digests(session, "document.printed", "document.sealed_file"))
    for model in (DocumentFile, DocumentCopy):
        kept = select(model.document_id, model.pdf).execution_options(yield_per=20)
        for row in session.execute(kept):
            one = (row.document_id, file_digest(row.pdf))
            if told[one] < 1:
                yield text(
                    "A PDF of document %(id)s differs from the one that was printed.",
                    id=row.document_id,
                )
            told[one] -= 1
    for (subject, _), missing in sorted(told.items()):
        if missing > 0:
            yield text("A printed PDF of document %(id)s is missing.", id=subject)


def _voids(session: Session) -> Iterator[Text]:
    told = set(session.scalars(select(Event.subject_id).filter_by(kind="document.voided")))
    there = set(
        session.scalars(select(DocumentEvent.document_id).filter_by(kind=DocumentEventKind.VOIDED))
    )
    for document in sorted(told ^ there):
        yield text(
            "The log and the documents disagree on whether document %(id)s is annulled.",
            id=document,
        )


def _digests(session: Session, *kinds: str) -> Iterator[tuple[int, str | None]]:
    rows = session.execute(
        select(Event.subject_id, Event.facts)
        .where(Event.kind.in_(kinds))
        .order_by(Event.id)
        .execution_options(yield_per=500)
    )
    for row in rows:
        yield row.subject_id, row.facts.get("digest")


def credited(session: Session) -> Iterator[Text]:
    """No more of an invoice is credited than it says; and a credit note corrects an invoice."""
    note = aliased(IssuedDocument)
    is_note = IssuedDocument.kind == Kind.CREDIT_NOTE
    of_nothing = select(IssuedDocument.number).where(is_note, IssuedDocument.corrects_id.is_(None))
    for number in session.scalars(of_nothing.order_by(IssuedDocument.id)):
        yield text("Credit note %(number)s doesn’t correct any invoice.", number=number)
    taken = func.sum(note.total)
    rows = session.execute(
        select(IssuedDocument.number, IssuedDocument.currency, IssuedDocument.total, taken)
        .join(note, note.corrects_id == IssuedDocument.id)
        .group_by(IssuedDocument.id)
        .having(taken > IssuedDocument.total)
        .order_by(IssuedDocument.id)
    )
    for number, currency, total, back in rows:
        yield text(
            "Credit notes of %(back)s exceed the total of %(number)s, %(total)s.",
            back=Money(int(back), currency),
            number=number,
            total=Money(total, currency),
        )


INVOICES_CHECKS = (
    Check("documents.numbers", numbers),
    Check("documents.totals", totals),
    Check("documents.credited", credited),
    Check("documents.unchanged", unchanged),
)
