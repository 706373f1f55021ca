"""A tax document with its e-invoice inside: still a page that is read, and a PDF/A-3b."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import facturx
import pypdf
import pytest
from lxml import etree

from invoices.document import Document, EInvoicing, Kind, Mark, Marking, Pictures
from invoices.einvoice.cii_invoice import cii_of
from invoices.einvoice.invoice_of_document import invoice_of
from invoices.printing.renderer import Renderer
from tests.unit.test_render import LOGO, codes_on, text_of

pytestmark = pytest.mark.slow


@pytest.fixture
def einvoice(euro_document: Document) -> Document:
    return replace(euro_document, kind=Kind.INVOICE, e_invoicing=EInvoicing.FACTUR_X)


def test_it_has_the_einvoice_inside(renderer: Renderer, einvoice: Document) -> None:
    pdf = renderer.pdf(einvoice, Pictures(LOGO))
    name, xml = facturx.get_xml_from_pdf(pdf, check_xsd=True, check_schematron=False)
    assert name == "factur-x.xml"
    assert xml == cii_of(invoice_of(einvoice))
    assert facturx.get_level(etree.fromstring(xml)) == "en16931"


def test_it_is_pdf_a_3b(renderer: Renderer, einvoice: Document) -> None:
    """ISO 19005-3 in what can be told: metadata, profile, fonts, pictures, the file's relation."""
    reader: Any = pypdf.PdfReader(BytesIO(renderer.pdf(einvoice, Pictures(LOGO))))
    catalog = reader.trailer["/Root"]
    metadata = catalog["/Metadata"].get_data().decode()
    assert metadata.count("<rdf:RDF") == 1
    assert 'pdfaid:part="3"' in metadata
    assert 'pdfaid:conformance="B"' in metadata
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in metadata
    (intent,) = catalog["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    assert b"sRGB" in intent["/DestOutputProfile"].get_data()
    (attached,) = catalog["/AF"]
    assert attached["/AFRelationship"] == "/Alternative"
    assert attached["/EF"]["/F"]["/Subtype"] == "/text/xml"
    resources = reader.pages[0]["/Resources"]
    for font in resources["/Font"].values():
        (descendant,) = font["/DescendantFonts"]
        assert "/FontFile2" in descendant["/FontDescriptor"]
        assert "/ToUnicode" in font
    pictures = resources["/XObject"].values()
    assert len(pictures) == 2
    assert not any(picture["/Interpolate"].value for picture in pictures)
    assert "/ID" in reader.trailer


def test_it_reads_as_the_page_without(renderer: Renderer, einvoice: Document) -> None:
    plain = renderer.pdf(replace(einvoice, e_invoicing=EInvoicing.OFF), Pictures(LOGO))
    embedded = renderer.pdf(einvoice, Pictures(LOGO))
    assert text_of(embedded) == text_of(plain)
    assert codes_on(embedded) == codes_on(plain)
    assert b"EmbeddedFile" not in plain


def test_the_same_bytes_each_time(renderer: Renderer, einvoice: Document) -> None:
    assert renderer.pdf(einvoice, Pictures(LOGO)) == renderer.pdf(einvoice, Pictures(LOGO))


def test_what_is_annulled_is_no_einvoice(renderer: Renderer, einvoice: Document) -> None:
    void = Marking(Mark.VOID, date(2026, 11, 23))
    assert pypdf.PdfReader(BytesIO(renderer.pdf(einvoice, Pictures(), void))).attachments == {}
