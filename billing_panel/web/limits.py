"""How often a token may ask the API. How often one may fail to sign in: accounts/attempts.py."""

from flask import Flask, Response, request
from flask_limiter import ApplicationLimit, Limiter
from flask_limiter.util import get_remote_address

from billing_panel.config import Config
from billing_panel.kernel.ids import fingerprint
from billing_panel.web.context import is_api


def install(app: Flask, config: Config) -> None:
    """Bound one token's requests to the API."""
    app.after_request(_only_the_refused_wait)
    Limiter(
        key_func=get_remote_address,
        storage_uri="memory://",
        headers_enabled=True,
        application_limits=[
            ApplicationLimit(
                f"{config.token_requests_per_minute}/minute",
                key_function=_token_or_address,
                exempt_when=lambda: not is_api(),
            ),
            ApplicationLimit(
                f"{config.token_requests_per_minute}/minute",
                # made-up tokens: each has a count of its own above, their address has one here
                key_function=lambda: f"refused {get_remote_address()}",
                exempt_when=lambda: not is_api(),
                deduct_when=lambda response: response.status_code == 401,
            ),
        ],
    ).init_app(app)


def _only_the_refused_wait(response: Response) -> Response:
    """Flask-Limiter puts Retry-After on every answer."""
    if response.status_code != 429:
        response.headers.pop("Retry-After", None)
    return response


def _token_or_address() -> str:
    token = request.headers.get("Authorization", "").split()
    return fingerprint(token[-1]) if token else get_remote_address()
