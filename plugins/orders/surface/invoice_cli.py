"""The command ``invoice print``."""

from pathlib import Path

import click
from sqlalchemy.orm import Session

from billing_panel.command_console import Console, as_option, json_option, pass_console, print_json
from billing_panel.kernel.language.errors import Conflict, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from invoices.issue_and_print import print_document
from invoices.printing.renderer_pool import renderer
from invoices.store.find_documents import documents_by_number
from plugins.orders.store.find_orders import find_order_by_number


@click.group()
def invoice() -> None:
    """Documents of orders."""


@invoice.command("print")
@click.argument("number")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="FILE.pdf"
)
@as_option
@json_option
@pass_console
def print_invoice(
    console: Console, number: str, out: Path, as_login: str | None, *, as_json: bool
) -> None:
    """Write the PDF of a document, by its own number or by its order's."""
    running = console.panel
    with running.database.reading() as session:
        actor = console.actor(session, as_login)
        document_id = _document_id(session, actor, number)
    printed = print_document(
        running.database,
        renderer(running.config.fonts_dir),
        document_id,
        actor=actor,
        clock=running.clock,
    )
    try:
        out.write_bytes(printed.pdf)
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from error
    if as_json:
        print_json({"number": printed.number, "file": str(out), "bytes": len(printed.pdf)})
    else:
        click.echo(f"{printed.number}: {out}")


def _document_id(session: Session, actor: Actor, number: str) -> int:
    """Raises NotFound, Conflict ``invoice_not_issued``."""
    found = documents_by_number(session, actor, number)
    if found:
        return found[0].id
    try:
        of_order = find_order_by_number(session, actor, number)
    except NotFound:
        raise NotFound(
            text("There is no document or order with number %(number)s.", number=number)
        ) from None
    if not of_order.documents:
        raise Conflict(
            text("No invoice has been issued for order %(number)s yet.", number=number),
            code="invoice_not_issued",
        )
    return of_order.documents[-1].id
