"""The commands ``serve`` and ``worker``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from billing_panel.command_console import Console, pass_console
from billing_panel.demo.demo_mark import is_demo_loaded
from billing_panel.kernel.process.config import PREFIX
from billing_panel.kernel.process.lazy_imports import Named
from billing_panel.runtime.server import is_loopback, run_server

if TYPE_CHECKING:
    from billing_panel.core.panel import Panel
    from billing_panel.demo.demo_passwords import DemoLogin
    from billing_panel.kernel.database.database import Database

GIVE_PASSWORDS: Named[Callable[[Database], list[DemoLogin]]] = Named(
    "billing_panel.demo.demo_passwords:give_passwords"
)
WORK: Named[Callable[[Panel], None]] = Named("billing_panel.runtime.work:work")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port", default=8000, envvar="PORT", show_default=True, type=click.IntRange(1, 65535)
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=32, show_default=True, type=click.IntRange(1, 1024))
@click.option("--with-worker", is_flag=True, help="Run the background worker beside it.")
@pass_console
def serve(
    console: Console, host: str, port: int, workers: int, threads: int, *, with_worker: bool
) -> None:
    """Serve the panel. On a loopback address the demo logins get their passwords here, once."""
    running = console.panel
    if is_loopback(host):
        os.environ.setdefault(PREFIX + "SECURE_COOKIES", "0")
        # links handed out lead to where it is served
        os.environ.setdefault(PREFIX + "PUBLIC_URL", f"http://{host}:{port}")
    click.echo(f"The panel: http://{host}:{port}/")
    _announce_logins(console, host)
    running.database.close()
    beside = subprocess.Popen([sys.argv[0], "worker"]) if with_worker else None  # noqa: S603
    try:
        run_server(running.brought.plugins, host=host, port=port, workers=workers, threads=threads)
    finally:
        if beside is not None:
            beside.terminate()
            beside.wait()


def _announce_logins(console: Console, host: str) -> None:
    database = console.panel.database
    with database.reading() as session:
        if not is_demo_loaded(session):
            return
    if not is_loopback(host):
        click.echo("The demo logins get passwords only when served on a loopback address.")
        return
    given = GIVE_PASSWORDS()(database)
    if not given:
        click.echo("The demo logins keep the passwords printed at the first start.")
        click.echo("Forgotten? billing-panel password LOGIN gives a link to choose another.")
    for login in given:
        click.echo(f"  {login.login:<14} {login.password}   {login.who}")


@click.command()
@pass_console
def worker(console: Console) -> None:
    """Run background and periodic jobs."""
    WORK()(console.panel)
