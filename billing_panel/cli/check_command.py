"""The commands ``check`` and ``ledger verify``: is everything true that must be?"""

from collections.abc import Sequence

import click

from billing_panel.command_frame import Console, json_option, pass_console, print_json
from billing_panel.core.panel_checks import Wrong, look_up
from billing_panel.core.plugins import all_checks, load_plugins
from billing_panel.kernel.language.text import say
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
        print_json({"right": not wrong, "checks": names, "wrong": _json(wrong, console.language)})
    elif not wrong:
        click.echo(f"All is right: {len(checks)} checks.")
    _end(wrong, console.language, as_json=as_json)


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
        print_json({**facts, "wrong": _json(wrong, console.language)})
    elif not wrong:
        click.echo(
            f"The books are right: {counted.accounts} accounts, {counted.entries} entries,"
            f" {counted.postings} postings."
        )
    _end(wrong, console.language, as_json=as_json)


def _json(wrong: Sequence[Wrong], language: str) -> list[dict[str, str]]:
    return [{"check": one.check, "message": say(one.message, language)} for one in wrong]


def _end(wrong: Sequence[Wrong], language: str, *, as_json: bool) -> None:
    if not wrong:
        return
    if not as_json:
        for one in wrong:
            click.echo(f"{say(one.message, language)} [{one.check}]", err=True)
    raise SystemExit(1)


COMMANDS = (check, ledger)
