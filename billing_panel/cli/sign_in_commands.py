"""The commands ``password``, ``token`` and ``second-factor``: for whoever cannot sign in."""

import click
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import console as system
from billing_panel.accounts.people.login_names import find_user
from billing_panel.accounts.people.sign_in_models import ApiToken
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in import second_factor
from billing_panel.accounts.signing_in.api_tokens import make_token, revoke_token, tokens_of
from billing_panel.accounts.signing_in.password_links import OneTimeLinks
from billing_panel.accounts.signing_in.sessions import end_sessions
from billing_panel.command_console import Console, json_option, pass_console, print_json
from billing_panel.kernel.language.errors import NotFound, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record


@click.command()
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


@click.group()
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


@click.group("second-factor")
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
