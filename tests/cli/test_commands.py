"""The installed command: what it makes, prints and writes, and how it ends."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from billing_panel.core.panel import EXTENSION
from billing_panel.kernel.process.config import from_environment
from billing_panel.runtime.app import create_app
from tests.api import json_of
from tests.cli.keyboard import BUY, TRANSFER, WEB_START
from tests.cli.shell import PROGRAM, Ran, Shell, Typed

GPU = ("--line", "gpu-a16:1 month:1")


def rows(shell: Shell) -> dict[str, list[Any]]:
    """Every row of every table of the SQLite database, to show that nothing changed.

    What an index of searching holds stands in tables beside it.
    """
    with closing(sqlite3.connect(shell.home / "panel.sqlite")) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '% VIRTUAL %'"
        )
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr)
            for (name,) in tables.fetchall()
        }


@contextmanager
def served(shell: Shell) -> Iterator[FlaskClient]:
    """The panel of that home, as a server would open it."""
    app = create_app(from_environment({"BILLING_PANEL_HOME": str(shell.home)}))
    yield app.test_client()
    app.extensions[EXTENSION].database.close()


# --- making an installation ---------------------------------------------------------------------


def test_init_makes_the_database_and_a_secret_key_nobody_else_reads(
    first_run: tuple[Shell, Ran, Ran],
) -> None:
    shell, init, demo = first_run
    assert init.lines == [
        f"The database is ready: sqlite:///{shell.home}/panel.sqlite",
        "The panel will be at: http://127.0.0.1:8000/",
    ]
    assert demo.lines == ["The demo data is loaded."]
    assert (shell.home / "secret.key").stat().st_mode & 0o777 == 0o600


def test_init_makes_an_owner_with_a_link_to_sign_in_once(empty: Shell) -> None:
    public = {"BILLING_PANEL_PUBLIC_URL": "https://panel.example"}
    link = urlsplit(empty.run("init", "--owner", "ada", "--json", **public).json()["sign_in_link"])
    assert (link.scheme, link.netloc) == ("https", "panel.example")
    with served(empty) as browser:
        page = browser.get(link.path)
    assert page.status_code == 200
    assert "ada" in page.text


# --- the main job -------------------------------------------------------------------------------


def test_a_cart_becomes_an_order_and_its_invoice_a_file(shell: Shell, tmp_path: Path) -> None:
    place = ("order", "place", "--as", "maria", "--client", "balkan.media", "--from-cart")
    placed = shell.run(*place, "--provider", "nordvik", *TRANSFER, "--note", "спешно", "--json")
    (order,) = placed.json()["orders"]
    assert order["total"] == {"amount": "477.79", "currency": "EUR"}
    assert (order["status"], order["note"]) == ("awaiting_payment", "спешно")
    assert {"id", "number", "lines", "totals", "placed_by", "invoices"} <= order.keys()
    listed = shell.run("orders", "--client", "balkan.media", "--json").json()
    assert [row["number"] for row in listed["orders"]] == [order["number"]]
    found = shell.run("orders", "--query", f"№ {order['number']} BALKAN", "--json").json()
    assert found == listed
    file = tmp_path / "invoice.pdf"
    printed = shell.run("invoice", "print", order["number"], "--out", str(file), "--json")
    (invoice,) = order["invoices"]
    size = file.stat().st_size
    assert printed.json() == {"number": invoice["number"], "file": str(file), "bytes": size}
    assert file.read_bytes().startswith(b"%PDF-")


def test_an_order_is_told_only_when_it_is_there_to_stay(shell: Shell) -> None:
    """Whoever reads may hang up in the middle; the order was placed all the same."""
    order = ("order", "place", "--as", "maria", "--client", "stoyanova", *WEB_START, *TRANSFER)
    program = subprocess.Popen(
        [str(PROGRAM), *order],
        env=shell.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert program.stdout is not None
    program.stdout.close()
    program.wait(60)
    told = shell.run("orders", "--client", "stoyanova", "--json").json()
    assert len(told["orders"]) == 1


def test_a_refusal_ends_with_1_and_its_reasons(demo: Shell) -> None:
    before = rows(demo)
    assert demo.run(*BUY, *GPU, *TRANSFER).refused() == (
        "The client may not order this; see the reasons on each line."
        " [not_orderable]\n  lines.0: Only for clients with a signed"
        " contract → Move the client to one of these groups: Signed"
        " contract. [group_not_allowed]\n"
    )
    assert rows(demo) == before


def test_a_refusal_as_json_is_the_problem_of_the_api(demo: Shell) -> None:
    before = rows(demo)
    problem = demo.run(*BUY, *GPU, *TRANSFER, "--json").json(code=1)
    assert (problem["status"], problem["code"]) == (422, "not_orderable")
    (reason,) = problem["reasons"]
    assert (reason["line"], reason["code"]) == ("lines.0", "group_not_allowed")
    assert rows(demo) == before


def test_a_refusal_is_said_in_the_language_of_the_terminal(demo: Shell) -> None:
    ran = demo.run(*BUY, *GPU, *TRANSFER, LC_ALL="ru_RU.UTF-8")
    assert "Только для клиентов с договором" in ran.refused()


def test_wrong_usage_ends_with_2(typed_demo: Typed) -> None:
    both = typed_demo.run(*BUY, *WEB_START, "--from-cart", *TRANSFER)
    assert "Give either --line (once or more) or --from-cart." in both.refused(2)


# --- tokens and passwords -----------------------------------------------------------------------


def test_a_token_is_the_last_line_and_the_api_knows_it(typed: Typed) -> None:
    whole = typed.run("token", "create", "georgi", "--name", "phone").lines[-1]
    create = ("token", "create", "georgi", "--name", "screen")
    narrow = typed.run(*create, "--function", "clients:client:read", "--json").json()["token"]
    with served(typed) as caller:

        def functions(token: str) -> list[str]:
            me = json_of(caller.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}))
            assert me["login"] == "georgi"
            return list(me["functions"])

        assert "orders:history:read" in functions(whole)
        assert functions(narrow) == ["clients:client:read"]
    # what was shown once is kept nowhere
    assert whole not in str(rows(typed))


def test_a_token_is_listed_and_revoked(typed: Typed) -> None:
    create = ("token", "create", "georgi", "--name", "night job", "--days", "30")
    secret = typed.run(*create, "--function", "clients:client:read").lines[-1]
    (row,) = typed.run("token", "list", "georgi", "--json").json()["tokens"]
    assert (row["name"], row["functions"]) == ("night job", ["clients:client:read"])
    assert row["expires_at"] > row["created_at"]
    assert row["last_used_at"] is None
    assert "night job" in typed.run("token", "list", "georgi").out
    assert secret not in typed.run("token", "list", "georgi").out
    typed.run("token", "revoke", str(row["id"]))
    with served(typed) as caller:
        answer = caller.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    before = rows(typed)
    assert "[not_found]" in typed.run("token", "revoke", str(row["id"])).refused()
    assert rows(typed) == before


def test_a_token_that_cannot_be_is_not_made(typed_demo: Typed) -> None:
    before = rows(typed_demo)
    create = ("token", "create", "georgi", "--name", "x")
    assert "days" in typed_demo.run(*create, "--days", "0").refused()
    assert "[unknown_function]" in typed_demo.run(*create, "--function", "no:such:thing").refused()
    assert rows(typed_demo) == before


def test_there_is_no_second_factor_to_remove(typed_demo: Typed) -> None:
    before = rows(typed_demo)
    assert "[no_second_factor]" in typed_demo.run("second-factor", "remove", "maria").refused()
    assert rows(typed_demo) == before


def test_a_link_to_choose_a_password_is_printed(typed_demo: Typed) -> None:
    before = rows(typed_demo)
    (link,) = typed_demo.run("password", "maria").lines
    assert link.startswith("http://127.0.0.1:8000/choose-password/")
    with served(typed_demo) as browser:
        assert "maria" in browser.get(urlsplit(link).path).text
    assert rows(typed_demo) == before


# --- processes that stay --------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_nothing_is_served_from_a_database_that_is_not_migrated(empty: Shell, command: str) -> None:
    assert "run billing-panel init first." in empty.run(command).refused()


def test_help_asks_for_no_database(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert "Place an order" in shell.run("order", "--help").out
    assert list(tmp_path.iterdir()) == []
