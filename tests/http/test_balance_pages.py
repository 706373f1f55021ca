"""A client's balance: staff credit and debit it, they read its statement; nobody else does."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zipfile import ZipFile

import pypdfium2
import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Membership
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.files.csv_rows import harmless
from billing_panel.ledger.client_standing import Standing, standing
from billing_panel.ledger.models import LedgerEntry
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance
from tests.http.engines import ON_SQLITE
from tests.http.form import form_of
from tests.http.visitor import Visitor, assert_nothing_inline, elements, field
from tests.world import World, hold_only, line

Visit = Callable[..., Visitor]
BALANCE = 128_450


@pytest.fixture
def home(world: World) -> str:
    """Of Balkan Media, who has €1,284.50 and 3,250 points; they read English."""
    world.change(User, {"login": "balkan.media"}, language="en")
    return f"/clients/{world.client_id('balkan.media')}/balance"


def stands(world: World, login: str = "balkan.media", provider: str = "nordvik") -> Standing:
    with world.database.reading() as session:
        of_provider = session.scalars(select(Provider.id).filter_by(key=provider)).one()
        return standing(session, world.client_id(login), of_provider)


def credit(world: World, amount: str, reason: str = "agreed", **more: Any) -> int:
    command = ChangeBalance(world.client_id("balkan.media"), amount, reason, **more)
    with world.database.writing() as session:
        actor = world.actor("petar")
        return credit_balance(session, command, actor=actor, clock=world.clock).id


def change(visitor: Visitor, path: str, **typed: str) -> Any:
    given = {"method": "-"} if path.endswith("/credit") else {}
    return visitor.send(path, **{"provider": "nordvik", "account": "money", **given, **typed})


def test_p7_the_balance_after_is_looked_at_first_and_then_meant(
    visit: Visit, world: World, home: str
) -> None:
    petar = visit("petar")
    before = world.everything()
    looked = change(petar, f"{home}/credit", amount="15,50", reason="goodwill")
    assert looked.status_code == 422
    assert "The balance afterwards: €1,300.00." in looked.text
    assert (field(looked, "amount"), field(looked, "reason")) == ("15,50", "goodwill")
    assert world.everything() == before
    shown = field(looked, "after")
    done = change(petar, f"{home}/credit", amount="15,50", reason="goodwill", after=shown)
    assert (done.status_code, stands(world).balance) == (303, BALANCE + 1550)
    page = petar.get(done.location)
    assert "The balance is now €1,300.00." in page.text
    assert "goodwill" in page.text
    assert_nothing_inline(page)


def test_where_the_money_came_from_has_no_default(visit: Visit, world: World, home: str) -> None:
    """Issue 12, item 21: goodwill is chosen, as a payment method is."""
    petar, before = visit("petar"), world.everything()
    chosen = form_of(petar.get(home), f"{home}/credit")[1]["method"]
    assert chosen == ""
    refused = change(petar, f"{home}/credit", amount="15,50", reason="gift", method=chosen)
    assert (refused.status_code, field(refused, "amount")) == (422, "15,50")
    assert "Choose how the money came, or that none did and it is a gift." in refused.text
    assert world.everything() == before
    looked = change(petar, f"{home}/credit", amount="15,50", reason="gift", method="-")
    assert form_of(looked, f"{home}/credit")[1]["method"] == "-"


def test_the_same_press_twice_is_one_debit(visit: Visit, world: World, home: str) -> None:
    petar = visit("petar")
    sent = {"amount": "10", "reason": "fee", "after": str(BALANCE - 1000), "request_key": "k"}
    for _ in range(2):
        assert change(petar, f"{home}/debit", **sent).status_code == 303
    assert stands(world).balance == BALANCE - 1000


@pytest.mark.parametrize(
    ("amount", "reason", "said"),
    [
        ("0", "why", "Enter an amount above zero."),
        ("-5", "why", "Enter an amount above zero."),
        ("0.001", "why", "EUR has 2 decimals at most."),
        ("1,001", "why", "can be read in two ways: write 1001 or 1.00."),
        ("five", "why", "Write the amount in plain digits"),
        ("5000", "why", "There are €1,284.50; €5,000.00 are needed."),
        ("5", " ", "Say briefly why"),
    ],
)
def test_nonsense_is_refused_in_words_and_stays_typed(
    visit: Visit, world: World, home: str, amount: str, reason: str, said: str
) -> None:
    petar = visit("petar")
    before = world.everything()
    refused = change(petar, f"{home}/debit", amount=amount, reason=reason)
    assert refused.status_code == 422
    assert said in refused.text
    typed = [e for e in elements(refused) if e.attributes.get("value") == amount]
    assert typed, "what was typed is gone"
    assert world.everything() == before


def test_points_are_credited_too(visit: Visit, world: World, home: str) -> None:
    sent = {"account": "points", "amount": "50", "reason": "thanks", "after": "3300"}
    assert change(visit("petar"), f"{home}/credit", **sent).status_code == 303
    assert stands(world).points == 3300
    page = visit("balkan.media").get(f"{home}?account=points")
    assert "+50 points" in page.text
    assert "thanks" in page.text


def test_an_incoming_credit_says_what_is_left_once_debts_are_covered(
    visit: Visit, world: World
) -> None:
    world.change(Provider, {"key": "nordvik"}, credit_covers_debt=True)
    client_id = world.client_id("stoyanova")
    with world.database.writing() as session:
        for membership in session.scalars(select(Membership).filter_by(client_id=client_id)):
            membership.credit_limit = 10**6
    (order,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    visit("maria").send(f"/orders/{order.id}/deliver")
    path = f"/clients/{client_id}/balance"
    page = visit("petar").get(path)
    assert f'data-covers="{order.total}"' in page.text
    looked = change(visit("petar"), f"{path}/credit", amount="10", reason="cash", method="cash")
    after = 8420 + 1000 - order.total
    assert field(looked, "after") == str(after)
    sent = {"amount": "10", "reason": "cash", "method": "cash", "after": str(after)}
    assert change(visit("petar"), f"{path}/credit", **sent).status_code == 303
    assert (stands(world, "stoyanova").balance, stands(world, "stoyanova").debt) == (after, 0)


def test_a_slip_is_reversed_with_a_reason(visit: Visit, world: World, home: str) -> None:
    petar = visit("petar")
    entry_id = credit(world, "99")
    address = f"{home}/entries/{entry_id}/reverse"
    assert address in petar.get(home).text
    before = world.everything()
    refused = petar.send(address, reason=" ")
    assert refused.status_code == 422
    assert "Say briefly why" in refused.text
    assert world.everything() == before
    assert petar.send(address, reason="wrong client").status_code == 303
    assert stands(world).balance == BALANCE
    page = petar.get(home)
    assert address not in page.text
    assert "wrong client" in page.text
    before = world.everything()
    assert petar.send(address, reason="again").status_code == 409
    assert world.everything() == before


def test_the_statement_runs_from_balance_to_balance(visit: Visit, world: World, home: str) -> None:
    (order,) = world.place("maria", world.order("balkan.media", line("web-start", "1 month")))
    visit("petar").send(
        f"/orders/{order.id}/move",
        action="pay",
        **{"fields.payment_method": "balance", "fields.amount": "1.00"},
    )
    credit(world, "20", "a gift")
    page = visit("balkan.media").get(home).text
    told = [page.index(words) for words in ("a gift", "Payment</b>", "Opening balance</b>")]
    assert told == sorted(told), "newest first"
    assert f'href="/orders/{order.id}"' in page
    for figure in ("+€20.00", "−€1.00", "€1,283.50", "€1,303.50"):
        assert figure in page, figure
    # to a client the staff are the provider
    assert "Petar Iliev" not in page
    assert "Petar Iliev" in visit("petar").get(home).text


def test_days_are_those_of_the_providers_calendar(visit: Visit, world: World, home: str) -> None:
    """Ten in the evening in London is the next day in Sofia."""
    world.clock.at += timedelta(hours=12, minutes=30)
    credit(world, "5", "late in the evening")
    client = visit("balkan.media")
    on_23 = client.get(f"{home}?first=2026-11-23&last=2026-11-23").text
    assert "late in the evening" in on_23
    assert "€1,284.50" in on_23, "the opening balance"
    on_22 = client.get(f"{home}?first=2026-11-22&last=2026-11-22").text
    assert "late in the evening" not in on_22
    assert "No transactions on these dates" in client.get(f"{home}?last=2026-11-21").text


@pytest.mark.parametrize(
    "query", ["first=2026-13-01", "first=2026-12-02&last=2026-12-01", "last=0001-01-01", "first=x"]
)
@pytest.mark.parametrize("kind", ["", ".csv", ".pdf"])
def test_days_that_are_none_are_refused_in_words(
    visit: Visit, home: str, query: str, kind: str
) -> None:
    answer = visit("balkan.media").get(f"{home}{kind}?{query}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@ON_SQLITE
def test_a_long_statement_has_pages(visit: Visit, world: World, home: str) -> None:
    for number in range(60):
        credit(world, "1", f"number {number:02}")
    client = visit("balkan.media")
    first = client.get(home)
    older = next(
        e.attributes["href"] for e in elements(first) if "from=" in e.attributes.get("href", "")
    )
    second = client.get(older)
    assert "number 59" in first.text
    assert "number 00" not in first.text
    assert "number 00" in second.text
    assert "number 59" not in second.text


def test_who_sees_a_balance_saves_its_statement_by_a_function_of_its_own(
    visit: Visit, world: World, home: str
) -> None:
    hold_only(world, "petar", "balance:balance:read")
    petar = visit("petar")
    page = petar.get(home)
    assert page.status_code == 200
    assert f"{home}.csv" not in page.text
    assert f"{home}.pdf" not in page.text
    for kind in ("csv", "pdf"):
        refused = petar.get(f"{home}.{kind}")
        assert (refused.status_code, refused.mimetype) == (403, "text/html")
    hold_only(world, "petar", "balance:statement:export")
    for kind in ("csv", "xlsx", "pdf"):
        assert petar.get(f"{home}.{kind}").status_code == 403
    hold_only(world, "petar", "balance:statement:export", "balance:balance:read")
    assert f"{home}.csv" in petar.get(home).text
    for kind, mimetype in (("csv", "text/csv"), ("pdf", "application/pdf")):
        assert petar.get(f"{home}.{kind}").mimetype == mimetype


def test_csv_is_the_whole_statement_and_no_formula(visit: Visit, world: World, home: str) -> None:
    for number in range(3):
        credit(world, "1.10", f"=SUM(A{number})")
    answer = visit("balkan.media").get(f"{home}.csv")
    assert answer.mimetype == "text/csv"
    assert "statement-balkan.media-nordvik.csv" in answer.headers["Content-Disposition"]
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert head[5:] == ["Amount", "Balance after", "Currency", "Value date"]
    assert [row[3] for row in rows] == ["", "'=SUM(A0)", "'=SUM(A1)", "'=SUM(A2)"]
    assert [row[5:8] for row in rows] == [
        ["1284.50", "1284.50", "EUR"],
        ["1.10", "1285.60", "EUR"],
        ["1.10", "1286.70", "EUR"],
        ["1.10", "1287.80", "EUR"],
    ]


@ON_SQLITE
def test_17_a_table_is_for_the_readers_own_spreadsheet(
    visit: Visit, world: World, home: str
) -> None:
    """As CSV in the separators of the language, as XLSX with numbers that can be summed."""
    credit(world, "1.10", "=SUM(A1)")
    world.change(User, {"login": "balkan.media"}, language="ru")
    reader = visit("balkan.media")
    head, first, last = (
        line.split(";") for line in reader.get(f"{home}.csv").text.strip("\ufeff\r\n").splitlines()
    )
    assert "Europe/Sofia" in head[0]
    assert datetime.fromisoformat(last[0]).year == world.clock.now().year
    assert (first[5:7], last[3], last[5:7]) == (
        ["1284,50", "1284,50"],
        "'=SUM(A1)",
        ["1,10", "1285,60"],
    )
    table = reader.get(f"{home}.xlsx", buffered=True)
    for _ in range(2):
        # its place is given back
        table = reader.get(f"{home}.xlsx", buffered=True)
        assert table.status_code == 200
    assert str(table.mimetype).endswith("spreadsheetml.sheet")
    book = ZipFile(io.BytesIO(table.data))
    cells = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>1285.6</v>" in cells
    assert "<f>" not in cells


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_takes_for_a_formula_is_made_harmless(begin: str) -> None:
    assert harmless(f"{begin}1+1") == f"'{begin}1+1"
    assert harmless(f"a{begin}") == f"a{begin}"


@ON_SQLITE
@pytest.mark.parametrize(
    ("country", "title", "figure"),
    [
        ("BG", "Равнение на взаимните разчети", "1300,00 €"),
        ("RU", "Акт сверки взаимных расчётов", "1 300,00 €"),
        ("DE", "Statement of account", "€1,300.00"),
    ],
)
def test_the_pdf_is_a_statement_of_account_in_the_sellers_language(
    visit: Visit, world: World, home: str, country: str, title: str, figure: str
) -> None:
    credit(world, "15.50", "<b>goodwill</b> & more")
    world.change(Provider, {"key": "nordvik"}, country=country)
    answer = visit("balkan.media").get(f"{home}.pdf?first=2026-11-22&last=2026-11-22")
    assert answer.mimetype == "application/pdf"
    document = pypdfium2.PdfDocument(answer.data)
    words = document[0].get_textpage().get_text_range()
    assert "<b>goodwill</b> & more" in words
    assert title in " ".join(words.split())
    assert figure.replace(" ", "") in words.replace("\xa0", "").replace(" ", "")


@pytest.mark.parametrize("kind", ["", ".csv", ".pdf"])
def test_another_clients_statement_is_not_there(visit: Visit, home: str, kind: str) -> None:
    for stranger in ("stoyanova", "romashka"):
        answer = visit(stranger).get(f"{home}{kind}")
        assert answer.status_code == 404
        assert "1,284" not in answer.text
    assert visit("olga").get(f"{home}{kind}").status_code == 403


def test_a_client_credits_nobody_not_even_themselves(visit: Visit, world: World, home: str) -> None:
    client = visit("balkan.media")
    assert "/credit" not in client.get(home).text
    before = world.everything()
    for name in ("credit", "debit"):
        assert change(client, f"{home}/{name}", amount="1", reason="mine").status_code == 403
    assert client.send(f"{home}/entries/1/reverse", reason="mine").status_code == 403
    assert world.everything() == before


def test_only_entries_of_the_client_are_reversed_there(
    visit: Visit, world: World, home: str
) -> None:
    petar, entry_id = visit("petar"), credit(world, "99")
    other = f"/clients/{world.client_id('stoyanova')}/balance"
    before = world.everything()
    assert petar.send(f"{other}/entries/{entry_id}/reverse", reason="x").status_code == 404
    with world.database.reading() as session:
        opening = session.scalars(
            select(LedgerEntry.id).filter_by(
                subject_kind="client", subject_id=world.client_id("balkan.media"), kind="opening"
            )
        ).first()
    assert petar.send(f"{home}/entries/{opening}/reverse", reason="x").status_code == 409
    assert world.everything() == before


def test_a_provider_that_is_not_theirs_is_not_there(visit: Visit, home: str) -> None:
    assert visit("balkan.media").get(f"{home}?provider=sever").status_code == 404
    assert visit("petar").get(f"{home}?provider=sever").status_code == 404


def test_the_profile_leads_to_statement_and_forms(visit: Visit, world: World, home: str) -> None:
    client_id = world.client_id("balkan.media")
    page = visit("petar").get(f"/clients/{client_id}").text
    assert "€1,284.50" in page
    assert f"{home}?provider=nordvik&amp;change=credit" in page
    opened = visit("petar").get(f"{home}?provider=nordvik&change=credit").text
    assert 'id="credit-nordvik" open' in opened
    assert "€1,284.50" not in visit("maria").get(f"/clients/{client_id}").text
