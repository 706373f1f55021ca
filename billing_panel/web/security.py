"""Headers, cookies and CSRF, for every answer."""

from flask import Flask, Response, abort, request
from flask_wtf import CSRFProtect

from billing_panel.config import Config

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

csrf = CSRFProtect()


def install(app: Flask, config: Config) -> None:
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="__Host-session" if config.secure_cookies else "session",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=config.max_body_bytes,
        MAX_FORM_MEMORY_SIZE=config.max_body_bytes,
        WTF_CSRF_TIME_LIMIT=None,
    )
    csrf.init_app(app)
    app.before_request(_refuse_nul)
    app.after_request(_headers)


def exempt_api_from_csrf(app: Flask) -> None:
    """The API knows nobody by cookie, so there is nothing to forge."""
    for blueprint in app.blueprints.values():
        if (blueprint.url_prefix or "").startswith("/api/"):
            csrf.exempt(blueprint)


def _refuse_nul() -> None:
    """PostgreSQL keeps no NUL in a text, and no person types one."""
    typed = (*request.args.values(), *request.form.values())
    if any("\0" in value for value in typed):
        abort(400)


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    is_file = response.status_code < 400 and (request.endpoint or "").endswith("static")
    if not is_file and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response
