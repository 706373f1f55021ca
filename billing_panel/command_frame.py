"""The frame of the command line: the panel of this process, who acts, how results are printed."""

import errno
import json as jsonlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from billing_panel.accounts.access.actors import console, staff_actor
from billing_panel.core.panel import Panel
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, LANGUAGES, say, text
from billing_panel.kernel.process.quiet_tracebacks import told
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import SystemClock
from billing_panel.migrations.upgrade import check_migrated
from billing_panel.web.requests.problem_json import problem


@dataclass
class Console:
    """What every command is given; the panel is opened only by commands that use it.

    ``acting``: who acts, once somebody does; refusals say what they may know.
    """

    open_panel: Callable[[], Panel]
    language: str = DEFAULT_LANGUAGE
    acting: Actor | None = None

    @cached_property
    def new_panel(self) -> Panel:
        """The panel, whatever is in its database yet."""
        return self.open_panel()

    @property
    def panel(self) -> Panel:
        """The panel on a database that fits this code. Raises NotMigrated."""
        check_migrated(self.new_panel.database)
        return self.new_panel

    def actor(self, session: Session, login: str | None) -> Actor:
        """The named member of staff; unnamed, whoever sits at the server. Raises NotFound."""
        known = self.panel.known
        self.acting = staff_actor(session, login, known) if login else console(known)
        return self.acting


# in the panel's home: mistakes of commands, which have no server's log
MISTAKES = "mistakes.log"

pass_console = click.make_pass_decorator(Console)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
as_option = click.option("--as", "as_login", metavar="STAFF", help="Act as this member of staff.")


def environment_language() -> str:
    """The language of the terminal, where the panel speaks it."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        language = os.environ.get(name, "")[:2]
        if language in LANGUAGES:
            return language
    return DEFAULT_LANGUAGE


def json_words(value: Mapping[str, Any]) -> str:
    """Write JSON to be read: indented, its letters as they are."""
    return jsonlib.dumps(value, ensure_ascii=False, indent=2)


def print_json(value: Mapping[str, Any]) -> None:
    """Print ``value`` as JSON on standard output."""
    click.echo(json_words(value))


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


def is_of_the_frame(error: Exception) -> bool:
    """Whether click has the words for it: wrong usage, breaking off, a reader who went away."""
    known = (click.ClickException, click.exceptions.Exit, click.Abort)
    return isinstance(error, known) or getattr(error, "errno", None) == errno.EPIPE


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
