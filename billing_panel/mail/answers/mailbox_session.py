"""The mailbox of answers, read by IMAP: what nobody has looked at yet, each mail by itself."""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessage
from imap_tools.errors import ImapToolsError

from billing_panel.kernel.process.mailbox_settings import Mailbox

# for each answer of the server
PATIENCE = 30.0
# the files of a message, as mail encodes them, with their text
MAX_BYTES = 16 * 1024 * 1024
# of those that are too large
HEAD_BYTES = 256 * 1024
SEEN = r"\Seen"


class MailboxClosed(Exception):
    """The mailbox can't be read now; the message says why."""


@dataclass(frozen=True)
class Unread:
    """``content``: all of it, or its head where ``is_too_large``."""

    uid: str
    content: bytes
    is_too_large: bool


class _Unparsed(MailMessage):
    """As the server sends it: what is in it may break whoever reads it, and is read elsewhere."""

    def __init__(self, fetch_data: list[Any]) -> None:
        content, self._raw_uid_data, self._raw_flag_data = self._get_message_data_parts(fetch_data)
        self.content: bytes = content


class MailboxSession:
    """An open mailbox."""

    def __init__(self, box: BaseMailBox) -> None:
        self._box = box
        box.email_message_class = _Unparsed

    def unread(self, most: int) -> Iterator[Unread]:
        """The oldest ``most``, one by one; they stay unread until ``done``."""
        for uid in self._box.uids("UNSEEN")[:most]:
            head = self._fetched(uid, headers_only=True)
            if head is None:
                continue
            whole = self._fetched(uid) if head.size_rfc822 <= MAX_BYTES else None
            content = (whole or head).content
            yield Unread(uid, content if whole else content[:HEAD_BYTES], whole is None)

    def _fetched(self, uid: str, *, headers_only: bool = False) -> _Unparsed | None:
        """None: somebody has taken it away."""
        found = self._box.fetch(uid_list=uid, mark_seen=False, headers_only=headers_only)
        one = next(iter(found), None)
        return one if isinstance(one, _Unparsed) else None

    def done(self, unread: Unread) -> None:
        """Nobody needs to look at it again."""
        self._box.flag(unread.uid, SEEN, value=True)


@contextmanager
def open_mailbox(mailbox: Mailbox) -> Iterator[MailboxSession]:
    """Raises MailboxClosed, also for what goes wrong inside."""
    try:
        box = _connected(mailbox)
        try:
            box.login(mailbox.user, mailbox.password, initial_folder=mailbox.folder)
            yield MailboxSession(box)
        finally:
            box.client.shutdown()
    except (OSError, ImapToolsError, imaplib.IMAP4.error) as error:
        raise MailboxClosed(f"{mailbox.host}:{mailbox.port}: {error}") from error


def _connected(mailbox: Mailbox) -> BaseMailBox:
    host, port, trusted = mailbox.host, mailbox.port, ssl.create_default_context()
    if mailbox.tls:
        return MailBox(host, port, timeout=PATIENCE, ssl_context=trusted)
    if mailbox.starttls:
        return MailBoxStartTls(host, port, timeout=PATIENCE, ssl_context=trusted)
    return MailBoxUnencrypted(host, port, timeout=PATIENCE)
