"""What commands print and write, typed one after the other on one database."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from plugins.orders.store.models import Order
from tests.cli.keyboard import BUY, TRANSFER, WEB_START, Keyboard
from tests.world import World

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"])


def printed_json(keyboard: Keyboard, *arguments: str) -> Any:
    return json.loads("\n".join(keyboard.read(*arguments, "--json")))


def test_a_second_init_and_demo_change_nothing(world: World, keyboard: Keyboard) -> None:
    before = world.everything()
    database = world.database.url.render_as_string()
    assert printed_json(keyboard, "init") == {
        "database": database,
        "address": "http://127.0.0.1:8000/",
        "sign_in_link": None,
        "triggers_put_back": [],
    }
    assert printed_json(keyboard, "demo") == {"loaded": False}
    assert keyboard.read("demo") == ["The demo data was there already."]
    assert world.everything() == before


def test_the_demo_may_be_loaded_beside_an_owner(empty_keyboard: Keyboard) -> None:
    empty_keyboard.read("init", "--owner", "owner")
    empty_keyboard.type("demo")


@ON_SQLITE
def test_an_order_is_told_in_a_few_lines(keyboard: Keyboard) -> None:
    line = "vps-pro-4:12 months:2;ram=16;os=Ubuntu 26.04"
    first, second, third = keyboard.read(*BUY, "--line", line, *TRANSFER)
    assert first == ("№ 10001  2026-11-22 10:00 UTC  Nordvik Hosting  Awaiting payment  €859.68")
    assert second == "    2 × VPS Pro 4  €716.40"
    assert third == "    NH-2026-000001"
    assert keyboard.read("order", "show", "10001") == [first, second, third]
    assert keyboard.read("orders", "--client", "stoyanova") == [first]
    shown = printed_json(keyboard, "order", "show", "10001")
    assert shown["lines"][0]["options"] == {"ram": 16, "ipv4": 1, "os": "Ubuntu 26.04"}


@ON_SQLITE
def test_a_history_is_newest_first(keyboard: Keyboard) -> None:
    assert keyboard.read("orders", "--client", "stoyanova") == ["No orders yet."]
    assert printed_json(keyboard, "orders", "--client", "stoyanova") == {"orders": []}
    for _ in range(3):
        keyboard.read(*BUY, *WEB_START, *TRANSFER)
    listed = printed_json(keyboard, "orders", "--client", "stoyanova", "--limit", "2")
    assert [row["number"] for row in listed["orders"]] == ["10003", "10002"]
    for staff in ("georgi", "petar"):
        assert len(keyboard.read("orders", "--client", "stoyanova", "--as", staff)) == 3


def test_several_lines_money_and_points(keyboard: Keyboard) -> None:
    lines = ("--line", "sfp-10g:once:1;pay_with=points", "--line", "web-start:12 months")
    placed = printed_json(keyboard, *BUY, *lines, "--payment-method", "cash")
    (order,) = placed["orders"]
    assert [(row["tariff"], row["quantity"], row["pay_with"]) for row in order["lines"]] == [
        ("sfp-10g", 1, "points"),
        ("web-start", 1, "money"),
    ]
    assert order["total_points"] == {"amount": "3800", "currency": "points"}


def test_the_same_request_key_gives_the_same_order(world: World, keyboard: Keyboard) -> None:
    place = (*BUY, *WEB_START, *TRANSFER, "--request-key", "monday-1")
    first = keyboard.read(*place)
    after = world.everything()
    assert keyboard.read(*place) == first
    other = keyboard.type(*place, "--note", "another")
    assert (other.exit_code, other.stdout) == (1, "")
    assert "[idempotency_key_reused]" in other.stderr
    assert world.everything() == after
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 1


def test_a_checkout_that_splits_prints_each_order(keyboard: Keyboard) -> None:
    cart = ("--client", "romashka", "--from-cart", "--provider", "sever", *TRANSFER)
    placed = printed_json(keyboard, "order", "place", "--as", "olga", *cart)
    assert [order["total"]["amount"] for order in placed["orders"]] == ["12980.00", "14900.00"]


def test_a_line_is_delivered_once(world: World, keyboard: Keyboard) -> None:
    keyboard.read(*BUY, *WEB_START, *TRANSFER)
    deliver = ("order", "deliver", "10001", "--as", "maria")
    delivered = printed_json(keyboard, *deliver)
    assert (delivered["version"], delivered["lines"][0]["status"]) == (3, "delivered")
    before = world.everything()
    again = keyboard.type(*deliver)
    assert (again.exit_code, again.stdout) == (1, "")
    assert "[already_delivered]" in again.stderr
    assert world.everything() == before


@ON_SQLITE
def test_an_invoice_is_printed_by_either_number_to_the_same_bytes(
    world: World, keyboard: Keyboard, tmp_path: Path
) -> None:
    *_, number = keyboard.read(*BUY, *WEB_START, *TRANSFER)
    by_order, by_document = tmp_path / "a.pdf", tmp_path / "b.pdf"
    assert keyboard.read("invoice", "print", "10001", "--out", str(by_order)) == [
        f"NH-2026-000001: {by_order}"
    ]
    before = world.everything()
    keyboard.read("invoice", "print", number.strip(), "--out", str(by_document))
    assert by_order.read_bytes() == by_document.read_bytes()
    assert world.everything() == before


@ON_SQLITE
def test_a_file_that_cannot_be_written_is_named(keyboard: Keyboard, tmp_path: Path) -> None:
    keyboard.read(*BUY, *WEB_START, *TRANSFER)
    nowhere = tmp_path / "no" / "such" / "folder.pdf"
    typed = keyboard.type("invoice", "print", "10001", "--out", str(nowhere))
    assert (typed.exit_code, typed.stdout) == (1, "")
    assert typed.stderr == f"Error: {nowhere} cannot be written: No such file or directory\n"


@ON_SQLITE
def test_an_order_without_an_invoice_says_so(
    world: World, keyboard: Keyboard, tmp_path: Path
) -> None:
    keyboard.read(*BUY, *WEB_START, "--payment-method", "cash")
    out = tmp_path / "a.pdf"
    before = world.everything()
    typed = keyboard.type("invoice", "print", "10001", "--out", str(out))
    assert (typed.exit_code, typed.stdout) == (1, "")
    assert "No invoice has been issued for order 10001 yet. [invoice_not_issued]" in typed.stderr
    assert not out.exists()
    assert world.everything() == before
