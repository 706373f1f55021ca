"""Registers by API, page and file; and the list of payments."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.kernel.tables.event_log import Event
from plugins.finance.registers.register import MOST, Reads
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.form import form_of
from tests.http.shop import eur, place
from tests.http.visitor import Visitor
from tests.world import World, hold_only

Api = Callable[[str], ApiClient]
Visit = Callable[..., Visitor]
KEYS = ("sales", "vat", "payments", "ledger", "entries", "aging")


@pytest.fixture
def bought(world: World, api: Api) -> Any:
    """An order that is paid at the desk: a pro-forma, a receipt and an invoice."""
    order = place(api("owner"), world.client_id("stoyanova"))
    json_of(api("owner").post(f"/orders/{order['id']}/payments", {"method": "cash"}), 201)
    return order


def register(caller: ApiClient, key: str, query: str = "") -> Any:
    return json_of(caller.get(f"/registers/{key}?{query}"))


def totals(answer: Any) -> dict[str, str]:
    return {one["what"]: one["sum"]["amount"] for one in answer["totals"]}


def test_an_invoice_and_its_credit_note_are_in_the_registers(bought: Any, api: Api) -> None:
    owner = api("owner")
    asked = "provider=nordvik&from=2000-01-01"
    sales, vat = register(owner, "sales", asked), register(owner, "vat", asked)
    (sale,) = sales["items"]
    assert (sale["kind"], sale["number"]) == ("invoice", "0000000001")
    assert sale["gross"] == bought["total"]
    assert totals(sales)["gross"] == bought["total"]["amount"]
    (tax,) = vat["items"]
    assert (tax["category"], tax["place"], tax["oss"]) == ("S", "BG", False)
    assert tax["tax"] == sale["tax"]
    assert totals(vat) == {
        "documents": sale["tax"]["amount"],
        "books": sale["tax"]["amount"],
        "difference": "0.00",
    }
    payments = register(owner, "payments", asked)
    (paid,) = [one for one in payments["items"] if one["order_id"] == bought["id"]]
    assert (paid["method"], paid["account"], paid["amount"]) == ("cash", "cash", bought["total"])
    ledger = register(owner, "ledger", asked)
    assert totals(ledger)["debit"] == totals(ledger)["credit"]
    # by hand, 1.20 is credited that nobody gave back: the books still have its tax
    document = json_of(owner.get("/documents?kind=invoice"))["items"][0]
    lines = [{"line": 1, "amount": "1.00"}]
    body = {"reason": "Wrong price", "lines": lines}
    json_of(owner.post(f"/documents/{document['id']}/credit-notes", body), 201)
    assert [one["gross"] for one in register(owner, "sales", asked)["items"]][1] == eur("-1.20")
    vat = register(owner, "vat", asked)
    assert totals(vat)["difference"] == "0.20"
    (named,) = vat["differences"]
    assert (named["order_id"], named["by"]) == (bought["id"], eur("0.20"))


@ON_SQLITE
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.usefixtures("bought")
def test_each_is_a_page_and_two_kinds_of_files(key: str, api: Api, visit: Visit) -> None:
    petar, program = visit("petar"), api("petar")
    assert petar.get(f"/registers/{key}").status_code == 200
    on_page, whole = f"/registers/{key}.%s?first=&last=", f"/registers/{key}?format=%s"
    with petar.get(on_page % "csv") as csv, program.get(whole % "csv") as same:
        assert csv.data == same.data
        assert len(csv.data.splitlines()) > 1
    with petar.get(on_page % "xlsx") as book, program.get(whole % "xlsx") as same:
        assert book.data.startswith(b"PK")
        assert same.data.startswith(b"PK")


@ON_SQLITE
def test_whoever_works_elsewhere_or_holds_no_function_reads_none(
    bought: Any, world: World, api: Api, visit: Visit
) -> None:
    for login, provider in (("olga", "sever"), ("maria", "nordvik")):
        assert api(login).get(f"/registers/sales?provider={provider}").status_code == 403
        assert visit(login).get("/registers").status_code == 403
        assert visit(login).get("/payments").status_code == 403
    assert api("stoyanova").get("/registers/sales").status_code == 403
    assert visit("stoyanova").get("/registers").status_code in {403, 404}
    hold_only(world, "olga", "finance:register:read", "finance:payment:read")
    assert register(api("olga"), "sales")["items"] == []
    assert {one["provider"] for one in register(api("olga"), "ledger")["items"]} == {"sever"}
    assert api("olga").get("/registers/sales?provider=nordvik").status_code == 422
    assert visit("olga").get("/registers/sales?provider=nordvik").status_code == 404
    assert bought["number"] not in visit("olga").get("/payments").text


@ON_SQLITE
def test_wrong_days_and_formats_are_refused(api: Api, visit: Visit) -> None:
    for query in ("from=yesterday", "from=2026-12-02&to=2026-12-01", "format=pdf", "month=11"):
        assert api("petar").get(f"/registers/sales?{query}").status_code == 422
    refused = visit("petar").get("/registers/sales?first=yesterday&last=")
    assert refused.status_code == 422
    assert 'value="yesterday"' in refused.text
    assert visit("petar").get("/registers/sales.csv?first=yesterday").status_code == 422
    assert visit("petar").get("/payments?first=yesterday").status_code == 422


@ON_SQLITE
@pytest.mark.usefixtures("bought")
def test_long_registers_are_paged_by_the_last_row(api: Api) -> None:
    whole = register(api("owner"), "entries")["items"]
    read: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = register(api("owner"), "entries", f"limit=3{cursor}")
        read += page["items"]
        following = page["next_cursor"]
        cursor = None if following is None else f"&cursor={following}"
    assert read == whole
    of_tax = register(api("owner"), "entries", "account=tax")["items"]
    assert of_tax == [one for one in whole if one["account"] == "tax"]


def test_payments_are_listed_by_state_method_order_and_reference(
    bought: Any, world: World, api: Api, visit: Visit
) -> None:
    order = place(api("owner"), world.client_id("balkan.media"))
    body = {"method": "bank_transfer", "reference": "SEPA-100%-77"}
    json_of(api("owner").post(f"/orders/{order['id']}/payments", body), 201)
    petar = visit("petar")

    def shows(query: str) -> tuple[bool, bool]:
        page = petar.get(f"/payments?{query}").text
        return f"№ {bought['number']}" in page, f"№ {order['number']}" in page

    assert shows("") == (True, True)
    assert shows("method=cash") == (True, False)
    assert shows("query=sepa-100%25") == (False, True)
    assert shows(f"query={bought['number']}") == (True, False)
    assert shows("state=received&provider=nordvik") == (True, True)
    assert shows("state=waiting") == shows("state=failed") == shows("last=2000-01-01")
    assert shows("state=waiting") == (False, False)


@ON_SQLITE
def test_months_are_closed_on_the_page_and_reopened_by_who_may(
    world: World, api: Api, visit: Visit
) -> None:
    owner, petar = api("owner"), visit("petar")
    assert petar.get("/closed-months").status_code == 200
    closing = form_of(petar.get("/closed-months"), "close-nordvik")[1]
    assert closing["month"] == "2026-10"
    assert petar.send("/closed-months/close", **closing.to_dict()).status_code == 303
    assert "31.10.2026" in petar.get("/closed-months").text
    again = petar.send("/closed-months/close", **{**closing.to_dict(), "month": "2026-11"})
    assert again.status_code == 422
    assert 'value="2026-11"' in again.text
    (nordvik,) = [
        one for one in json_of(owner.get("/closed-months"))["items"] if one["provider"] == "nordvik"
    ]
    assert nordvik["closed_on"] == "2026-10-31"
    reopening = {"provider": "nordvik", "month": "2026-10", "reason": "a fee"}
    assert petar.send("/closed-months/reopen", **reopening).status_code == 403
    answer = json_of(owner.post("/closed-months/reopen", reopening))
    assert answer["closed_on"] == "2026-09-30"
    credit = {"amount": "5", "reason": "Goodwill", "provider": "nordvik"}
    client = world.client_id("stoyanova")
    late = owner.post(f"/clients/{client}/credits", {**credit, "received_on": "2026-09-30"})
    assert json_of(late, 422)["errors"][0]["code"] == "month_closed"
    dated = owner.post(f"/clients/{client}/credits", {**credit, "received_on": "2026-10-31"})
    assert json_of(dated, 201)["value_date"] == "2026-10-31"


def test_debts_are_those_of_the_end_of_a_day(world: World, api: Api, visit: Visit) -> None:
    owner = api("owner")
    order = place(owner, world.client_id("balkan.media"))
    accepted = owner.post(f"/orders/{order['id']}/transitions", {"action": "set_up"})
    before = totals(register(owner, "aging", "provider=nordvik"))
    assert totals(register(owner, "aging", "provider=nordvik&on=2000-01-01")) == {}
    today = totals(register(owner, "aging", "provider=nordvik&on=2999-01-01"))
    assert today == before, accepted.status_code
    page = visit("petar").get("/registers/aging?last=2000-01-01")
    assert page.status_code == 200
    assert 'value="2000-01-01"' in page.text
    assert owner.get("/registers/aging?on=yesterday").status_code == 422


@ON_SQLITE
@pytest.mark.usefixtures("bought")
def test_whoever_saves_a_register_is_in_the_log(world: World, api: Api, visit: Visit) -> None:
    asked = "provider=nordvik&first=2026-01-01&last=2026-12-31"
    with visit("petar").get(f"/registers/sales.csv?{asked}") as file:
        assert file.status_code == 200
    with api("owner").get("/registers/ledger?format=xlsx&provider=nordvik") as file:
        assert file.status_code == 200
    assert api("owner").get("/registers/ledger").status_code == 200
    with world.database.reading() as session:
        found = select(Event).filter_by(kind="register.exported").order_by(Event.id)
        events = session.scalars(found).all()
        told = [(event.user_id, event.facts) for event in events]
    by = [world.actor(login).user_id for login in ("petar", "owner")]
    days = {"from": "2026-01-01", "to": "2026-12-31"}
    assert told == [
        (by[0], {"register": "sales", "file": "csv", **days}),
        (by[1], {"register": "ledger", "file": "xlsx"}),
    ]
    assert "Register saved as a file" in visit("owner").get("/audit").text


@ON_SQLITE
@pytest.mark.usefixtures("bought")
def test_what_is_too_much_to_add_up_is_refused_and_files_are_not(
    api: Api, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound is data; here it is nothing."""
    for reads in Reads:
        monkeypatch.setitem(MOST, reads, 0)
    for key in ("sales", "vat", "payments", "ledger", "entries"):
        assert api("owner").get(f"/registers/{key}?from=2000-01-01").status_code == 422
        page = visit("petar").get(f"/registers/{key}?first=2000-01-01&last=")
        assert page.status_code == 422
        assert "choose fewer days" in page.text
        assert 'value="2000-01-01"' in page.text
        assert visit("petar").get(f"/registers/{key}?first=2000-01-01&last=2000-01-02").text
    with visit("petar").get("/registers/sales.csv?first=&last=") as file:
        assert file.status_code == 200
    assert visit("petar").get("/registers/vat.csv?first=&last=").status_code == 422
    assert register(api("owner"), "aging") is not None


@ON_SQLITE
def test_payments_are_paged_both_ways_found_by_client_and_marked_when_used_twice(
    world: World, api: Api, visit: Visit
) -> None:
    owner, client_id = api("owner"), world.client_id("balkan.media")
    for number in range(53):
        order = place(owner, client_id)
        reference = "SAME-7" if number in {3, 9} else f"R-{number}"
        body = {"method": "bank_transfer", "reference": reference, "accept_duplicate": True}
        json_of(owner.post(f"/orders/{order['id']}/payments", body), 201)
    petar = visit("petar")
    first = petar.get("/payments?query=Balkan")
    assert first.text.count("data-row>") == 50
    older = re.search(r'href="([^"]*)"[^>]*rel="next"', first.text)
    assert older is not None
    second = petar.get(html.unescape(older[1]))
    assert second.text.count("data-row>") == 3
    newer = re.search(r'href="([^"]*)"[^>]*rel="prev"', second.text)
    assert newer is not None
    assert numbers(petar.get(html.unescape(newer[1])).text) == numbers(first.text)
    twice = petar.get("/payments?twice=y").text
    assert twice.count("data-row>") == twice.count("Used twice") == 2
    assert petar.get("/payments?query=nobody-at-all").text.count("data-row>") == 0
    assert "Received · 53" in first.text


def numbers(page: str) -> list[str]:
    return re.findall("№ ([0-9]+)", page)


@ON_SQLITE
@pytest.mark.parametrize("path", ["/registers/sales", "/payments", "/closed-months", "/reminders"])
def test_the_menu_says_that_one_is_at_the_finance_desk(visit: Visit, path: str) -> None:
    page = visit("petar").get(path).text
    menu = page.partition("<nav")[2].partition("</nav>")[0]
    (here,) = re.findall(r"<a [^>]*aria-current[^>]*>(?:<svg.*?</svg>)?([^<]+)", menu, re.DOTALL)
    assert here.strip() == "Finance"
