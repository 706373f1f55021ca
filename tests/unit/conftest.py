"""Fonts, a renderer, and two documents that the tests of invoices begin with."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from billing_panel.kernel.files.fonts import ensure_fonts
from invoices.document import (
    BankDetails,
    Document,
    DocumentLine,
    DocumentTax,
    Kind,
    Party,
)
from invoices.printing.renderer import Renderer


@pytest.fixture(scope="session")
def fonts_dir() -> Path:
    """The fonts, made at the first run of the tests and kept."""
    directory = Path(__file__).resolve().parents[2] / ".cache" / "fonts"
    ensure_fonts(directory)
    return directory


@pytest.fixture(scope="session")
def renderer(fonts_dir: Path) -> Renderer:
    return Renderer(fonts_dir)


@pytest.fixture
def euro_document() -> Document:
    """A Bulgarian pro-forma of three lines, 20 % on top; 500.12 + 100.02 = 600.14."""
    return Document(
        kind=Kind.PROFORMA,
        language="bg",
        number="NH-2026-000417",
        order_number="NH-10482",
        account_number="100482",
        issued_on=date(2026, 11, 22),
        due_on=date(2026, 12, 6),
        currency="EUR",
        brand="Nordvik Hosting",
        seller=Party(
            name="Nordvik Hosting OOD",
            country="BG",
            address="7 Tsar Shishman St, 1000 Sofia, Bulgaria",
            registration_number="204512345",
            vat_number="BG204512345",
            email="billing@nordvik.example",
            phone="+359 2 555 0100",
        ),
        buyer=Party(
            name="Балкан Медия ООД",
            country="BG",
            address="ул. „Оборище“ 22, 1504 София",
            vat_number="BG175074752",
        ),
        bank=BankDetails(
            name="Bulgarian National Bank", iban="BG80BNBG96611020345678", bic="BNBGBGSD"
        ),
        lines=(
            DocumentLine("VPS Про 4", "12 мес., Debian 13", 2, 21420, 0, 42840, Decimal(20)),
            DocumentLine("Лиценз за панел", "1 мес.", 1, 1400, 28, 1372, Decimal(20)),
            DocumentLine("Настройка", "", 1, 5800, 0, 5800, Decimal(20)),
        ),
        taxes=(DocumentTax(Decimal(20), 50012, 10002),),
        taxes_inside=False,
        net=50012,
        tax=10002,
        total=60014,
    )


@pytest.fixture
def rouble_document() -> Document:
    """A Russian bill with 22 % inside: 12,980.00, of which 2,340.66 are tax."""
    return Document(
        kind=Kind.PROFORMA,
        language="ru",
        number="СО-417",
        order_number="СО-10017",
        account_number="200017",
        issued_on=date(2026, 11, 22),
        due_on=date(2026, 12, 6),
        currency="RUB",
        brand="Север Облако",
        seller=Party(
            name="ООО «Север Облако»",
            country="RU",
            address="190000, Санкт-Петербург, наб. реки Мойки, д. 70",
            registration_number="1027700132195",
            tax_number="7830002293",
            tax_registration_reason="783501001",
        ),
        buyer=Party(
            name="ООО «Ромашка»",
            country="RU",
            address="117312, Москва, ул. Вавилова, д. 19",
            tax_number="7707083893",
            tax_registration_reason="773601001",
        ),
        bank=BankDetails(
            name="ПАО Сбербанк",
            account="40702810200000000001",
            correspondent="30101810400000000225",
            bik="044525225",
        ),
        lines=(DocumentLine("Маршрутизатор AX-3000", "", 2, 649000, 0, 1298000, Decimal(22)),),
        taxes=(DocumentTax(Decimal(22), 1063934, 234066),),
        taxes_inside=True,
        net=1063934,
        tax=234066,
        total=1298000,
    )
