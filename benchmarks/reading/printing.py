"""Drawing an invoice of five lines, in milliseconds of processor time.

The floor is WeasyPrint with the same words on a bare page: no style sheet, no fonts of ours, no QR
code, no tags for screen readers. What lies between the two is what the looks cost.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, PackageLoader
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks.measuring.report import Line
from benchmarks.measuring.stopwatch import alternate
from benchmarks.populated.crowd import LINES
from benchmarks.populated.installation import Installation
from billing_panel.catalog.rules.wanted_line import WantedLine
from invoices.document import Document
from invoices.issue_and_print import content_of
from invoices.printing.document_pdf_values import page_values
from invoices.printing.renderer_pool import renderer
from plugins.orders.checkout.place_order import PlaceOrder, place_order

FONTS = Path(__file__).resolve().parents[2] / ".cache" / "fonts"
MORE_LINES = (WantedLine("panel-license", "1 month"), WantedLine("admin-hours-10", "once"))
ROUNDS = 25


def measure(installation: Installation) -> Iterator[Line]:
    document = _issued(installation)
    drawing = renderer(FONTS)
    bare = _Bare()

    def panel() -> bytes:
        return drawing.pdf(document)

    def floor() -> bytes:
        return bare.pdf(document)

    pair = alternate(panel, floor, ROUNDS, clock=time.process_time)
    yield Line.of_times("draw an invoice, 5 lines (CPU)", "", pair)


def _issued(installation: Installation) -> Document:
    """The pro-forma of an order placed for it, as it is kept."""
    panel, client_id = installation.panel, installation.crowd.giant
    command = PlaceOrder(client_id, None, "bank_transfer", lines=(*LINES, *MORE_LINES))
    with panel.database.writing() as session:
        (order,) = place_order(session, command, actor=installation.staff, clock=panel.clock)
        (document,) = order.documents
        return content_of(document)


class _Bare:
    def __init__(self) -> None:
        environment = Environment(loader=PackageLoader("templates", "invoices"), autoescape=True)
        self.template = environment.get_template("document.html")
        self.fonts = FontConfiguration()

    def pdf(self, document: Document) -> bytes:
        html = self.template.render(page_values(document), has_logo=False, has_code=False)
        return bytes(HTML(string=html).write_pdf(font_config=self.fonts))
