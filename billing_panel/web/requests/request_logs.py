"""Structured logs: one line a request, with an id that error pages show too. No personal data."""

import logging
import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from flask.logging import default_handler

from billing_panel.kernel.process.quiet_tracebacks import QuietFormatter, tell

log = structlog.get_logger()


def configure(*, json: bool) -> None:
    """What is logged says nothing that people typed, whoever logs it (``quiet_tracebacks``)."""
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
    for handler in (default_handler, logging.lastResort):
        if handler is not None:
            handler.setFormatter(QuietFormatter())


def install(app: Flask, *, json: bool) -> None:
    """Log each request in one line, as JSON or for a terminal, and give it its id."""
    configure(json=json)
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.request_id = uuid4().hex[:12]
    g.begun = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    log.info(
        "request",
        method=request.method,
        endpoint=request.endpoint,
        status=response.status_code,
        milliseconds=round((time.perf_counter() - g.begun) * 1000, 1),
    )
    response.headers["X-Request-Id"] = g.request_id
    return response
