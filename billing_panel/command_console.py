"""What every command is written with: the panel of this process, who acts, how it is printed."""

import json as jsonlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import console, staff_actor
from billing_panel.core.panel import Panel
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, LANGUAGES
from billing_panel.kernel.process.lazy_values import kept_property
from billing_panel.kernel.values.actor import Actor
from billing_panel.migrations.revisions import check_migrated


@dataclass
class Console:
    """What every command is given; the panel is opened only by commands that use it.

    ``acting``: who acts, once somebody does; refusals say what they may know.
    """

    open_panel: Callable[[], Panel]
    language: str = DEFAULT_LANGUAGE
    acting: Actor | None = None

    @kept_property
    def new_panel(self) -> Panel:
        """The panel, whatever is in its database yet."""
        return self.open_panel()

    @kept_property
    def panel(self) -> Panel:
        """The panel on a database that fits this code. Raises NotMigrated."""
        check_migrated(self.new_panel.database, self.new_panel.brought.plugins)
        return self.new_panel

    def actor(self, session: Session, login: str | None) -> Actor:
        """The named member of staff; unnamed, whoever sits at the server. Raises NotFound."""
        known = self.panel.known
        self.acting = staff_actor(session, login, known) if login else console(known)
        return self.acting


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
