"""Settings from the environment, each with a default that suits a first run."""

import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from billing_panel.kernel.language.errors import ConfigError
from billing_panel.kernel.values.bounded_parsing import whole_number

PREFIX = "BILLING_PANEL_"
SECRET_KEY_LENGTH = 32
# Flask-CORS takes a name with one of these for a regular expression, and would allow other sites
NO_ORIGIN = frozenset("*?[]()^$\\")
# where the folder of fonts stands for whoever draws in a session (``Session.info``)
FONTS = "fonts_dir"
# requests are counted in a file in ``home``, for all processes of the machine
IN_A_FILE = "file"


@dataclass(frozen=True)
class OpenIdConnect:
    """The provider where staff may sign in: its ``issuer``, and what it knows the panel by."""

    issuer: str
    client_id: str
    client_secret: str


@dataclass(frozen=True)
class Patience:
    """How long one process of the server waits for slow clients, and for how many at once.

    A request's head comes in within ``head_seconds``, its body within ``body_seconds``; of an
    answer something is read every ``answer_seconds``; a connection without a request stays open
    for ``idle_seconds``. One address has ``unfinished_per_address`` that are not through, all have
    ``unfinished``. ``connections``: all that are open.
    """

    head_seconds: int = 10
    body_seconds: int = 60
    answer_seconds: int = 60
    idle_seconds: int = 75
    unfinished_per_address: int = 32
    unfinished: int = 256
    connections: int = 2000


@dataclass(frozen=True)
class Config:
    """``home`` holds the embedded database, the secret key, fonts and jobs.

    ``public_url`` begins the links it hands out. ``token_requests_per_minute`` bounds one API
    token. ``free_sign_in_failures`` cost nobody a wait. A session ends ``session_idle_minutes``
    after its last request, and ``session_hours`` after it began. ``secure_cookies`` is off only
    where the panel is served over plain http on loopback. ``trusted_proxies`` stand between it and
    its visitors. ``export_rows``: the largest part of the audit log saved as one file.
    ``audit_witness``: where the heads of the log are told, elsewhere than in ``home``.
    ``gateway_messages_per_minute`` bounds what one address may send as a payment system, and
    ``form_posts_per_minute`` what one browser that is signed in, or else one address, may.
    ``page_requests_per_minute``: so many pages it may look at. ``counts_url``: where requests are
    counted: IN_A_FILE, redis://…, or empty: in the memory of the process.
    ``api_origins``: sites whose pages may call the API from a browser.
    ``listeners``: so many live feeds in one process. ``patience``: with slow clients.
    ``write_seconds``: how long a writer waits for the others.
    ``max_body_bytes`` bounds what one request brings, ``max_upload_bytes`` where it brings files.
    ``environ``: where plugins read settings of their own, by
    ``switch`` and ``setting``.
    """

    home: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    public_url: str = "http://127.0.0.1:8000"
    secure_cookies: bool = True
    json_logs: bool = False
    token_requests_per_minute: int = 1200
    free_sign_in_failures: int = 5
    session_idle_minutes: int = 120
    session_hours: int = 12
    trusted_proxies: int = 0
    max_body_bytes: int = 1024 * 1024
    max_upload_bytes: int = 10 * 1024 * 1024
    gateway_messages_per_minute: int = 6000
    form_posts_per_minute: int = 600
    page_requests_per_minute: int = 1200
    counts_url: str = field(default="", repr=False)
    api_origins: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    export_rows: int = 50_000
    audit_witness: Path | None = None
    openid: OpenIdConnect | None = None
    listeners: int = 500
    patience: Patience = Patience()
    write_seconds: float = 10

    @property
    def fonts_dir(self) -> Path:
        return self.home / "fonts"

    @property
    def witness(self) -> Path:
        """The file that is told where the audit log ends."""
        return self.audit_witness or self.home / "audit.witness"

    def setting(self, name: str) -> str:
        """``BILLING_PANEL_`` and ``name``, or what stands in the file it names; else empty.

        Raises ConfigError.
        """
        return secret(self.environ, name).strip()

    def switch(self, name: str) -> bool:
        """Whether it is 1. Raises ConfigError."""
        return _switch(self.environ, name, default=False)


def from_environment(environ: Mapping[str, str] = os.environ) -> Config:
    """Raises ConfigError. Makes ``home`` and in it the secret key, when there is none."""
    home = Path(environ.get(PREFIX + "HOME") or "instance").resolve()
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{PREFIX}HOME {home} cannot be a folder: {error.strerror}") from error
    return Config(
        home=home,
        database_url=_database_url(environ, home),
        secret_key=_secret_key(environ, home),
        public_url=_public_url(environ),
        secure_cookies=_switch(environ, "SECURE_COOKIES", default=True),
        json_logs=_switch(environ, "JSON_LOGS", default=False),
        token_requests_per_minute=_number(environ, "TOKEN_REQUESTS_PER_MINUTE", least=1200),
        page_requests_per_minute=_number(
            environ, "PAGE_REQUESTS_PER_MINUTE", least=60, default=1200
        ),
        counts_url=secret(environ, "COUNTS_URL") or IN_A_FILE,
        api_origins=_origins(environ),
        environ=dict(environ),
        audit_witness=_path(environ, "AUDIT_WITNESS"),
        export_rows=_number(environ, "EXPORT_ROWS", least=1, default=50_000),
        free_sign_in_failures=_number(environ, "FREE_SIGN_IN_FAILURES", least=1, default=5),
        session_idle_minutes=_number(environ, "SESSION_IDLE_MINUTES", least=2, default=120),
        session_hours=_number(environ, "SESSION_HOURS", least=1, default=12),
        trusted_proxies=_number(environ, "TRUSTED_PROXIES", least=0),
        openid=_openid(environ),
        listeners=_number(environ, "LISTENERS", least=1, default=500),
        patience=_patience(environ),
        write_seconds=_number(environ, "WRITE_SECONDS", least=1, default=10),
    )


def _patience(environ: Mapping[str, str]) -> Patience:
    """Raises ConfigError."""
    return Patience(
        **{
            name: _number(environ, name.upper(), least=1, default=usual)
            for name, usual in asdict(Patience()).items()
        }
    )


def secret(environ: Mapping[str, str], name: str) -> str:
    """A secret from the variable ``name``, or from the file that ``name_FILE`` names; or empty.

    Raises ConfigError: for both at once, a file that cannot be read, or that others may read.
    """
    value, path = environ.get(PREFIX + name, ""), environ.get(f"{PREFIX}{name}_FILE", "")
    if value and path:
        raise ConfigError(f"Set {PREFIX}{name} or {PREFIX}{name}_FILE, not both")
    return read_secret(Path(path)) if path else value


def read_secret(path: Path) -> str:
    """What stands in the file. Raises ConfigError when others may read it, or nobody can."""
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(f"{path} may be read by others: chmod 600 it")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The secret in {path} cannot be read: {error}") from error


def _secret_key(environ: Mapping[str, str], home: Path) -> str:
    given = secret(environ, "SECRET_KEY")
    if given and len(given) < SECRET_KEY_LENGTH:
        raise ConfigError(
            f"{PREFIX}SECRET_KEY has fewer than {SECRET_KEY_LENGTH} characters: take random ones, "
            "for example those of: openssl rand -base64 48"
        )
    return given or _kept_secret(home / "secret.key")


def _openid(environ: Mapping[str, str]) -> OpenIdConnect | None:
    issuer = environ.get(PREFIX + "OIDC_ISSUER", "").rstrip("/")
    client_id = environ.get(PREFIX + "OIDC_CLIENT_ID", "")
    client_secret = secret(environ, "OIDC_CLIENT_SECRET")
    if not (issuer or client_id or client_secret):
        return None
    if not (issuer and client_id and client_secret):
        raise ConfigError(
            f"Signing in by OpenID Connect needs {PREFIX}OIDC_ISSUER, {PREFIX}OIDC_CLIENT_ID and "
            f"{PREFIX}OIDC_CLIENT_SECRET (or {PREFIX}OIDC_CLIENT_SECRET_FILE)"
        )
    address = urlsplit(issuer)
    if address.scheme != "https" and address.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ConfigError(f"{PREFIX}OIDC_ISSUER must begin with https://, not {issuer!r}")
    return OpenIdConnect(issuer, client_id, client_secret)


def _public_url(environ: Mapping[str, str]) -> str:
    url = environ.get(PREFIX + "PUBLIC_URL") or f"http://127.0.0.1:{environ.get('PORT') or 8000}"
    if not url.startswith(("http://", "https://")):
        raise ConfigError(f"{PREFIX}PUBLIC_URL must begin with https://, not {url!r}")
    return url.rstrip("/")


def _database_url(environ: Mapping[str, str], home: Path) -> str:
    url = secret(environ, "DATABASE_URL") or f"sqlite:///{home / 'panel.sqlite'}"
    scheme, separator, rest = url.partition("://")
    if scheme in {"postgresql", "postgres"}:
        scheme = "postgresql+psycopg"
    if scheme not in {"sqlite", "postgresql+psycopg"}:
        raise ConfigError(
            f"{PREFIX}DATABASE_URL must begin with sqlite:/// or postgresql://, not {scheme!r}"
        )
    address = scheme + separator + rest
    try:
        make_url(address)
    except (ArgumentError, ValueError) as error:
        raise ConfigError(f"{PREFIX}DATABASE_URL is no address of a database: {error}") from error
    return address


def _origins(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Origins as browsers send them: scheme, host and port alone. Raises ConfigError."""
    found = tuple(environ.get(PREFIX + "API_ORIGINS", "").replace(",", " ").split())
    for origin in found:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or origin != f"{parts.scheme}://{parts.netloc}":
            raise ConfigError(
                f"{PREFIX}API_ORIGINS names origins such as https://shop.example, not {origin!r}"
            )
        if NO_ORIGIN & set(origin.rpartition("//")[2]):
            raise ConfigError(
                f"{PREFIX}API_ORIGINS names each site in full, without patterns: write every one "
                f"instead of {origin!r}"
            )
    return found


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    written = environ.get(PREFIX + name, "")
    return Path(written).resolve() if written else None


def _switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    written = environ.get(PREFIX + name, "")
    if written not in {"", "0", "1"}:
        raise ConfigError(f"{PREFIX}{name} is 0 or 1, not {written!r}")
    return written == "1" if written else default


def _number(
    environ: Mapping[str, str], name: str, *, least: int, default: int | None = None
) -> int:
    written = environ.get(PREFIX + name, "")
    if not written:
        return least if default is None else default
    number = whole_number(written)
    if number is None or number < least:
        raise ConfigError(f"{PREFIX}{name} is a whole number from {least} on, not {written!r}")
    return number


def _kept_secret(path: Path) -> str:
    """The key in ``path``, made at first use; refused when others may read it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_secret(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(48)
        file.write(key)
    return key
