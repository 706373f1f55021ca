"""How mail leaves the installation: an SMTP server and an address, or a page that shows it."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from billing_panel.kernel.process.config import PREFIX, Config, ConfigError

ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\.]+(\.[^@\s<>,;:\"()\[\]\\.]+)*")
PORTS = {"smtp": 25, "smtps": 465}
FORM = (
    f"{PREFIX}SMTP_URL is smtp://[user:password@]host[:port], with ?starttls=1 where the server"
    " must encrypt, or smtps://"
)


@dataclass(frozen=True)
class MailServer:
    """Where letters are handed over. ``tls``: from the first byte; ``starttls``: it must follow."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    starttls: bool
    sender: str


def mail_server(config: Config) -> MailServer | None:
    """None: no mail is sent. Raises ConfigError for half a setup, and for an impossible one."""
    url, sender = config.setting("SMTP_URL"), config.setting("MAIL_FROM")
    if not url and not sender:
        return None
    if not url or not sender:
        raise ConfigError(
            f"Sending mail needs both {PREFIX}SMTP_URL (or {PREFIX}SMTP_URL_FILE) and"
            f" {PREFIX}MAIL_FROM; only {'the address' if sender else 'the server'} is set"
        )
    if not ADDRESS.fullmatch(sender) or not sender.isprintable():
        raise ConfigError(f"{PREFIX}MAIL_FROM is an address such as billing@example.com")
    return _server(url, sender)


def shows_mail(config: Config) -> bool:
    """Whether letters are shown on the page Outbox instead of being sent, for trying things out."""
    return mail_server(config) is None and config.switch("SANDBOX")


def mail_is_set_up(config: Config) -> bool:
    """Whether a page may promise an e-mail. Raises ConfigError."""
    return mail_server(config) is not None or shows_mail(config)


def _server(url: str, sender: str) -> MailServer:
    """Raises ConfigError; what it says never holds the password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"{FORM}; its host or port cannot be read") from error
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in {"", "/"}:
        raise ConfigError(FORM)
    if (parts.username is None) != (parts.password is None):
        raise ConfigError(f"{FORM}; a user needs a password")
    if parts.username is not None and not _hides_password(parts):
        raise ConfigError(f"{FORM}; a password is only sent encrypted: add ?starttls=1")
    return MailServer(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        tls=parts.scheme == "smtps",
        starttls=_starttls(parts),
        sender=sender,
    )


def _hides_password(parts: SplitResult) -> bool:
    """Whether nobody can read it on its way: it is encrypted, or stays on this machine."""
    own = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    return own or parts.scheme == "smtps" or _starttls(parts)


def _starttls(parts: SplitResult) -> bool:
    """Raises ConfigError."""
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not options.keys() <= {"starttls"} or options.get("starttls", "0") not in {"0", "1"}:
        raise ConfigError(FORM)
    if parts.scheme == "smtps" and options.get("starttls") == "1":
        raise ConfigError(f"{FORM}; smtps:// encrypts from the beginning, without starttls")
    return options.get("starttls") == "1"
