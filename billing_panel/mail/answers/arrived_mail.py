"""An e-mail that arrived, read: who sent it, to whom, by itself or not, its words and files. Pure.

Whoever sends mail writes whatever they like in it, so each header is read as one that may be
broken, missing or a lie. Python's parser takes hours for one that is long enough, so that none is
read further than ``MOST_READ``.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import getaddresses
from hashlib import sha256
from itertools import count, islice

from typing_extensions import override

from billing_panel.mail.answers.html_to_text import words_of
from billing_panel.mail.answers.unquoted_reply import reply_words

TO = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
# RFC 3834, and what came before and beside it
BY_ITSELF = ("x-auto-response-suppress", "x-autoreply", "x-autorespond", "x-auto-reply")
BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
OF_LISTS = ("list-id", "list-post", "list-unsubscribe", "list-help", "mailing-list")
MAX_PARTS = 100
# far more than a message may have, so that what is cut is refused as too long
MAX_WORDS = 60_000
MAX_HEADER = 500
# of a header, of those of one name, and of parts, those within a letter within the letter too
MOST_READ, MOST_ALIKE, MOST_PARTS = 2_000, 5, 200


class Unreadable(ValueError):
    """This is no e-mail, or one that is too broken."""


@dataclass(frozen=True)
class ArrivedMail:
    """``sender``: the one address it says it is from; empty: none, or several.

    ``to``: all addresses by which it came. ``key``: what tells it from every other.
    ``bounced``: a letter could not be delivered, ``diagnosis`` says why. ``by_itself``: no person
    wrote it. ``forged``: the server that took it says so. ``files``: (name, content).
    """

    key: str
    sender: str
    to: Sequence[str]
    subject: str
    by_itself: bool
    bounced: bool
    diagnosis: str
    forged: bool
    words: str
    files: Sequence[tuple[str, bytes]]


def read_mail(content: bytes) -> ArrivedMail:
    """Raises Unreadable."""
    try:
        return _read(content)
    # whatever the parser stumbles over: depth without end, charsets and encodings that are none;
    # one that is not caught would stop all that follow, each time
    except Exception as error:
        raise Unreadable(type(error).__name__) from error


def _read(content: bytes) -> ArrivedMail:
    mail = message_from_bytes(content, policy=_Bounded(message_factory=_counting()))
    assert isinstance(mail, EmailMessage)  # noqa: S101 (for mypy: the policy makes these)
    parts = _parts(mail)
    senders = _addresses(mail, ("from",))
    return ArrivedMail(
        key=_key(mail, content, senders),
        sender=senders[0] if len(senders) == 1 else "",
        to=_addresses(mail, TO),
        subject=_subject(mail),
        by_itself=_is_by_itself(mail),
        bounced=mail.get_content_type() == "multipart/report" and _has_failed(parts),
        diagnosis=_diagnosis(parts),
        forged=any("dmarc=fail" in one.lower() for one in _all(mail, "authentication-results")),
        words=reply_words(_words(parts)[:MAX_WORDS]),
        files=[*_files(parts)],
    )


class _Bounded(EmailPolicy):
    """Keeps of each header no more than is read of it."""

    @override
    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MOST_READ]


def _counting() -> Callable[..., EmailMessage]:
    """Makes the parts of a letter, and no more than it may have."""
    made = count()

    def part(policy: EmailPolicy) -> EmailMessage:
        if next(made) >= MOST_PARTS:
            message = "too many parts"
            raise ValueError(message)
        return EmailMessage(policy)

    return part


def _parts(mail: EmailMessage) -> Sequence[EmailMessage]:
    """What holds something, not what holds others; of a letter within the letter nothing."""
    found: list[EmailMessage] = []
    waiting: list[EmailMessage] = [mail]
    while waiting and len(found) < MAX_PARTS:
        part = waiting.pop(0)
        if part.get_content_maintype() == "multipart":
            waiting[:0] = [one for one in part.iter_parts() if isinstance(one, EmailMessage)]
        else:
            found.append(part)
    return found


def _all(mail: EmailMessage, name: str) -> Sequence[str]:
    """The header as often as it may stand there, with nothing in it decoded but its bytes."""
    found = (str(value) for key, value in mail.raw_items() if key.lower() == name)
    written = (one.encode("utf-8", "surrogateescape") for one in islice(found, MOST_ALIKE))
    return [" ".join(one.decode("utf-8", "replace").split()) for one in written]


def _header(mail: EmailMessage, name: str) -> str:
    return next(iter(_all(mail, name)), "")[:MAX_HEADER]


def _subject(mail: EmailMessage) -> str:
    """Decoded, as far as it can be."""
    with suppress(AttributeError, IndexError, LookupError, TypeError, ValueError):
        return " ".join(str(mail.get("subject", "")).split())[:MAX_HEADER]
    return ""


def _addresses(mail: EmailMessage, names: Sequence[str]) -> Sequence[str]:
    """Each once, in small letters."""
    values = [one for name in names for one in _all(mail, name)]
    found = [address.strip().lower() for _, address in getaddresses(values)]
    return [*dict.fromkeys(one for one in found if "@" in one)]


def _key(mail: EmailMessage, content: bytes, senders: Sequence[str]) -> str:
    """By its Message-ID, sender and receivers; without one by all of it."""
    message_id = _header(mail, "message-id")
    said = repr((message_id, senders, _addresses(mail, TO))).encode() if message_id else content
    return sha256(said).hexdigest()


def _is_by_itself(mail: EmailMessage) -> bool:
    """An answering machine, a list, a bounce: nobody who reads what they are answered."""
    submitted = _header(mail, "auto-submitted").lower()
    return (
        submitted not in {"", "no"}
        or _header(mail, "precedence").lower() in BULK
        or any(name in mail for name in (*BY_ITSELF, *OF_LISTS))
        or _header(mail, "return-path") == "<>"
        or mail.get_content_type() in {"multipart/report", "message/disposition-notification"}
    )


def _has_failed(parts: Sequence[EmailMessage]) -> bool:
    return any(line.lower().startswith("action: failed") for line in _report(parts))


def _diagnosis(parts: Sequence[EmailMessage]) -> str:
    for line in _report(parts):
        name, _, said = line.partition(":")
        if name.lower() == "diagnostic-code":
            return " ".join(said.partition(";")[2].split() or said.split())[:MAX_HEADER]
    return ""


def _report(parts: Sequence[EmailMessage]) -> Sequence[str]:
    """The lines of what a mail server reports (RFC 3464)."""
    lines: list[str] = []
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            lines += [
                line
                for block in (blocks if isinstance(blocks, list) else [])
                for line in str(block).splitlines()
            ]
    return lines


def _words(parts: Sequence[EmailMessage]) -> str:
    """Of the first part of plain text, else of HTML."""
    shown = [part for part in parts if not _is_file(part)]
    for kind, read in (("text/plain", str), ("text/html", words_of)):
        for part in shown:
            if part.get_content_type() == kind and (found := _decoded(part)).strip():
                return read(found)
    return ""


def _decoded(part: EmailMessage) -> str:
    """By its charset; one that nobody knows, or that it is not in, as UTF-8."""
    content = _content(part)
    for charset in (part.get_content_charset("utf-8"), "utf-8"):
        with suppress(LookupError, UnicodeDecodeError, ValueError):
            return content.decode(charset).replace("\0", "")
    return content.decode("utf-8", errors="replace").replace("\0", "")


def _content(part: EmailMessage) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _is_file(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _files(parts: Sequence[EmailMessage]) -> Iterator[tuple[str, bytes]]:
    """What was attached; not the pictures that stand in a signature."""
    for part in parts:
        is_shown = part.get_content_disposition() != "attachment" and "content-id" in part
        if _is_file(part) and not is_shown:
            yield part.get_filename() or "", _content(part)
