"""The command ``deadlines run``."""

from dataclasses import asdict
from datetime import datetime

import click

from billing_panel.accounts.access.load_actors import console as system_actor
from billing_panel.command_console import Console, json_option, pass_console, print_json
from billing_panel.kernel.values.bounded_parsing import read_moment
from billing_panel.kernel.values.clock import FixedClock
from plugins.orders.deadlines.fire_deadlines import fire_deadlines
from plugins.orders.deadlines.fire_passed_dates import watch_dates


@click.group()
def deadlines() -> None:
    """What happens to orders by itself when time is up."""


@deadlines.command("run")
@click.option(
    "--now",
    metavar="MOMENT",
    help="As if it were 2026-12-01T00:00Z; for a rehearsal on a copy of the database.",
)
@json_option
@pass_console
@click.pass_context
def run_deadlines(ctx: click.Context, console: Console, now: str | None, *, as_json: bool) -> None:
    """Fire every deadline that is due, as the worker does each minute.

    And tell orders of dates that have passed: a bill not paid in time, a paid term that is over.
    Where one breaks off by a mistake of ours, the exit code is 1, and the mistake is logged.
    """
    running = console.panel
    clock = FixedClock(_moment(now)) if now else running.clock
    system = system_actor(running.known)
    fired = fire_deadlines(running.database, actor=system, clock=clock)
    fired += watch_dates(running.database, actor=system, clock=clock)
    if as_json:
        print_json(asdict(fired))
    else:
        click.echo(
            f"Moved: {fired.moved}. Could not move: {fired.refused}. Broke off: {fired.broke_off}."
        )
    ctx.exit(1 if fired.broke_off else 0)


def _moment(written: str) -> datetime:
    read = read_moment(written)
    if read is None or read.tzinfo is None:
        raise click.UsageError("--now is a moment with its zone, such as 2026-12-01T00:00Z")
    return read
