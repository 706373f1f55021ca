"""Documents as PDF: one page of HTML from plain values, drawn by WeasyPrint.

1. The template sees strings that are already formatted, never an object of ours; all are escaped.
2. WeasyPrint may read the files handed to it by name under ``asset:`` (fonts, code, logo). Every
   other address is refused, whoever wrote it: a client, or the author of a logo.
3. What WeasyPrint only logs as an error (a picture it could not read) is an error here.
4. No clock and no chance: the same document, libraries and fonts give the same bytes.
"""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from logging.handlers import BufferingHandler
from pathlib import Path
from threading import Lock

from jinja2 import Environment, PackageLoader, StrictUndefined
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.files.fonts import DOCUMENT_FONTS
from billing_panel.kernel.files.printable_characters import without_glyph
from invoices.document import Document, EInvoicing, Mark, Marking, Pictures
from invoices.einvoice.cii_invoice import cii_of
from invoices.einvoice.invoice_of_document import invoice_of
from invoices.payment.swiss_bill import swiss_bill
from invoices.printing.document_pdf_values import page_values
from invoices.printing.factur_x import Embedded
from invoices.printing.payment_qr_code import payment_code, qr_png
from invoices.printing.swiss_code import swiss_png

SCHEME = "asset:"
LOGO = "logo.png"
SIGNATURE = "signature.png"
STAMP = "stamp.png"
NONE = Pictures()
CODE = "code.png"
SWISS = "swiss.png"
MEDIA_TYPES = {".ttf": "font/ttf", ".png": "image/png"}

# Control characters but tab and line end, surrogates, what turns the direction of writing (with it
# a client's name could make its surroundings read otherwise), and what nobody sees.
UNPRINTABLE = dict.fromkeys(
    (
        *(*range(9), *range(11, 32), *range(127, 160)),
        *(0x00AD, 0x034F, 0x061C, *range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFEFF),
        *(*range(0x202A, 0x202F), *range(0x2066, 0x206A)),
        *range(0xD800, 0xE000),
    )
)


class RenderError(RuntimeError):
    """The document cannot be drawn as it should look, so it is not drawn at all."""


class Assets(URLFetcher):  # type: ignore[misc]  # weasyprint has no types
    """Serves ``files``, by name, as ``asset:<name>``; refuses everything else."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self.files = files

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:  # noqa: ARG002
        """Raises PermissionError for whatever is not in ``files``."""
        name = url.removeprefix(SCHEME)
        if name == url or name not in self.files:
            raise PermissionError(f"a document may not fetch {url!r}")
        media_type = MEDIA_TYPES[Path(name).suffix]
        return URLFetcherResponse(url, self.files[name], {"Content-Type": media_type})


class Renderer:
    """Draws documents; made once per process, for it loads fonts and style. Safe among threads."""

    def __init__(self, fonts_dir: Path) -> None:
        """``fonts_dir`` is what ``ensure_fonts`` has filled. Raises OSError, RenderError."""
        templates = Environment(
            loader=PackageLoader("templates", "invoices"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_printable,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._template = templates.get_template("document.html")
        self._statement = templates.get_template("statement.html")
        self._fonts = FontConfiguration()
        self._assets = Assets({name: (fonts_dir / name).read_bytes() for name in DOCUMENT_FONTS})
        with _errors_raised(logging.WARNING):
            self._style = CSS(
                string=files("templates").joinpath("invoices", "document.css").read_text("utf-8"),
                font_config=self._fonts,
                url_fetcher=self._assets,
            )
        # Pango's font map, behind FontConfiguration, is not for two threads at once.
        self._lock = Lock()

    def pdf(
        self, document: Document, pictures: Pictures = NONE, marking: Marking | None = None
    ) -> bytes:
        """The document drawn; without a logo the brand's first letter stands.

        What has a ``marking`` says so at its head and asks for nothing. Raises RenderError, for
        example for a logo that cannot be read or that names other files.
        """
        code = payment_code(document) if marking is None else _link(marking)
        bill = swiss_bill(document) if code is None and marking is None else None
        html = self._template.render(
            page_values(document, marking),
            has_logo=pictures.logo is not None,
            has_signature=pictures.signature is not None,
            has_stamp=pictures.stamp is not None,
            has_code=code is not None,
        )
        files = {
            LOGO: pictures.logo,
            SIGNATURE: pictures.signature,
            STAMP: pictures.stamp,
            CODE: qr_png(code) if code else None,
            SWISS: swiss_png(bill.payload) if bill else None,
        }
        there = {name: file for name, file in files.items() if file is not None}
        return self._drawn(html, there, _embedded(document, marking))

    def statement(self, values: Mapping[str, object]) -> bytes:
        """What moved on an account; ``values`` are those of its template. Raises RenderError.

        Reasons in it were written long ago: for a letter without a glyph stands a ``?``.
        """
        html = self._statement.render(values)
        return self._drawn(html.translate(dict.fromkeys(map(ord, without_glyph(html)), "?")), {})

    @slow
    def _drawn(
        self, html: str, pictures: Mapping[str, bytes], embedded: Embedded | None = None
    ) -> bytes:
        style = [self._style, *([embedded.style] if embedded else [])]
        options = embedded.options() if embedded else {}
        with self._lock, _errors_raised(logging.ERROR):
            self._assets.files = pictures
            page = HTML(string=html, url_fetcher=self._assets)
            pdf = page.write_pdf(
                font_config=self._fonts, stylesheets=style, pdf_tags=True, **options
            )
        return bytes(pdf)


def _embedded(document: Document, marking: Marking | None) -> Embedded | None:
    """The e-invoice of what is one; an annulled document is an invoice no more."""
    is_void = marking is not None and marking.mark is Mark.VOID
    if document.e_invoicing is EInvoicing.OFF or is_void:
        return None
    return Embedded(cii_of(invoice_of(document)), document.issued_on)


def _link(marking: Marking) -> str | None:
    """What the code of a fiscal receipt says."""
    return (marking.fiscal.link or None) if marking.fiscal else None


def _printable(value: object) -> object:
    return value.translate(UNPRINTABLE) if isinstance(value, str) else value


@contextmanager
def _errors_raised(level: int) -> Iterator[None]:
    """Raise as RenderError what WeasyPrint logs at ``level`` or above."""
    listener = BufferingHandler(capacity=sys.maxsize)
    listener.setLevel(level)
    log = logging.getLogger("weasyprint")
    # whoever configures logging again disables the loggers there are; an error must not pass so
    log.disabled = False
    log.addHandler(listener)
    try:
        yield
    finally:
        log.removeHandler(listener)
    if listener.buffer:
        raise RenderError("; ".join(record.getMessage() for record in listener.buffer))
