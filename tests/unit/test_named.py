"""What is imported at its first use stands where it is said to, and nothing else is loaded."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from pkgutil import resolve_name

import click
import pytest

from billing_panel.cli.main import main
from billing_panel.kernel.process.lazy_imports import NamedCommand

ROOT = Path(__file__).parents[2]
HOUSE = ("billing_panel", "invoices", "permissions", "plugins")
# what takes long or holds much, and what few commands use
HEAVY = (
    "alembic",
    "authlib",
    "fontTools",
    "gunicorn",
    "requests",
    "weasyprint",
    "wtforms",
    "zxcvbn",
)
NAMED = re.compile(rf"({'|'.join(HOUSE)})(\.\w+)+:\w+(\.\w+)?")
LOADED = """
import sys
sys.argv = ["billing-panel", *sys.argv[1:]]
from billing_panel.cli.main import main
try:
    main()
except SystemExit:
    print("|".join(sorted(sys.modules)), file=sys.stderr)
"""


def named_things() -> Iterator[str]:
    """Every ``package.module:name`` that is written in the code."""
    for folder in HOUSE:
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Constant) and NAMED.fullmatch(str(node.value)):
                    yield str(node.value)


@pytest.mark.parametrize("where", sorted(set(named_things())))
def test_what_is_named_is_there(where: str) -> None:
    assert resolve_name(where) is not None


def commands(group: click.Group) -> Iterator[NamedCommand]:
    for command in group.commands.values():
        real = command
        if isinstance(command, NamedCommand):
            yield command
            real = command.real()
        if isinstance(real, click.Group):
            yield from commands(real)


def test_a_list_of_commands_says_what_each_says_of_itself() -> None:
    found = [*commands(main)]
    assert len(found) >= 20
    for command in found:
        real = command.real()
        assert (command.name, command.get_short_help_str(200)) == (
            real.name,
            real.get_short_help_str(200),
        )


def loaded(*arguments: str) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True
    )
    return set(ran.stderr.splitlines()[-1].split("|"))


def test_help_loads_plugins_and_their_functions_alone() -> None:
    found = loaded("--help")
    assert not found & {*HEAVY, "flask", "sqlalchemy", "psycopg", "pydantic", "structlog"}
    own = {name for name in found if name.startswith(HOUSE)}
    rooms = {name.rsplit(".", 1)[-1] for name in own if "." in name}
    assert not {name for name in rooms if name.endswith(("_page", "_pages", "_api", "_cli"))}
    assert "billing_panel.kernel.database.database" not in own


@pytest.mark.parametrize("command", [("orders",), ("order", "show", "10001")])
def test_a_reading_command_loads_no_page_no_form_and_nothing_that_writes(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLING_PANEL_HOME", str(tmp_path))
    found = loaded(*command)
    assert "plugins.orders.store.find_orders" in found
    assert not found & {*HEAVY, "psycopg"}
    own = {name for name in found if name.startswith(HOUSE)}
    assert not {name for name in own if name.endswith(("_page", "_pages", "_api", "place_order"))}
