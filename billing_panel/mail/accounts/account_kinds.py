"""What the panel itself writes to whoever signs in."""

from collections.abc import Mapping

from billing_panel.kernel.extension.mail_kinds import MailKind
from billing_panel.kernel.language.text import Text, text

ACCOUNTS = text("Signing in")

PLACES: Mapping[str, Text] = {
    "name": text("The person’s name, or the client’s"),
    "login": text("Their login"),
    "firm": text("Who writes: the provider’s name, or the panel’s"),
    "link": text("The one-time link; it is shown to its reader alone"),
    "when": text("When it happened, with the time zone"),
    "address": text("From which network address"),
    "browser": text("In which browser"),
    "email": text("The new e-mail address"),
    "account": text("The address of the page My account"),
    "forgotten": text("The address of the page for forgotten passwords"),
}
EXAMPLE: Mapping[str, str] = {
    "name": "Elena Stoyanova",
    "login": "stoyanova",
    "firm": "Nordvik Hosting",
    "link": "https://panel.example.com/choose-password/…",
    "when": "22.11.2026 12:40 (Europe/Sofia)",
    "address": "203.0.113.7",
    "browser": "Firefox, Linux",
    "email": "elena@stoyanova.example",
    "account": "https://panel.example.com/account",
    "forgotten": "https://panel.example.com/forgot-password",
}


def _kind(key: str, title: Text, *places: str) -> MailKind:
    return MailKind(
        key=key,
        section=ACCOUNTS,
        title=title,
        placeholders={name: PLACES[name] for name in places},
        example={name: EXAMPLE[name] for name in places},
        secrets=frozenset({"link"} & {*places}),
    )


WHO = ("name", "login", "firm")
HAPPENED = (*WHO, "when", "account", "forgotten")

ADDED = _kind("account.added", text("Somebody can sign in from now on"), *WHO, "link")
LINK_GIVEN = _kind("account.link_given", text("Staff send a sign-in link"), *WHO, "link")
FORGOTTEN = _kind(
    "account.password_forgotten", text("Somebody forgot their password"), *WHO, "link"
)
SIGNED_IN = _kind(
    "account.signed_in", text("Sign-in from a new browser"), *HAPPENED, "address", "browser"
)
PASSWORD_CHANGED = _kind("account.password_changed", text("Password changed"), *HAPPENED, "address")
FACTOR_SET = _kind("account.factor_set", text("Second factor set up"), *HAPPENED)
FACTOR_REMOVED = _kind("account.factor_removed", text("Second factor removed"), *HAPPENED)
ADDRESS_CHANGED = _kind(
    "account.address_changed", text("E-mail address changed"), *WHO, "when", "email"
)

ACCOUNT_KINDS = (
    ADDED,
    LINK_GIVEN,
    FORGOTTEN,
    SIGNED_IN,
    PASSWORD_CHANGED,
    FACTOR_SET,
    FACTOR_REMOVED,
    ADDRESS_CHANGED,
)
