"""Structured logs, of servers and of commands."""

import logging

import structlog

from billing_panel.kernel.process.tracebacks_without_data import QuietFormatter, tell


def configure(*, json: bool) -> None:
    """What is logged says nothing that people typed, whoever logs it.

    ``tracebacks_without_data`` says how.
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
    )
    # the handler of whatever library has none of its own
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(QuietFormatter())
