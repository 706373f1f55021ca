"""What was typed into a form that couldn't be accepted, so that it can be sent again."""

from dataclasses import dataclass

from flask import request
from flask_wtf.csrf import generate_csrf

from billing_panel.kernel.language.text import Text, text

# never shown again: they are typed again
SECRETS = {
    "password": text("Password"),
    "old": text("Current password"),
    "new": text("New password"),
    "again": text("Password again"),
    "code": text("Code"),
}
OWN = "csrf_token"


@dataclass(frozen=True)
class Typed:
    """``hidden``: names and values as they came; ``secrets``: names and what to call them.

    ``has_files``: those are not kept either.
    """

    address: str
    token: str
    hidden: tuple[tuple[str, str], ...]
    secrets: tuple[tuple[str, Text], ...]
    has_files: bool


def typed_again() -> Typed | None:
    """None: nothing was sent that is worth keeping."""
    if request.method != "POST" or not request.form:
        return None
    return Typed(
        address=request.full_path.rstrip("?"),
        token=generate_csrf(),
        hidden=typed_fields(),
        secrets=tuple(
            (name, SECRETS[secret]) for name in request.form if (secret := _last(name)) in SECRETS
        ),
        has_files=has_files(),
    )


def typed_fields() -> tuple[tuple[str, str], ...]:
    """Names and values as they came, but for secrets and the token."""
    fields = request.form.items(multi=True)
    return tuple(field for field in fields if _last(field[0]) not in {OWN, *SECRETS})


def has_files() -> bool:
    """Tell whether a file was sent."""
    return any(file.filename for file in request.files.values())


def _last(name: str) -> str:
    """Where several forms stand on a page, each has its own word before its fields' names."""
    return name.rpartition("-")[2]
