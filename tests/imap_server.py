"""A mailbox that is read by IMAP, in a process of its own (pymap)."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage

from imap_tools import BaseMailBox, MailBoxUnencrypted

from tests.faults.server import free_port

USER, PASSWORD = "replies", "pass:word"
PATIENCE = 30
# its own hashes of passwords take longer than all that the tests do between two of them
LAUNCHED = """
from pysasl.hashing import BuiltinHash
BuiltinHash.__init__.__kwdefaults__["rounds"] = 1
from pymap.main import main
main()
"""


@dataclass(frozen=True)
class ImapServer:
    """What arrives there is put into its INBOX, as whoever delivers mail does it."""

    port: int

    @property
    def url(self) -> str:
        return f"imap://{USER}:pass%3Aword@127.0.0.1:{self.port}"

    def deliver(self, *mails: EmailMessage | bytes) -> None:
        with self.open() as box:
            for mail in mails:
                box.append(mail if isinstance(mail, bytes) else mail.as_bytes(), "INBOX")

    def unread(self) -> int:
        with self.open() as box:
            return len(box.uids("UNSEEN"))

    def forget_what_was_read(self) -> None:
        """As after a crash between taking a mail and saying so."""
        with self.open() as box:
            box.flag(box.uids(), r"\Seen", value=False)

    @contextmanager
    def open(self) -> Iterator[BaseMailBox]:
        box = MailBoxUnencrypted("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            yield box.login(USER, PASSWORD)
        finally:
            box.client.shutdown()


@contextmanager
def imap_server() -> Iterator[ImapServer]:
    """Listens on loopback until the block ends; its mailbox is in its memory, and empty."""
    port = free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict", "--demo-data"]
    as_user = ["--demo-user", USER, "--demo-password", PASSWORD]
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCHED, *options, *as_user],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = ImapServer(port)
    try:
        _await(server)
        with server.open() as box:
            box.delete(box.uids())
        yield server
    finally:
        process.terminate()
        process.wait()


def _await(server: ImapServer) -> None:
    """Until it answers."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with server.open():
                return
        except OSError:
            if time.monotonic() > end:
                raise
