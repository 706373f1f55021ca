"""The commands ``check`` and ``ledger verify``."""

import click

from billing_panel.command_console import (
    Console,
    json_option,
    pass_console,
    print_json,
)
from billing_panel.core.panel_checks import end_where_wrong, look_up, wrong_as_json
from billing_panel.core.plugins import all_checks, load_plugins
from billing_panel.ledger.ledger_checks import LEDGER_CHECKS, size


@click.command()
@json_option
@pass_console
def check(console: Console, *, as_json: bool) -> None:
    """Look up whether all that must be true of money and orders is; else end with 1.

    It reads one moment of a panel that may be at work meanwhile.
    """
    checks = all_checks(load_plugins())
    with console.panel.database.snapshot() as session:
        wrong = look_up(session, checks)
    if as_json:
        names = [check.name for check in checks]
        print_json(
            {"right": not wrong, "checks": names, "wrong": wrong_as_json(wrong, console.language)}
        )
    elif not wrong:
        click.echo(f"All is right: {len(checks)} checks.")
    end_where_wrong(wrong, console.language, as_json=as_json)


@click.group()
def ledger() -> None:
    """The books."""


@ledger.command()
@json_option
@pass_console
def verify(console: Console, *, as_json: bool) -> None:
    """Add the books up: every account, every entry, everything together; else end with 1."""
    with console.panel.database.snapshot() as session:
        wrong = look_up(session, LEDGER_CHECKS)
        counted = size(session)
    if as_json:
        facts = {"right": not wrong, **vars(counted)}
        print_json({**facts, "wrong": wrong_as_json(wrong, console.language)})
    elif not wrong:
        click.echo(
            f"The books are right. Accounts: {counted.accounts}, entries: {counted.entries},"
            f" postings: {counted.postings}."
        )
    end_where_wrong(wrong, console.language, as_json=as_json)
