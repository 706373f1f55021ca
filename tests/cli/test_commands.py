"""The commands, their JSON, their exit codes; a sentence for everything that goes wrong."""

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from billing_panel.app import create_app
from billing_panel.config import from_environment
from billing_panel.panel import EXTENSION
from tests.api import json_of
from tests.cli.shell import Ran, Shell
from tests.conftest import ENGINES

BUY = ("order", "place", "--as", "maria", "--client", "stoyanova")
WEB_START = ("--line", "web-start:1 month:1")
TRANSFER = ("--payment-method", "bank_transfer")
USAGE = 2


def rows(shell: Shell) -> dict[str, list[Any]]:
    """Every row of every table of the SQLite database, to show that nothing changed."""
    with closing(sqlite3.connect(shell.home / "panel.sqlite")) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr)
            for (name,) in tables.fetchall()
        }


# --- making an installation ---------------------------------------------------------------------


def test_init_makes_the_database_and_the_secret_key(first_run: tuple[Shell, Ran, Ran]) -> None:
    shell, init, demo = first_run
    assert init.lines == [f"The database is ready: sqlite:///{shell.home}/panel.sqlite"]
    assert demo.lines == ["The demo data is loaded."]
    assert (shell.home / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_second_init_and_demo_change_nothing(demo: Shell) -> None:
    before = rows(demo)
    assert demo.run("init", "--json").json() == {
        "database": f"sqlite:///{demo.home}/panel.sqlite",
        "sign_in_link": None,
    }
    assert demo.run("demo", "--json").json() == {"loaded": False}
    assert rows(demo) == before


def test_init_makes_an_owner_with_a_link_to_sign_in_once(empty: Shell) -> None:
    made = empty.run(
        "init", "--owner", "ada", "--json", BILLING_PANEL_PUBLIC_URL="https://b.example"
    )
    link = urlsplit(made.json()["sign_in_link"])
    assert (link.scheme, link.netloc) == ("https", "b.example")
    app = create_app(from_environment({"BILLING_PANEL_HOME": str(empty.home)}))
    page = app.test_client().get(link.path)
    assert page.status_code == 200
    assert "ada" in page.text
    app.extensions[EXTENSION].database.close()


def test_a_login_of_somebody_else_is_no_owners(demo: Shell) -> None:
    before = rows(demo)
    refusal = demo.run("init", "--owner", "maria").refused()
    assert refusal == ("The login maria is taken by somebody who is not an owner. [login_taken]\n")
    assert rows(demo) == before


@pytest.mark.xfail(strict=True, reason="IntegrityError: the demo brings an owner of its own")
def test_the_demo_may_be_loaded_beside_an_owner(empty: Shell) -> None:
    assert empty.run("init", "--owner", "owner").code == 0
    empty.run("demo")


# --- placing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_the_main_job(on: Callable[[str, str], Shell], engine: str, tmp_path: Path) -> None:
    """A client's cart becomes an order, the order is listed, its invoice printed."""
    shell = on(engine, "demo")
    place = ("order", "place", "--as", "maria", "--client", "balkan.media", "--from-cart")
    placed = shell.run(*place, "--provider", "nordvik", *TRANSFER, "--note", "спешно", "--json")
    (order,) = placed.json()["orders"]
    assert (order["status"], order["total"]) == (
        "awaiting_payment",
        {"amount": "477.79", "currency": "EUR"},
    )
    assert {"id", "number", "totals", "lines", "placed_by", "note"} <= order.keys()
    assert order["placed_by"]["login"] == "maria"
    assert order["note"] == "спешно"
    listed = shell.run("orders", "--client", "balkan.media", "--json").json()
    assert [row["number"] for row in listed["orders"]] == [order["number"]]
    file = tmp_path / "invoice.pdf"
    printed = shell.run("invoice", "print", order["number"], "--out", str(file), "--json").json()
    assert file.read_bytes().startswith(b"%PDF-")
    assert printed == {
        "number": "NH-2026-000001",
        "file": str(file),
        "bytes": file.stat().st_size,
    }


def test_an_order_is_told_in_a_few_lines(shell: Shell) -> None:
    placed = shell.run(*BUY, "--line", "vps-pro-4:12 months:2;ram=16;os=Ubuntu 26.04", *TRANSFER)
    first, second, third = placed.lines
    assert re.fullmatch(
        r"№ 10001  \d{4}-\d\d-\d\d \d\d:\d\d UTC  Nordvik Hosting  Awaiting payment  €859\.68",
        first,
    )
    assert second.split() == ["2", "×", "VPS", "Pro", "4", "€716.40"]
    assert re.fullmatch(r"NH-\d{4}-000001", third.strip())
    assert shell.run("order", "show", "10001").lines == placed.lines
    assert shell.run("orders", "--client", "stoyanova").lines == [first]
    shown = shell.run("order", "show", "10001", "--json").json()
    assert shown["lines"][0]["options"] == {"ram": 16, "ipv4": 1, "os": "Ubuntu 26.04"}


def test_several_lines_money_and_points(shell: Shell) -> None:
    lines = ("--line", "sfp-10g:once:1;pay_with=points", "--line", "web-start:12 months")
    (order,) = shell.run(*BUY, *lines, "--payment-method", "cash", "--json").json()["orders"]
    assert [(row["tariff"], row["quantity"], row["pay_with"]) for row in order["lines"]] == [
        ("sfp-10g", 1, "points"),
        ("web-start", 1, "money"),
    ]
    assert order["total_points"] == {"amount": "3800", "currency": "points"}


def test_the_same_request_key_gives_the_same_order(shell: Shell) -> None:
    place = (*BUY, *WEB_START, *TRANSFER, "--request-key", "monday-1", "--json")
    first = shell.run(*place)
    after = rows(shell)
    assert shell.run(*place).json() == first.json()
    assert rows(shell) == after
    other = shell.run(*place, "--note", "another").json(code=1)
    assert (other["status"], other["code"]) == (409, "idempotency_key_reused")
    assert rows(shell) == after


def test_a_delivered_line_is_marked_once(shell: Shell) -> None:
    shell.run(*BUY, *WEB_START, *TRANSFER)
    deliver = ("order", "deliver", "10001", "--as", "maria")
    assert "line_ids" in shell.run(*deliver, "--line", "99").refused()
    delivered = shell.run(*deliver, "--json").json()
    assert (delivered["version"], delivered["lines"][0]["status"]) == (2, "delivered")
    before = rows(shell)
    assert "[not_deliverable]" in shell.run(*deliver).refused()
    assert rows(shell) == before


# --- refusals -----------------------------------------------------------------------------------


REFUSALS: dict[str, tuple[tuple[str, ...], str]] = {
    "group": (
        (*BUY, "--line", "gpu-a16:1 month:1", *TRANSFER),
        "  lines.0: Only for clients with a signed contract → "
        "Move the client to one of these groups: Signed contract. [group_not_allowed]",
    ),
    "the third line of the cart": ((*BUY, "--from-cart", *TRANSFER), "  lines.2: Only for clients"),
    "may not create": (
        ("order", "place", "--as", "georgi", "--client", "stoyanova", *WEB_START, *TRANSFER),
        "orders:order:create; whoever manages rights can give it. [function_not_held]",
    ),
    "foreign client": (
        ("order", "place", "--as", "olga", "--client", "stoyanova", *WEB_START, *TRANSFER),
        "There is no such client, or he is not yours to see. [not_found]",
    ),
    "unknown client": (
        ("order", "place", "--as", "maria", "--client", "nobody", *WEB_START, *TRANSFER),
        "There is no such client, or he is not yours to see. [not_found]",
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
        "The client has several providers; name one of nordvik and sever. [provider_needed]",
    ),
    "unknown method": ((*BUY, *WEB_START, "--payment-method", "shells"), "  payment_method: "),
    "quantity": ((*BUY, "--line", "web-start:1 month:0", *TRANSFER), "  lines.0.quantity: "),
    "huge quantity": (
        (*BUY, "--line", f"web-start:1 month:{2**63}", *TRANSFER),
        "  lines.0.quantity: ",
    ),
    "price": (
        (*BUY, *WEB_START, *TRANSFER, "--expected-total", "5.87 EUR"),
        "The price has changed from €5.87 to €5.88; look at it again. [price_changed]",
    ),
    "empty cart": (
        ("order", "place", "--as", "maria", "--client", "rhein-labs", "--from-cart", *TRANSFER),
        "  lines: Choose at least one line. [empty]",
    ),
    "request key": (
        (*BUY, *WEB_START, *TRANSFER, "--request-key", "k" * 201),
        "A request key has 1 to 200 characters.",
    ),
    "order": (("order", "show", "10001"), "There is no such order, or it is not yours to see."),
    "no number": (("order", "show", "x"), "There is no such order, or it is not yours to see."),
    "huge number": (("order", "show", "9" * 30), "There is no such order"),
    "history": (("orders", "--client", "nobody"), "There is no such client"),
    "foreign history": (("orders", "--client", "stoyanova", "--as", "olga"), "no such client"),
    "document": (
        ("invoice", "print", "NH-1", "--out", "x.pdf"),
        "There is no document and no order with number NH-1. [not_found]",
    ),
    "password": (("password", "nobody"), "Nobody signs in as nobody. [not_found]"),
    "token": (("token", "create", "nobody", "--name", "t"), "Nobody signs in as nobody."),
}


def test_a_refusal_ends_with_1_and_its_reasons_and_changes_nothing(demo: Shell) -> None:
    before = rows(demo)
    commands = [command for command, _ in REFUSALS.values()]
    for ran, (name, (_, sentence)) in zip(demo.run_each(commands), REFUSALS.items(), strict=True):
        assert sentence in ran.refused(), name
    assert rows(demo) == before
    assert not (demo.home / "x.pdf").exists()


def test_a_refusal_as_json_is_the_problem_of_the_api(demo: Shell) -> None:
    ran = demo.run(*BUY, "--line", "gpu-a16:1 month:1", *TRANSFER, "--json")
    problem = ran.json(code=1)
    assert ran.err == ""
    assert (problem["status"], problem["code"]) == (422, "not_orderable")
    assert [(reason["line"], reason["code"]) for reason in problem["reasons"]] == [
        ("lines.0", "group_not_allowed")
    ]


def test_a_refusal_is_said_in_the_language_of_the_terminal(demo: Shell) -> None:
    ran = demo.run(*BUY, "--line", "gpu-a16:1 month:1", *TRANSFER, LC_ALL="ru_RU.UTF-8")
    assert "Только для клиентов с договором" in ran.refused()


WRONG_USAGE: dict[str, tuple[tuple[str, ...], str]] = {
    "neither": ((*BUY, *TRANSFER), "Give either --line (once or more) or --from-cart."),
    "both": ((*BUY, *WEB_START, "--from-cart", *TRANSFER), "Give either --line"),
    "no method": ((*BUY, *WEB_START), "Missing option '--payment-method'."),
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
    "unknown": (("orders", "place"), "Missing option '--client'"),
    "no command": (("frobnicate",), "No such command 'frobnicate'."),
}


def test_wrong_usage_ends_with_2_and_says_how(demo: Shell) -> None:
    before = rows(demo)
    commands = [command for command, _ in WRONG_USAGE.values()]
    for ran, (name, (_, words)) in zip(demo.run_each(commands), WRONG_USAGE.items(), strict=True):
        assert words in ran.refused(USAGE), name
        assert "Usage: billing-panel" in ran.err, name
    assert rows(demo) == before


@pytest.mark.xfail(strict=True, reason="int() reads more than the digits 0 to 9")
@pytest.mark.parametrize("quantity", ["１", "1_0", " 1 "])
def test_a_quantity_is_written_with_plain_digits(shell: Shell, quantity: str) -> None:
    before = rows(shell)
    ran = shell.run(*BUY, "--line", f"web-start:1 month:{quantity}", *TRANSFER)
    assert "whole number" in ran.refused(USAGE)
    assert rows(shell) == before


@pytest.mark.xfail(strict=True, reason="ends with a traceback")
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
    shell: Shell, command: tuple[str, ...]
) -> None:
    before = rows(shell)
    assert shell.run(*command).code in {1, USAGE}
    assert rows(shell) == before


# --- invoices -----------------------------------------------------------------------------------


def test_an_invoice_is_printed_by_either_number_to_the_same_bytes(
    shell: Shell, tmp_path: Path
) -> None:
    number = json.loads(shell.run(*BUY, *WEB_START, *TRANSFER, "--json").out)["orders"][0][
        "invoices"
    ][0]["number"]
    by_order, by_document = tmp_path / "a.pdf", tmp_path / "b.pdf"
    printed = shell.run("invoice", "print", "10001", "--out", str(by_order))
    assert printed.lines == [f"{number}: {by_order}"]
    kept = rows(shell)
    assert shell.run("invoice", "print", number, "--out", str(by_document)).code == 0
    assert by_order.read_bytes() == by_document.read_bytes()
    assert rows(shell) == kept
    nowhere = tmp_path / "no" / "such" / "folder.pdf"
    refusal = shell.run("invoice", "print", "10001", "--out", str(nowhere)).refused()
    assert refusal == f"Error: {nowhere} cannot be written: No such file or directory\n"


def test_an_order_without_an_invoice_says_so(shell: Shell, tmp_path: Path) -> None:
    shell.run(*BUY, *WEB_START, "--payment-method", "cash")
    out = tmp_path / "a.pdf"
    refusal = shell.run("invoice", "print", "10001", "--out", str(out)).refused()
    assert "No invoice has been issued for order 10001 yet. [invoice_not_issued]" in refusal
    assert not out.exists()


# --- tokens and passwords -----------------------------------------------------------------------


def test_a_token_is_the_last_line_and_the_api_knows_it(shell: Shell) -> None:
    whole = shell.run("token", "create", "georgi", "--name", "phone").lines[-1]
    narrow = shell.run(
        *("token", "create", "georgi", "--name", "screen"),
        *("--function", "clients:client:read", "--json"),
    ).json()["token"]
    app = create_app(from_environment({"BILLING_PANEL_HOME": str(shell.home)}))

    def functions(token: str) -> list[str]:
        headers = {"Authorization": f"Bearer {token}"}
        me = json_of(app.test_client().get("/api/v1/me", headers=headers))
        assert me["login"] == "georgi"
        return list(me["functions"])

    assert "orders:history:read" in functions(whole)
    assert functions(narrow) == ["clients:client:read"]
    app.extensions[EXTENSION].database.close()
    # what was shown once is kept nowhere
    assert whole not in str(rows(shell))


def test_a_link_to_choose_a_password_is_printed(demo: Shell) -> None:
    before = rows(demo)
    (link,) = demo.run("password", "maria").lines
    assert link.startswith("http://127.0.0.1:8000/choose-password/")
    app = create_app(from_environment({"BILLING_PANEL_HOME": str(demo.home)}))
    assert "maria" in app.test_client().get(urlsplit(link).path).text
    app.extensions[EXTENSION].database.close()
    assert rows(demo) == before


# --- settings and databases that cannot be used -------------------------------------------------


def test_a_setting_that_cannot_be_used_is_named(demo: Shell) -> None:
    for name, value in (
        ("DATABASE_URL", "mysql://x"),
        ("SECURE_COOKIES", "yes"),
        ("TOKEN_REQUESTS_PER_MINUTE", "5"),
        ("PUBLIC_URL", "ftp://x"),
    ):
        ran = demo.run("orders", "--client", "stoyanova", **{f"BILLING_PANEL_{name}": value})
        assert f"BILLING_PANEL_{name}" in ran.refused()


def test_a_secret_key_that_others_may_read_is_refused(shell: Shell) -> None:
    (shell.home / "secret.key").chmod(0o644)
    assert "chmod 600" in shell.run("orders", "--client", "stoyanova").refused()


def test_a_database_that_does_not_answer_is_told(demo: Shell) -> None:
    for url in (
        "sqlite:////no/such/folder/panel.sqlite",
        f"sqlite:///{demo.home}",
        "postgresql://nobody:secret-word@127.0.0.1:1/none",
    ):
        ran = demo.run("orders", "--client", "stoyanova", BILLING_PANEL_DATABASE_URL=url)
        assert "The database does not answer" in ran.refused()
        assert "secret-word" not in ran.err


@pytest.mark.xfail(strict=True, reason="ends with a traceback")
@pytest.mark.parametrize(
    ("command", "environment"),
    [
        (
            (*BUY, *WEB_START, *TRANSFER),
            {"BILLING_PANEL_DATABASE_URL": "sqlite:////no/such/folder/panel.sqlite"},
        ),
        (("orders", "--client", "x"), {"BILLING_PANEL_DATABASE_URL": "sqlite:////etc/hostname"}),
        (("orders", "--client", "x"), {"BILLING_PANEL_DATABASE_URL": "postgresql://h:port/x"}),
        (("orders", "--client", "x"), {"BILLING_PANEL_HOME": "/etc/hostname"}),
    ],
    ids=["writing", "no database", "port", "home"],
)
def test_an_installation_that_cannot_be_opened_is_told(
    demo: Shell, command: tuple[str, ...], environment: dict[str, str]
) -> None:
    assert demo.run(*command, **environment).code == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_that_is_not_migrated_says_how_to_migrate_it(
    on: Callable[[str, str], Shell], engine: str
) -> None:
    commands = [("demo",), ("token", "create", "maria", "--name", "t"), ("serve",), ("worker",)]
    for ran in on(engine, "empty").run_each(commands):
        assert "run billing-panel init first." in ran.refused()


@pytest.mark.xfail(strict=True, reason="only some commands look; on PostgreSQL a traceback")
@pytest.mark.parametrize("engine", ENGINES)
def test_each_command_says_how_to_migrate(on: Callable[[str, str], Shell], engine: str) -> None:
    commands = [
        ("orders", "--client", "maria"),
        ("order", "show", "10001"),
        (*BUY, *WEB_START, *TRANSFER),
        ("order", "deliver", "10001", "--as", "maria"),
        ("invoice", "print", "10001", "--out", "x.pdf"),
        ("password", "maria"),
    ]
    for ran in on(engine, "empty").run_each(commands):
        assert "run billing-panel init first." in ran.refused()


def test_help_and_version_ask_for_no_database(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert "order" in shell.run("--help").out
    assert re.search(r"\d+\.\d+", shell.run("--version").out)
    assert list(tmp_path.iterdir()) == []
