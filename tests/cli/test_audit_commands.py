"""``audit seal``, ``audit verify``, ``client export`` and ``client erase``."""

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select, text

from billing_panel.ledger.models import LedgerAccount
from tests.cli.keyboard import BUY, TRANSFER, WEB_START, Keyboard
from tests.world import World

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"])


def printed_json(keyboard: Keyboard, *arguments: str) -> Any:
    return json.loads("\n".join(keyboard.read(*arguments, "--json")))


def test_the_log_is_sealed_and_proven(keyboard: Keyboard) -> None:
    sealed = printed_json(keyboard, "audit", "seal")
    proven = printed_json(keyboard, "audit", "verify", "--from", sealed["head"])
    assert (proven["events"], proven["unsealed"]) == (sealed["sealed"], 0)
    assert (proven["head"], proven["last_event"]) == (sealed["head"], sealed["last_event"])
    keyboard.read(*BUY, *WEB_START, *TRANSFER)
    first, told, head = keyboard.read("audit", "verify")
    assert "not sealed yet: 0" not in first
    assert told.startswith("It has every head that was told since 2026-11-22T10:00+00:00: 1.")
    assert sealed["head"] in head
    assert printed_json(keyboard, "audit", "head")["head"] == sealed["head"]


def test_r7_a_cut_off_end_is_told_with_its_day_and_the_code_is_1(
    world: World, keyboard: Keyboard, tmp_path: Path
) -> None:
    keyboard.read("audit", "seal")
    copy = tmp_path / "copy"
    copy.write_bytes(world.panel.config.witness.read_bytes())
    with world.database.writing() as session:
        for table in ("event_seal", "event"):
            of = "" if world.database.is_sqlite else f" ON {table}"
            session.execute(text(f"DROP TRIGGER {table}_refuses_delete{of}"))
        session.execute(text("DELETE FROM event_seal"))
        session.execute(text("DELETE FROM event"))
    keyboard.read("init", "--json")
    told = keyboard.refuse("audit", "verify")
    assert told.startswith("On 22 Nov 2026 the log was sealed up to event")
    assert "[end_cut_off]" in told
    world.panel.config.witness.unlink()
    assert "[end_cut_off]" in keyboard.refuse("audit", "verify", "--witness", str(copy))
    typed = keyboard.type("audit", "verify", "--json", "--witness", str(copy))
    assert (typed.exit_code, "end_cut_off" in typed.output) == (1, True)


def test_the_first_broken_place_is_named_and_the_code_is_1(
    world: World, keyboard: Keyboard
) -> None:
    keyboard.read("audit", "seal")
    of = "" if world.database.is_sqlite else " ON event"
    with world.database.writing() as session:
        session.execute(text(f"DROP TRIGGER event_refuses_update{of}"))
        session.execute(text("UPDATE event SET user_id = 1 WHERE id IN (3, 5)"))
    told = keyboard.refuse("audit", "verify")
    assert told.startswith("Event 3 differs from what was sealed")
    typed = keyboard.type("audit", "verify", "--json")
    assert (typed.exit_code, "chain_broken" in typed.output) == (1, True)


@ON_SQLITE
def test_a_head_that_is_not_in_the_chain_is_told(keyboard: Keyboard) -> None:
    keyboard.read("audit", "seal")
    assert "is not in the chain" in keyboard.refuse("audit", "verify", "--from", "f" * 64)


@ON_SQLITE
def test_a_client_is_written_to_a_file(keyboard: Keyboard, tmp_path: Path) -> None:
    keyboard.read(*BUY, *WEB_START, *TRANSFER)
    plain, packed = tmp_path / "client.json", tmp_path / "client.zip"
    keyboard.read("invoice", "print", "10001", "--out", str(tmp_path / "one.pdf"))
    keyboard.read("client", "export", "stoyanova", "--out", str(plain))
    held = json.loads(plain.read_text("utf-8"))
    assert (held["profile"]["login"], len(held["orders"])) == ("stoyanova", 1)
    printed_json(keyboard, "client", "export", "stoyanova", "--out", str(packed))
    with ZipFile(packed) as archive:
        assert "client.json" in archive.namelist()
        (pdf,) = [name for name in archive.namelist() if name.startswith("documents/")]
        assert archive.read(pdf) == (tmp_path / "one.pdf").read_bytes()
    typed = keyboard.type("client", "export", "stoyanova", "--out", str(tmp_path / "client.txt"))
    assert (typed.exit_code, (tmp_path / "client.txt").exists()) == (2, False)


@ON_SQLITE
def test_erasing_shows_first_and_asks_for_yes(world: World, keyboard: Keyboard) -> None:
    before = world.everything()
    assert "[cannot_be_erased]" in keyboard.refuse("client", "erase", "balkan.media", "--yes")
    assert keyboard.read("client", "erase", "stoyanova")[-1].startswith("Nothing is erased yet")
    assert world.everything() == before
    with world.database.writing() as session:
        own = select(LedgerAccount).filter_by(client_id=world.client_id("stoyanova"))
        for account in session.scalars(own):
            account.balance = 0
    assert keyboard.read("client", "erase", "stoyanova", "--yes")[-1] == "Erased."
    assert "[not_found]" in keyboard.refuse("client", "erase", "stoyanova")
