"""``check`` and ``ledger verify``: one line when all is right; else what is wrong, and 1."""

import json

import pytest
from sqlalchemy import select

from billing_panel.ledger.models import LedgerAccount
from invoices.store.numbering import SeriesCounter
from tests.cli.keyboard import Keyboard
from tests.world import World, line

COMMANDS = (("check",), ("ledger", "verify"))


@pytest.fixture
def short(world: World) -> World:
    """Somebody has taken a cent out of an account, behind the panel's back."""
    with world.database.writing() as session:
        account = session.scalars(select(LedgerAccount).where(LedgerAccount.balance > 0)).first()
        assert account is not None
        account.balance -= 1
    return world


def test_what_is_right_is_told_with_counts(keyboard: Keyboard) -> None:
    (said,) = keyboard.read("ledger", "verify")
    assert said.startswith("The books are right. ")
    facts = json.loads("\n".join(keyboard.read("ledger", "verify", "--json")))
    assert (facts["right"], facts["wrong"]) == (True, [])
    counts = [facts[name] for name in ("accounts", "entries", "postings")]
    assert all(counts)
    words = f"Accounts: {counts[0]}, entries: {counts[1]}, postings: {counts[2]}."
    assert said == f"The books are right. {words}"


def test_documents_are_looked_up_by_themselves(world: World, keyboard: Keyboard) -> None:
    world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    assert keyboard.read("invoices", "verify") == [
        "The documents are right. Documents: 1, PDFs: 0."
    ]
    counter = {"series": "proforma"}
    world.change(SeriesCounter, counter, last=3)
    said = keyboard.refuse("invoices", "verify")
    assert said.rstrip().endswith("[documents.numbers]")
    world.change(SeriesCounter, counter, last=1)
    facts = json.loads("\n".join(keyboard.read("invoices", "verify", "--json")))
    assert (facts["right"], facts["documents"], facts["wrong"]) == (True, 1, [])


def test_all_that_was_looked_up_is_named(keyboard: Keyboard) -> None:
    facts = json.loads("\n".join(keyboard.read("check", "--json")))
    assert (facts["right"], facts["wrong"]) == (True, [])
    assert {"ledger.sums", "documents.numbers", "orders.paid"} <= set(facts["checks"])
    assert keyboard.read("check") == [f"All is right: {len(facts['checks'])} checks."]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_wrong_is_told_and_ends_with_1(
    short: World, keyboard: Keyboard, command: tuple[str, ...]
) -> None:
    before = short.everything()
    said = keyboard.refuse(*command).splitlines()
    assert [line.rpartition(" ")[2] for line in said] == ["[ledger.sums]", "[ledger.zero]"]
    assert "0.01" in said[0]
    typed = keyboard.type(*command, "--json")
    assert typed.exit_code == 1
    told = json.loads(typed.stdout)
    assert not told["right"]
    assert [wrong["check"] for wrong in told["wrong"]] == ["ledger.sums", "ledger.zero"]
    assert short.everything() == before


@pytest.mark.every_case
@pytest.mark.parametrize(
    "command", [*COMMANDS, ("invoices", "verify"), ("audit", "verify"), ("orders",)], ids=" ".join
)
def test_where_there_is_nothing_yet_nothing_is_wrong(
    empty_keyboard: Keyboard, command: tuple[str, ...]
) -> None:
    empty_keyboard.read("init")
    assert len(empty_keyboard.read(*command)) <= 2
