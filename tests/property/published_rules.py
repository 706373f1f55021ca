"""The published rules of EN 16931, Factur-X and Peppol, held to e-invoices offline.

Two that know nothing of each other judge UBL: the official schematron, run by Saxon, and
mock-einvoice, which wrote the same rules and Peppol's in Python. CII is judged by the schematron
and the schema of Factur-X. Each answers how many rules fired: none would prove nothing.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import mockeinvoice
from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

RULES = Path(str(files("facturx"))) / "xsd_and_schematron"
CII_RULES = RULES / "facturx-en16931" / "FACTUR-X_EN16931.xslt"
UBL_RULES = RULES / "ubl-2.1" / "EN16931-UBL-validation.xslt"
CII_SCHEMA = RULES / "facturx-en16931" / "Factur-X_EN16931.xsd"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


@dataclass(frozen=True)
class Judgement:
    """``broken``: rules and what they say; ``fired``: how many were asked."""

    broken: tuple[str, ...]
    fired: int


def by_schematron(xml: bytes, rules: Path) -> Judgement:
    """Warnings count as broken too."""
    told = etree.fromstring(_report(xml, rules).encode())
    broken = [
        f"{failed.get('id')}: {' '.join(failed.itertext()).strip()} @ {failed.get('location')}"
        for failed in told.iter(f"{SVRL}failed-assert")
    ]
    return Judgement(tuple(broken), sum(1 for _ in told.iter(f"{SVRL}fired-rule")))


def by_peppol(xml: bytes) -> Judgement:
    """EN 16931 and Peppol BIS Billing 3, with the rules of countries."""
    _, report = mockeinvoice.validate(xml)
    broken = [str(finding) for finding in report.findings]
    return Judgement(tuple(broken), len(report.ran))


def by_schema(xml: bytes, schema: Path) -> list[str]:
    """What the XML Schema says of it."""
    judge = _schema(schema)
    judge.validate(etree.fromstring(xml))
    return [str(error) for error in judge.error_log]


def ubl_schema(noun: str) -> Path:
    """``Invoice`` or ``CreditNote``."""
    return RULES / "ubl-2.1" / "maindoc" / f"UBL-{noun}-2.1.xsd"


def _report(xml: bytes, rules: Path) -> str:
    processor, executable = _compiled(rules)
    node = processor.parse_xml(xml_text=xml.decode())
    return str(executable.transform_to_string(xdm_node=node))


@cache
def _saxon() -> PySaxonProcessor:
    return PySaxonProcessor(license=False)


@cache
def _compiled(rules: Path) -> tuple[PySaxonProcessor, PyXsltExecutable]:
    processor = _saxon()
    compiler = processor.new_xslt30_processor()
    return processor, compiler.compile_stylesheet(stylesheet_file=str(rules))


@cache
def _schema(path: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(path))
