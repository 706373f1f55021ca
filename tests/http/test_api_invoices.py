"""GET /orders/{id}/invoices, /invoices/{id} and /invoices/{id}.pdf."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import HUGE, MISSING, WEB_START, eur, place, problem_of, send
from tests.world import World

Api = Callable[[str], ApiClient]


def test_a_document_says_who_whom_what_and_how_much(world: World, api: Api) -> None:
    order = place(api("maria"), world.client_id("balkan.media"))
    (row,) = json_of(api("maria").get(f"/orders/{order['id']}/invoices"))["items"]
    assert row == order["invoices"][0]
    document = json_of(api("petar").get(f"/invoices/{row['id']}"))
    assert row.items() <= document.items()
    assert document["order_number"] == order["number"]
    assert document["seller"] == {
        "name": "Nordvik Hosting OOD",
        "country": "BG",
        "registration_number": "204512345",
        "vat_number": "BG204512345",
    }
    assert document["buyer"] == {
        "name": "Balkan Media OOD",
        "country": "BG",
        "registration_number": "175074752",
        "vat_number": "BG175074752",
    }
    assert document["treatment"] == "domestic"
    (line,) = document["lines"]
    # in the language of the client
    assert (line["title"], line["quantity"]) == ("Уеб Старт", 1)
    assert (line["unit_price"], line["discount"], line["amount"]) == (
        eur("4.90"),
        eur("0.49"),
        eur("4.41"),
    )
    (tax,) = document["taxes"]
    assert Decimal(tax["percent"]) == Decimal(line["tax_percent"]) == 20
    assert (tax["base"], tax["tax"]) == (eur("4.41"), eur("0.88"))
    assert (document["net"], document["tax"], document["total"]) == (
        eur("4.41"),
        eur("0.88"),
        eur("5.29"),
    )
    assert (document["prepaid"], document["payable"]) == (eur("0.00"), eur("5.29"))
    assert (document["void"], document["state"], document["state_since"]) == (False, "open", None)


def test_a_document_is_printed_once_and_the_same_bytes_are_given_again(
    world: World, api: Api
) -> None:
    maria = api("maria")
    document_id = place(maria, world.client_id("balkan.media"))["invoices"][0]["id"]
    petar = api("petar")
    first = send(maria, "GET", f"/invoices/{document_id}.pdf")
    assert first.status_code == 200
    assert first.content_type == "application/pdf"
    assert first.headers["Content-Disposition"] == "inline; filename=NH-2026-000001.pdf"
    assert first.headers["Cache-Control"] == "no-store"
    assert first.data.startswith(b"%PDF-")
    before = world.everything()
    second = send(petar, "GET", f"/invoices/{document_id}.pdf")
    assert second.data == first.data
    head = send(petar, "HEAD", f"/invoices/{document_id}.pdf")
    assert (head.status_code, head.content_length) == (200, len(first.data))
    assert world.everything() == before


@ON_SQLITE
def test_numbers_follow_each_other(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    numbers = [place(maria, client_id)["invoices"][0]["number"] for _ in range(3)]
    assert numbers == ["NH-2026-000001", "NH-2026-000002", "NH-2026-000003"]


@ON_SQLITE
def test_an_order_that_is_not_paid_by_transfer_has_no_document(world: World, api: Api) -> None:
    maria = api("maria")
    order = place(maria, world.client_id("stoyanova"), WEB_START, payment_method="cash")
    assert json_of(maria.get(f"/orders/{order['id']}/invoices"))["items"] == []


@ON_SQLITE
def test_support_reads_no_documents(world: World, api: Api) -> None:
    document_id = place(api("maria"), world.client_id("stoyanova"))["invoices"][0]["id"]
    georgi = api("georgi")
    before = world.everything()
    for path in (f"/invoices/{document_id}", f"/invoices/{document_id}.pdf"):
        problem_of(georgi.get(path), 403, "function_not_held")
    assert world.everything() == before


@pytest.mark.parametrize("end", ["", ".pdf"])
def test_a_foreign_document_and_a_missing_one_answer_alike(
    world: World, api: Api, end: str
) -> None:
    maria = api("maria")
    of_shared_client = place(maria, world.client_id("romashka"), WEB_START, provider="nordvik")[
        "invoices"
    ][0]["id"]
    of_balkan = place(maria, world.client_id("balkan.media"))["invoices"][0]["id"]
    callers = {login: api(login) for login in ("olga", "stoyanova")}
    before = world.everything()
    for login, document_id in (
        ("olga", of_shared_client),
        ("olga", of_balkan),
        ("stoyanova", of_balkan),
    ):
        seen = problem_of(callers[login].get(f"/invoices/{document_id}{end}"), 404, "not_found")
        missing = problem_of(callers[login].get(f"/invoices/{MISSING}{end}"), 404, "not_found")
        assert seen == missing
    assert world.everything() == before


@ON_SQLITE
def test_a_client_prints_their_own_document(world: World, api: Api) -> None:
    document_id = place(api("maria"), world.client_id("stoyanova"))["invoices"][0]["id"]
    answer = send(api("stoyanova"), "GET", f"/invoices/{document_id}.pdf")
    assert answer.data.startswith(b"%PDF-")


@ON_SQLITE
def test_an_id_that_no_document_can_have_is_not_found(api: Api) -> None:
    petar = api("petar")
    for number in ("0", "-1", "x", HUGE, 10**30):
        for end in ("", ".pdf"):
            problem_of(petar.get(f"/invoices/{number}{end}"), 404, "not_found")
