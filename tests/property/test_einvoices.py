"""E-invoices of random documents hold by the published rules, whatever is on the document.

Forty of them in a usual run; ``EINVOICES=300`` makes three hundred, in one process that compiles
the rules once (some twelve seconds).
"""

import os

import pytest
from hypothesis import given, settings

from invoices.document import Document
from invoices.einvoice.cii_invoice import cii_of
from invoices.einvoice.field_mistakes import field_mistakes
from invoices.einvoice.invoice_of_document import invoice_of
from invoices.einvoice.ubl_invoice import ubl_of
from tests.property.einvoice_documents import documents
from tests.property.published_rules import (
    CII_RULES,
    CII_SCHEMA,
    UBL_RULES,
    Judgement,
    by_peppol,
    by_schema,
    by_schematron,
    ubl_schema,
)

# A credit note without a day of delivery: the schema demands the element, the rule warns of it.
WARNING = "PEPPOL-EN16931-R008"
# of an e-mail address, which EN 16931 takes and Peppol doesn't; ``field_mistakes`` says so
UNREACHED = "PEPPOL-EN16931-CL008"

pytestmark = pytest.mark.slow


@settings(max_examples=int(os.environ.get("EINVOICES", "40")))
@given(documents())
def test_each_holds(document: Document) -> None:
    invoice = invoice_of(document)
    ubl, cii = ubl_of(invoice), cii_of(invoice)
    assert by_schema(ubl, ubl_schema("CreditNote" if document.corrects else "Invoice")) == []
    assert by_schema(cii, CII_SCHEMA) == []
    of_ubl, of_cii, of_peppol = judged(ubl, cii)
    assert of_ubl.broken == ()
    assert without(of_cii, WARNING) == []
    assert without(of_peppol, UNREACHED) == []
    assert min(of_ubl.fired, of_cii.fired, of_peppol.fired) > 40
    assert not field_mistakes(document, to_peppol=False)
    unreached = [mistake.code for mistake in field_mistakes(document, to_peppol=True)]
    assert unreached == ["BT-49"] * len(of_peppol.broken)


@settings(max_examples=1)
@given(documents())
def test_a_wrong_sum_is_found_by_each(document: Document) -> None:
    """The judges are no stubs: BR-CO-16 is the sum that is payable."""
    invoice = invoice_of(document)
    payable = f">{invoice.totals.payable:f}<".encode()
    wrong = [
        xml.replace(name + payable, name + b">123456.78<")
        for xml, name in (
            (ubl_of(invoice), f'PayableAmount currencyID="{document.currency}"'.encode()),
            (cii_of(invoice), b"DuePayableAmount"),
        )
    ]
    for judgement in judged(*wrong):
        assert [said for said in judgement.broken if "BR-CO-16" in said]


def judged(ubl: bytes, cii: bytes) -> tuple[Judgement, Judgement, Judgement]:
    return by_schematron(ubl, UBL_RULES), by_schematron(cii, CII_RULES), by_peppol(ubl)


def without(judgement: Judgement, rule: str) -> list[str]:
    return [said for said in judgement.broken if rule not in said]
