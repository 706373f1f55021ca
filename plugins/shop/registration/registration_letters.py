"""What is written to whoever registers, or whose address somebody registers with.

Neither letter repeats what was typed: a stranger's words would reach any address in our name.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.kernel.extension.mail_kinds import MailKind
from billing_panel.kernel.language.text import text
from billing_panel.mail.accounts.account_mail_kinds import ACCOUNTS, EXAMPLE, PLACES
from billing_panel.mail.letters import Letter, post
from billing_panel.mail.models import LetterRow
from billing_panel.mail.post_office import PostOffice
from plugins.shop.registration.registration import Registration, letter_key

FIRM = {"firm": PLACES["firm"]}
SIGN_IN = "sign_in"

CONFIRM = MailKind(
    key="registration.asked",
    section=ACCOUNTS,
    title=text("Registration to confirm"),
    placeholders={**FIRM, "link": PLACES["link"]},
    example={name: EXAMPLE[name] for name in ("firm", "link")},
    secrets=frozenset({"link"}),
)
KNOWN = MailKind(
    key="registration.known",
    section=ACCOUNTS,
    title=text("Registration with a known address"),
    placeholders={
        **FIRM,
        SIGN_IN: text("The address of the sign-in page"),
        "forgotten": PLACES["forgotten"],
    },
    example={
        **{name: EXAMPLE[name] for name in ("firm", "forgotten")},
        SIGN_IN: "https://panel.example.com/sign-in",
    },
)
REGISTRATION_KINDS = (CONFIRM, KNOWN)


def send_link(
    session: Session, office: PostOffice, registration: Registration, token: str, *, at: datetime
) -> None:
    """Send the link to the address that was typed, in the language of the form."""
    details = registration.client
    letter = Letter(
        key=letter_key(registration.secret),
        kind=CONFIRM.key,
        to=details.email,
        language=details.language,
        values={"firm": registration.provider.name},
        provider_id=registration.provider_id,
        secrets={"link": f"{office.public_url}/registration/{token}"},
    )
    post(session, [letter], at=at)


def tell_known(
    session: Session,
    office: PostOffice,
    provider: Provider,
    user: User,
    language: str,
    *,
    at: datetime,
) -> None:
    """Tell whoever is known at that address that they can sign in; once a day."""
    member = session.get(ClientUser, user.id)
    letter = Letter(
        key=f"registration-known-{user.id}-{at:%Y-%m-%d}",
        kind=KNOWN.key,
        to=user.email,
        language=language,
        values={
            "firm": provider.name,
            SIGN_IN: f"{office.public_url}/sign-in",
            "forgotten": f"{office.public_url}/forgot-password",
        },
        provider_id=provider.id,
        client_id=member.client_id if member else None,
        user_id=user.id,
    )
    post(session, [letter], at=at)


def letters_of(session: Session, secrets: Sequence[str], *, client_id: int, user_id: int) -> None:
    """The letters of these registrations were to this client, and are forgotten with them."""
    keys = [*map(letter_key, secrets)]
    values = {"client_id": client_id, "user_id": user_id}
    session.execute(update(LetterRow).where(LetterRow.key.in_(keys)).values(values))
