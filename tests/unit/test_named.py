"""What is imported at its first use stands where it is said to."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from pkgutil import resolve_name

import click

from billing_panel.cli.main import main
from billing_panel.kernel.process.lazy_imports import NamedCommand

ROOT = Path(__file__).parents[2]
HOUSE = ("billing_panel", "invoices", "permissions", "plugins")
NAMED = re.compile(rf"({'|'.join(HOUSE)})(\.\w+)+:\w+(\.\w+)?")


def named_things() -> Iterator[str]:
    """Every ``package.module:name`` that is written in the code."""
    for folder in HOUSE:
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Constant) and NAMED.fullmatch(str(node.value)):
                    yield str(node.value)


def test_what_is_named_is_there() -> None:
    found = set(named_things())
    assert len(found) >= 100
    for where in sorted(found):
        assert resolve_name(where) is not None, where


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
