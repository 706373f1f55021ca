"""How often a person may ask the API, by all tokens together, and a browser send forms.

How often one may fail to sign in: accounts/signing_in/attempts.py.
"""

from flask import Flask, Response, g, request, session
from flask_limiter import ApplicationLimit, Limiter
from flask_limiter.util import get_remote_address

from billing_panel.accounts.signing_in.api_tokens import owner_of
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.ids import fingerprint
from billing_panel.web.shell.request_context import FEED, is_api, panel

GATEWAYS = "/api/v1/payment-gateways/"


def install(app: Flask, config: Config) -> None:
    """Bound one person's requests to the API, and the forms of one browser.

    A payment system has no token and sends much at once, so its messages have a count of their own.
    """
    app.after_request(_only_the_refused_wait)
    Limiter(
        key_func=get_remote_address,
        storage_uri="memory://",
        headers_enabled=True,
        application_limits=[
            ApplicationLimit(
                f"{config.token_requests_per_minute}/minute",
                key_function=_person_or_address,
                exempt_when=lambda: not _is_program(),
            ),
            ApplicationLimit(
                f"{config.token_requests_per_minute}/minute",
                # made-up tokens: each has a count of its own above, their address has one here
                key_function=lambda: f"refused {get_remote_address()}",
                exempt_when=lambda: not _is_program(),
                deduct_when=lambda response: response.status_code == 401 or "made_up" in g,
            ),
            ApplicationLimit(
                f"{config.gateway_messages_per_minute}/minute",
                key_function=lambda: f"gateway {get_remote_address()}",
                exempt_when=lambda: not _is_gateway(),
            ),
        ],
    ).init_app(app)
    # without headers: signing in says by itself how long to wait
    Limiter(
        key_func=_browser_or_address,
        storage_uri="memory://",
        application_limits=[
            ApplicationLimit(
                f"{config.form_posts_per_minute}/minute",
                exempt_when=lambda: is_api() or request.method != "POST",
            ),
            ApplicationLimit(
                f"{config.form_posts_per_minute}/minute",
                key_function=_listener,
                exempt_when=lambda: request.endpoint != FEED,
            ),
        ],
    ).init_app(app)


def _only_the_refused_wait(response: Response) -> Response:
    """Flask-Limiter puts Retry-After on every answer, even where another wait stands in it."""
    if "retry_after" in g:
        response.headers["Retry-After"] = str(g.retry_after)
    elif response.status_code != 429:
        response.headers.pop("Retry-After", None)
    return response


def _person_or_address() -> str:
    """A token of nobody's is counted by itself, for there is nothing else to know it by."""
    if "counted_by" not in g:
        token = request.headers.get("Authorization", "").split()
        g.counted_by = _person_or_token(token[-1]) if token else get_remote_address()
    return str(g.counted_by)


def _person_or_token(secret: str) -> str:
    with panel().database.reading() as db:
        user_id = owner_of(db, secret)
    if user_id is None:
        g.made_up = True
        return fingerprint(secret)
    return f"person {user_id}"


def _browser_or_address() -> str:
    secret = str(session.get("_user_id", ""))
    return fingerprint(secret) if secret else get_remote_address()


def _listener() -> str:
    """Asked for every request; a file does not look at the cookie."""
    return f"live {_browser_or_address()}" if request.endpoint == FEED else ""


def _is_program() -> bool:
    return is_api() and not _is_gateway()


def _is_gateway() -> bool:
    return request.path.startswith(GATEWAYS)
