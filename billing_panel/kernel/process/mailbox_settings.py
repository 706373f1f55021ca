"""Where answers to letters arrive: a mailbox that is read by IMAP, and the address it has."""

from dataclasses import dataclass, field

from billing_panel.kernel.language.errors import ConfigError
from billing_panel.kernel.process.config import PREFIX, Config
from billing_panel.kernel.process.mail_settings import ADDRESS, server_url, whole_setup

PORTS = {"imap": 143, "imaps": 993}
FORM = (
    f"{PREFIX}IMAP_URL is imaps://user:password@host[:port][/folder], or imap:// with ?starttls=1"
    " where the server encrypts later"
)


@dataclass(frozen=True)
class Mailbox:
    """``address`` is that of the mailbox, without what comes after a plus sign.

    ``tls``: from the first byte; ``starttls``: it must follow.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: bool
    starttls: bool
    folder: str
    address: str


def mailbox(config: Config) -> Mailbox | None:
    """None: answers are not read. Raises ConfigError for half a setup, and an impossible one."""
    both = whole_setup(config, "IMAP_URL", "REPLY_ADDRESS", "Answers by mail need", "the mailbox")
    if both is None:
        return None
    url, address = both
    if not ADDRESS.fullmatch(address) or not address.isascii() or "+" in address:
        raise ConfigError(
            f"{PREFIX}REPLY_ADDRESS is an address such as replies@example.com, without a plus sign"
        )
    found = server_url(url, PORTS, FORM, with_path=True)
    if found.user is None or found.password is None:
        raise ConfigError(FORM)
    return Mailbox(
        host=found.host,
        port=found.port,
        user=found.user,
        password=found.password,
        tls=found.tls,
        starttls=found.starttls,
        folder=found.path or "INBOX",
        address=address,
    )
