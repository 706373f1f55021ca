"""The commands ``serve`` and ``worker``."""

import os
import subprocess
import sys

import click

from billing_panel.command_console import Console, pass_console
from billing_panel.core.plugins import all_followers, all_jobs
from billing_panel.demo.demo_passwords import give_passwords
from billing_panel.demo.load_demo import is_demo_loaded
from billing_panel.kernel.process.config import PREFIX
from billing_panel.runtime.followers import following
from billing_panel.runtime.jobs import make_huey
from billing_panel.runtime.server import is_loopback, run_server


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
        run_server(host=host, port=port, workers=workers, threads=threads)
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
    given = give_passwords(database)
    if not given:
        click.echo("The demo logins keep the passwords printed at the first start.")
        click.echo("Forgotten? billing-panel password LOGIN gives a link to choose another.")
    for login in given:
        click.echo(f"  {login.login:<14} {login.password}   {login.who}")


@click.command()
@pass_console
def worker(console: Console) -> None:
    """Run background and periodic jobs."""
    running = console.panel
    plugins = running.brought.plugins
    jobs = all_jobs(plugins, running.gateways, running.config)
    with following(running, all_followers(plugins, running.config)):
        make_huey(running, jobs).create_consumer(workers=1, check_worker_health=False).run()
