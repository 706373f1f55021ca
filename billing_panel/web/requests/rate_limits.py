"""Rate limits of every family of routes: the API, payment systems, pages, forms, the live feed.

Requests of a person to the API are counted by all their tokens, those of a browser by its session,
of whoever is neither by their address; for all processes together (``shared_counts``).
How often one may fail to sign in: accounts/signing_in/failed_attempts.py.
"""

from flask import Flask, Response, g, request, session
from flask_limiter import ApplicationLimit, Limiter
from flask_limiter.util import get_remote_address

from billing_panel.accounts.signing_in.api_tokens import owner_of
from billing_panel.kernel.process.config import IN_A_FILE, Config
from billing_panel.kernel.values.secret_fingerprints import fingerprint
from billing_panel.web.requests.shared_counts import file_address
from billing_panel.web.shell.assets import is_file
from billing_panel.web.shell.request_context import FEED, is_api, panel

GATEWAYS = "/api/v1/payment-gateways/"
HEALTH = "web.health"


def install(app: Flask, config: Config) -> None:
    """Bound one person's requests to the API, and the forms of one browser.

    A payment system has no token and sends much at once, so its messages have a count of their own.
    """
    app.after_request(_only_the_refused_wait)
    counted_in = _counted_in(config)
    Limiter(
        key_func=get_remote_address,
        storage_uri=counted_in,
        # where that can't be reached each process counts for itself
        in_memory_fallback_enabled=True,
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
        storage_uri=counted_in,
        # where that can't be reached each process counts for itself
        in_memory_fallback_enabled=True,
        application_limits=[
            ApplicationLimit(
                f"{config.form_posts_per_minute}/minute",
                exempt_when=lambda: is_api() or request.method != "POST",
            ),
            ApplicationLimit(
                f"{config.page_requests_per_minute}/minute",
                key_function=lambda: f"page {_browser_or_address()}",
                exempt_when=lambda: not _is_page(),
            ),
            ApplicationLimit(
                f"{config.form_posts_per_minute}/minute",
                key_function=_listener,
                exempt_when=lambda: request.endpoint != FEED,
            ),
        ],
    ).init_app(app)


def _counted_in(config: Config) -> str:
    """The address of the counts, as ``limits`` reads it."""
    if config.counts_url == IN_A_FILE:
        return file_address(config.home / "counts.sqlite")
    return config.counts_url or "memory://"


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


def _is_page() -> bool:
    """Files are the same for everybody, and whoever watches the server asks for its health."""
    is_other = is_api() or is_file() or request.endpoint in {FEED, HEALTH}
    return not is_other and request.method in {"GET", "HEAD"}


def _is_gateway() -> bool:
    return request.path.startswith(GATEWAYS)
