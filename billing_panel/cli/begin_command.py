"""What stands under every command that runs: logs, and the panel it may open."""

import sys
from functools import partial

import click
import structlog

from billing_panel.command_console import Console, environment_language
from billing_panel.core.panel import Panel
from billing_panel.core.plugins import load_plugins
from billing_panel.kernel.process.config import from_environment
from billing_panel.kernel.process.logs import configure
from billing_panel.runtime.open_panel import open_panel


def begin(ctx: click.Context) -> None:
    """Logs go to standard error: what a command prints may be read by a program."""
    configure(json=False)
    structlog.configure(logger_factory=partial(_to_standard_error))
    ctx.obj = ctx.obj or Console(_open, environment_language())


def _to_standard_error(*_: object) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)


def _open() -> Panel:
    return open_panel(from_environment(), load_plugins())
