"""Headers, cookies, proxies and CSRF, for every request and answer."""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from typing_extensions import override
from werkzeug.middleware.proxy_fix import ProxyFix

from billing_panel.kernel.process.config import Config
from billing_panel.web.requests.late_form_pages import goes_on
from billing_panel.web.shell.assets import is_file

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), "
    "midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
HTTPS_ONLY = "max-age=31536000"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OUR_OWN = frozenset({None, "same-origin", "none"})


class Tokens(CSRFProtect):  # type: ignore[misc]
    """What was typed into a form whose token has expired is not lost (``late_form_pages``)."""

    @override
    def protect(self, **how: bool) -> None:
        try:
            super().protect(**how)
        except CSRFError:
            if not goes_on():
                raise


csrf = Tokens()


def install(app: Flask, config: Config) -> None:
    """Set cookies, proxies, CSRF and headers as ``config`` has them."""
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="__Host-session" if config.secure_cookies else "session",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
    )
    _trust_proxies(app, config.trusted_proxies)
    own_host = urlsplit(config.public_url).netloc
    app.before_request(lambda: _refuse_foreign(own_host))
    csrf.init_app(app)
    app.after_request(lambda response: _headers(response, https=config.secure_cookies))


def _trust_proxies(app: Flask, number: int) -> None:
    """Believe the last ``number`` entries of X-Forwarded-For and -Proto; the Host never.

    What stands before them was written by whoever sent the request.
    """
    if number:
        fixed = ProxyFix(app.wsgi_app, x_for=number, x_proto=number, x_host=0)
        app.wsgi_app = fixed  # type: ignore[method-assign]


def exempt_api_from_csrf(app: Flask) -> None:
    """The API knows nobody by cookie, so there is nothing to forge."""
    for blueprint in app.blueprints.values():
        if (blueprint.url_prefix or "").startswith("/api/"):
            csrf.exempt(blueprint)


def _refuse_foreign(own_host: str) -> None:
    """A change is asked for by a page of ours. Raises CSRFError when the browser says otherwise.

    Whatever is no browser sends neither header, and has no cookie to misuse.
    """
    if request.method in SAFE_METHODS or request.path.startswith("/api/"):
        return
    origin = request.headers.get("Origin")
    if origin is None and request.headers.get("Sec-Fetch-Site") in OUR_OWN:
        return
    if origin is None or urlsplit(origin).netloc not in {request.host, own_host}:
        raise CSRFError("sent by a page that is not ours")


def _headers(response: Response, *, https: bool) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if https:
        response.headers.setdefault("Strict-Transport-Security", HTTPS_ONLY)
    if (response.status_code >= 400 or not is_file()) and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response
