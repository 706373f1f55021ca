"""A document attached to a letter: the stored PDF, or one drawn now and stored."""

from pathlib import Path

from billing_panel.accounts.access.load_actors import console
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.extension.mail_kinds import Attachment
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.process.config import FONTS
from billing_panel.kernel.values.clock import SystemClock
from invoices.functions import InvoicesFunction
from invoices.issue_and_print import print_document
from invoices.printing.renderer_pool import drawing_for_letters

NOUN = "document"


def attachment(database: Database, noun: str, row_id: int) -> Attachment | None:
    """None: it is no document that goes with the letter, or it is gone."""
    return mailed_document(database, row_id) if noun == NOUN else None


def mailed_document(database: Database, document_id: int) -> Attachment | None:
    """None: there is no such document. Called in no transaction. Raises what drawing raises.

    Who may have it was asked when the letter was posted; the worker prints it as the system.
    """
    drawing = drawing_for_letters(Path(str(database.info[FONTS])))
    actor = console([InvoicesFunction.INVOICE_PRINT.value])
    try:
        printed = print_document(database, drawing, document_id, actor=actor, clock=SystemClock())
    except NotFound:
        return None
    name = printed.number.replace("/", "-")
    return Attachment(f"{name}.pdf", "application/pdf", printed.pdf)
