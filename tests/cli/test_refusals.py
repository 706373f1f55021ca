"""What a command refuses, each with its sentence and exit code; nothing is changed by it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from billing_panel.cli.command_failures import MISTAKES
from billing_panel.cli.main import UNAVAILABLE
from billing_panel.core.panel import Panel
from tests.cli.keyboard import BUY, TRANSFER, WEB_START, Keyboard
from tests.world import World

USAGE = 2

REFUSALS: dict[str, tuple[tuple[str, ...], str]] = {
    "group": (
        (*BUY, "--line", "gpu-a16:1 month:1", *TRANSFER),
        "one of these groups: Signed contract. [group_not_allowed]",
    ),
    "the third line of the cart": ((*BUY, "--from-cart", *TRANSFER), "  lines.2: Only for clients"),
    "may not create": (
        ("order", "place", "--as", "georgi", "--client", "stoyanova", *WEB_START, *TRANSFER),
        "orders:order:create; ask whoever manages rights. [function_not_held]",
    ),
    "foreign client": (
        ("order", "place", "--as", "olga", "--client", "stoyanova", *WEB_START, *TRANSFER),
        "No such client, or you don’t have access to them. [not_found]",
    ),
    "unknown client": (
        ("order", "place", "--as", "maria", "--client", "nobody", *WEB_START, *TRANSFER),
        "No such client, or you don’t have access to them. [not_found]",
    ),
    "unknown staff": (
        ("order", "place", "--as", "nobody", "--client", "stoyanova", *WEB_START, *TRANSFER),
        "No active member of staff has the login nobody. [not_found]",
    ),
    "a client is no staff": (
        ("order", "place", "--as", "stoyanova", "--client", "stoyanova", *WEB_START, *TRANSFER),
        "No active member of staff has the login stoyanova. [not_found]",
    ),
    "several providers": (
        ("order", "place", "--as", "maria", "--client", "romashka", "--from-cart", *TRANSFER),
        "The client has several providers; choose one of nordvik or sever. [provider_needed]",
    ),
    "unknown method": ((*BUY, *WEB_START, "--payment-method", "shells"), "  payment_method: "),
    "quantity": ((*BUY, "--line", "web-start:1 month:0", *TRANSFER), "  lines.0.quantity: "),
    "huge quantity": (
        (*BUY, "--line", f"web-start:1 month:{2**63}", *TRANSFER),
        "  lines.0.quantity: ",
    ),
    "price": (
        (*BUY, *WEB_START, *TRANSFER, "--expected-total", "5.87 EUR"),
        "The price has changed from €5.87 to €5.88; check it again. [price_changed]",
    ),
    "empty cart": (
        ("order", "place", "--as", "maria", "--client", "rhein-labs", "--from-cart", *TRANSFER),
        "  lines: The client’s cart with this provider is empty. [empty]",
    ),
    "request key": (
        (*BUY, *WEB_START, *TRANSFER, "--request-key", "k" * 201),
        "A request key must have 1 to 200 ",
    ),
    "order": (("order", "show", "10001"), "No such order, or you don’t have access to it."),
    "no number": (("order", "show", "x"), "No such order, or you don’t have access to it."),
    "huge number": (("order", "show", "9" * 30), "No such order"),
    "history": (("orders", "--client", "nobody"), "No such client"),
    "foreign history": (("orders", "--client", "stoyanova", "--as", "olga"), "No such client"),
    "document": (
        ("invoice", "print", "NH-1", "--out", "x.pdf"),
        "There is no document or order with number NH-1. [not_found]",
    ),
    "an owner's login": (("init", "--owner", "maria"), "not an owner. [login_taken]"),
    "password": (("password", "nobody"), "No one signs in as nobody. [not_found]"),
    "token": (("token", "create", "nobody", "--name", "t"), "No one signs in as nobody."),
}


def test_a_refusal_ends_with_1_and_its_reasons(world: World, keyboard: Keyboard) -> None:
    before = world.everything()
    for name, (command, sentence) in REFUSALS.items():
        assert sentence in keyboard.refuse(*command), name
    assert world.everything() == before


WRONG_USAGE: dict[str, tuple[tuple[str, ...], str]] = {
    "neither": ((*BUY, *TRANSFER), "Give either --line (once or more) or --from-cart."),
    "both": ((*BUY, *WEB_START, "--from-cart", *TRANSFER), "Give either --line"),
    "no staff": (("order", "place", "--client", "x", *WEB_START, *TRANSFER), "'--as'"),
    "no period": ((*BUY, "--line", "web-start", *TRANSFER), "web-start:12 months:1"),
    "no tariff": ((*BUY, "--line", ":1 month:1", *TRANSFER), "TARIFF:PERIOD:QUANTITY"),
    "too much": ((*BUY, "--line", "a:b:1:c", *TRANSFER), "TARIFF:PERIOD:QUANTITY"),
    "half": ((*BUY, "--line", "web-start:1 month:1.5", *TRANSFER), "is not a whole number"),
    "exponent": ((*BUY, "--line", "web-start:1 month:1e400", *TRANSFER), "whole number"),
    "option": ((*BUY, "--line", "vps-pro-4:1 month:1;ram", *TRANSFER), "name=value"),
    "tender": ((*BUY, "--line", "web-start:1 month:1;pay_with=gold", *TRANSFER), "money or points"),
    "currency": ((*BUY, *WEB_START, *TRANSFER, "--expected-total", "5.88"), "'591.19 EUR'"),
    "amount": ((*BUY, *WEB_START, *TRANSFER, "--expected-total", "NaN EUR"), "amount"),
    "limit": (("orders", "--client", "stoyanova", "--limit", "201"), "1<=x<=200"),
    "folder": (("invoice", "print", "10001", "--out", "."), "is a directory"),
    "no file": (("invoice", "print", "10001"), "Missing option '--out'."),
    "no name": (("token", "create", "maria"), "Missing option '--name'."),
    "port": (("serve", "--port", "0"), "1<=x<=65535"),
    "unknown": (("orders", "place"), "unexpected extra argument (place)"),
    "no command": (("frobnicate",), "No such command 'frobnicate'."),
}


@pytest.mark.parametrize("engine", ["sqlite"])
def test_wrong_usage_ends_with_2_and_says_how(world: World, keyboard: Keyboard) -> None:
    before = world.everything()
    for name, (command, words) in WRONG_USAGE.items():
        typed = keyboard.type(*command)
        assert (typed.exit_code, typed.stdout) == (USAGE, ""), name
        assert words in typed.stderr, name
        assert "Usage: billing-panel" in typed.stderr, name
    assert world.everything() == before


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("quantity", ["１", "1_0", " 1 "])
def test_a_quantity_is_written_with_plain_digits(
    world: World, keyboard: Keyboard, quantity: str
) -> None:
    before = world.everything()
    typed = keyboard.type(*BUY, "--line", f"web-start:1 month:{quantity}", *TRANSFER)
    assert typed.exit_code == USAGE
    assert world.everything() == before


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    "command",
    [
        (*BUY, "--line", f"vps-pro-4:1 month:1;ram={'1' * 5000}", *TRANSFER),
        (*BUY, *WEB_START, *TRANSFER, "--note", "\udcff"),
        ("token", "create", "maria", "--name", "t", "--function", "no:such:function"),
    ],
    ids=["digits", "bytes that are no text", "function"],
)
def test_what_makes_no_sense_is_answered_with_a_sentence(
    world: World, keyboard: Keyboard, command: tuple[str, ...]
) -> None:
    before = world.everything()
    assert keyboard.type(*command).exit_code in {1, USAGE}
    assert world.everything() == before


@pytest.mark.parametrize(
    "command",
    [
        ("demo",),
        ("orders", "--client", "maria"),
        ("order", "show", "10001"),
        (*BUY, *WEB_START, *TRANSFER),
        ("order", "deliver", "10001", "--as", "maria"),
        ("invoice", "print", "10001", "--out", "x.pdf"),
        ("password", "maria"),
        ("token", "create", "maria", "--name", "t"),
    ],
    ids=" ".join,
)
def test_a_database_that_is_not_migrated_says_how_to_migrate_it(
    empty_keyboard: Keyboard, command: tuple[str, ...]
) -> None:
    assert "run billing-panel init first." in empty_keyboard.refuse(*command)


# --- settings and databases that cannot be used -------------------------------------------------

HISTORY = ("orders", "--client", "stoyanova")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x"),
        ("SECURE_COOKIES", "yes"),
        ("FREE_SIGN_IN_FAILURES", "0"),
        ("SESSION_HOURS", "0"),
        ("TRUSTED_PROXIES", "-1"),
        ("SECRET_KEY", "short"),
        ("OIDC_ISSUER", "https://issuer.example"),
        ("TOKEN_REQUESTS_PER_MINUTE", "5"),
        ("PUBLIC_URL", "ftp://x"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    setting = f"BILLING_PANEL_{name}"
    keyboard = Keyboard(environment={"BILLING_PANEL_HOME": str(tmp_path), setting: value})
    assert setting in keyboard.refuse(*HISTORY)


def test_a_secret_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("only for tests")
    (tmp_path / "secret.key").chmod(0o644)
    keyboard = Keyboard(environment={"BILLING_PANEL_HOME": str(tmp_path)})
    assert "chmod 600" in keyboard.refuse(*HISTORY)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////no/such/folder/panel.sqlite",
        "sqlite:////",
        "postgresql://nobody:secret-word@127.0.0.1:1/none",
    ],
)
def test_a_database_that_does_not_answer_is_told(tmp_path: Path, url: str) -> None:
    keyboard = Keyboard(
        environment={"BILLING_PANEL_HOME": str(tmp_path), "BILLING_PANEL_DATABASE_URL": url}
    )
    refusal = keyboard.refuse(*HISTORY, code=UNAVAILABLE)
    assert "The panel can’t reach its database at the moment." in refusal
    assert "secret-word" not in refusal


@pytest.mark.parametrize(
    ("command", "setting", "value", "code"),
    [
        (
            (*BUY, *WEB_START, *TRANSFER),
            "DATABASE_URL",
            "sqlite:////no/such/folder/panel.sqlite",
            UNAVAILABLE,
        ),
        (HISTORY, "DATABASE_URL", "sqlite:///{a_text}", UNAVAILABLE),
        (HISTORY, "DATABASE_URL", "postgresql://host:port/panel", 1),
        (HISTORY, "HOME", "{a_text}", 1),
    ],
    ids=["no folder", "no database", "no port", "no home"],
)
def test_an_installation_that_cannot_be_opened_is_told(
    tmp_path: Path, command: tuple[str, ...], setting: str, value: str, code: int
) -> None:
    a_text = tmp_path / "notes.txt"
    a_text.write_text("Not a database, nor a folder.\n" * 100)
    environment = {
        "BILLING_PANEL_HOME": str(tmp_path),
        f"BILLING_PANEL_{setting}": value.format(a_text=a_text),
    }
    Keyboard(environment=environment).refuse(*command, code=code)


# --- mistakes of ours ---------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_mistake_of_ours_is_told_in_a_sentence_and_its_traceback_is_logged(
    world: World, tmp_path: Path
) -> None:
    panel = broken(world.panel, tmp_path)
    before = world.everything()
    told = Keyboard(panel).refuse(*BUY, *WEB_START, *TRANSFER, "--note", "Axolotl")
    assert "Anything unfinished was undone." in told
    assert "Traceback" not in told
    assert world.everything() == before
    log = tmp_path / MISTAKES
    assert str(log) in told
    assert log.stat().st_mode & 0o777 == 0o600
    (reference,) = {word for word in log.read_text().split() if word + ")" in told.split()}
    assert len(reference) == 12
    assert "Traceback" in log.read_text()
    assert "Axolotl" not in log.read_text()
    # where it cannot be written it is not lost
    nowhere = broken(world.panel, tmp_path / "nowhere")
    assert "Traceback" in Keyboard(nowhere).refuse(*BUY, *WEB_START, *TRANSFER)


def broken(panel: Panel, home: Path) -> Panel:
    """A panel whose clock has stopped for good."""
    clock: Any = None
    return replace(panel, config=replace(panel.config, home=home), clock=clock)
