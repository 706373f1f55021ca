"""``billing-panel``: what the pages do, at the command line, through the same actions."""

import os
import subprocess
import sys
from typing import Any

import click
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from typing_extensions import override

from billing_panel.accounts.access.actors import console as system
from billing_panel.accounts.access.fact_visibility import tell
from billing_panel.accounts.people.first_owner import make_owner
from billing_panel.accounts.people.logins import find_user
from billing_panel.accounts.people.users import ApiToken, User
from billing_panel.accounts.signing_in import second_factor
from billing_panel.accounts.signing_in.api_tokens import make_token, revoke_token, tokens_of
from billing_panel.accounts.signing_in.one_time_links import OneTimeLinks
from billing_panel.accounts.signing_in.sessions import end_sessions
from billing_panel.administration.details import validators
from billing_panel.cli.audit_commands import COMMANDS as AUDIT_COMMANDS
from billing_panel.cli.check_command import COMMANDS as CHECK_COMMANDS
from billing_panel.cli.client_commands import COMMANDS as CLIENT_COMMANDS
from billing_panel.cli.mail_commands import COMMANDS as MAIL_COMMANDS
from billing_panel.command_frame import (
    Console,
    environment_language,
    is_of_the_frame,
    json_option,
    pass_console,
    print_json,
    print_mistake,
    print_refusal,
)
from billing_panel.core.plugins import all_followers, load_plugins
from billing_panel.demo.demo_orders import load_orders, load_talks
from billing_panel.demo.demo_passwords import give_passwords
from billing_panel.demo.load_demo import is_demo_loaded, load_demo, load_more
from billing_panel.kernel.database.append_only import Fault
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.files.fonts import ensure_fonts
from billing_panel.kernel.language.errors import DomainError, InstallationError, NotFound, Refused
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.process.config import PREFIX, from_environment
from billing_panel.kernel.process.mail_settings import shows_mail
from billing_panel.kernel.tables.event_log import record
from billing_panel.mail.accounts.account_letters import post_account_letters
from billing_panel.migrations.upgrade import upgrade
from billing_panel.runtime.app import open_panel
from billing_panel.runtime.followers import following
from billing_panel.runtime.jobs import make_huey
from billing_panel.runtime.server import is_loopback, run_server
from billing_panel.web.requests.request_logs import configure

# "temporary failure; the user is invited to retry" (sysexits.h: EX_TEMPFAIL)
UNAVAILABLE = 75


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
        except DomainError as error:
            as_json = "--json" in sys.argv
            console = ctx.find_object(Console)
            if console is not None and console.acting is not None:
                tell(error, console.acting)
            print_refusal(error, environment_language(), as_json=as_json)
        except InstallationError as error:
            click.echo(str(error), err=True)
        except Unavailable as error:
            click.echo(say(error.trouble.message, environment_language()), err=True)
            # what the driver says, without the statement and its values
            if isinstance(error.__cause__, DBAPIError):
                click.echo(f"  {error.__cause__.orig}", err=True)
            return ctx.exit(UNAVAILABLE)
        except Exception as error:
            if is_of_the_frame(error):
                raise
            print_mistake(error, ctx.find_object(Console))
        return ctx.exit(1)


@click.group(cls=PanelGroup)
@click.version_option(package_name="billing-panel")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Billing panel for hosting providers."""
    # what a command prints may be read by a program
    configure(json=False)
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    ctx.obj = ctx.obj or Console(
        lambda: open_panel(from_environment(), load_plugins()), environment_language()
    )


@main.command()
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


@main.command()
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
            load_orders(session, known=running.known, clock=running.clock)
            load_talks(session, known=running.known, clock=running.clock)
    if loaded and shows_mail(running.config):
        # before the demo's people have passwords, and get no links any more
        post_account_letters(running.database, running.clock)
    if as_json:
        print_json({"loaded": loaded})
    else:
        click.echo("The demo data is loaded." if loaded else "The demo data was there already.")


@main.command()
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


@main.command()
@pass_console
def worker(console: Console) -> None:
    """Run background and periodic jobs."""
    running = console.panel
    plugins = load_plugins()
    brought = plugins.hook.panel_jobs(gateways=running.gateways)
    jobs = [job for jobs in brought for job in jobs]
    with following(running, all_followers(plugins)):
        make_huey(running, jobs).create_consumer(workers=1, check_worker_health=False).run()


@main.command()
@click.argument("login")
@json_option
@pass_console
def password(console: Console, login: str, *, as_json: bool) -> None:
    """Print a one-time link with which LOGIN chooses a password."""
    running = console.panel
    with running.database.reading() as session:
        token = OneTimeLinks(running.config.secret_key).make(
            session, _user(session, login), by=None
        )
    link = f"{running.config.public_url}/choose-password/{token}"
    if as_json:
        print_json({"sign_in_link": link})
    else:
        click.echo(link)


@main.group()
def token() -> None:
    """Tokens of the API."""


@token.command("create")
@click.argument("login")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--function", "functions", multiple=True, help="Only these; default: all of LOGIN's.")
@click.option("--days", type=int, help="How long it is good; default: until it is revoked.")
@json_option
@pass_console
def create(
    console: Console,
    login: str,
    name: str,
    functions: tuple[str, ...],
    days: int | None,
    *,
    as_json: bool,
) -> None:
    """Make a token that acts as LOGIN; it is shown once, as the last line."""
    running = console.panel
    with running.database.writing() as session:
        secret = make_token(
            session,
            _user(session, login),
            name,
            functions=list(functions) or None,
            days=days,
            actor=system(running.known),
            known=running.known,
            at=running.clock.now(),
        )
    if as_json:
        print_json({"token": secret})
    else:
        click.echo(secret)


@token.command("list")
@click.argument("login")
@json_option
@pass_console
def list_tokens(console: Console, login: str, *, as_json: bool) -> None:
    """LOGIN's tokens: number, name, made, last used, good until, functions."""
    with console.panel.database.reading() as session:
        tokens = tokens_of(session, _user(session, login).id)
    if as_json:
        print_json({"tokens": [_token_json(row) for row in tokens]})
        return
    for row in tokens:
        words = "*" if row.functions is None else " ".join(row.functions)
        moments = (row.created_at, row.last_used_at, row.expires_at)
        told = (at.isoformat(timespec="minutes") if at else "-" for at in moments)
        click.echo("\t".join((str(row.id), row.name, *told, words)))


def _token_json(row: ApiToken) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.name,
        "created_at": row.created_at.isoformat(),
        "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "functions": row.functions,
    }


@token.command("revoke")
@click.argument("token_id", type=click.IntRange(1), metavar="NUMBER")
@pass_console
def revoke(console: Console, token_id: int) -> None:
    """End the token of that NUMBER (see: token list)."""
    running = console.panel
    with running.database.writing() as session:
        actor = system(running.known)
        revoke_token(session, token_id, actor=actor, at=running.clock.now())
    click.echo(f"Token {token_id} is revoked.")


@main.group("second-factor")
def factor() -> None:
    """Second factors of whoever signs in."""


@factor.command("remove")
@click.argument("login")
@pass_console
def remove_factor(console: Console, login: str) -> None:
    """Remove LOGIN's second factor and end their sessions: for a last owner without a phone."""
    running = console.panel
    with running.database.writing() as session:
        user = _user(session, login)
        if not second_factor.remove(session, user.id):
            raise Refused(text("They have no second factor."), code="no_second_factor")
        end_sessions(session, [user.id])
        actor, at = system(running.known), running.clock.now()
        record(session, "second_factor.removed", actor=actor, at=at, subject=("user", user.id))
    click.echo(f"{login} signs in without a second factor now.")


def _user(session: Session, login: str) -> User:
    user = find_user(session, login)
    if user is None:
        raise NotFound(text("No one signs in as %(login)s.", login=login))
    return user


OWN = (AUDIT_COMMANDS, CLIENT_COMMANDS, CHECK_COMMANDS, MAIL_COMMANDS)
for _commands in (*OWN, *load_plugins().hook.panel_commands()):
    for _command in _commands:
        main.add_command(_command)
