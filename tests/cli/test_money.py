"""``balance credit|debit``, ``order pay`` and ``order give-up-payment``."""

import json

import pytest

from tests.businesses import CLIENT, opened
from tests.cli.keyboard import Keyboard
from tests.gateways import Scripted, Till
from tests.world import World, line

CREDIT = ("balance", "credit", "--client", "balkan.media", "--as", "petar")
DEBIT = ("balance", "debit", "--client", "balkan.media", "--as", "petar")


def test_a_balance_is_credited_and_debited(keyboard: Keyboard) -> None:
    assert keyboard.read(*CREDIT, "--amount", "15.50", "--reason", "gift") == [
        "Credited: €15.50. Balance after: €1,300.00."
    ]
    told = keyboard.read(*DEBIT, "--amount", "300", "--reason", "fee", "--method", "cash", "--json")
    assert json.loads("\n".join(told))["balance"] == {"amount": "1000.00", "currency": "EUR"}
    assert keyboard.read(*CREDIT, "--amount", "50", "--points", "--reason", "thanks") == [
        "Credited: 50 points. Balance after: 3,300 points."
    ]


def test_with_a_key_it_is_done_once(keyboard: Keyboard) -> None:
    for _ in range(2):
        told = keyboard.read(*CREDIT, "--amount", "1", "--reason", "gift", "--request-key", "k")
        assert told == ["Credited: €1.00. Balance after: €1,285.50."]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--amount", "5000", "--reason", "fee"), "insufficient_funds"),
        (("--amount", "1.001", "--reason", "fee"), "invalid_amount"),
        (("--amount", "1", "--reason", " "), "reason_missing"),
        (("--amount", "1", "--reason", "fee", "--provider", "sever"), "not_found"),
    ],
)
def test_nonsense_is_refused(
    keyboard: Keyboard, world: World, more: tuple[str, ...], code: str
) -> None:
    before = world.everything()
    assert f"[{code}]" in keyboard.refuse(*DEBIT, *more)
    assert world.everything() == before


def test_each_needs_its_function(keyboard: Keyboard, world: World) -> None:
    before = world.everything()
    refused = keyboard.refuse(*CREDIT[:-1], "maria", "--amount", "1", "--reason", "x")
    assert "[function_not_held]" in refused
    assert world.everything() == before


def test_an_order_is_paid_in_parts(keyboard: Keyboard, world: World) -> None:
    (order,) = world.place("maria", world.order("balkan.media", line("web-start", "1 month")))
    pay = ("order", "pay", order.number, "--as", "petar", "--method")
    assert keyboard.read(*pay, "balance", "--amount", "2") == ["Balance: €2.00"]
    before = world.everything()
    assert "[more_than_left]" in keyboard.refuse(*pay, "balance", "--amount", "99")
    assert "[method_not_allowed]" in keyboard.refuse(*pay, "card_gateway")
    assert world.everything() == before
    rest = json.loads("\n".join(keyboard.read(*pay, "cash", "--reference", "R-1", "--json")))
    assert [payment["reference"] for payment in rest["payments"]] == ["R-1"]
    assert "[already_paid]" in keyboard.refuse(*pay, "cash")


def test_a_payment_at_a_payment_system_is_given_up(keyboard: Keyboard, world: World) -> None:
    shop = opened(world, "webshop")
    order_id = shop.place(by=CLIENT, method="card_gateway")
    payment = Till(shop, Scripted()).leave(order_id)
    number = shop.order(order_id).number
    command = ("order", "give-up-payment", number, "--as", "petar", "--reason", "they asked")
    before = world.everything()
    assert "[not_found]" in keyboard.refuse(*command, "--payment", "99999")
    assert world.everything() == before
    told = keyboard.read(*command, "--payment", str(payment.id), "--json")
    assert json.loads("\n".join(told))["state"] == "given_up"
    assert "[nothing_to_give_up]" in keyboard.refuse(*command, "--payment", str(payment.id))
