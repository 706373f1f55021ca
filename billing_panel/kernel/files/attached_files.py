"""Files attached to messages: their number, size, types and names.

A file is what its content is; the end of its name must say the same. What a browser could run,
HTML and SVG among it, is no type that is taken. Pure.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text

MAX_FILES = 5
MAX_BYTES = 5 * 1024 * 1024
# as one request may bring (``Config.max_upload_bytes``), with room for what is typed
MAX_TOGETHER = 10 * 1024 * 1024 - 64 * 1024
# of one client, in all their dialogues with everybody
MAX_A_DAY = 100 * 1024 * 1024
MAX_NAME = 120
MEGABYTE = 1024 * 1024
FIELD = "files"


@dataclass(frozen=True)
class AttachedFile:
    """A file as it is kept: ``name`` is one plain name, ``media_type`` that of its content.

    ``fingerprint``: SHA-256, by which a request that comes twice is known.
    """

    name: str
    media_type: str
    content: bytes
    fingerprint: str


@dataclass(frozen=True)
class _Type:
    media_type: str
    fits: Callable[[bytes], bool]


def _begins(*heads: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(heads)


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _is_words(content: bytes) -> bool:
    try:
        words = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(ord(one) < 32 and one not in "\t\n\r\f" for one in words)


_ZIP = _begins(b"PK\x03\x04")
_OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES = {
    "pdf": _Type("application/pdf", _begins(b"%PDF-")),
    "png": _Type("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": _Type("image/jpeg", _begins(b"\xff\xd8\xff")),
    "jpeg": _Type("image/jpeg", _begins(b"\xff\xd8\xff")),
    "gif": _Type("image/gif", _begins(b"GIF87a", b"GIF89a")),
    "webp": _Type("image/webp", _is_webp),
    "txt": _Type("text/plain", _is_words),
    "log": _Type("text/plain", _is_words),
    "csv": _Type("text/csv", _is_words),
    "docx": _Type(f"{_OFFICE}wordprocessingml.document", _ZIP),
    "xlsx": _Type(f"{_OFFICE}spreadsheetml.sheet", _ZIP),
    "odt": _Type("application/vnd.oasis.opendocument.text", _ZIP),
    "ods": _Type("application/vnd.oasis.opendocument.spreadsheet", _ZIP),
    "zip": _Type("application/zip", _ZIP),
}
ACCEPTED = ",".join(f".{end}" for end in TYPES)


def take_files(sent: Sequence[tuple[str, bytes]]) -> Sequence[AttachedFile]:
    """Each as (name, content), as it was sent. Raises Invalid with what is wrong with each."""
    errors = []
    if len(sent) > MAX_FILES:
        message = text("Attach at most %(most)s files to a message.", most=MAX_FILES)
        errors.append(FieldError(FIELD, "too_many_files", message))
    taken = []
    for name, content in sent[:MAX_FILES]:
        plain = plain_name(name)
        kind = TYPES.get(plain.rpartition(".")[2].lower())
        if wrong := _wrong(plain, content, kind):
            errors.append(wrong)
        elif kind is not None:
            taken.append(AttachedFile(plain, kind.media_type, content, sha256(content).hexdigest()))
    if errors:
        raise Invalid(errors)
    return taken


def _wrong(name: str, content: bytes, kind: _Type | None) -> FieldError | None:
    if len(content) > MAX_BYTES:
        most = MAX_BYTES // MEGABYTE
        message = text("“%(name)s” is larger than %(most)s MB.", name=name, most=most)
        return FieldError(FIELD, "file_too_large", message)
    if not content:
        return FieldError(FIELD, "file_empty", text("“%(name)s” is empty.", name=name))
    if kind is None:
        message = text(
            "“%(name)s” can’t be attached. Allowed types: %(types)s.",
            name=name,
            types=sorted(TYPES),
        )
        return FieldError(FIELD, "file_type", message)
    if not kind.fits(content):
        message = text("The content of “%(name)s” doesn’t match its file extension.", name=name)
        return FieldError(FIELD, "file_type", message)
    return None


def plain_name(name: str) -> str:
    """Without folders, controls and what nobody sees; long ones are cut before their end."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(
        one for one in unicodedata.normalize("NFC", last) if unicodedata.category(one)[0] != "C"
    )
    stem, dot, end = " ".join(seen.split()).strip(". ").rpartition(".")
    if not dot:
        stem, end = end, ""
    if not is_visible(stem):
        stem = "file"
    return f"{stem[: MAX_NAME - len(end[:10]) - 1]}{dot}{end[:10]}"
