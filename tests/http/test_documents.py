"""Documents as lists, by API and page, and credit notes written by hand."""

from collections.abc import Callable
from re import findall
from typing import Any

from sqlalchemy import select

from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.people.user_models import User
from invoices.exchange.register_receipts import register_receipts
from invoices.store.einvoice_deliveries import DocumentDelivery, SendingState
from plugins.orders.document_bundles.print_document_bundles import print_bundles
from plugins.sandbox.fiscal_device import SandboxDevice
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import eur, place, problem_of, wrong_fields
from tests.http.visitor import Visitor
from tests.world import World

Api = Callable[[str], ApiClient]
Visit = Callable[..., Visitor]


def bought(world: World, api: Api) -> Any:
    """An order that is paid at the desk: a pro-forma, a receipt and an invoice."""
    order = place(api("owner"), world.client_id("stoyanova"))
    json_of(api("owner").post(f"/orders/{order['id']}/payments", {"method": "cash"}), 201)
    return order


def listed(caller: ApiClient, **query: Any) -> list[Any]:
    items: list[Any] = json_of(caller.get("/documents", **query))["items"]
    return items


def test_documents_are_listed_by_kind_state_client_provider_and_number(
    world: World, api: Api
) -> None:
    order, owner = bought(world, api), api("owner")
    place(owner, world.client_id("balkan.media"))
    kinds = [(one["kind"], one["state"]) for one in listed(owner)]
    assert kinds == [
        ("proforma", "open"),
        ("invoice", "paid"),
        ("receipt", "issued"),
        ("proforma", "paid"),
    ]
    (invoice,) = listed(owner, kind="invoice", state="", client="", provider="", query="")
    assert invoice["orders"] == [order["id"]]
    assert (invoice["number"], invoice["corrects"]) == ("0000000001", None)
    assert (invoice["prepaid"], invoice["payable"]) == (invoice["total"], eur("0.00"))
    assert listed(owner, state="paid", kind="invoice", provider="nordvik") == [invoice]
    assert invoice in listed(owner, query="0000000001")
    assert listed(owner, provider="sever") == listed(owner, query="nothing-like-it") == []
    client = world.client_id("stoyanova")
    assert len(listed(owner, client=client)) == 3
    # a client has their own, whatever is asked
    assert [one["client_id"] for one in listed(api("stoyanova"))] == [client] * 3
    foreign = api("stoyanova").get("/documents", client=world.client_id("balkan.media"))
    assert wrong_fields(foreign) == [("client", "unknown_client")]
    assert owner.get("/documents", kind="poem").status_code == 422
    page = json_of(owner.get("/documents", limit=2))
    rest = json_of(owner.get("/documents", limit=2, cursor=page["next_cursor"]))
    assert page["items"] + rest["items"] == listed(owner)


@ON_SQLITE
def test_an_invoice_is_corrected_by_a_credit_note(world: World, api: Api) -> None:
    bought(world, api)
    owner = api("owner")
    (invoice,) = listed(owner, kind="invoice")
    path = f"/documents/{invoice['id']}/credit-notes"
    lines = [{"line": 1, "amount": "1.00"}]
    note = json_of(owner.post(path, {"reason": "Wrong price", "lines": lines}), 201)
    assert (note["kind"], note["state"], note["total"]) == ("credit_note", "issued", eur("1.20"))
    assert (note["corrects"], note["corrects_number"]) == (invoice["id"], invoice["number"])
    whole = json_of(owner.get(f"/documents/{note['id']}"))
    assert whole == json_of(owner.get(f"/invoices/{note['id']}"))
    assert (whole["reason"], whole["corrects"]["number"]) == ("Wrong price", invoice["number"])
    json_of(owner.post(path, {"reason": "All of it"}), 201)
    assert problem_of(owner.post(path, {"reason": "More"}), 422, "credited_already")
    assert [one["state"] for one in listed(owner, kind="invoice")] == ["credited"]
    assert owner.get(f"/documents/{note['id']}.pdf").status_code == 200


@ON_SQLITE
def test_pages_list_documents_and_write_credit_notes(world: World, api: Api, visit: Visit) -> None:
    bought(world, api)
    (invoice,) = listed(api("owner"), kind="invoice")
    owner, client = visit("owner"), visit("stoyanova")
    assert invoice["number"] in owner.get("/documents?kind=invoice&query=0000000001").text
    assert invoice["number"] in client.get("/documents").text
    path = f"/documents/{invoice['id']}"
    assert "credit-note" not in client.get(path).text
    before = world.everything()
    refused = owner.send(f"{path}/credit-note", **{"line-1": "1.00", "reason": ""})
    assert refused.status_code == 422
    assert 'value="1.00"' in refused.text
    assert world.everything() == before
    (key,) = findall(r'name="request_key" value="([^"]+)"', owner.get(path).text)
    wanted = {"line-1": "1.00", "reason": "Wrong price", "request_key": key}
    # sent twice by an impatient finger, it is written once
    done = [owner.send(f"{path}/credit-note", **wanted) for _ in range(2)]
    assert [(one.status_code, one.location) for one in done] == [(303, done[0].location)] * 2
    (note,) = listed(api("owner"), kind="credit_note")
    page = owner.get(f"/documents/{note['id']}").text
    assert "Wrong price" in page
    assert invoice["number"] in page


@ON_SQLITE
def test_what_the_fiscal_device_answered_is_on_the_orders_page_for_client_and_staff(
    world: World, api: Api, visit: Visit
) -> None:
    order = bought(world, api)
    (receipt,) = listed(api("owner"), kind="receipt")
    system = console(world.panel.known)
    register_receipts(world.database, [SandboxDevice()], actor=system, clock=world.clock)
    with world.database.reading() as session:
        taken = select(DocumentDelivery).filter_by(state=SendingState.ACCEPTED)
        step = session.scalars(taken).one()
    for path in (f"/orders/{order['id']}", f"/documents/{receipt['id']}"):
        for login in ("stoyanova", "maria"):
            page = visit(login).get(path).text
            assert step.reference in page
            assert f'href="{step.link}"' in page


@ON_SQLITE
def test_documents_are_found_by_client_order_and_payment_too(
    world: World, api: Api, visit: Visit
) -> None:
    owner = api("owner")
    order = place(owner, world.client_id("stoyanova"))
    other = place(owner, world.client_id("balkan.media"))
    paid = {"method": "bank_transfer", "reference": "IN-7788/Q"}
    json_of(owner.post(f"/orders/{order['id']}/payments", paid), 201)
    own = {one["id"] for one in listed(owner, client=world.client_id("stoyanova"))}
    for query in ("Stoyanova", "Стоянова", order["number"], f"№ {order['number']}", "IN-7788/Q"):
        assert {one["id"] for one in listed(owner, query=query)} == own, query
    numbers = [one["number"] for one in listed(owner, query="stoyanova NH-2026")]
    assert numbers == ["NH-2026-000001"]
    # a client finds by numbers, and nobody else's
    (bill,) = listed(owner, client=world.client_id("balkan.media"))
    assert listed(api("stoyanova"), query=other["number"]) == []
    assert [one["id"] for one in listed(api("balkan.media"), query=other["number"])] == [bill["id"]]
    assert visit("owner").get("/documents?query=stoyanova").text.count("data-row>") == len(own)


@ON_SQLITE
def test_documents_are_printed_together_as_one_pdf_or_zip(
    world: World, api: Api, visit: Visit
) -> None:
    bought(world, api)
    place(api("owner"), world.client_id("balkan.media"))
    owner = visit("owner")
    ids = [str(one["id"]) for one in listed(api("owner"))]
    none = owner.send("/documents/files", form="pdf", asked="kind=invoice")
    assert (none.status_code, none.location) == (303, "/documents?kind=invoice")
    token = owner.token("/documents")
    ticked = {"csrf_token": token, "document": ids[:2], "form": "zip"}
    sent = owner.http.post("/documents/files", data=ticked)
    page = owner.get(sent.location)
    assert "0 of 2" in page.text
    assert owner.get(f"{sent.location}.zip").status_code == 404
    every = owner.send("/documents/files", which="all", asked="state=paid", form="pdf")
    print_bundles(world.database, actor=world.actor("owner"), clock=world.clock)
    assert "2 documents are ready" in owner.get(every.location).text
    (pdf, archive) = (owner.get(f"{every.location}.pdf"), owner.get(f"{sent.location}.zip"))
    assert (pdf.status_code, pdf.data[:5], archive.data[:2]) == (200, b"%PDF-", b"PK")
    assert "attachment" in archive.headers["Content-Disposition"]
    assert owner.get(f"{sent.location}.pdf").status_code == 404
    assert visit("stoyanova").get(sent.location).status_code == 404
    asked = json_of(api("owner").post("/documents/files", {"documents": [int(ids[0])]}), 202)
    assert (asked["total"], asked["printed"], asked["finished_at"]) == (1, 0, None)
    print_bundles(world.database, actor=world.actor("owner"), clock=world.clock)
    done = json_of(api("owner").get(f"/documents/files/{asked['id']}"))
    assert (done["printed"], done["failed"]) == (1, [])
    assert api("owner").get(f"/documents/files/{asked['id']}.pdf").data[:5] == b"%PDF-"
    foreign = api("stoyanova").post("/documents/files", {"documents": [int(one) for one in ids]})
    assert foreign.status_code == 404


@ON_SQLITE
def test_the_list_is_saved_as_a_table_with_the_readers_separators(
    world: World, api: Api, visit: Visit
) -> None:
    bought(world, api)
    place(api("owner"), world.client_id("balkan.media"))
    rows = _saved(visit("owner"), "/documents.csv?kind=invoice").decode().splitlines()
    assert len(rows) == 2
    (invoice,) = listed(api("owner"), kind="invoice")
    assert invoice["number"] in rows[1]
    assert f",{invoice['total']['amount']},{invoice['total']['amount']},0.00,EUR" in rows[1]
    world.change(User, {"login": "owner"}, language="bg")
    bulgarian = _saved(visit("owner"), "/documents.csv?kind=invoice").decode()
    assert f";{invoice['total']['amount'].replace('.', ',')};" in bulgarian
    assert _saved(visit("owner"), "/documents.xlsx")[:2] == b"PK"
    own = _saved(visit("stoyanova"), "/documents.csv").splitlines()
    assert len(own) == 4


def _saved(visitor: Visitor, path: str) -> bytes:
    """Read to its end, so that its place is given back."""
    with visitor.get(path) as file:
        assert file.status_code == 200
        data: bytes = file.data
        return data
