"""The witness: heads of the chain, appended to a file outside the database.

A chain cannot tell that its own end was cut off, or that all of it was made again. So each time the
log was sealed the head goes to this file, one line a head, oldest first: the moment (UTC), the last
event's id, its hash. ``verify`` asks the chain for every head that stands there.

Whoever may write both the database and the file can cut both. docs/audit.md says where to put it,
and how to keep a copy that nobody here can reach.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from billing_panel.audit.hash_chain import Head
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import Text, text

# 2026-11-29T10:15:00Z 4711 <64 hexadecimal digits>
LINE = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (\d{1,19}) ([0-9a-f]{64})\n")
# the longest line has fewer
TAIL = 256


def end_is_gone(told: "Told") -> Text:
    """Say that the chain does not have the head that was told."""
    return text(
        "On %(day)s the log was sealed up to event %(id)s. The chain no"
        " longer has that end: it was cut off, or the chain was rebuilt.",
        day=told.at.date(),
        id=told.head.event_id,
    )


@dataclass(frozen=True)
class Told:
    """A head as it was told, and when."""

    at: datetime
    head: Head


class Unreadable(Refused):
    """The witness cannot be read or written, or holds something that is no head."""

    code = "witness_unreadable"


@dataclass(frozen=True)
class Witness:
    """The file at ``path``, which need not be there yet."""

    path: Path

    def all(self) -> Iterator[Told]:
        """Those told until now, oldest first; none of a file that is not there.

        Raises Unreadable.
        """
        try:
            return self._up_to(self.path.stat().st_size)
        except FileNotFoundError:
            return iter(())
        except OSError as error:
            raise self._unreadable(error) from error

    def _up_to(self, size: int) -> Iterator[Told]:
        """What is told later is of seals that whoever asks does not see yet."""
        try:
            with self.path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    size -= len(line)
                    if size < 0:
                        return
                    yield self._read(line, number)
        except OSError as error:
            raise self._unreadable(error) from error

    def last(self) -> Told | None:
        """Raises Unreadable."""
        try:
            with self.path.open("rb") as file:
                return self._last_of(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error) from error

    def tell(self, head: Head, at: datetime) -> bool:
        """Add ``head``, unless it or a later one was told; on disk when this returns.

        Raises Unreadable.
        """
        try:
            with self.path.open("ab+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                last = self._last_of(file)
                if last is not None and last.head.event_id >= head.event_id:
                    return False
                moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                file.write(f"{moment} {head.event_id} {head.hash}\n".encode())
                file.flush()
                os.fsync(file.fileno())
                return True
        except OSError as error:
            raise self._unreadable(error) from error

    def _last_of(self, file: BinaryIO) -> Told | None:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        lines = file.read().splitlines(keepends=True)
        return self._read(lines[-1]) if lines else None

    def _read(self, line: bytes, number: int | None = None) -> Told:
        match = LINE.fullmatch(line)
        if match is None:
            where = self.path if number is None else f"{self.path}, {number}"
            raise Unreadable(
                text(
                    "The witness has a line that is not a hash of the log: %(place)s.", place=where
                )
            )
        at = datetime.fromisoformat(match[1].decode())
        return Told(at, Head(int(match[2]), match[3].decode()))

    def _unreadable(self, error: OSError) -> Unreadable:
        return Unreadable(
            text(
                "The witness %(path)s can’t be used: %(why)s.",
                path=str(self.path),
                why=error.strerror or str(error),
            )
        )
