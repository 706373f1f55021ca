"""Structured logs: one line a request, with an id that error pages show too. No personal data."""

import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from flask.logging import default_handler

from billing_panel.kernel.process.logs import configure, logger
from billing_panel.kernel.process.tracebacks_without_data import QuietFormatter, quiet_libraries

log = logger()


def install(app: Flask, *, json: bool) -> None:
    """Log each request in one line, as JSON or for a terminal, and give it its id."""
    configure(json=json)
    quiet_libraries()
    default_handler.setFormatter(QuietFormatter())
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
