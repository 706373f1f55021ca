"""A letter as mail carries it: RFC 5322 and 2045, 3834 (automatic), 2369 (lists).

Nothing that somebody typed can put a header into it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import idna

from billing_panel.kernel.extension.mail_kinds import Attachment
from billing_panel.mail.writing.placeholders import in_one_line
from billing_panel.mail.writing.written_letter import WrittenLetter

INTERNATIONAL = SMTP.clone(utf8=True)


class BadAddress(ValueError):
    """This is not an e-mail address; nothing can be sent there."""


@dataclass(frozen=True)
class Envelope:
    """``mail_from`` receives bounces. ``international``: the server must know SMTPUTF8."""

    mail_from: str
    to: str
    international: bool


@dataclass(frozen=True)
class Headers:
    """``message_id`` stays the same however often it is sent; ``thread``: of what it is part.

    ``comes_back``: an address of this letter alone, to which it bounces; ``is_answered`` there too.
    """

    letter_id: int
    key: str
    kind: str
    thread: str | None
    language: str
    at: datetime
    comes_back: str | None = None
    is_answered: bool = False


def wire_address(address: str) -> str:
    """The domain as mail knows it (IDNA 2008). Raises BadAddress."""
    name, _, domain = address.strip().rpartition("@")
    if not name or not domain or any(one.isspace() or not one.isprintable() for one in address):
        raise BadAddress(address)
    try:
        return f"{name}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise BadAddress(address) from error


def message(
    written: WrittenLetter,
    headers: Headers,
    *,
    to: str,
    mail_from: str,
    public_url: str,
    attachments: Sequence[Attachment] = (),
) -> tuple[Envelope, bytes]:
    """The letter's envelope and bytes. Raises BadAddress."""
    envelope = _envelope(mail_from, to)
    mail = EmailMessage(policy=INTERNATIONAL if envelope.international else SMTP)
    domain = message_domain(public_url, mail_from)
    mail["From"] = _named(written.sender.name, envelope.mail_from)
    mail["To"] = _named("", envelope.to)
    mail["Subject"] = in_one_line(written.subject)
    if reply_to := _reply_to(_answered_at(headers) or written.sender.reply_to):
        mail["Reply-To"] = reply_to
    mail["Date"] = format_datetime(headers.at)
    mail["Message-ID"] = f"<letter-{headers.letter_id}-{_mark(headers.key)}@{domain}>"
    if headers.thread:
        # the first of a thread is never sent: all that follow refer to it, and so hold together
        first = f"<thread-{_mark(headers.thread)}@{domain}>"
        mail["In-Reply-To"] = mail["References"] = first
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = headers.language
    if written.settings:
        mail["List-ID"] = f"<{headers.kind.replace('_', '-')}.{domain}>"
        mail["List-Unsubscribe"] = f"<{written.settings}>"
    mail.set_content(written.text, cte="quoted-printable")
    mail.add_alternative(written.html, subtype="html", cte="quoted-printable")
    for one in attachments:
        main, _, sub = one.media_type.partition("/")
        mail.add_attachment(one.content, maintype=main, subtype=sub, filename=in_one_line(one.name))
    return replace(envelope, mail_from=headers.comes_back or envelope.mail_from), mail.as_bytes()


def _answered_at(headers: Headers) -> str | None:
    return headers.comes_back if headers.is_answered else None


def message_domain(public_url: str, mail_from: str) -> str:
    """The panel's own domain; on an address without a name that of whoever sends."""
    host = urlsplit(public_url).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        if "." in host:
            return wire_address(f"x@{host}").partition("@")[2]
    return wire_address(mail_from).rpartition("@")[2]


def _envelope(mail_from: str, to: str) -> Envelope:
    sender, receiver = wire_address(mail_from), wire_address(to)
    return Envelope(sender, receiver, not (sender.isascii() and receiver.isascii()))


def _named(name: str, address: str) -> Address:
    user, _, domain = address.rpartition("@")
    return Address(in_one_line(name), user, domain)


def _reply_to(address: str) -> Address | None:
    """Replies go to the sender where the address for replies is not one."""
    try:
        wire = wire_address(address)
    except BadAddress:
        return None
    return _named("", wire) if wire.isascii() else None


def _mark(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:16]
