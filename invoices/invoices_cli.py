"""The command ``invoices verify``."""

import click
from sqlalchemy import func, select

from billing_panel.command_console import (
    Console,
    json_option,
    pass_console,
    print_json,
)
from billing_panel.core.panel_checks import end_where_wrong, look_up, wrong_as_json
from invoices.document_checks import INVOICES_CHECKS
from invoices.store.models import DocumentCopy, DocumentFile, IssuedDocument


@click.group()
def invoices() -> None:
    """All documents."""


@invoices.command()
@json_option
@pass_console
def verify(console: Console, *, as_json: bool) -> None:
    """Look for gaps in numbers, and for documents and PDFs that were changed; else end with 1."""
    with console.panel.database.snapshot() as session:
        wrong = look_up(session, INVOICES_CHECKS)
        documents, files, copies = (
            session.scalar(select(func.count()).select_from(model)) or 0
            for model in (IssuedDocument, DocumentFile, DocumentCopy)
        )
    if as_json:
        facts = {"right": not wrong, "documents": documents, "files": files + copies}
        print_json({**facts, "wrong": wrong_as_json(wrong, console.language)})
    elif not wrong:
        click.echo(f"The documents are right. Documents: {documents}, PDFs: {files + copies}.")
    end_where_wrong(wrong, console.language, as_json=as_json)
