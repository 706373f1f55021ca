"""Where a webhook may be posted: what its address must be, and which addresses are public. Pure.

A webhook is a request that the panel makes for somebody else, from where the panel stands. So it
goes to public addresses alone, unless the installation allows networks of its own: never to this
machine, its neighbours, or what a cloud tells its machines of themselves (169.254.169.254).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

import idna

from billing_panel.kernel.language.text import Text, text
from plugins.webhooks.store.models import MAX_URL
from plugins.webhooks.webhook_settings import Network

Address = IPv4Address | IPv6Address
HTTPS, HTTP = 443, 80
# below it are other services' ports, which a request could be mistaken at
FIRST_FREE_PORT = 1024
# what WHATWG's URLs take for a number, and so some resolvers: 2130706433, 0x7f000001, 127.1
NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.ASCII | re.IGNORECASE)
PRINTED = re.compile(r"[!-~]*", re.ASCII)
GLOBAL_UNICAST = IPv6Network("2000::/3")
TRANSLATED = IPv6Network("64:ff9b::/96")


class BadReceiver(ValueError):
    """This is no address a webhook may have; ``said`` tells how to correct it."""

    def __init__(self, said: Text) -> None:
        super().__init__(said.sentence)
        self.said = said


@dataclass(frozen=True)
class Receiver:
    """``host`` as the network knows it (IDNA 2008); ``target``: path and query."""

    secure: bool
    host: str
    port: int
    target: str

    @property
    def named(self) -> str:
        """What the request says of its host (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS if self.secure else HTTP
        return host if self.port == usual else f"{host}:{self.port}"


def read_receiver(url: str, allowed: Sequence[Network] = ()) -> Receiver:
    """Read the address. ``allowed``: networks of one's own; without any http is refused.

    Raises BadReceiver.
    """
    parts, port = _parts(url)
    if parts.scheme not in ({"https", "http"} if allowed else {"https"}):
        raise BadReceiver(text("Begin the address with https://."))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadReceiver(text("Leave out names, passwords and what follows a #."))
    if not PRINTED.fullmatch(f"{parts.path}{parts.query}"):
        raise BadReceiver(text("Percent-encode the letters of the path that are not Latin."))
    secure = parts.scheme == "https"
    usual = HTTPS if secure else HTTP
    if port is not None and port != usual and port < FIRST_FREE_PORT:
        raise BadReceiver(
            text(
                "Use port %(usual)s, or one from %(first)s on.", usual=usual, first=FIRST_FREE_PORT
            )
        )
    host = _host(parts.hostname or "")
    literal = _literal(host)
    if literal is not None and not is_reachable(literal, allowed):
        raise BadReceiver(NOT_PUBLIC)
    query = f"?{parts.query}" if parts.query else ""
    return Receiver(secure, host, port or usual, f"{parts.path or '/'}{query}")


NOT_PUBLIC = text(
    "Use a public address: webhooks don’t go to private networks or to the panel’s own machine."
)


def _parts(url: str) -> tuple[SplitResult, int | None]:
    if len(url) > MAX_URL:
        raise BadReceiver(text("Use at most %(most)s characters.", most=MAX_URL))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadReceiver(text("Write an address such as https://example.com/hooks.")) from error
    return parts, port


def _host(written: str) -> str:
    literal = _literal(written)
    if literal is not None:
        return str(literal)
    try:
        host = idna.encode(written, uts46=True).decode()
    except idna.IDNAError as error:
        raise BadReceiver(text("Write an address such as https://example.com/hooks.")) from error
    if NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        raise BadReceiver(text("Write an IP address as four numbers, such as 203.0.113.7."))
    return host


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_reachable(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether a webhook may go there: every address that it stands for is public, or allowed."""
    return all(_is_public(one) or _is_allowed(one, allowed) for one in _meant(address))


def is_own(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether it is in a network of one's own, where plain http may go too."""
    return all(_is_allowed(one, allowed) for one in _meant(address))


def _is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    return any(address in network for network in allowed)


def _meant(address: Address) -> Iterator[Address]:
    """The address, or those that are written into it: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        yield address
    elif address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address.sixtofour is not None:
        yield address.sixtofour
    elif address.teredo is not None:
        yield from address.teredo
    elif address in TRANSLATED:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
    else:
        yield address


def _is_public(address: Address) -> bool:
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return isinstance(address, IPv4Address) or address in GLOBAL_UNICAST
