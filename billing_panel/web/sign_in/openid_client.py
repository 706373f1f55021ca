"""The sign-in provider outside as Authlib asks it; loaded where one is set, and nowhere else."""

from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask
from joserfc.errors import JoseError
from requests import RequestException

from billing_panel.kernel.process.config import OpenIdConnect

TIMEOUT_SECONDS = 10
# by what it shows that the provider does not answer, or that it said nothing to rely on
UNREACHABLE = (AuthlibBaseError, RequestException, ValueError)
REFUSED = (*UNREACHABLE, JoseError, KeyError)


def register(app: Flask, settings: OpenIdConnect) -> Any:
    """Authlib's client, which has no types."""
    return OAuth(app).register(
        "openid",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid",
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT_SECONDS,
        },
    )
