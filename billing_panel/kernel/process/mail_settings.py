"""How mail leaves the installation: an SMTP server and an address, or a page that shows it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from billing_panel.kernel.language.errors import ConfigError
from billing_panel.kernel.process.config import PREFIX, Config

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


@dataclass(frozen=True)
class ServerUrl:
    """A server as an address of it names it. ``path``: what follows the host, without slashes."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    starttls: bool
    path: str


def mail_server(config: Config) -> MailServer | None:
    """None: no mail is sent. Raises ConfigError for half a setup, and for an impossible one."""
    both = whole_setup(config, "SMTP_URL", "MAIL_FROM", "Sending mail needs", "the server")
    if both is None:
        return None
    url, sender = both
    if not ADDRESS.fullmatch(sender) or not sender.isprintable():
        raise ConfigError(f"{PREFIX}MAIL_FROM is an address such as billing@example.com")
    return _server(url, sender)


def whole_setup(
    config: Config, server: str, address: str, needs: str, called: str
) -> tuple[str, str] | None:
    """What the two settings say; None: neither is set. Raises ConfigError for one alone.

    ``needs``: what asks for both; ``called``: what the first one names.
    """
    url, own = config.setting(server), config.setting(address)
    if url and own:
        return url, own
    if not url and not own:
        return None
    raise ConfigError(
        f"{needs} both {PREFIX}{server} (or {PREFIX}{server}_FILE) and"
        f" {PREFIX}{address}; only {'the address' if own else called} is set"
    )


def shows_mail(config: Config) -> bool:
    """Whether letters are shown on the page Outbox instead of being sent, for trying things out."""
    return mail_server(config) is None and config.switch("SANDBOX")


def mail_is_set_up(config: Config) -> bool:
    """Whether a page may promise an e-mail. Raises ConfigError."""
    return mail_server(config) is not None or shows_mail(config)


def _server(url: str, sender: str) -> MailServer:
    """Raises ConfigError; what it says never holds the password."""
    found = server_url(url, PORTS, FORM)
    return MailServer(
        host=found.host,
        port=found.port,
        user=found.user,
        password=found.password,
        tls=found.tls,
        starttls=found.starttls,
        sender=sender,
    )


def server_url(
    url: str, ports: Mapping[str, int], form: str, *, with_path: bool = False
) -> ServerUrl:
    """``ports``: the usual one of each scheme; of those that end with s all is encrypted.

    Raises ConfigError, ``form`` says what it should be; the password stands in none of it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"{form}; its host or port cannot be read") from error
    if parts.scheme not in ports or not parts.hostname:
        raise ConfigError(form)
    if parts.path not in {"", "/"} and not with_path:
        raise ConfigError(form)
    if (parts.username is None) != (parts.password is None):
        raise ConfigError(f"{form}; a user needs a password")
    if parts.username is not None and not _hides_password(parts, form):
        raise ConfigError(f"{form}; a password is only sent encrypted: add ?starttls=1")
    return ServerUrl(
        host=parts.hostname,
        port=port or ports[parts.scheme],
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        tls=parts.scheme.endswith("s"),
        starttls=_starttls(parts, form),
        path=unquote(parts.path.strip("/")),
    )


def _hides_password(parts: SplitResult, form: str) -> bool:
    """Whether nobody can read it on its way: it is encrypted, or stays on this machine."""
    own = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    return own or parts.scheme.endswith("s") or _starttls(parts, form)


def _starttls(parts: SplitResult, form: str) -> bool:
    """Raises ConfigError."""
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not options.keys() <= {"starttls"} or options.get("starttls", "0") not in {"0", "1"}:
        raise ConfigError(form)
    if parts.scheme.endswith("s") and options.get("starttls") == "1":
        raise ConfigError(
            f"{form}; {parts.scheme}:// encrypts from the beginning, without starttls"
        )
    return options.get("starttls") == "1"
