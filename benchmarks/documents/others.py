"""The same words drawn by others: plain WeasyPrint, ReportLab and Typst.

Naive WeasyPrint is the panel's own page and style, as its manual has it: fonts and style sheet are
read for each document, and no code, no PDF/A and no e-invoice is made. Bare is the same without a
style. ReportLab and Typst draw a plain table, and are measured where they are installed
(``pip install -e .[bench]``).
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from weasyprint import CSS, HTML

from invoices.document import Document
from invoices.printing.document_pdf_values import page_values

ROOT = Path(__file__).resolve().parents[2]
FONTS = ROOT / ".cache" / "fonts"
STYLE = ROOT / "templates" / "invoices" / "document.css"
Draw = Callable[[Document], bytes]


def others() -> Iterator[tuple[str, Draw]]:
    yield "naive WeasyPrint", naive
    yield "bare WeasyPrint", bare
    if find_spec("reportlab"):
        yield "ReportLab", by_reportlab
    if find_spec("typst"):
        yield "Typst", by_typst


def naive(document: Document) -> bytes:
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 (as the manual has it)

    fonts = FontConfiguration()
    style = CSS(string=_style(), font_config=fonts)
    return bytes(HTML(string=_html(document)).write_pdf(font_config=fonts, stylesheets=[style]))


def bare(document: Document) -> bytes:
    return bytes(HTML(string=_html(document)).write_pdf())


def _style() -> str:
    return STYLE.read_text("utf-8").replace("asset:", f"{FONTS.as_uri()}/")


def _html(document: Document) -> str:
    environment = Environment(loader=PackageLoader("templates", "invoices"), autoescape=True)
    template = environment.get_template("document.html")
    return template.render(page_values(document), has_logo=False, has_code=False)


def by_reportlab(document: Document) -> bytes:
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415
    from reportlab.lib.styles import getSampleStyleSheet  # noqa: PLC0415
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table  # noqa: PLC0415

    styles, file = getSampleStyleSheet(), BytesIO()
    values: dict[str, Any] = page_values(document)
    rows = [
        [Paragraph(f"{line.title}<br/>{line.detail}", styles["Normal"]), *_cells(line)]
        for line in values["lines"]
    ]
    story = [
        Paragraph(values["title"], styles["Title"]),
        Paragraph(f"{document.seller.name}, {document.seller.address}", styles["Normal"]),
        Paragraph(f"{document.buyer.name}, {document.buyer.address}", styles["Normal"]),
        Table(rows, repeatRows=0),
        *(Paragraph(f"{one.label}: {one.value}", styles["Normal"]) for one in values["sums"]),
    ]
    SimpleDocTemplate(file, pagesize=A4).build(story)
    return file.getvalue()


def by_typst(document: Document) -> bytes:
    import typst  # noqa: PLC0415

    values: dict[str, Any] = page_values(document)
    cells = [f"[{line.title} {line.detail}]" for line in values["lines"]]
    table = ",\n".join(
        f"{title}, " + ", ".join(f"[{cell}]" for cell in _cells(line))
        for title, line in zip(cells, values["lines"], strict=True)
    )
    sums = "\n\n".join(f"{one.label}: {one.value}" for one in values["sums"])
    page = f"= {values['title']}\n{document.seller.name}\n\n{document.buyer.name}\n"
    source = f"{page}\n#table(columns: 5,\n{table})\n\n{sums}\n".replace("#table", "\x00")
    escaped = source.replace("#", "\\#").replace("@", "\\@").replace("\x00", "#table")
    return bytes(typst.compile(escaped.encode()))


def _cells(line: Any) -> list[str]:
    return [line.quantity, line.price, line.tax, line.amount]
