"""Becoming a client of a provider: asked for, confirmed by a link that was mailed, and done (D1).

What is answered is the same for an address that is known here and one that is not; so is what is
counted and computed. Whether a login is free is told to nobody but who has confirmed an address.
The link alone is not enough: the password that was chosen is asked for, so that nobody confirms an
account that a stranger has prepared in their name.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import actor_of, console
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, ClientGroup
from billing_panel.accounts.people.login_names import as_kept, find_user
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in import failed_attempts
from billing_panel.accounts.signing_in.failed_attempts import Counted
from billing_panel.accounts.signing_in.passwords import MAX_LENGTH, hash_password, verify
from billing_panel.accounts.signing_in.sign_in import ADDRESS_TIMES, STRANGER, Browser, SigningIn
from billing_panel.administration.clients.change_client import (
    create_client,
    tidied_client,
    wrong_client,
)
from billing_panel.administration.clients.client_details import ClientDetails
from billing_panel.administration.details import validators
from billing_panel.kernel.database.row_locks import lock
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid, NotFound, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.lazy_imports import Named
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.secret_fingerprints import fingerprint, new_secret
from billing_panel.mail.post_office import PostOffice, post_office
from permissions.panel_functions import PanelFunction
from plugins.shop.registration.registration import (
    Registration,
    find_registration,
    waiting_number,
)
from plugins.shop.registration.registration_letters import letters_of, send_link, tell_known
from plugins.shop.shop_access import registration_is_open

VALIDATE_EMAIL = Named[Callable[..., Any]]("email_validator:validate_email")
LINK_LIFE = timedelta(hours=24)
# more than these of one address are not written, nor mailed, until they expire
MOST_WAITING = 3


@dataclass(frozen=True)
class Register:
    """``provider``: a key. ``details.language``: that of the form. ``back``: where to go then.

    ``terms``: the version of the provider's terms that is accepted.
    """

    provider: str
    details: ClientDetails
    password: str = field(repr=False)
    terms: str = ""
    back: str = ""


@dataclass(frozen=True)
class ConfirmRegistration:
    """``token``: of the link. ``login``: another one, where the chosen one is taken by now."""

    token: str = field(repr=False)
    password: str = field(repr=False)
    login: str = ""


def registering_at(session: Session, key: str) -> tuple[Provider, PostOffice]:
    """The provider at which people register. Raises NotFound, Refused ``mail_not_set_up``."""
    provider = session.scalar(select(Provider).filter_by(key=key))
    if provider is None or not registration_is_open(provider):
        raise NotFound
    office = post_office(session)
    if office is None:
        message = text("Nobody can register now: the panel can’t send e-mail.")
        raise Refused(message, code="mail_not_set_up")
    return provider, office


def ask_to_register(signing_in: SigningIn, command: Register, browser: Browser) -> None:
    """Write the request down and mail its link; to an address that is known, that it is.

    Raises NotFound, Refused ``mail_not_set_up``, Invalid, TooManyAttempts.
    """
    details = tidied_client(command.details, as_kept(command.details.login))
    with signing_in.database.reading() as session:
        provider, _ = registering_at(session, command.provider)
        validators.refuse_wrong(_wrong(provider, details, command))
    details = replace(details, email=_normal(details.email))
    email = details.email.lower()
    with signing_in.database.writing() as session:
        failed_attempts.count(
            session, _counted(signing_in, email, browser), at=signing_in.clock.now()
        )
    password_hash = hash_password(command.password, login=details.login)
    with signing_in.database.writing() as session:
        provider, office = registering_at(session, command.provider)
        at = signing_in.clock.now()
        user = _known(session, email)
        if user is not None:
            tell_known(session, office, provider, user, details.language, at=at)
        elif waiting_number(session, email, at=at) < MOST_WAITING:
            token = new_secret()
            kept = replace(command, details=details)
            row = _write(session, provider, kept, password_hash, token, at=at)
            send_link(session, office, row, token, at=at)


def confirm_registration(
    signing_in: SigningIn, command: ConfirmRegistration, browser: Browser
) -> Client:
    """The client there is now, in the group the provider chose; they may sign in.

    Raises NotFound, Refused ``mail_not_set_up``, Conflict ``already_known``, Invalid,
    TooManyAttempts.
    """
    at = signing_in.clock.now()
    with signing_in.database.reading() as session:
        waiting = find_registration(session, command.token, at=at)
    counted = [Counted(f"registration {waiting.secret}", signing_in.free_failures)]
    with signing_in.database.writing() as session:
        failed_attempts.count(session, counted, at=at)
    if not verify(waiting.password_hash, command.password[:MAX_LENGTH]):
        message = text("That is not the password you chose when you registered.")
        raise Invalid([FieldError("password", "wrong", message)])
    with signing_in.database.writing() as session:
        failed_attempts.forgive(session, counted, at=at)
        return _become(session, waiting.email, command, browser, at=at, signing_in=signing_in)


def _become(
    session: Session,
    email: str,
    command: ConfirmRegistration,
    browser: Browser,
    *,
    at: datetime,
    signing_in: SigningIn,
) -> Client:
    """Of many links to one address, used at once, one makes a client."""
    own = select(Registration.secret).filter_by(email=email).order_by(Registration.id)
    secrets = [*lock(session, own.with_for_update())]
    waiting = find_registration(session, command.token, at=at)
    provider, _ = registering_at(session, waiting.provider.key)
    if _known(session, email) is not None:
        message = text("There is an account with this e-mail address already: sign in.")
        raise Conflict(message, code="already_known")
    details = replace(waiting.client, login=command.login or waiting.client.login)
    maker = console((PanelFunction.CLIENT_CREATE,))
    client = create_client(
        session, details, provider=provider.key, actor=maker, clock=signing_in.clock
    )
    group = select(ClientGroup.id).filter_by(key=provider.registration_group)
    client.memberships[0].group_id = session.scalar(group)
    user = find_user(session, client.login)
    assert user is not None, "it was made with the client"  # noqa: S101
    user.password_hash = waiting.password_hash
    letters_of(session, secrets, client_id=client.id, user_id=user.id)
    actor = replace(actor_of(session, user, ()) or STRANGER, address=browser.place.address)
    record(
        session,
        "client.registered",
        actor=actor,
        at=at,
        subject=("client", client.id),
        provider_id=provider.id,
        client_id=client.id,
        facts={"group": provider.registration_group or "", "terms": waiting.terms_version},
    )
    session.execute(delete(Registration).where(Registration.email == email))
    return client


def _write(
    session: Session,
    provider: Provider,
    command: Register,
    password_hash: str,
    token: str,
    *,
    at: datetime,
) -> Registration:
    row = Registration(
        provider=provider,
        secret=fingerprint(token),
        email=command.details.email.lower(),
        details=asdict(command.details),
        password_hash=password_hash,
        terms_version=command.terms,
        back=command.back,
        asked_at=at,
        expires_at=at + LINK_LIFE,
    )
    session.add(row)
    session.flush()
    return row


def _known(session: Session, email: str) -> User | None:
    """Whoever signs in and is written to at this address, first."""
    own = select(User).where(func.lower(User.email) == email).order_by(User.id)
    return session.scalars(own.limit(1)).first()


def _counted(signing_in: SigningIn, email: str, browser: Browser) -> list[Counted]:
    """By where it comes from, and by whom it would be written to."""
    place = failed_attempts.network(browser.place.address)
    free = signing_in.free_failures
    return [
        Counted(f"registering from {place}", free * ADDRESS_TIMES),
        Counted(f"registering {email}", free),
    ]


def _wrong(provider: Provider, details: ClientDetails, command: Register) -> Iterator[FieldError]:
    yield from wrong_client(details, None)
    for name in ("email", "address", "city"):
        if not getattr(details, name):
            yield FieldError(name, "required", text("This field is required."))
    if details.email and not _is_address(details.email):
        message = text("E-mail can’t be sent to this address: check how it is written.")
        yield FieldError("email", "email", message)
    if command.terms != provider.terms_version:
        message = text(
            "Read and accept the terms, version %(version)s.", version=provider.terms_version
        )
        yield FieldError("accepted", "terms_not_accepted", message)


def _is_address(email: str) -> bool:
    try:
        return bool(_normal(email))
    except ValueError:
        return False


def _normal(email: str) -> str:
    """As the standards write it. Whether its domain takes mail, only the link tells: no look-up.

    Raises ValueError: it is no address.
    """
    return str(VALIDATE_EMAIL()(email, check_deliverability=False).normalized)
