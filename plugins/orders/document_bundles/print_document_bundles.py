"""Printing bundles of documents; the worker does it, soon after one was asked for.

Each document is printed and counted in transactions of its own: whoever asked sees how far it is,
and a worker that was stopped goes on where it was, for what was printed once is kept.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, update

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.language.errors import NotFound, Refused
from billing_panel.kernel.process.config import FONTS
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from invoices.issue_and_print import print_document
from invoices.printing.renderer_pool import PROCESSES, drawing_for_letters
from invoices.store.models import IssuedDocument
from plugins.orders.document_bundles.bundled_files import merged, zipped
from plugins.orders.document_bundles.document_bundle import BundleForm, DocumentBundle

log = logger()


@dataclass(frozen=True)
class _Waiting:
    id: int
    form: BundleForm
    documents: tuple[int, ...]


def print_bundles(database: Database, *, actor: Actor, clock: Clock) -> None:
    """All that wait, the oldest first. Raises Busy, and Unavailable: it is tried again later.

    Who may have the documents was asked when the bundle was asked for; they are printed as the
    system, as many at a time as there are processes that draw.
    """
    while (waiting := _waiting(database)) is not None:
        files: dict[int, bytes] = {}
        for place, (document_id, file) in enumerate(_printed(database, waiting, actor, clock), 1):
            if file is not None:
                files[document_id] = file
            _count(database, waiting.id, place)
        made = _made(database, waiting.form, files) if files else None
        failed = [one for one in waiting.documents if one not in files]
        _finish(database, waiting.id, made, failed, clock)


def _waiting(database: Database) -> _Waiting | None:
    with database.reading() as session:
        rows = select(DocumentBundle.id, DocumentBundle.form, DocumentBundle.documents)
        oldest = rows.where(DocumentBundle.finished_at.is_(None)).order_by(DocumentBundle.id)
        found = session.execute(oldest.limit(1)).first()
        if found is None:
            return None
        return _Waiting(found.id, BundleForm(found.form), tuple(found.documents))


def _printed(
    database: Database, waiting: _Waiting, actor: Actor, clock: Clock
) -> Iterator[tuple[int, bytes | None]]:
    """Each as it was asked for, in that order, as soon as those before it are there."""

    def one(document_id: int) -> bytes | None:
        return _one(database, document_id, actor, clock)

    with ThreadPoolExecutor(PROCESSES, "prints-bundle") as threads:
        yield from zip(waiting.documents, threads.map(one, waiting.documents), strict=True)


def _one(database: Database, document_id: int, actor: Actor, clock: Clock) -> bytes | None:
    """None: it can't be printed, for a letter that no font has, or in so short a time.

    Nor where drawing fails (``RenderError``): others wait behind it.
    """
    drawing = drawing_for_letters(Path(str(database.info[FONTS])))
    try:
        return print_document(database, drawing, document_id, actor=actor, clock=clock).pdf
    except (NotFound, Refused):
        return None
    except RuntimeError:
        # RenderError by name would load all that draws into the worker, which only asks for it
        log.exception("document_not_drawn", document=document_id)
        return None


def _made(database: Database, form: BundleForm, files: Mapping[int, bytes]) -> bytes:
    if form is BundleForm.PDF:
        return merged(files.values())
    names = _names(database, [*files])
    return zipped({names[document_id]: file for document_id, file in files.items()})


def _names(database: Database, ids: Sequence[int]) -> Mapping[int, str]:
    """``invoice-0000000117.pdf``; where two would have the same, the later with its id."""
    with database.reading() as session:
        found = select(IssuedDocument.id, IssuedDocument.kind, IssuedDocument.number)
        rows = session.execute(
            found.where(IssuedDocument.id.in_(ids)).order_by(IssuedDocument.id)
        ).all()
    names: dict[int, str] = {}
    for row in rows:
        # a number may have signs in it that are no part of a file's name
        name = re.sub(r"[^\w.-]+", "-", f"{row.kind.value}-{row.number}")
        names[row.id] = (
            f"{name}.pdf" if f"{name}.pdf" not in names.values() else f"{name}-{row.id}.pdf"
        )
    return names


def _count(database: Database, bundle_id: int, printed: int) -> None:
    with database.writing() as session:
        # one that goes on where it was stopped has counted some before
        own = update(DocumentBundle).where(
            DocumentBundle.id == bundle_id, DocumentBundle.printed < printed
        )
        session.execute(own.values(printed=printed))


def _finish(
    database: Database, bundle_id: int, file: bytes | None, failed: list[int], clock: Clock
) -> None:
    """Once; a bundle that was removed meanwhile is gone."""
    with database.writing() as session:
        row = session.get(DocumentBundle, bundle_id)
        if row is None:
            return
        row.failed, row.file, row.finished_at = failed, file, clock.now()
