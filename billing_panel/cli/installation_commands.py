"""The commands ``init`` and ``demo``."""

import click

from billing_panel.accounts.people.first_owner import make_owner
from billing_panel.accounts.signing_in.password_links import OneTimeLinks
from billing_panel.administration.details import validators
from billing_panel.command_console import Console, json_option, pass_console, print_json
from billing_panel.demo.demo_mark import is_demo_loaded
from billing_panel.demo.load_demo import load_demo, load_more
from billing_panel.demo.load_demo_activity import (
    load_orders,
    load_talks,
    load_top_ups,
    load_webhooks,
)
from billing_panel.demo.load_demo_books import load_books
from billing_panel.kernel.database.append_only import Fault
from billing_panel.kernel.files.fonts import ensure_fonts
from billing_panel.kernel.process.mail_settings import shows_mail
from billing_panel.mail.accounts.account_letters import post_account_letters
from billing_panel.migrations.upgrade import upgrade
from plugins.webhooks.webhook_settings import webhook_settings


@click.command()
@click.option("--owner", metavar="LOGIN", help="Also create an owner and print their sign-in link.")
@json_option
@pass_console
def init(console: Console, owner: str | None, *, as_json: bool) -> None:
    """Make or migrate the database, the secret key and the fonts."""
    running = console.new_panel
    put_back = upgrade(running.database)
    ensure_fonts(running.config.fonts_dir)
    link = None
    if owner is not None:
        validators.refuse_wrong(validators.login("owner", owner))
        with running.database.writing() as session:
            user = make_owner(session, owner)
            token = OneTimeLinks(running.config.secret_key).make(session, user, by=None)
        link = f"{running.config.public_url}/choose-password/{token}"
    if as_json:
        facts = {
            "database": running.database.url.render_as_string(),
            "address": f"{running.config.public_url}/",
            "sign_in_link": link,
        }
        print_json({**facts, "triggers_put_back": [fault.trigger for fault in put_back]})
        return
    for fault in put_back:
        click.echo(_put_back(fault), err=True)
    click.echo(f"The database is ready: {running.database.url.render_as_string()}")
    click.echo(f"The panel will be at: {running.config.public_url}/")
    if link:
        click.echo(f"Sign in as {owner} within 48 hours, once: {link}")


def _put_back(fault: Fault) -> str:
    if fault.foreign:
        return f"Table {fault.table} has a trigger that is not ours: {fault.trigger}."
    return f"Table {fault.table} could be changed: made {fault.trigger} again. Who removed it?"


@click.command()
@json_option
@pass_console
def demo(console: Console, *, as_json: bool) -> None:
    """Load the demo providers, catalogues, clients and staff, once."""
    running = console.panel
    with running.database.writing() as session:
        loaded = not is_demo_loaded(session)
        if loaded:
            gateway = "sandbox" if "sandbox" in running.gateways else None
            load_demo(session, known=running.known, clock=running.clock, gateway=gateway)
            load_more(session, known=running.known, clock=running.clock, gateway=gateway)
            settings = webhook_settings(running.config)
            load_webhooks(session, known=running.known, settings=settings, clock=running.clock)
            load_orders(session, known=running.known, clock=running.clock)
            load_talks(session, known=running.known, clock=running.clock)
            load_top_ups(session, known=running.known, clock=running.clock)
            load_books(session, known=running.known, clock=running.clock)
    if loaded and shows_mail(running.config):
        # before the demo's people have passwords, and get no links any more
        post_account_letters(running.database, running.clock)
    if as_json:
        print_json({"loaded": loaded})
    else:
        click.echo("The demo data is loaded." if loaded else "The demo data was there already.")
