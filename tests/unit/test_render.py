"""Documents are looked at as a reader gets them: the PDF's text, its pages, its picture."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from io import BytesIO
from itertools import cycle
from pathlib import Path

import pypdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from pydantic import TypeAdapter

from billing_panel.kernel.files.printable_characters import refuse_blanks
from billing_panel.kernel.language.errors import Refused
from billing_panel.tax.no_tax_grounds import ground_of
from billing_panel.tax.supply import TaxCategory
from invoices.document import (
    BankDetails,
    CorrectedDocument,
    Document,
    DocumentLine,
    DocumentTax,
    Ground,
    Kind,
    Party,
    Pictures,
)
from invoices.printing.payment_qr_code import payment_code
from invoices.printing.renderer import Assets, Renderer, RenderError

pytestmark = pytest.mark.slow


def picture(kind: str = "PNG") -> bytes:
    written = BytesIO()
    Image.new("RGB", (48, 24), "navy").save(written, format=kind)
    return written.getvalue()


LOGO = picture()


def text_of(pdf: bytes) -> str:
    """All the text, in one line, its no-break spaces as spaces."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return " ".join(" ".join(pages).split())


def pages_of(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def codes_on(pdf: bytes) -> list[str]:
    """What a telephone reads from the first page, seen at 150 dots an inch."""
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[0].render(scale=150 / 72).to_pil()
    return [code.text for code in zxingcpp.read_barcodes(picture)]


# --- what is said -----------------------------------------------------------------------------


def test_a_bulgarian_proforma_says_all_its_facts(
    renderer: Renderer, euro_document: Document
) -> None:
    page = text_of(renderer.pdf(euro_document))
    for fact in (
        "Проформа фактура № NH-2026-000417",
        "22 ноември 2026",
        "6 декември 2026",
        "NH-10482",
        "100482",
        "Nordvik Hosting OOD ЕИК 204512345 · ДДС № BG204512345",
        "7 Tsar Shishman St, 1000 Sofia, Bulgaria",
        "Балкан Медия ООД ДДС № BG175074752",
        "ул. „Оборище“ 22, 1504 София",
        "billing@nordvik.example",
        "VPS Про 4 12 мес., Debian 13",
        "2 бр. 214,20 20% 428,40",
        "1 бр. 14,00 −0,28 20% 13,72",
        "Данъчна основа 500,12 €",
        "ДДС 20% 100,02 €",
        "Общо за плащане 600,14 €",
        "Шестстотин евро и 14 цента",
        "IBAN BG80 BNBG 9661 1020 3456 78",
        "BIC BNBGBGSD",
        "Основание за плащане RF65 NH20 2600 0417",
        "Проформа фактурата не е данъчен документ",
        "Страница 1 / 1",
    ):
        assert fact in page


def test_a_russian_bill_says_all_its_facts(renderer: Renderer, rouble_document: Document) -> None:
    page = text_of(renderer.pdf(rouble_document))
    for fact in (
        "Счёт на оплату № СО-417",
        "22 ноября 2026",
        "ООО «Север Облако» ИНН 7830002293 · КПП 783501001 · ОГРН 1027700132195",
        "ООО «Ромашка» ИНН 7707083893 · КПП 773601001",
        "ЦЕНА С НДС, ₽",
        "СУММА С НДС, ₽",
        "2 ед. 6 490,00 22 % 12 980,00",
        "Сумма без НДС 10 639,34 ₽",
        "НДС 22 % 2 340,66 ₽",
        "Всего к оплате 12 980,00 ₽",
        "включая НДС",
        "Двенадцать тысяч девятьсот восемьдесят рублей 00 копеек",
        "Расчётный счёт 40702810200000000001",
        "БИК 044525225",
        "Корр. счёт 30101810400000000225",
        "Оплата по счёту № СО-417 от 22.11.2026. В том числе НДС 2340.66 руб.",
        "Счёт на оплату не является налоговым документом",
    ):
        assert fact in page


def test_reverse_charge_is_named_with_its_article(
    renderer: Renderer, euro_document: Document
) -> None:
    document = replace(
        euro_document,
        language="en",
        buyer=Party("Rhein Labs GmbH", "DE", "Domkloster 4, 50667 Köln", vat_number="DE136695976"),
        taxes=(_untaxed(TaxCategory.REVERSE_CHARGE),),
        tax=0,
        total=50012,
    )
    page = text_of(renderer.pdf(document))
    assert "Reverse charge." in page
    assert "Articles 44 and 196 of Directive 2006/112/EC" in page
    assert "обратно начисляване, чл. 21, ал. 2 ЗДДС" in page
    assert "Rhein Labs GmbH VAT no. DE136695976 Domkloster 4, 50667 Köln" in page
    assert "VAT 0% €0.00" in page
    assert "Обратно начисляване." in text_of(renderer.pdf(replace(document, language="bg")))


def _untaxed(category: TaxCategory, seller: str = "BG") -> DocumentTax:
    ground = ground_of(category, seller)
    assert ground is not None
    words = f"{ground.said} {ground.national}".strip()
    return DocumentTax(Decimal(0), 50012, 0, category, "DE", Ground(ground.code, words))


def test_each_reason_for_no_tax_has_its_ground(renderer: Renderer, euro_document: Document) -> None:
    goods, service = _untaxed(TaxCategory.EXPORT), _untaxed(TaxCategory.OUT_OF_SCOPE)
    mixed = replace(euro_document, language="en", taxes=(goods, service))
    page = text_of(renderer.pdf(mixed)).replace("112/ EC", "112/EC")  # it may end a line
    assert "Export. Exempt from VAT (Article 146 of Directive 2006/112/EC). чл. 28 ЗДДС" in page
    assert "Supplied abroad. No VAT is charged: the service is supplied outside the EU" in page
    swiss = replace(mixed, taxes=(_untaxed(TaxCategory.OUT_OF_SCOPE, "CH"),))
    assert "Directive" not in text_of(renderer.pdf(swiss))
    nobody = replace(mixed, taxes=(_untaxed(TaxCategory.EXEMPT, "RU"),))
    assert "No VAT. No VAT is charged: the seller isn’t registered for it." in text_of(
        renderer.pdf(nobody)
    )


def test_the_price_of_one_may_be_finer_than_the_currency(
    renderer: Renderer, euro_document: Document
) -> None:
    """E8: 10,000 at 0.03 with 20 % inside come to 250.00 without it, 0.025 each."""
    line = DocumentLine(
        "Metering", "", 10_000, 3, 0, 25_000, Decimal(0), listed_percent=Decimal(20)
    )
    page = text_of(renderer.pdf(replace(euro_document, language="en", lines=(line,))))
    assert "10,000 units 0.025 0% 250.00" in page


def test_a_domestic_sale_names_no_ground(renderer: Renderer, euro_document: Document) -> None:
    page = text_of(renderer.pdf(replace(euro_document, language="en")))
    assert "Reverse charge" not in page
    assert "including VAT" not in page


def test_each_rate_has_its_base(renderer: Renderer, euro_document: Document) -> None:
    taxes = (DocumentTax(Decimal(20), 40000, 8000), DocumentTax(Decimal("9.5"), 10012, 951))
    page = text_of(renderer.pdf(replace(euro_document, language="en", taxes=taxes)))
    assert "VAT 20% on €400.00 €80.00" in page
    assert "VAT 9.5% on €100.12 €9.51" in page


def test_a_line_for_points_shows_its_points(renderer: Renderer, euro_document: Document) -> None:
    line = DocumentLine("SFP+ 10G", "", 2, 0, 0, 0, Decimal(0), points=7600)
    document = replace(euro_document, language="en", lines=(*euro_document.lines, line))
    page = text_of(renderer.pdf(document))
    assert "SFP+ 10G 2 units 3,800 pts 7,600 pts" in page
    assert "and in points 7,600 pts" in page


def test_an_order_for_points_alone_asks_for_no_money(
    renderer: Renderer, euro_document: Document
) -> None:
    line = DocumentLine("SFP+ 10G", "", 1, 0, 0, 0, Decimal(0), points=3800)
    document = replace(euro_document, language="en", lines=(line,), taxes=(), net=0, tax=0, total=0)
    pdf = renderer.pdf(document)
    assert "3,800 pts TOTAL" in text_of(pdf)
    assert "IBAN" not in text_of(pdf)
    assert codes_on(pdf) == []


def test_discounts_have_a_column_only_when_there_is_one(
    renderer: Renderer, euro_document: Document
) -> None:
    english = replace(euro_document, language="en")
    lines = tuple(replace(line, discount=0) for line in english.lines)
    assert "DISCOUNT" in text_of(renderer.pdf(english))
    assert "DISCOUNT" not in text_of(renderer.pdf(replace(english, lines=lines)))


def test_a_credit_note_names_the_invoice_it_corrects(
    renderer: Renderer, euro_document: Document
) -> None:
    document = replace(
        euro_document,
        kind=Kind.CREDIT_NOTE,
        number="0000000419",
        corrects=CorrectedDocument("0000000418", date(2026, 11, 3)),
    )
    pdf = renderer.pdf(document)
    assert "Кредитно известие № 0000000419" in text_of(pdf)
    assert "0000000418, 3 ноември 2026" in text_of(pdf)
    assert "IBAN" not in text_of(pdf)
    assert codes_on(pdf) == []


def test_an_invoice_paid_before_issue_asks_for_nothing(
    renderer: Renderer, euro_document: Document
) -> None:
    document = replace(
        euro_document,
        kind=Kind.INVOICE,
        language="en",
        paid_on=date(2026, 11, 20),
        supplied_on=date(2026, 11, 19),
    )
    pdf = renderer.pdf(document)
    page = text_of(pdf)
    assert "PAID IN FULL" in page
    assert "PAID ON 20 November 2026" in page
    assert "DATE OF SUPPLY 19 November 2026" in page
    assert "IBAN" not in page
    assert "6 December 2026" not in page
    assert codes_on(pdf) == []


def test_a_sole_trader_has_their_own_register(
    renderer: Renderer, rouble_document: Document
) -> None:
    buyer = Party("ИП Ветров А. С.", "RU", "Невский пр., 28", "304500116000157")
    assert "ОГРНИП 304500116000157" in text_of(renderer.pdf(replace(rouble_document, buyer=buyer)))


def test_names_of_other_scripts_are_printed(renderer: Renderer, euro_document: Document) -> None:
    name = "Ωmega Größmann Łódź Қазақстан Nguyễn"
    buyer = replace(euro_document.buyer, name=name)
    assert name in text_of(renderer.pdf(replace(euro_document, buyer=buyer)))


@pytest.mark.parametrize(
    ("currency", "total", "price"),
    [("JPY", "¥60,014", "21,420"), ("KWD", "60.014", "21.420")],
)
def test_currencies_keep_their_own_decimals(
    renderer: Renderer, euro_document: Document, currency: str, total: str, price: str
) -> None:
    page = text_of(renderer.pdf(replace(euro_document, language="en", currency=currency)))
    assert total in page
    assert f" {price} " in page


# --- how it looks -----------------------------------------------------------------------------


def test_three_lines_are_one_page(
    renderer: Renderer, euro_document: Document, rouble_document: Document
) -> None:
    assert len(euro_document.lines) == 3
    assert len(pages_of(renderer.pdf(euro_document))) == 1
    assert len(pages_of(renderer.pdf(rouble_document))) == 1


def test_many_lines_flow_on_under_a_repeated_head(
    renderer: Renderer, euro_document: Document
) -> None:
    lines = tuple(replace(euro_document.lines[0], title=f"Server {i:03}") for i in range(100))
    pages = pages_of(renderer.pdf(replace(euro_document, language="en", lines=lines)))
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert f"Page {number} / {len(pages)}" in page
        assert "UNIT PRICE" in page
    assert all(" ".join(pages).count(line.title) == 1 for line in lines)


@pytest.mark.parametrize("count", range(8, 20))
def test_totals_and_payment_stay_together_with_a_line(
    renderer: Renderer, euro_document: Document, count: int
) -> None:
    lines = tuple(replace(euro_document.lines[0], title=f"Server {i:03}") for i in range(count))
    last = pages_of(renderer.pdf(replace(euro_document, language="en", lines=lines)))[-1]
    for words in (f"Server {count - 1:03}", "Total to pay", "IBAN", "is not a tax document"):
        assert words in last


@pytest.mark.parametrize("name", ["euro_document", "rouble_document"])
def test_the_code_on_the_page_is_the_payment(
    renderer: Renderer, name: str, request: pytest.FixtureRequest
) -> None:
    document = request.getfixturevalue(name)
    assert codes_on(renderer.pdf(document)) == [payment_code(document)]


def test_without_a_logo_a_letter_stands(renderer: Renderer, euro_document: Document) -> None:
    assert text_of(renderer.pdf(euro_document)).startswith("N Nordvik Hosting")
    assert text_of(renderer.pdf(euro_document, Pictures(LOGO))).startswith("Nordvik Hosting")


def test_the_same_document_gives_the_same_bytes(
    renderer: Renderer, euro_document: Document, fonts_dir: Path
) -> None:
    """In this process, in another with other hashes, and after being stored."""
    program = (
        "import sys, pathlib; from pydantic import TypeAdapter;"
        "from invoices.document import Document; from invoices.printing.renderer import Renderer;"
        "document = TypeAdapter(Document).validate_json(sys.stdin.buffer.read());"
        "sys.stdout.buffer.write(Renderer(pathlib.Path(sys.argv[1])).pdf(document))"
    )
    here = renderer.pdf(euro_document)
    assert renderer.pdf(euro_document) == here
    there = subprocess.run(
        [sys.executable, "-c", program, str(fonts_dir)],
        input=TypeAdapter(Document).dump_json(euro_document),
        env={"PYTHONHASHSEED": "271828", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=True,
    )
    assert there.stdout == here


def test_threads_may_share_a_renderer(
    renderer: Renderer, euro_document: Document, rouble_document: Document
) -> None:
    documents = [euro_document, rouble_document] * 4
    alone = [renderer.pdf(document) for document in documents]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(renderer.pdf, documents)) == alone


# --- what it may read -------------------------------------------------------------------------


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server on this machine that nobody should call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


def nobody_called(server: socket.socket) -> bool:
    try:
        server.accept()
    except BlockingIOError:
        return True
    return False


# codes, which are checked where they come in, and which the rest of the page depends on
CODES = {"language", "currency", "country"}


def everywhere(value: object, words: str, path: str = "") -> object:
    """``value`` with ``words`` in place of each text in it, however deep, after its own path."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return f"{path}{words}"
    if isinstance(value, tuple):
        return tuple(everywhere(item, words, f"{path}{i}") for i, item in enumerate(value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {
        field.name: everywhere(getattr(value, field.name), words, f"{path}.{field.name}")
        for field in fields(value)
        if field.name not in CODES
    }
    return replace(value, **changed)


def hostile_document(document: Document, words: str) -> Document:
    changed = everywhere(document, words)
    assert isinstance(changed, Document)
    return changed


SHOWN = (
    *(".number", ".order_number", ".account_number", ".brand"),
    *(".seller.name", ".seller.address", ".seller.registration_number", ".seller.vat_number"),
    *(".seller.email", ".seller.phone"),
    *(".buyer.name", ".buyer.address", ".buyer.registration_number", ".buyer.vat_number"),
    *(".bank.name", ".bank.bic", ".lines0.title", ".lines0.detail", ".lines2.title"),
)


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src=file:///etc/passwd>",
        "<img src=http://127.0.0.1:PORT/a.png>",
        '"><link rel="stylesheet" href="http://127.0.0.1:PORT/a.css">',
        "</td><script>fetch('http://127.0.0.1:PORT/')</script>",
        "<style>@import url(ftp://127.0.0.1:PORT/a.css);</style>",
        "url(http://127.0.0.1:PORT/a.png)",
        "<svg><image href='data:image/png;base64,AAAA'/></svg>",
        "<svg><use href='http://127.0.0.1:PORT/a.svg#x'/></svg>",
        '" style="background:url(http://127.0.0.1:PORT/a.png)',
        "<object data=file:///etc/passwd></object>",
        "<base href=http://127.0.0.1:PORT/><a rel=attachment href=a>",
        "{{ 7*7 }}{% for x in y %}${7*7}",
        "%s%(number)s%%",
        "&lt;b&gt;&amp;&#60;",
    ],
)
def test_hostile_words_are_printed_and_nothing_is_fetched(
    renderer: Renderer, euro_document: Document, listener: socket.socket, hostile: str
) -> None:
    """A fetch that was refused would be a RenderError; one that was not, a caller."""
    words = hostile.replace("PORT", str(listener.getsockname()[1]))
    squeezed = "".join(
        text_of(renderer.pdf(hostile_document(euro_document, words), Pictures(LOGO))).split()
    )
    for path in SHOWN:
        assert f"{path}{words}".replace(" ", "") in squeezed
    assert nobody_called(listener)


def test_hostile_words_of_a_russian_seller(renderer: Renderer, rouble_document: Document) -> None:
    document = hostile_document(rouble_document, "<img src=file:///etc/passwd>")
    document = replace(document, bank=replace(document.bank, iban=""))
    squeezed = "".join(text_of(renderer.pdf(document)).split())
    for path in (".bank.account", ".bank.correspondent", ".bank.bik", ".seller.tax_number"):
        assert f"{path}<imgsrc=file:///etc/passwd>" in squeezed


@pytest.mark.parametrize("filler", ["\u115f", "\u3164", "\uffa0", "\u2800"])
def test_letters_that_are_drawn_as_nothing_are_refused_by_name(
    euro_document: Document, filler: str
) -> None:
    with pytest.raises(Refused) as caught:
        refuse_blanks(replace(euro_document, brand=f"Pay{filler}here"))
    assert caught.value.code == "no_glyph"


def test_what_cannot_be_printed_is_left_out(renderer: Renderer, euro_document: Document) -> None:
    buyer = replace(euro_document.buyer, name="Bal\x00k\x1ban\u202e Me\ud800dia")
    assert "Balkan Media" in text_of(renderer.pdf(replace(euro_document, buyer=buyer)))


@pytest.mark.parametrize(
    "marks",
    [
        "\u200b\u200c\u200d\u2060\ufeff",
        "\u200e\u200f\u061c",
        "\u202a\u202b\u202d\u202e\u202c",
        "\u2066\u2067\u2068\u2069",
        "\u00ad\u034f",
        "\x00\x07\x1b\x7f\u0085",
    ],
    ids=["zero width", "marks of direction", "overrides", "isolates", "joiners", "controls"],
)
def test_what_nobody_sees_neither_hides_nor_turns_round_anything(
    renderer: Renderer, euro_document: Document, marks: str
) -> None:
    """Whatever is typed around it: names, sums and the account stand as they are."""
    hostile = "".join(
        f"{mark}{letter}" for mark, letter in zip(cycle(marks), "Pay here", strict=False)
    )
    text = text_of(
        renderer.pdf(hostile_document(euro_document, f"{marks}{hostile}"), Pictures(LOGO))
    )
    squeezed = "".join(text.split())
    for path in SHOWN:
        assert f"{path}Payhere" in squeezed
    assert not set(marks) & set(text)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:PORT/a.png",
        "https://127.0.0.1:PORT/a.png",
        "ftp://127.0.0.1:PORT/a.png",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "data:image/png;base64,iVBORw0KGgo=",
        "asset:Inter-Regular.ttf",
        "asset:../../setup.cfg",
        "asset:/etc/passwd",
        "/etc/passwd",
        "",
    ],
)
def test_only_the_files_handed_over_can_be_fetched(listener: socket.socket, address: str) -> None:
    with pytest.raises(PermissionError):
        Assets({"logo.png": LOGO}).fetch(address.replace("PORT", str(listener.getsockname()[1])))
    assert nobody_called(listener)


def test_a_file_handed_over_is_served() -> None:
    response = Assets({"logo.png": LOGO}).fetch("asset:logo.png")
    assert (response.read(), response.content_type) == (LOGO, "image/png")


@pytest.mark.parametrize("scheme", ["http://127.0.0.1:PORT/a.png", "file:///etc/hostname"])
def test_a_logo_that_names_other_files_is_an_error(
    renderer: Renderer, euro_document: Document, listener: socket.socket, scheme: str
) -> None:
    address = scheme.replace("PORT", str(listener.getsockname()[1]))
    logo = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">
      <image href="{address}" width="9" height="9"/></svg>"""
    with pytest.raises(RenderError, match="may not fetch"):
        renderer.pdf(euro_document, Pictures(logo.encode()))
    assert nobody_called(listener)


def test_a_logo_that_is_no_picture_is_an_error(renderer: Renderer, euro_document: Document) -> None:
    with pytest.raises(RenderError, match=r"logo\.png"):
        renderer.pdf(euro_document, Pictures(b"not a picture"))
    assert renderer.pdf(euro_document, Pictures(LOGO))


def test_missing_fonts_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Renderer(tmp_path)


def test_a_font_that_is_none_is_an_error(tmp_path: Path) -> None:
    for name in ("Inter-Regular.ttf", "Inter-Medium.ttf", "Inter-SemiBold.ttf"):
        (tmp_path / name).write_bytes(b"not a font")
    with pytest.raises(RenderError, match="Inter"):
        Renderer(tmp_path)


def test_without_bank_details_there_is_no_bank_box(
    renderer: Renderer, euro_document: Document
) -> None:
    page = text_of(renderer.pdf(replace(euro_document, bank=BankDetails(name=""))))
    assert "Плащане по банков път" not in page
    assert "посочете" not in page


def test_a_document_is_signed_where_its_seller_has_a_picture_for_it(
    renderer: Renderer, euro_document: Document
) -> None:
    english = replace(euro_document, language="en")
    assert "For the seller" not in text_of(renderer.pdf(english)).capitalize()
    signed = replace(english, signature="digest-of-it", stamp="digest-of-another")
    with_pictures = renderer.pdf(signed, Pictures(signature=LOGO, stamp=LOGO))
    assert "FOR THE SELLER" in text_of(with_pictures)
    assert len(images_of(with_pictures)) > len(images_of(renderer.pdf(english)))
    receipt = replace(signed, kind=Kind.RECEIPT)
    assert "FOR THE SELLER" not in text_of(renderer.pdf(receipt))


def test_a_russian_bill_has_places_for_those_who_sign_it(
    renderer: Renderer, rouble_document: Document
) -> None:
    page = text_of(renderer.pdf(rouble_document))
    assert "РУКОВОДИТЕЛЬ ГЛАВНЫЙ БУХГАЛТЕР" in page
    trader = replace(rouble_document.seller, registration_number="304500116000157")
    page = text_of(renderer.pdf(replace(rouble_document, seller=trader)))
    assert "ПРЕДПРИНИМАТЕЛЬ" in page
    assert "ГЛАВНЫЙ БУХГАЛТЕР" not in page


def images_of(pdf: bytes) -> list[object]:
    return [image for page in pypdf.PdfReader(BytesIO(pdf)).pages for image in page.images]


def test_a_page_carries_its_sum_forward_and_the_next_begins_with_it(
    renderer: Renderer, euro_document: Document
) -> None:
    line = replace(euro_document.lines[0], amount=1001, points=0)
    lines = tuple(replace(line, key=str(place)) for place in range(60))
    document = replace(euro_document, language="en", lines=lines)
    pages = pages_of(renderer.pdf(document))
    assert len(pages) > 2
    carried = [re.findall(r"Carried forward: €([0-9.,]+)", page) for page in pages]
    brought = [re.findall(r"Brought forward: €([0-9.,]+)", page) for page in pages]
    assert carried[:-1] == brought[1:]
    assert (carried[-1], brought[0]) == ([], [])
    # each line says its amount once, and it is the price of none
    on_first = pages[0].count(" 10.01")
    assert carried[0] == [f"{on_first * 10.01:.2f}"]
    assert "forward" not in text_of(renderer.pdf(replace(document, lines=lines[:2])))
