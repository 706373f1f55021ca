"""Structured logs, of servers and of commands, on standard error.

What a command prints may be read by a program. Whoever logs imports this, and so does structlog
come in; commands that log nothing never load it (docs/performance.md, *Start*).
"""

import logging
import sys

import structlog
from structlog.typing import FilteringBoundLogger

from billing_panel.kernel.process.tracebacks_without_data import tell


def logger() -> FilteringBoundLogger:
    """What a module logs by."""
    found: FilteringBoundLogger = structlog.get_logger()
    return found


def configure(*, json: bool) -> None:
    """What is logged says nothing that people typed, whoever logs it.

    ``tracebacks_without_data`` says how. ``json``: a line is an object; otherwise it is for people.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(tell),
            structlog.processors.JSONRenderer()
            if json
            else structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_to_standard_error,
    )


def _to_standard_error(*_: object) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)


configure(json=False)
