"""Streamed files: each keeps a thread until its reader has all of it."""

from collections.abc import Callable, Iterator
from typing import IO

from flask import Response
from werkzeug.wsgi import FileWrapper

from billing_panel.kernel.files.csv_rows import SheetRow, csv_file
from billing_panel.kernel.process.lazy_imports import Named
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.download_names import name_file
from billing_panel.web.shell.request_context import language, panel

CSV, XLSX = "csv", "xlsx"
WORKBOOK = Named[Callable[..., IO[bytes]]]("billing_panel.kernel.files.xlsx_workbook:xlsx_file")
# in an address
SHEETS = f"any({CSV}, {XLSX})"
CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def streamed(lines: Iterator[str], actor: Actor, *, content_type: str) -> Response:
    """Within the places of ``actor``, until it is sent or its reader gone.

    Raises TooManyAtOnce, Busy.
    """
    give_back = panel().exports.take(actor.user_id or 0)
    response = Response(lines, content_type=content_type)
    response.call_on_close(give_back)
    return response


def sheet(rows: Iterator[SheetRow], actor: Actor, *, name: str, kind: str) -> Response:
    """A table as a file called ``name`` for the reader's spreadsheet, its heading first.

    Within the places of ``actor`` too; a workbook is made first and then sent. Raises
    TooManyAtOnce, Busy, and of a workbook that would be too large Refused ``too_long``.
    """
    if kind == CSV:
        lines = csv_file(rows, language())
        response = streamed(lines, actor, content_type=f"{CSV_TYPE}; charset=utf-8")
    else:
        response = _workbook(rows, actor)
    return name_file(response, f"{name}.{kind}")


def _workbook(rows: Iterator[SheetRow], actor: Actor) -> Response:
    running = panel()
    give_back = running.exports.take(actor.user_id or 0)
    try:
        file = WORKBOOK()(rows, most=running.config.export_rows)
    except BaseException:
        give_back()
        raise
    # whose wrapper closes it; passed through directly nothing would be called on closing
    response = Response(FileWrapper(file), content_type=XLSX_TYPE)
    response.call_on_close(give_back)
    return response
