"""Settings from the environment, each with a default that suits a first run."""

import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "BILLING_PANEL_"


class ConfigError(ValueError):
    """A setting that cannot be used; the message names it and the cure."""


@dataclass(frozen=True)
class Config:
    """``home`` holds the embedded database, the secret key, fonts and jobs.

    ``public_url`` begins the links it
    hands out. ``token_requests_per_minute`` bounds one API token, ``sign_ins_per_minute`` one
    address.
    ``export_rows``: the largest part of the audit log that is saved as one file.
    ``secure_cookies`` is off only where the panel is served over plain http on loopback.
    ``gateway_messages_per_minute`` bounds what one address may send as a payment system.
    ``environ``: where plugins read settings of their own, by ``switch`` and ``setting``.
    """

    home: Path
    database_url: str
    secret_key: str
    public_url: str = "http://127.0.0.1:8000"
    secure_cookies: bool = True
    json_logs: bool = False
    token_requests_per_minute: int = 1200
    sign_ins_per_minute: int = 10
    max_body_bytes: int = 1024 * 1024
    gateway_messages_per_minute: int = 6000
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    export_rows: int = 50_000

    @property
    def fonts_dir(self) -> Path:
        return self.home / "fonts"

    def setting(self, name: str) -> str:
        """``BILLING_PANEL_`` and ``name``; empty where it is not set."""
        return self.environ.get(PREFIX + name, "").strip()

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
        secret_key=environ.get(PREFIX + "SECRET_KEY") or _kept_secret(home / "secret.key"),
        public_url=_public_url(environ),
        secure_cookies=_switch(environ, "SECURE_COOKIES", default=True),
        json_logs=_switch(environ, "JSON_LOGS", default=False),
        token_requests_per_minute=_number(environ, "TOKEN_REQUESTS_PER_MINUTE", least=1200),
        sign_ins_per_minute=_number(environ, "SIGN_INS_PER_MINUTE", least=1, default=10),
        environ=dict(environ),
        export_rows=_number(environ, "EXPORT_ROWS", least=1, default=50_000),
    )


def _public_url(environ: Mapping[str, str]) -> str:
    url = environ.get(PREFIX + "PUBLIC_URL") or f"http://127.0.0.1:{environ.get('PORT') or 8000}"
    if not url.startswith(("http://", "https://")):
        raise ConfigError(f"{PREFIX}PUBLIC_URL must begin with https://, not {url!r}")
    return url.rstrip("/")


def _database_url(environ: Mapping[str, str], home: Path) -> str:
    url = environ.get(PREFIX + "DATABASE_URL") or f"sqlite:///{home / 'panel.sqlite'}"
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
    if not written.isdecimal() or int(written) < least:
        raise ConfigError(f"{PREFIX}{name} is a whole number from {least} on, not {written!r}")
    return int(written)


def _kept_secret(path: Path) -> str:
    """The key in ``path``, made at first use; refused when others may read it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(f"{path} may be read by others: chmod 600 it") from None
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(48)
        file.write(key)
    return key
