"""What stands under every command that runs: logs, and the panel it may open."""

from functools import partial

import click
import pluggy

from billing_panel.command_console import Console, environment_language
from billing_panel.core.panel import Panel
from billing_panel.kernel.process.config import from_environment
from billing_panel.kernel.process.tracebacks_without_data import quiet_libraries
from billing_panel.runtime.open_panel import open_panel


def begin(ctx: click.Context, plugins: pluggy.PluginManager) -> None:
    """Give the command its console. ``plugins``: those whose commands there are."""
    quiet_libraries()
    ctx.obj = ctx.obj or Console(partial(_open, plugins), environment_language())


def _open(plugins: pluggy.PluginManager) -> Panel:
    return open_panel(from_environment(), plugins)
