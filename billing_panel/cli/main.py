"""``billing-panel``: what the pages do, at the command line, through the same actions.

Commands are named here and imported when they are run, and so is what they stand on
(docs/performance.md, *Start*).
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import click
import pluggy
from typing_extensions import override

from billing_panel.core.plugins import load_plugins
from billing_panel.kernel.process.lazy_imports import Named, NamedCommand

# "temporary failure; the user is invited to retry" (sysexits.h: EX_TEMPFAIL)
UNAVAILABLE = 75
BEGIN = Named[Callable[[click.Context, pluggy.PluginManager], None]](
    "billing_panel.cli.begin_command:begin"
)
TELL = Named[Callable[[click.Context, Exception, int], int]](
    "billing_panel.cli.command_failures:tell"
)
PLUGINS = load_plugins()
# click has the words for them
OF_THE_FRAME = (click.ClickException, click.exceptions.Exit, click.Abort)


class PanelGroup(click.Group):
    """Refusals end with exit code 1 and their sentences, never with a traceback.

    Where the database cannot be reached or written it is 75, so that a script may try again. Of a
    mistake of ours a sentence is printed, and the traceback stands in the log.
    """

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for argument in args:
            if not argument.isascii() and argument.encode(errors="replace").decode() != argument:
                raise click.UsageError(f"{argument!r} holds bytes that are no text")
        return super().parse_args(ctx, args)

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OF_THE_FRAME:
            raise
        except Exception as error:  # noqa: BLE001 (whatever it is)
            return ctx.exit(TELL()(ctx, error, UNAVAILABLE))


@click.group(cls=PanelGroup)
@click.version_option(package_name="billing-panel")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Billing panel for hosting providers."""
    # what is imported stays; looking for waste in it again and again takes a fifth of the time
    gc.set_threshold(50_000)
    BEGIN()(ctx, PLUGINS)


OWN = (
    NamedCommand(
        "init",
        "billing_panel.cli.installation_commands:init",
        "Make or migrate the database, the secret key and the fonts.",
    ),
    NamedCommand(
        "demo",
        "billing_panel.cli.installation_commands:demo",
        "Load the demo providers, catalogues, clients and staff, once.",
    ),
    NamedCommand("serve", "billing_panel.cli.server_commands:serve", "Serve the panel."),
    NamedCommand(
        "worker", "billing_panel.cli.server_commands:worker", "Run background and periodic jobs."
    ),
    NamedCommand(
        "password",
        "billing_panel.cli.sign_in_commands:password",
        "Print a one-time link with which LOGIN chooses a password.",
    ),
    NamedCommand("token", "billing_panel.cli.sign_in_commands:token", "Tokens of the API."),
    NamedCommand(
        "second-factor",
        "billing_panel.cli.sign_in_commands:factor",
        "Second factors of whoever signs in.",
    ),
    NamedCommand(
        "audit",
        "billing_panel.cli.audit_commands:audit",
        "The log of what happened, and the chain that shows it was not changed.",
    ),
    NamedCommand(
        "client",
        "billing_panel.cli.client_commands:client",
        "A client's personal data: handed out, or erased.",
    ),
    NamedCommand(
        "check",
        "billing_panel.cli.check_commands:check",
        "Look up whether all that must be true of money and orders is; else end with 1.",
    ),
    NamedCommand("ledger", "billing_panel.cli.check_commands:ledger", "The books."),
    NamedCommand("mail", "billing_panel.cli.mail_commands:mail", "E-mails to clients and staff."),
)
for _commands in (OWN, *PLUGINS.hook.panel_commands()):
    for _command in _commands:
        main.add_command(_command)
