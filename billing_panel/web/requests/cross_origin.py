"""Which other sites' pages may read the API from a browser: none, unless a setting names them."""

from flask import Flask
from flask_cors import CORS

from billing_panel.kernel.process.config import Config

OF_THE_API = r"/api/v1/.*"
SENT = (
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "Last-Event-ID",
)
READ = ("Idempotency-Replayed", "Retry-After", "X-Request-Id")
# so long a browser need not ask again whether it may
KEPT_SECONDS = 600


def install(app: Flask, config: Config) -> None:
    """Let pages of ``api_origins`` call the API with a token; never with a cookie."""
    if not config.api_origins:
        return
    CORS(
        app,
        resources={OF_THE_API: {"origins": list(config.api_origins)}},
        methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=list(SENT),
        expose_headers=list(READ),
        supports_credentials=False,
        max_age=KEPT_SECONDS,
    )
