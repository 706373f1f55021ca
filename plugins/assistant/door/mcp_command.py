"""``billing-panel mcp``: the assistant's door, open as long as it runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from billing_panel.kernel.language.errors import ConfigError
from billing_panel.kernel.process.config import PREFIX, secret
from billing_panel.kernel.process.lazy_imports import Named
from plugins.assistant.door.panel_caller import Caller, HttpCaller

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

TOKEN = "TOKEN"  # noqa: S105 (the name of a setting)
LOCAL = "http://127.0.0.1:8000"
# the library is an extra, and not everybody's
PANEL_SERVER: Named[Callable[[Caller], MCPServer]] = Named(
    "plugins.assistant.door.mcp_tools:panel_server"
)


@click.command()
@click.option("--panel", "address", metavar="URL", help="Address of the panel, as its API has it.")
@click.option("--port", type=click.IntRange(1, 65535), help="Listen on this port of 127.0.0.1.")
def mcp(address: str | None, port: int | None) -> None:
    """Let an assistant read, and draft, with a token (Model Context Protocol).

    The token is BILLING_PANEL_TOKEN, or stands in the file that BILLING_PANEL_TOKEN_FILE names.
    Without --port the assistant's program starts this command and speaks to it by its standard
    input and output. With it, whoever reaches that port of this machine uses the token.
    """
    token = secret(os.environ, TOKEN)
    if not token:
        raise ConfigError(f"Set {PREFIX}{TOKEN}, or {PREFIX}{TOKEN}_FILE: a token of the API")
    try:
        panel_server = PANEL_SERVER()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "mcp":
            raise
        raise ConfigError("Install it first: pip install 'billing-panel[assistant]'") from error
    own = address or os.environ.get(PREFIX + "PUBLIC_URL") or LOCAL
    server = panel_server(HttpCaller(own, token))
    if port is None:
        server.run("stdio")
    else:
        server.run("streamable-http", host="127.0.0.1", port=port, stateless_http=True)
