"""Processes that draw documents off the request threads, few and each limited in time.

A drawing takes a processor for as long as it lasts, and Pango's font map is not for two threads at
once. Drawn in the server's own process, a long statement held the interpreter, and every other
drawing behind a lock of the process. Commands, where nobody else waits, draw in their own process.
"""

import atexit
import os
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from threading import Lock, Timer
from typing import TYPE_CHECKING, Protocol

from pebble import ProcessExpired, ProcessPool

from billing_panel.core.panel import Panel
from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.files.fonts import ensure_fonts
from billing_panel.kernel.language.errors import Busy, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.concurrency_limit import COME_AGAIN
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.values.actor import Actor
from invoices.document import Document, Marking, Pictures

if TYPE_CHECKING:
    from invoices.printing.renderer import Renderer

PROCESSES = 2
# a process is made again after so many: what a library does not give back, it does then
DRAWINGS_OF_ONE = 500
# the longest statement takes six of a processor of its own
MOST_SECONDS = 120
# behind whoever answers requests
NICE = 5
# whoever asks for the first pages of a process has the processors first
WARM_AFTER_SECONDS = 10
NONE = Pictures()

log = logger()


class Draws(Protocol):
    """What ``invoices.printing.renderer.Renderer`` does, wherever it is done."""

    def pdf(
        self, document: Document, pictures: Pictures = NONE, marking: Marking | None = None
    ) -> bytes: ...

    def statement(self, values: Mapping[str, object]) -> bytes: ...


@slow
def renderer(fonts_dir: Path) -> "Renderer":
    """In this very process: fonts and style sheet are read once, at the first print."""
    return _renderer(fonts_dir)


@cache
def _renderer(fonts_dir: Path) -> "Renderer":
    # WeasyPrint and Pango take half a second to load: commands that print nothing go without
    from invoices.printing.renderer import Renderer  # noqa: PLC0415

    ensure_fonts(fonts_dir)
    # what Pango made goes while Pango is there: left to the end of the interpreter, it may crash
    atexit.register(_renderer.cache_clear)
    return Renderer(fonts_dir)


def warm(fonts_dir: Path) -> None:
    """Start the drawing processes after a while, so that the first print waits for none.

    They take two seconds of processor time; what is printed sooner starts them at once.
    """
    later = Timer(WARM_AFTER_SECONDS, _warm, (fonts_dir,))
    later.name, later.daemon = "warms-the-pool", True
    later.start()


def _warm(fonts_dir: Path) -> None:
    try:
        _pool_of(fonts_dir).warm()
    except Exception:
        # the first print tries again, and tells whoever prints
        log.exception("press_not_warmed")


def drawing_for(panel: Panel, actor: Actor) -> Draws:
    """What draws for ``actor``, within the places of one person."""
    return _ForOne(_pool_of(panel.config.fonts_dir), panel, actor.user_id or 0)


def drawing_for_letters(fonts_dir: Path) -> Draws:
    """What draws for the worker, which waits for its turn among nobody."""
    return _ForLetters(_pool_of(fonts_dir))


@dataclass(frozen=True)
class _ForLetters:
    pool: "_RendererPool"

    def pdf(
        self, document: Document, pictures: Pictures = NONE, marking: Marking | None = None
    ) -> bytes:
        """Raises RenderError, Busy, Refused ``takes_too_long``."""
        return self.pool.drawn(_pdf, document, pictures, marking)

    def statement(self, values: Mapping[str, object]) -> bytes:
        """Raises the same."""
        return self.pool.drawn(_statement, values)


@dataclass(frozen=True)
class _ForOne:
    pool: "_RendererPool"
    panel: Panel
    person: int

    def pdf(
        self, document: Document, pictures: Pictures = NONE, marking: Marking | None = None
    ) -> bytes:
        """Raises RenderError, TooManyAtOnce, Busy, Refused ``takes_too_long``."""
        with self.panel.drawings.taken(self.person):
            return self.pool.drawn(_pdf, document, pictures, marking)

    def statement(self, values: Mapping[str, object]) -> bytes:
        """Raises the same."""
        with self.panel.drawings.taken(self.person):
            return self.pool.drawn(_statement, values)


@cache
def _pool_of(fonts_dir: Path) -> "_RendererPool":
    return _RendererPool(fonts_dir)


class _RendererPool:
    """The drawing processes of this server process, made by ``warm`` or at the first print."""

    def __init__(self, fonts_dir: Path, seconds: float = MOST_SECONDS) -> None:
        self._fonts_dir = fonts_dir
        self._seconds = seconds
        self._lock = Lock()
        self._pool: ProcessPool | None = None

    def drawn(self, draw: Callable[..., bytes], *what: object) -> bytes:
        """Raises RenderError, Busy, Refused ``takes_too_long``."""
        pool = self._running()
        try:
            return pool.schedule(draw, (self._fonts_dir, *what), timeout=self._seconds).result()
        except TookTooLong as error:
            message = text(
                "Creating it takes longer than %(seconds)s seconds: print fewer days.",
                seconds=self._seconds,
            )
            raise Refused(message, code="takes_too_long") from error
        except (ProcessExpired, BrokenExecutor) as error:
            # killed from outside, for want of memory perhaps; the next one is drawn by another
            log.exception("drawing_process_ended")
            raise Busy(COME_AGAIN) from error

    def warm(self) -> None:
        """Let each process load what it draws with; one that is quicker may do so for another."""
        pool = self._running()
        # by one of them, where an upgrade wants other fonts; 90 MB would stay in this process
        pool.schedule(ensure_fonts, (self._fonts_dir,)).result()
        loading = [pool.schedule(_load, (self._fonts_dir,)) for _ in range(PROCESSES)]
        for one in loading:
            one.result()

    def close(self) -> None:
        """End its processes, whatever they are at."""
        with self._lock:
            if self._pool is not None:
                self._pool.stop()  # type: ignore[no-untyped-call]
                self._pool.join()

    def _running(self) -> ProcessPool:
        """Started again, not forked: a fork of a process with threads may stand still for ever."""
        with self._lock:
            if self._pool is None or not self._pool.active:
                self._pool = ProcessPool(
                    PROCESSES, DRAWINGS_OF_ONE, os.nice, (NICE,), context=get_context("spawn")
                )
            return self._pool


def _load(fonts_dir: Path) -> None:
    renderer(fonts_dir)


def _pdf(
    fonts_dir: Path, document: Document, pictures: Pictures, marking: Marking | None = None
) -> bytes:
    return renderer(fonts_dir).pdf(document, pictures, marking)


def _statement(fonts_dir: Path, values: Mapping[str, object]) -> bytes:
    return renderer(fonts_dir).statement(values)
