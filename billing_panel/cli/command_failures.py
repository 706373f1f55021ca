"""How a command that failed is told: refusals, a database in trouble, mistakes of ours."""

import errno
import sys
from pathlib import Path
from uuid import uuid4

import click
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from billing_panel.accounts.access import guarded_fact_visibility
from billing_panel.command_console import Console, environment_language, print_json
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.language.errors import DomainError, InstallationError
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.process.tracebacks_without_data import told
from billing_panel.kernel.values.clock import SystemClock
from billing_panel.web.requests.problem_json import problem

# in the panel's home: mistakes of commands, which have no server's log
MISTAKES = "mistakes.log"


def tell(ctx: click.Context, error: Exception, unavailable: int) -> int:
    """What the process ends with; ``unavailable`` where another time may do. Raises a full pipe."""
    console = ctx.find_object(Console)
    match error:
        case DomainError():
            if console is not None and console.acting is not None:
                guarded_fact_visibility.tell(error, console.acting)
            print_refusal(error, environment_language(), as_json="--json" in sys.argv)
        case InstallationError():
            click.echo(str(error), err=True)
        case Unavailable():
            click.echo(say(error.trouble.message, environment_language()), err=True)
            # what the driver says, without the statement and its values
            if isinstance(error.__cause__, DBAPIError):
                click.echo(f"  {error.__cause__.orig}", err=True)
            return unavailable
        case OSError(errno=errno.EPIPE):
            # whoever reads went away: click has the words for it
            raise error
        case _:
            print_mistake(error, console)
    return 1


def print_refusal(error: DomainError, language: str, *, as_json: bool) -> None:
    """Sentences on standard error, or the problem as JSON on standard output."""
    if as_json:
        print_json(problem(error, language))
        return
    click.echo(f"{say(error.message, language)} [{error.code}]", err=True)
    for field in error.errors:
        click.echo(f"  {field.field}: {say(field.message, language)} [{field.code}]", err=True)
    for reason in error.reasons:
        place = f"{reason.place}: " if reason.place else ""
        words = f"{say(reason.message, language)} → {say(reason.remedy, language)}"
        click.echo(f"  {place}{words} [{reason.code}]", err=True)


def print_mistake(error: Exception, console: Console | None) -> None:
    """A sentence on standard error; the traceback, without what was typed, stands in the log.

    Where no log can be written it is printed, so that it is not lost.
    """
    if isinstance(error, (OperationalError, InterfaceError)):
        click.echo(f"The database does not answer: {error.orig}", err=True)
        return
    language, reference = environment_language(), uuid4().hex[:12]
    mistake = text(
        "Something went wrong that shouldn’t have. Anything unfinished was"
        " undone. (reference %(reference)s)",
        reference=reference,
    )
    click.echo(say(mistake, language), err=True)
    if isinstance(error, OSError) and error.strerror:
        click.echo(f"  {error.strerror}", err=True)
    written = f"reference {reference}\n{told(error)}"
    try:
        path = _home(console) / MISTAKES
        _append(path, written)
    except Exception:  # noqa: BLE001
        # whatever keeps it out of the log
        click.echo(written, err=True)
    else:
        click.echo(say(text("See %(path)s for details.", path=path), language), err=True)


def _home(console: Console | None) -> Path:
    if console is None:
        raise FileNotFoundError
    return console.new_panel.config.home


def _append(path: Path, written: str) -> None:
    """For whoever runs the panel alone, as everything else in its home."""
    moment = SystemClock().now().isoformat(timespec="seconds")
    path.touch(mode=0o600)
    with path.open("a") as log:
        log.write(f"{moment} {written}\n\n")
