"""A PDF/A-3b with its e-invoice embedded: Factur-X 1.0.9, section 6 (ZUGFeRD 2.5).

WeasyPrint embeds the fonts, the file and the sRGB profile, and writes the metadata (XMP). Here its
metadata is told of the e-invoice: ISO 19005-3 allows one ``rdf:RDF`` there, so what Factur-X adds
goes into the one there is. The days in it are those of the document: the same bytes each time.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from importlib.resources import files
from typing import Any

from weasyprint import CSS, Attachment

from billing_panel.kernel.process.lazy_values import kept_property

VARIANT = "pdf/a-3b"
FILE = "factur-x.xml"
RELATIONSHIP = "Alternative"
END = b"</rdf:RDF>"


@dataclass(frozen=True)
class Embedded:
    """``cii``: the e-invoice; ``day``: that of its issue."""

    cii: bytes
    day: date

    def options(self) -> dict[str, Any]:
        """What WeasyPrint's ``write_pdf`` is given."""
        at = datetime.combine(self.day, time())
        attachment = Attachment(
            string=self.cii.decode(),
            name=FILE,
            description="Factur-X",
            created=at,
            modified=at,
            relationship=RELATIONSHIP,
        )
        return {"pdf_variant": VARIANT, "attachments": [attachment], "finisher": _finish}

    @kept_property
    def style(self) -> CSS:
        """ISO 19005-3, 6.2.8: no picture is interpolated."""
        return CSS(string="img { image-rendering: pixelated }")


def _finish(_document: object, pdf: Any) -> None:
    reference = pdf.catalog["Metadata"]
    (metadata,) = (part for part in pdf.objects if part.reference == reference)
    metadata.compress = False
    metadata.stream = [part.replace(END, _extension() + END) for part in metadata.stream]
    # WeasyPrint names an attachment here twice
    pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])


def _extension() -> bytes:
    return files("templates").joinpath("invoices", "factur-x.xmp").read_bytes()
